"""What tells a construct of a Ruby file from the others, in a spelling that all spellings of it share."""

from geo_scaffold.records import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """What all of them have.

    Args:
        scope: The full name of the class or module around it, such as `Geo::CoolWidgetState`; empty: none is. In a
            factory or a table its own words, such as `factory cool_widget`.
        name: Its name: of a class the last part, of a call the method that is called.
    """

    scope: str
    name: str

    def is_in(self, path: str) -> bool:
        """Tell whether it is in a class, or in one that is in it."""
        return self.scope == path or self.scope.startswith(f"{path}::")


@dataclass(frozen=True, slots=True)
class Class(Key):
    """A class or a module."""

    @property
    def path(self) -> str:
        """Its full name."""
        return f"{self.scope}::{self.name}" if self.scope else self.name


@dataclass(frozen=True, slots=True)
class Method(Key):
    """A method that is defined.

    Args:
        is_static: Whether it is the class's own.
    """

    is_static: bool = False


@dataclass(frozen=True, slots=True)
class Constant(Key):
    """A constant that is set."""


@dataclass(frozen=True, slots=True)
class Setting(Key):
    """An attribute of the class that is set, as in `self.table_name = 'cool_widgets'`."""


@dataclass(frozen=True, slots=True)
class Call(Key):
    """A method that is called, such as `include` or `belongs_to`; of those that amount to the same, one.

    Args:
        first: The first argument: of a constant the last part, of a string or a symbol what it holds; empty: none.
        label: The name of an index, which may be the only difference.
    """

    first: str = ""
    label: str = ""

    @property
    def is_of_table(self) -> bool:
        """Whether it is a part of a table that a migration makes."""
        return self.scope.startswith(TABLE)


TABLE = "table "
"""Begins the scope of what a migration puts into a table."""
