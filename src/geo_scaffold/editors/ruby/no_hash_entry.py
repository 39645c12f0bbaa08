"""The removal of a hash entry."""

import json
from typing import TYPE_CHECKING, Final, Self

from geo_scaffold.editors.failures import blocked, not_once
from geo_scaffold.editors.ruby.hash_entry import HashEntry
from geo_scaffold.editors.ruby.syntax import Source, equivalent, parse, single, text_of
from geo_scaffold.editors.splice import indentation_at, line_end_at
from geo_scaffold.records import dataclass, replace

if TYPE_CHECKING:
    from tree_sitter import Node

    from geo_scaffold.editors.splice import Splice


BREAK: Final = "\0"
"""Represents a line break followed by the indentation of the entry's first line."""


@dataclass(frozen=True, kw_only=True)
class PlacedEntry(HashEntry):
    """An entry of a hash before another one.

    Args:
        key: As for `HashEntry`, like `value`, `hash`, `inside` and `ordered`.
        before: The key of the entry before which it goes; empty if it goes last.
    """

    before: str = ""

    def keyed(self, source: Source, key: str) -> "list[Node]":
        """Return the entries with a key, whatever their values.

        Args:
            source: The file.
            key: The key as Ruby: `:name`, `'name'` or `Name`.
        """
        expected = single(f"HASH = {{ {key} => nil }}").named_children[1].named_children[0].named_children[0]
        return [member for member in self.members(source) if equivalent(member.child_by_field_name("key"), expected)]

    def adding(self, source: Source) -> "list[Splice]":
        """Return the splices that insert it in its place."""
        members = self._members(source)
        index = len(members.all)
        if self.before:
            following = self.keyed(source, self.before)
            if len(following) != 1:
                raise not_once(f"the key `{self.before}`", self.inside, len(following))
            index = [member.id for member in members.all].index(following[0].id)
        # On one line, so that the relative indentation of its other lines is unchanged.
        splices = members.adding(self.text.replace("\n", BREAK), index)
        return [splice._replace(text=_broken(source.text, splice)) for splice in splices]


@dataclass(frozen=True, kw_only=True)
class NoHashEntry:
    """The absence of an entry of a hash: `insert` removes it, `remove` restores it as it was.

    Args:
        key: The key; the entry may have any value.
        hash: As for `HashEntry`.
        inside: As for `HashEntry`.
        known: What `to_remember` returned: the entry, and the one after it; empty if there is nothing to restore.

    Example:
        ```toml
        editor = { kind = "no-hash-entry", hash = "UNKNOWN" }
        ```

        with the lines:

        ```ruby
        CoolWidgetUploader
        ```

        Before:

        ```ruby
        UNKNOWN = {
          BoilerUploader => :later,
          CoolWidgetUploader => :later
        }
        ```

        After:

        ```ruby
        UNKNOWN = {
          BoilerUploader => :later
        }
        ```
    """

    key: str
    hash: str
    inside: tuple[str, ...] = ()
    known: str = ""

    def contains(self, text: str) -> bool:
        """Tell whether no entry has the key."""
        return self._existing(text) is None

    def line(self, text: str) -> int | None:
        """Return the line of the entry, from 1, or None if it does not exist."""
        entries = self._entry("nil", "").keyed(parse(text), self.key)
        return entries[0].start_point.row + 1 if entries else None

    def insert(self, text: str) -> str:
        """Return the text without the entry."""
        existing = self._existing(text)
        if existing is None:
            return text
        result = existing.remove(text)
        if existing.insert(result) != text:
            raise blocked(f"{existing.what} could not be put back as it was")
        return result

    def remove(self, text: str) -> str:
        """Return the text with the entry as it was; unchanged if nothing was removed, or it exists."""
        if not self.known or not self.contains(text):
            return text
        try:
            value, before = map(str, json.loads(self.known))
            entry = self._entry(value, before)
            entry.expected()
        except (ValueError, TypeError, RecursionError) as error:  # a receipt may contain anything
            raise blocked(f"what is known of the key `{self.key}` is no entry of a hash") from error
        return entry.insert(text)

    def to_remember(self, text: str) -> str:
        """Return what `insert` would remove, for `knowing`; empty if nothing."""
        existing = self._existing(text)
        return "" if existing is None else json.dumps([existing.value, existing.before])

    def knowing(self, memory: str) -> Self:
        """Return a copy of this editor that can restore what was removed."""
        return replace(self, known=memory)

    def _existing(self, text: str) -> PlacedEntry | None:
        """Return the entry with the key, as written in a text."""
        source, entry = parse(text), self._entry("nil", "")
        entries = entry.keyed(source, self.key)
        if not entries:
            return None
        if len(entries) > 1:
            raise not_once(f"the key `{self.key}`", self.inside, len(entries))
        value = entries[0].child_by_field_name("value")
        if value is None:
            raise blocked(f"the key `{self.key}` has no value")
        indentation = indentation_at(text, source.start(entries[0]))
        written = text_of(value).replace("\r\n", "\n").replace(f"\n{indentation}", "\n")
        members = entry.members(source)
        following = members[[member.id for member in members].index(entries[0].id) + 1 :]
        keys = [key for node in following if (key := node.child_by_field_name("key")) is not None]
        return self._entry(written, text_of(keys[0]) if keys else "")

    def _entry(self, value: str, before: str) -> PlacedEntry:
        return PlacedEntry(key=self.key, value=value, hash=self.hash, inside=self.inside, before=before)


def _broken(text: str, splice: "Splice") -> str:
    """Return the text of a splice with its line breaks."""
    line = splice.text[: splice.text.find(BREAK)].rpartition("\n")[2]
    indentation = line[: len(line) - len(line.lstrip())]
    return splice.text.replace(BREAK, line_end_at(text, splice.start) + indentation)
