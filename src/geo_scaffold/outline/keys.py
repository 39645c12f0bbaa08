"""The identity of a construct in a Ruby file, the same for all of its spellings."""

from geo_scaffold.records import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """The common part of all keys.

    Args:
        scope: The full name of the class or module around it, such as `Geo::CoolWidgetState`; empty if there is none.
            In a factory or a table, the opening words, such as `factory cool_widget`.
        name: Its name: the last part for a class, the called method for a call.
    """

    scope: str
    name: str

    def is_in(self, path: str) -> bool:
        """Tell whether it is in a class, or in one nested in it."""
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
    """A method definition.

    Args:
        is_static: Whether it is a class method.
    """

    is_static: bool = False


@dataclass(frozen=True, slots=True)
class Constant(Key):
    """An assigned constant."""


@dataclass(frozen=True, slots=True)
class Setting(Key):
    """An assigned attribute of the class, as in `self.table_name = 'cool_widgets'`."""


@dataclass(frozen=True, slots=True)
class Call(Key):
    """A called method, such as `include` or `belongs_to`; equivalent methods share one name.

    Args:
        first: The first argument: the last part of a constant, the content of a string or a symbol; empty if none.
        label: The name of an index, which may be the only difference.
    """

    first: str = ""
    label: str = ""

    @property
    def is_of_table(self) -> bool:
        """Whether it is a part of a table that a migration creates."""
        return self.scope.startswith(TABLE)


TABLE = "table "
"""The beginning of the scope of what a migration adds to a table."""
