"""Messages of a gettext template (`.pot`), which is sorted by them."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from geo_scaffold.editors.failures import blocked, not_proven
from geo_scaffold.editors.order import AscendingRun
from geo_scaffold.editors.splice import Splice, apply_splices, line_end_at

STRINGS: Final = r'".*"(?:\r?\n".*")*'
ENTRY: Final = re.compile(
    rf"^\ufeff?msgid ({STRINGS})(?:\r?\nmsgid_plural ({STRINGS}))?(?:\r?\nmsgstr.*(?<!\r)(?:\r?\n\".*\")*)*",
    re.MULTILINE,
)
ESCAPE: Final = re.compile(r"\\(.)")
ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}


class Entry(NamedTuple):
    """An entry of the file, without the comments before it: its message, and the plural of it if it has one."""

    start: int
    end: int
    message: tuple[str, ...]


@dataclass(frozen=True)
class Messages:
    """Messages without translations, each where it sorts, as gettext writes them.

    `insert` adds those that are missing, and refuses where one is there with another plural; `remove` takes out those
    that are there.

    Args:
        messages: Each is a message, or a message and its plural.
    """

    messages: tuple[tuple[str] | tuple[str, str], ...]

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        found = _by_message(_entries(text), self.messages)
        return all([entry.message for entry in found[message[0]]] == [message] for message in self.messages)

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        entries = _entries(text)
        missing = self._missing(entries)
        if not missing:
            return text
        run = AscendingRun([entry.message[0] for entry in entries])
        gaps: dict[int, list[tuple[str, ...]]] = {}
        for message in missing:
            gaps.setdefault(run.place(message[0]), []).append(message)
        eol = line_end_at(text, 0)
        splices, expected = [], [entry.message for entry in entries]
        for place in sorted(gaps, reverse=True):
            at = entries[place - 1].end
            new = "".join(eol + eol + eol.join(_written(message)) for message in gaps[place])
            splices.append(Splice(at, at, new))
            expected[place:place] = gaps[place]
        return _proven(apply_splices(text, splices), expected)

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        entries = _entries(text)
        gone = [number for number, entry in enumerate(entries) if entry.message in self.messages]
        if not gone:
            return text
        splices = []
        for number in gone:
            start, end = entries[number - 1].end, entries[number].end
            if text[start : entries[number].start].strip():
                raise blocked(f"a comment is before the message `{entries[number].message[0]}`")
            splices.append(Splice(start, end, ""))
        kept = [entry.message for entry in entries if entry.message not in self.messages]
        return _proven(apply_splices(text, splices), kept)

    def _missing(self, entries: tuple[Entry, ...]) -> list[tuple[str, ...]]:
        missing: list[tuple[str, ...]] = []
        there = _by_message(entries, self.messages)
        for message in sorted(self.messages):
            found = there[message[0]]
            if not found:
                missing.append(message)
            elif [entry.message for entry in found] != [message]:
                raise blocked(f"the message `{message[0]}` is there {'twice' if found[1:] else 'with another plural'}")
        return missing


@lru_cache(maxsize=2)
def _entries(text: str) -> tuple[Entry, ...]:
    found = []
    for match in ENTRY.finditer(text):
        one, many = match.groups()
        message = (_read(one),) if many is None else (_read(one), _read(many))
        found.append(Entry(match.start(), match.end(), message))
    if not found or found[0].message != ("",):
        raise blocked("the header of a gettext template was expected before all messages")
    return tuple(found)


def _by_message(
    entries: tuple[Entry, ...], messages: tuple[tuple[str] | tuple[str, str], ...]
) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {message[0]: [] for message in messages}
    for entry in entries:
        if entry.message[0] in found:
            found[entry.message[0]].append(entry)
    return found


def _read(strings: str) -> str:
    lines = "".join(line.strip()[1:-1] for line in strings.split("\n")) if "\n" in strings else strings[1:-1]
    return ESCAPE.sub(lambda match: ESCAPES.get(match[1], match[1]), lines) if "\\" in lines else lines


def _written(message: tuple[str, ...]) -> list[str]:
    if len(message) == 1:
        return [f"msgid {_quoted(message[0])}", 'msgstr ""']
    return [f"msgid {_quoted(message[0])}", f"msgid_plural {_quoted(message[1])}", 'msgstr[0] ""', 'msgstr[1] ""']


def _quoted(string: str) -> str:
    for character, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        string = string.replace(character, escape)
    return f'"{string}"'


def _proven(result: str, expected: list[tuple[str, ...]]) -> str:
    if [entry.message for entry in _entries(result)] != expected:
        raise not_proven("the messages")
    return result
