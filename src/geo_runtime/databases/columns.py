"""Column types and the base class: the same Python values from SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    String,
    event,
    literal,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC, even if the database stores no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC; refuse a time without a zone.

        Raises:
            ValueError: The time has no zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Restore the zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class HexBinary(TypeDecorator[str]):
    """A checksum: hexadecimal digits in Python, packed bytes in the database; hence an even number of digits."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Pack the digits.

        Raises:
            ValueError: Their number is odd, or they are not hexadecimal.
        """
        return None if value is None else bytes.fromhex(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Unpack the digits."""
        return None if value is None else bytes(value).hex()


Json = JSON().with_variant(JSONB(), "postgresql")
BigId = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only in a column of type INTEGER."""
Text255 = String(255)


def written(value: int) -> ColumnElement[int]:
    """Return a number as a literal in the statement: a database must see it to choose a partial index."""
    return literal(int(value), Integer, literal_execute=True)


class likely(FunctionElement[Any]):  # noqa: N801 - a function of SQL
    """A condition by which SQLite should not search, because nearly all rows match, or a partial index is better.

    PostgreSQL has statistics and needs no hint.
    """

    type = NullType()  # SQLAlchemy compares a Boolean with 1, which hides the condition
    inherit_cache = True


@compiles(likely)
def _plain(element: likely, compiler: SQLCompiler, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(likely, "sqlite")
def _likely(element: likely, compiler: SQLCompiler, **options: Any) -> str:
    return f"likely({compiler.process(element.clauses, **options)})"


class Base(DeclarativeBase):
    """The base class of one database's tables; new objects have their defaults before they are saved."""

    __abstract__ = True


@event.listens_for(Base, "init", propagate=True)
def _fill_in_defaults(target: Base, args: Any, kwargs: dict[str, Any]) -> None:
    """Set scalar defaults at construction, as Active Record does; `flush` would set them later."""
    for column in target.__table__.columns:
        default = column.default
        if default is not None and default.is_scalar:
            kwargs.setdefault(column.key, getattr(default, "arg"))  # noqa: B009 - not in the declared type
