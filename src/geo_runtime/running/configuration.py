"""The settings of a site: a TOML file, and the environment, which overrides it.

Each setting of the table below is a key of the file; `GEO_RUNTIME_` and its name in capitals is a variable. All errors
are reported together. A value that may contain a password is given as `env:NAME` or `file:PATH`, or is in a file that
not everybody can read.
"""

import json
import os
import ssl
import stat
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from geo_runtime.errors import ConfigurationError
from geo_runtime.ground.secrets import HOW_TO_GIVE, has_password, resolved
from geo_runtime.running import logs, values
from geo_runtime.running.ending import GRACE_S
from geo_runtime.running.values import Reader, RefusedError
from geo_runtime.site.jobs import THREADS, Queue
from geo_runtime.site.settings import SiteSettings

PREFIX: Final = "GEO_RUNTIME_"
FILE_VARIABLE: Final = f"{PREFIX}SETTINGS"
"""The variable that names the file, if nothing else does."""
_OTHERS: Final = 0o027
"""The permission bits of others, and the group's write permission."""


@dataclass(frozen=True)
class Setting:
    """A setting.

    Attributes:
        reader: How its value is read.
        about: Its purpose, in one line.
        default: Its default; for settings of `SiteSettings` that is the class's own default.
        is_needed: Whether it is required.
    """

    reader: Reader
    about: str
    default: Any = None
    is_needed: bool = False


_FOLDERS = 'a table of folders by name, such as { default = "/srv/geo/repositories" }'
_FLAGS = "a table of true or false by flag name"
_THREADS = f"a table of whole numbers by queue: {', '.join(Queue)}"

SETTINGS: Final[Mapping[str, Setting]] = {
    "node_name": Setting(values.text(), "the name of the site, as `site add` has it", is_needed=True),
    "types": Setting(
        values.list_of(values.text(), "a list of types, each as module:attribute"),
        "the types that it replicates, each as `module:attribute`",
        is_needed=True,
    ),
    "path": Setting(values.path(), "another folder to import their modules from"),
    "main_url": Setting(
        values.database(), "the main database; on a secondary, the standby of the primary's", is_needed=True
    ),
    "main_read_only": Setting(
        values.flag(), "whether the main database is a standby; true if there is a tracking database"
    ),
    "tracking_url": Setting(values.database(), "the tracking database; only on a secondary"),
    "store_url": Setting(values.database(), "the site's own database for leases, caches and jobs", is_needed=True),
    "queue": Setting(values.redis(), "the Redis server that carries jobs to workers; without it `serve` runs them"),
    "threads": Setting(
        values.table(values.whole_number(1), _THREADS, tuple(Queue)),
        "how many jobs of a queue a process runs at once",
        THREADS,
    ),
    "storages": Setting(values.table(values.path(), _FOLDERS), "the folder of each repository storage"),
    "uploads": Setting(values.path(), "the folder of local files"),
    "address": Setting(values.address(), "where it serves", "127.0.0.1"),
    "port": Setting(values.port(), "on which port; 0 picks a free one", 0),
    "tls_certificate": Setting(values.file(), "the certificate and its chain (PEM)"),
    "tls_key": Setting(values.file(), "the key of the certificate (PEM)"),
    "hosts": Setting(values.list_of(values.text(), "a list of host names"), "the host names that browsers use"),
    "trusted_proxies": Setting(values.networks(), "the proxies whose forwarded client addresses are trusted"),
    "allowed_ips": Setting(values.networks(), "the networks from which other sites may call"),
    "monitoring_ips": Setting(values.networks(), "the networks from which Prometheus and probes may call"),
    "ca_file": Setting(values.authorities(), "the CA certificates for the primary, if it is not a public CA"),
    "status_timeout_s": Setting(values.seconds(), "how long the other site may take to accept a status"),
    "flag_defaults": Setting(values.table(values.flag(), _FLAGS), "the state of flags that nobody has set"),
    "registry_replication_enabled": Setting(values.flag(), "whether a secondary copies container images"),
    "verification_cap": Setting(
        values.choice("global", "type"), "whether the limit on verification jobs is for each type or for all"
    ),
    "grace": Setting(values.seconds(), "how many seconds a process may take to stop", GRACE_S),
    "log_level": Setting(
        values.choice(*(level.lower() for level in logs.LEVELS)), "the lowest level logged", "warning"
    ),
    "log_format": Setting(values.choice(*logs.FORMATS), "the format of the log", "text"),
    "follows": Setting(values.flag(), "whether a process stops when its standard input ends", default=False),
    "speed": Setting(values.seconds(), "the speed of the clock, relative to the machine's", 1.0),
    "origin": Setting(values.moment(), "when a fast clock agreed with the machine's"),
}
"""Every setting by name."""  # fmt: skip
_OF_A_SITE: Final = tuple(field.name for field in fields(SiteSettings))


@dataclass(frozen=True)
class Configuration:
    """The settings, read and checked.

    Attributes:
        site: The settings of the site itself.
        types: The location of its types.
        path: Additional folders to search for their modules.
        address: The address on which it listens.
        port: Its port; 0 for a free one.
        tls: The files of certificate and key, if it uses TLS itself.
        queue: The URL of a Redis server, if that carries the jobs.
        threads: How many jobs of each queue a process runs at once.
        grace_s: How long a process may take to end.
        log_level: The log level.
        log_format: The log format.
        follows: Whether a process ends when its standard input does.
        speed: How fast its clock runs.
        origin: When a fast clock agreed with the machine's.
    """

    site: SiteSettings
    types: tuple[str, ...]
    path: Path | None
    address: str
    port: int
    tls: tuple[Path, Path] | None
    queue: str | None
    threads: Mapping[Queue, int]
    grace_s: float
    log_level: str
    log_format: str
    follows: bool
    speed: float
    origin: datetime | None


def read(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Configuration:
    """Read the settings of a site.

    Args:
        path: The file; None for the one in `GEO_RUNTIME_SETTINGS`, if any.
        environ: The environment; the process's by default.

    Raises:
        ConfigurationError: They cannot be used; it lists each wrong one, and what to do.
    """
    environment = os.environ if environ is None else environ
    if path is None and environment.get(FILE_VARIABLE):
        path = Path(environment[FILE_VARIABLE])
    return _Reading(path, environment).configuration()


def written(settings: Mapping[str, Any]) -> str:
    """Return settings in the format of the file, without those that are None."""
    return "".join(f"{name} = {_toml(value)}\n" for name, value in settings.items() if value is not None)


class _Reading:
    """One reading of a file and an environment, which collects errors."""

    def __init__(self, path: Path | None, environment: Mapping[str, str]) -> None:
        self.path = path
        self.environment = environment
        self.problems: list[tuple[str, str]] = []

    def configuration(self) -> Configuration:
        """Return the configuration.

        Raises:
            ConfigurationError: Something is wrong.
        """
        from_file = self._from_file()
        if from_file is None:  # what it says is unknown, so nothing can be said to be missing
            raise ConfigurationError(self.problems)
        given = {**from_file, **self._from_environment()}
        by_name = {name: self._value(name, *at) for name, at in given.items()}
        for name, setting in SETTINGS.items():
            if setting.is_needed and name not in given:
                where = f"in {self.path}" if self.path else f"in a file that --settings or {FILE_VARIABLE} names"
                self.problems.append(
                    (f"{name} is missing: {setting.about}", f"Set {name} {where}, or {_variable(name)}")
                )
        tls = by_name.get("tls_certificate"), by_name.get("tls_key")
        if not self.problems:
            self._check_tls(*tls)
        if self.problems:
            raise ConfigurationError(self.problems)
        by_name.setdefault("main_read_only", by_name.get("tracking_url") is not None)
        of_a_site = {name: by_name.pop(name) for name in _OF_A_SITE if name in by_name}
        others = {name: by_name.get(name, setting.default) for name, setting in SETTINGS.items()}
        return Configuration(
            site=SiteSettings(**of_a_site),
            types=others["types"],
            path=others["path"],
            address=others["address"],
            port=others["port"],
            tls=None if None in tls else tls,  # type: ignore[arg-type]
            queue=others["queue"],
            threads={**THREADS, **{Queue(name): count for name, count in others["threads"].items()}},
            grace_s=others["grace"],
            log_level=others["log_level"],
            log_format=others["log_format"],
            follows=others["follows"],
            speed=others["speed"],
            origin=others["origin"],
        )

    def _from_file(self) -> dict[str, tuple[Any, str]] | None:
        """Return the values in the file, each with its place; None if it cannot be read."""
        if self.path is None:
            return {}
        try:
            with self.path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                found = tomllib.load(file)
        except OSError as error:
            self.problems.append((f"{self.path} cannot be read: {error.strerror}", "Name the settings file of a site"))
            return None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self.problems.append((f"{self.path} is not TOML: {error}", "Fix that line"))
            return None
        known: dict[str, tuple[Any, str]] = {}
        for name, value in found.items():
            if name in SETTINGS:
                known[name] = (value, f"{name} in {self.path}")
                self._check_privacy(name, value, mode)
            else:
                self.problems.append(_unknown(name, f"{name} in {self.path}", list(SETTINGS)))
        return known

    def _from_environment(self) -> dict[str, tuple[Any, str]]:
        """Return the values in the environment, each with its place."""
        known: dict[str, tuple[Any, str]] = {}
        named = {text.removeprefix("env:") for text in self.environment.values()}
        for variable, text in self.environment.items():
            name = variable.removeprefix(PREFIX).lower()
            if not variable.startswith(PREFIX) or variable == FILE_VARIABLE or variable in named:
                continue
            if name not in SETTINGS:
                self.problems.append(_unknown(variable, variable, [_variable(setting) for setting in SETTINGS]))
                continue
            reader = SETTINGS[name].reader
            try:
                known[name] = (reader.parse(text), variable)
            except ValueError:
                self._refuse(reader, text, variable)
        return known

    def _value(self, name: str, value: Any, where: str) -> Any:
        reader = SETTINGS[name].reader
        if reader.is_secret and isinstance(value, str):
            try:
                value = resolved(value, self.environment)
            except ValueError as error:
                self.problems.append((f"{where}: {error}", f"It must stand for {reader.must}"))
                return None
        try:
            return reader.read(value)
        except RefusedError as error:
            self.problems.append((f"{where}: {error}", f"It must be {reader.must}"))
        except (ValueError, TypeError, OSError):
            self._refuse(reader, value, where)
        return None

    def _refuse(self, reader: Reader, value: object, where: str) -> None:
        self.problems.append((f"{where} is {values.shown(reader, value)}", f"It must be {reader.must}"))

    def _check_privacy(self, name: str, value: object, mode: int) -> None:
        """Refuse a password where others may read it."""
        if SETTINGS[name].reader.is_secret and isinstance(value, str) and has_password(value) and mode & _OTHERS:
            self.problems.append(
                (
                    f"{name} in {self.path} holds a password, and others may read the file ({stat.filemode(mode)})",
                    f"{HOW_TO_GIVE}, or chmod 600 {self.path}",
                )
            )

    def _check_tls(self, certificate: Path | None, key: Path | None) -> None:
        if certificate is None and key is None:
            return
        if certificate is None or key is None:
            self.problems.append(("only one of tls_certificate and tls_key is set", "Set both, or neither"))
            return
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
        except (ssl.SSLError, OSError) as error:
            self.problems.append(
                (
                    f"tls_certificate {certificate} and tls_key {key} cannot be used: {error}",
                    "They must be a certificate and its key, both in PEM, the key without a password",
                )
            )


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _unknown(name: str, where: str, names: Sequence[str]) -> tuple[str, str]:
    near = get_close_matches(name, names, n=1)
    return f"{where} is not a setting", f"Did you mean {near[0]}?" if near else f"The settings are {', '.join(names)}"


def _toml(value: Any) -> str:
    """Return a value in TOML, whose strings are like JSON's."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_toml(str(name))} = {_toml(each)}' for name, each in value.items())} }}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
