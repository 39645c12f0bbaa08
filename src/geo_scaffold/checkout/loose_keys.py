"""Loose foreign keys, which no database enforces: `config/gitlab_loose_foreign_keys.yml`, by table and column."""

import re
from functools import cached_property
from typing import Final

from geo_scaffold.checkout.sources import Sources

PATH: Final = "config/gitlab_loose_foreign_keys.yml"
# Both of config/gitlab_loose_foreign_keys.yml: the name of a table, and the pairs of its keys.
_TABLE: Final = re.compile(r"^(\w+):\s*(?:#.*)?$")
_KEY: Final = re.compile(r"^(\s*(?:-\s+)?)(\w+):\s*['\"]?(\w*)")


class LooseKeys:
    """The loose foreign keys of a tree.

    Args:
        sources: The files.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def line(self, table: str, column: str) -> int | None:
        """Return the line that declares the key of a column, or None if it has none.

        Args:
            table: The table with the key.
            column: Its column.
        """
        return self._lines.get((table, column))

    def columns(self, table: str) -> tuple[str, ...]:
        """Return the columns of a table that have such a key."""
        return tuple(column for each, column in self._lines if each == table)

    @cached_property
    def _lines(self) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        table, depth = "", 0
        for number, line in enumerate((self._sources.text(PATH) or "").splitlines(), 1):
            if match := _TABLE.match(line):
                table, depth = match[1], 0
            elif match := _KEY.match(line):
                depth = depth or len(match[1])  # a nested mapping, such as a condition, has its own `column`
                if match[2] == "column" and len(match[1]) == depth:
                    found.setdefault((table, match[3]), number)
        return found
