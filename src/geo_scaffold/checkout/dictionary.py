"""The dictionary of tables: `db/docs/*.yml` gives the owner, database and sharding keys of each."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Final

from geo_scaffold.checkout.sources import Sources
from geo_scaffold.records import dataclass

FOLDER: Final = "db/docs"
VIEWS: Final = "db/docs/views"

# All three of db/docs/*.yml: keys at the top, such as `table_name:`; items of `classes:`; pairs of `sharding_key:`.
_TOP: Final = re.compile(r"^(\w+):[ \t]*(.*(?:\n(?:[ \t-].*|[ \t]*(?=\n)))*)", re.MULTILINE)
_ITEM: Final = re.compile(r"^[ \t]*-[ \t]+(.+)$", re.MULTILINE)
_PAIR: Final = re.compile(r"(?<![\w$])([\w$]++)['\"]?:[ \t]*['\"]?([\w$]+)")


@dataclass(frozen=True, slots=True)
class Entry:
    """The dictionary's entry for one table.

    Args:
        table: The table.
        path: The file.
        classes: The classes that it lists.
        gitlab_schema: The schema that it belongs to, or None if not said.
        sharding_keys: The table that each of its sharding keys refers to.
        lines: The line of each of these.
    """

    table: str
    path: str
    classes: tuple[str, ...]
    gitlab_schema: str | None
    sharding_keys: Mapping[str, str]
    lines: Mapping[str, int]

    def source(self, key: str) -> str:
        """Return where a key is, `path:line`."""
        return f"{self.path}:{self.lines.get(key, 1)}"


class Dictionary:
    """The dictionary of a tree.

    Args:
        sources: The files.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._entries: dict[str, Entry | None] = {}

    def entry(self, table: str) -> Entry | None:
        """Return the entry of a table or view, or None if it has none."""
        if table not in self._entries:
            self._entries[table] = next(
                (
                    parse_entry(text, table, path)
                    for path in (f"{FOLDER}/{table}.yml", f"{VIEWS}/{table}.yml")
                    if (text := self._sources.text(path)) is not None
                ),
                None,
            )
        return self._entries[table]

    def of_class(self, name: str) -> tuple[Entry, ...]:
        """Return the entries that name a class, by table. This reads all entries."""
        return self._by_class.get(name, ())

    @property
    def is_read(self) -> bool:
        """Whether all entries have been read."""
        return "_by_class" in self.__dict__

    def classes(self) -> tuple[str, ...]:
        """Return every class that the dictionary names, sorted."""
        return tuple(sorted(self._by_class))

    @cached_property
    def _by_class(self) -> dict[str, tuple[Entry, ...]]:
        found: dict[str, tuple[Entry, ...]] = {}
        for folder in (FOLDER, VIEWS):
            for name in self._sources.folder(folder):
                if name.endswith(".yml"):
                    path, table = f"{folder}/{name}", name.removesuffix(".yml")
                    entry = self._entries.get(table) or parse_entry(self._sources.scanned(path), table, path)
                    self._entries.setdefault(table, entry)
                    for class_ in entry.classes:
                        found[class_] = (*found.get(class_, ()), entry)
        return found


def parse_entry(text: str, table: str, path: str) -> Entry:
    """Read one file of the dictionary.

    It maps keys to scalars, lists and mappings of scalars, in block or flow style; anything else is skipped.

    Args:
        text: The whole file.
        table: The table that it describes.
        path: The file, for sources.
    """
    keys, lines = {}, {}
    for match in _TOP.finditer(text):
        keys[match[1]] = match[2]
        lines[match[1]] = text.count("\n", 0, match.start()) + 1
    return Entry(
        _word(keys.get("table_name")) or _word(keys.get("view_name")) or table,
        path,
        tuple(map(_bare, _list(keys.get("classes", "")))),
        _word(keys.get("gitlab_schema")),
        dict(_PAIR.findall(_without_comments(keys.get("sharding_key", "")))),
        lines,
    )


def _without_comments(text: str) -> str:
    # YAML's: a `#` in the middle of a word begins no comment.
    return re.sub(r"(?:^|[ \t])#.*", "", text, flags=re.MULTILINE)


def _list(text: str) -> list[str]:
    plain = _without_comments(text).strip()
    if plain.startswith("["):
        return [each for each in (part.strip() for part in plain.strip("[]").split(",")) if each]
    return _ITEM.findall(plain)


def _bare(text: str) -> str:
    return text.strip().strip("'\"").removeprefix("::")


def _word(text: str | None) -> str | None:
    return _bare(_without_comments(text).split("\n")[0]) or None if text else None
