"""Checks what a site needs before it can work; each result says what was observed, or what to do."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError
from urllib3.exceptions import HTTPError

from geo_runtime.authoring.replicable_type import ReplicableType
from geo_runtime.databases import postgresql
from geo_runtime.databases.database import Database
from geo_runtime.errors import ConfigurationError, GeoRuntimeError
from geo_runtime.ground.secrets import masked
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.running.celery_queue import queue_of
from geo_runtime.running.configuration import Configuration
from geo_runtime.running.configured import open_configured, types_of
from geo_runtime.site import tokens
from geo_runtime.tables.migrating import MAIN, STORE, TRACKING, migrate_store, pending

_PATIENCE_S: Final = 10.0


@dataclass(frozen=True)
class Finding:
    """The result of a check.

    Attributes:
        name: What was checked.
        is_right: Whether it is right.
        seen: What was observed, without secrets.
        remedy: What to do, if anything.
    """

    name: str
    is_right: bool
    seen: str
    remedy: str | None = None


class _WrongError(Exception):
    """What is wrong, and what to do."""

    def __init__(self, seen: str, remedy: str) -> None:
        super().__init__(seen)
        self.seen, self.remedy = seen, remedy


def findings(configuration: Configuration) -> Iterator[Finding]:
    """Check everything that the site of a configuration needs, prerequisites first."""
    checked: list[Finding] = []

    def asked(name: str, ask: Callable[[], str]) -> Finding:
        checked.append(_asked(name, ask))
        return checked[-1]

    yield asked("types", lambda: ", ".join(type_.replicator.replicable_name() for type_ in types_of(configuration)))
    yield asked("folders", lambda: _folders(configuration))
    yield asked("git", _git)
    if not checked[0].is_right:
        return
    types = types_of(configuration)
    settings = configuration.site
    for line, url in ((MAIN, settings.main_url), (TRACKING, settings.tracking_url), (STORE, settings.store_url)):
        if url is not None:
            yield asked(f"{line} database", lambda line=line, url=url: _database(configuration, line, url, types))  # type: ignore[misc]
    yield asked("databases of its own", lambda: _different_databases(configuration))
    if not all(finding.is_right for finding in checked if finding.name.endswith("database")):
        return
    site, _ = open_configured(configuration)
    try:
        yield asked("queue", lambda: _queue(site, configuration))
        yield asked("site", lambda: _site(site))
        if checked[-1].is_right:
            yield asked("addresses", lambda: _addresses(site))
            if site.is_secondary():
                yield asked("primary", lambda: _primary(site))
    finally:
        site.close()


def require_databases(configuration: Configuration) -> None:
    """Refuse to start a process on databases that it could do nothing with.

    A database that fails later, while the process runs, is waited for instead.

    Args:
        configuration: The configuration of the site. The tables of its store are created, if it has none.

    Raises:
        ConfigurationError: A type does not exist, a database cannot be reached, or lacks tables.
    """
    types, settings = types_of(configuration), configuration.site
    checked = [_asked(f"{STORE} database", partial(_store, settings.store_url))]
    for line, url in ((MAIN, settings.main_url), (TRACKING, settings.tracking_url)):
        if url is not None:
            ask = partial(_tables, configuration, line, url, types, newer_fits=True)
            checked.append(_asked(f"{line} database", ask))
    if problems := [(f"{each.name}: {each.seen}", each.remedy or "") for each in checked if not each.is_right]:
        raise ConfigurationError(problems)


def _asked(name: str, ask: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, ask())
    except _WrongError as error:
        return Finding(name, False, error.seen, error.remedy)
    except ConfigurationError as error:
        (message, remedy), *_ = error.problems
        return Finding(name, False, message, remedy)
    except (SQLAlchemyError, GeoRuntimeError, CommandError) as error:
        lines = str(getattr(error, "orig", None) or error).strip().splitlines()
        return Finding(
            name,
            False,
            masked(lines[0] if lines else type(error).__name__),
            "Make sure that it runs, lets us in, and is ours",
        )


def _folders(configuration: Configuration) -> str:
    settings = configuration.site
    wanted = {f"storages.{name}": path for name, path in settings.storages.items()}
    if settings.uploads is not None:
        wanted["uploads"] = settings.uploads
    for name, path in wanted.items():
        _check_folder(name, path)
    return ", ".join(map(str, wanted.values())) or "none"


def _check_folder(name: str, path: Path) -> None:
    if not path.is_dir():
        raise _WrongError(
            f"{name}: {path} is not a folder", f"mkdir -p {path}, owned by the user that the site runs as"
        )
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise _WrongError(f"{name}: {path} cannot be written to", f"Have it owned by {os.geteuid()}, our user's id")


def _git() -> str:
    path = shutil.which("git")
    if path is None:
        raise _WrongError("there is no git on the PATH", "Install git; types with repositories need it")
    return path


def _database(configuration: Configuration, line: str, url: str, types: tuple[ReplicableType, ...]) -> str:
    is_read_only = line == MAIN and configuration.site.main_read_only
    database = Database(url, read_only=is_read_only)
    try:
        is_standby = postgresql.is_standby(database.reading_engine)
    finally:
        database.close()
    if is_standby is False and is_read_only:
        raise _WrongError(
            "it is not a standby, but main_read_only says that it is",
            "Name the standby on this site, or remove tracking_url if this is the primary",
        )
    if is_standby and not is_read_only:
        raise _WrongError(
            "it is a standby, and takes no changes", "Name the primary's server, or set main_read_only on a secondary"
        )
    _tables(configuration, line, url, types)
    return f"{masked(url)}, {'a standby' if is_standby else 'tables up to date'}"


def _tables(
    configuration: Configuration, line: str, url: str, types: tuple[ReplicableType, ...], *, newer_fits: bool = False
) -> str:
    if missing := pending(url, line, types, newer_fits=newer_fits):
        is_read_only = line == MAIN and configuration.site.main_read_only
        where = "on the primary; the tables come with replication" if is_read_only else "here"
        raise _WrongError(f"tables are missing or old: {', '.join(missing)}", f"geo-runtime migrate, {where}")
    return masked(url)


def _store(url: str) -> str:
    migrate_store(url)
    return masked(url)


def _different_databases(configuration: Configuration) -> str:
    settings = configuration.site
    urls = [url for url in (settings.main_url, settings.tracking_url, settings.store_url) if url is not None]
    if len(set(urls)) < len(urls):
        raise _WrongError("two of main_url, tracking_url and store_url are the same database", "Give each its own")
    return f"{len(urls)} different ones"


def _queue(site: ReplicatingSite, configuration: Configuration) -> str:
    if configuration.queue is None:
        return "jobs run in the process of the site"
    problem = queue_of(site, configuration.queue).problem()
    if problem is not None:
        raise _WrongError(
            f"{masked(configuration.queue)}: {problem}",
            "Make sure that the Redis server runs, and lets us in at that URL",
        )
    return masked(configuration.queue)


def _site(site: ReplicatingSite) -> str:
    node = site.node()
    name = site.settings.node_name
    if node is None:
        raise _WrongError(
            f"no site is named {name}", f"geo-runtime site add {name}, on the primary, or set node_name to one that is"
        )
    if not node.primary and site.tracking is None:
        raise _WrongError(f"{name} is a secondary, and has no tracking database", "Set tracking_url")
    if node.primary and site.tracking is not None:
        raise _WrongError(f"{name} is the primary, and has a tracking database", "Remove tracking_url")
    return f"{name}, {'the primary' if node.primary else 'a secondary' if node.enabled else 'a secondary, paused'}"


def _addresses(site: ReplicatingSite) -> str:
    node = site.current_node()
    host = urlsplit(node.url).hostname
    if not host:
        raise _WrongError(f"{node.name} has no URL", f"geo-runtime site add {node.name} --url URL, on the primary")
    if not {host, "*"} & set(site.settings.hosts):
        raise _WrongError(
            f"browsers call it {host}, but hosts only has {', '.join(site.settings.hosts)}", f"Add {host} to hosts"
        )
    return node.url


def _primary(site: ReplicatingSite) -> str:
    """Send the primary a harmless request that it only answers to a site whose key it knows."""
    primary = site.primary_node()
    if primary is None:
        raise _WrongError("there is no primary", "geo-runtime site add NAME --primary --url URL, on the primary")
    url = f"{primary.internal_url}/api/v4/geo/status"
    try:
        header = tokens.authorization(site, {"scope": tokens.API_SCOPE})
        answer = site.http.request("POST", url, json={}, headers={"Authorization": header}, timeout=_PATIENCE_S)
    except HTTPError as error:
        raise _WrongError(
            f"{primary.internal_url} does not answer: {type(error).__name__}: {error}",
            "See that it runs and that its URL leads there from here; set ca_file to who signs its certificate",
        ) from error
    if answer.status != HTTPStatus.BAD_REQUEST:  # its response to a status without a site
        raise _WrongError(
            f"{primary.internal_url} answered {answer.status}: {answer.data.decode(errors='replace')[:200]}",
            "Compare the clocks, allowed_ips of the primary, and whether this site is paused",
        )
    return f"{primary.internal_url} knows this site"
