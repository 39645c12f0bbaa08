"""How to read the value of a setting from TOML or an environment variable, and the message for an invalid one."""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Final

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_LARGEST_PORT: Final = 65535


class RefusedError(ValueError):
    """A value that cannot be used for a reason other than its form."""


@dataclass(frozen=True)
class Reader:
    """How to read a value.

    Attributes:
        must: What it must be, for a message after `must be`.
        read: Converts a TOML value; raises ValueError, TypeError or OSError if it is invalid, `RefusedError` if its
            form is not the problem.
        parse: Converts a variable's text into a TOML value; raises ValueError if it cannot.
        is_secret: Whether it may contain a password, so that no message shows it, and it may be given as `env:NAME` or
            `file:PATH`; `read` gets the resolved text.
    """

    must: str
    read: Callable[[Any], Any]
    parse: Callable[[str], Any] = str
    is_secret: bool = False


def text() -> Reader:
    """Read a text that is not empty."""
    return Reader("a text (not empty)", _text)


def flag() -> Reader:
    """Read true or false."""
    return Reader("true or false", lambda value: _typed(bool, value), _flag)


def whole_number(least: int, most: int | None = None) -> Reader:
    """Read a whole number."""
    must = f"a whole number from {least}" + (f" to {most}" if most is not None else " up")

    def read(value: Any) -> int:
        number: int = _typed(int, value)
        if number < least or (most is not None and number > most):
            raise ValueError(must)
        return number

    return Reader(must, read, int)


def port() -> Reader:
    """Read a port."""
    return whole_number(0, _LARGEST_PORT)


def seconds() -> Reader:
    """Read a number above zero."""

    def read(value: Any) -> float:
        number = float(_typed((int, float), value))
        if not 0 < number < float("inf"):
            raise ValueError(value)
        return number

    return Reader("a number above 0", read, float)


def choice(*names: str) -> Reader:
    """Read one of some names."""

    def read(value: Any) -> str:
        if value not in names:
            raise ValueError(value)
        return str(value)

    return Reader(f"one of {', '.join(names)}", read)


def path() -> Reader:
    """Read a path."""
    return Reader("a path", lambda value: Path(_text(value)))


def file() -> Reader:
    """Read the path of an existing, readable file."""

    def read(value: Any) -> Path:
        return _readable(Path(_text(value)))

    return Reader("the path of a file that this user can read", read)


def authorities() -> Reader:
    """Read the path of a file with certificates of authorities."""

    def read(value: Any) -> Path:
        path = _readable(Path(_text(value)))
        ssl.create_default_context(cafile=str(path))  # its error is an OSError
        return path

    return Reader("the path of a file with certificates (PEM)", read)


def address() -> Reader:
    """Read an address of a network interface."""
    return Reader("an IP address, such as 0.0.0.0, :: or 127.0.0.1", lambda value: str(ip_address(_text(value))))


def networks() -> Reader:
    """Read some networks."""
    each = Reader("", lambda value: str(ip_network(_text(value))))
    return list_of(each, "a list of networks, such as 10.0.0.0/8, or of addresses")


def list_of(of: Reader, must: str) -> Reader:
    """Read a list; in a variable its items are separated by commas.

    Args:
        of: Reads each item.
        must: As for `Reader`.
    """

    def read(value: Any) -> tuple[Any, ...]:
        return tuple(of.read(item) for item in _typed(list, value))

    return Reader(must, read, lambda given: [of.parse(item.strip()) for item in given.split(",") if item.strip()])


def table(of: Reader, must: str, names: tuple[str, ...] = ()) -> Reader:
    """Read a table; in a variable it is `name=value`, separated by commas.

    Args:
        of: Reads each value.
        must: As for `Reader`.
        names: The allowed names; any by default.
    """

    def read(value: Any) -> Mapping[str, Any]:
        table: Mapping[str, Any] = _typed(dict, value)
        if names and not set(table) <= set(names):
            raise ValueError(value)
        return {_text(name): of.read(each) for name, each in table.items()}

    def parse(given: str) -> dict[str, Any]:
        pairs = [item.partition("=") for item in given.split(",") if item.strip()]
        return {name.strip(): of.parse(item.strip()) for name, _, item in pairs}

    return Reader(must, read, parse)


def database() -> Reader:
    """Read the URL of a database."""

    def read(value: Any) -> str:
        try:
            url = make_url(_text(value))
        except ArgumentError as error:
            raise ValueError(str(error)) from error
        if url.get_backend_name() not in ("sqlite", "postgresql") or not url.database:
            raise ValueError(value)
        scheme, separator, rest = value.partition("://")
        return f"postgresql+psycopg{separator}{rest}" if scheme == "postgresql" else str(value)

    return _secret("the URL of a database, such as postgresql://user@host/name or sqlite:////folder/file", read)


def redis() -> Reader:
    """Read the URL of a Redis server."""

    def read(value: Any) -> str:
        text = _text(value)
        if not text.startswith(("redis://", "rediss://")):
            raise ValueError(value)
        if text.startswith("rediss://") and "ssl_cert_reqs=" not in text:  # without it Kombu does not use TLS at all
            text += f"{'&' if '?' in text else '?'}ssl_cert_reqs=required"
        return text

    return _secret("the URL of a Redis server, such as redis://host:6379/0, or rediss:// with TLS", read)


def moment() -> Reader:
    """Read a time in ISO 8601, with a zone."""

    def read(value: Any) -> datetime:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
        if time.tzinfo is None:
            raise ValueError(value)
        return time

    return Reader("a time with a zone, in ISO 8601", read)


def shown(reader: Reader, value: object) -> str:
    """Return a value for a message; for one that may contain a password only its source."""
    if not reader.is_secret or (isinstance(value, str) and value.startswith(("env:", "file:"))):
        return repr(value)
    return "a text of another form" if isinstance(value, str) else f"of type {type(value).__name__}"


def _secret(must: str, read: Callable[[Any], Any]) -> Reader:
    return Reader(must, read, is_secret=True)


def _readable(path: Path) -> Path:
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise RefusedError(f"{path} cannot be read: {error.strerror}") from error


def _text(value: Any) -> str:
    text: str = _typed(str, value)
    if not text or "\0" in text:
        raise ValueError(value)
    return text


def _typed(wanted: Any, value: Any) -> Any:
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise TypeError(value)
    return value


def _flag(given: str) -> bool:
    word = given.strip().lower()
    if word not in (*_TRUE, *_FALSE):
        raise ValueError(given)
    return word in _TRUE
