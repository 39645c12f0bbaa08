"""Adding and pausing sites, as an administrator of the primary."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_runtime.databases.database import Database
from geo_runtime.databases.main import GeoNode
from geo_runtime.errors import InvalidRecordError, RecordNotFoundError

_LONGEST: Final = 255


def put_site(
    main: Database,
    name: str,
    *,
    primary: bool = False,
    url: str | None = None,
    internal_url: str | None = None,
    capacities: Mapping[str, int] | None = None,
) -> bool:
    """Add a site, or change the addresses and capacities of an existing one; return whether it was added.

    Args:
        main: The main database of the primary.
        name: The name of the site, as in its settings.
        primary: Whether it is the primary; a site cannot change its role.
        url: The URL for people; None for the current one, or none.
        internal_url: The URL for other sites, if different; None for the current one.
        capacities: The capacities by column name, such as `files_max_capacity`.

    Raises:
        InvalidRecordError: The values are invalid, or there is another primary.
    """
    if not name.strip() or len(name) > _LONGEST:
        raise InvalidRecordError(f"the name of a site must have 1 to {_LONGEST} characters")
    given = {"url": _address(url), "internal_url_column": _address(internal_url), **(capacities or {})}
    with main.session() as session, session.begin():
        nodes = {node.name: node for node in session.scalars(select(GeoNode))}
        found = nodes.get(name)
        if found is not None and found.primary != primary:
            raise InvalidRecordError(f"{name} is {_role(found)}, and stays that way")
        other = next((node.name for node in nodes.values() if node.primary and node is not found), None)
        if primary and other is not None:
            raise InvalidRecordError(f"there is a primary: {other}")
        node = found or GeoNode(name=name, primary=primary)
        for column, value in given.items():
            if value is not None:
                setattr(node, column, value)
        session.add(node)
        return found is None


def set_enabled(main: Database, name: str, enabled: bool) -> None:
    """Resume or pause a secondary: while paused it copies and verifies nothing, and the primary rejects its requests.

    Args:
        main: The main database of the primary.
        name: The secondary's `node_name`.
        enabled: Whether it resumes.

    Raises:
        RecordNotFoundError: There is no such site.
        InvalidRecordError: It is the primary.
    """
    with main.session() as session, session.begin():
        _named(session, name).enabled = enabled


def _named(session: Session, name: str) -> GeoNode:
    node = session.scalar(select(GeoNode).where(GeoNode.name == name))
    if node is None:
        names = ", ".join(session.scalars(select(GeoNode.name).order_by(GeoNode.id))) or "none"
        raise RecordNotFoundError(f"no site is named {name}; there are {names}")
    return node


def _role(node: GeoNode) -> str:
    return "the primary" if node.primary else "a secondary"


def _address(url: str | None) -> str | None:
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port)
    except ValueError:  # a port that is not a number
        is_address = False
    if not is_address or "@" in url or len(url) > _LONGEST:
        raise InvalidRecordError(
            f"not the address of a site: {url.rpartition('@')[2]}; it looks like https://host:port"
        )
    return url
