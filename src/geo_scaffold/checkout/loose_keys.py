"""Foreign keys that no database enforces: `config/gitlab_loose_foreign_keys.yml`, by table and column."""

import re
from functools import cached_property
from typing import Final

from geo_scaffold.checkout.sources import Sources

PATH: Final = "config/gitlab_loose_foreign_keys.yml"
_TABLE: Final = re.compile(r"^(\w+):\s*$")
_COLUMN: Final = re.compile(r"^\s+(?:- )?column:\s*['\"]?(\w+)")


class LooseKeys:
    """The loose foreign keys of a tree.

    Args:
        sources: The files.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def line(self, table: str, column: str) -> int | None:
        """Return the line that declares the key of a column; None: it has none."""
        return self._lines.get((table, column))

    def columns(self, table: str) -> tuple[str, ...]:
        """Return the columns of a table that have one."""
        return tuple(column for each, column in self._lines if each == table)

    @cached_property
    def _lines(self) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        table = ""
        for number, line in enumerate((self._sources.text(PATH) or "").splitlines(), 1):
            if match := _TABLE.match(line):
                table = match[1]
            elif match := _COLUMN.match(line):
                found.setdefault((table, match[1]), number)
        return found
