"""Messages of a gettext template (`.pot`), which are sorted."""

import re
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Final, NamedTuple

from geo_scaffold.editors.failures import blocked, not_proven
from geo_scaffold.editors.order import AscendingRun
from geo_scaffold.editors.splice import BOM, Splice, apply_splices, line_end_at
from geo_scaffold.records import dataclass

STRINGS: Final = r'".*"(?:\r?\n".*")*'
# Entries of locale/gitlab.pot.
ENTRY: Final = re.compile(
    rf"msgid ({STRINGS})(?:\r?\nmsgid_plural ({STRINGS}))?(?:\r?\nmsgstr.*(?<!\r)(?:\r?\n\".*\")*)*"
)
BEGINNING: Final = "\nmsgid "
_FEW: Final = 8
"""How many messages are searched for one by one; for more, an index is built."""
ONE_LINE: Final = re.compile(r'\nmsgid (?:""|"(.+)"(?=\r?(?:\n(?!")|\Z)))')
"""Matches the message of nearly all entries; nothing of those that begin with an empty line."""
ESCAPE: Final = re.compile(r"\\(.)")
ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}


class Entry(NamedTuple):
    """An entry of the file, without the comments before it: its message, and its plural if it has one."""

    start: int
    end: int
    message: tuple[str, ...]


class _Template:
    """The entries of a file, or of a part that begins with one; of tens of thousands, an edit parses only a few.

    Args:
        text: The file.

    Raises:
        LocatorError: An entry has no message.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._searches = 0
        bare = text.removeprefix(BOM)
        # Few whole files begin with a message; copying megabytes takes longer than this check.
        self._lines = f"\n{bare}" if bare.startswith(BEGINNING.lstrip()) else text
        self.messages: list[str] = ONE_LINE.findall(self._lines)
        """The sort key of each entry: its message without the plural."""
        others = [number for number, line in enumerate(self.messages) if not line or "\\" in line]
        if len(self.messages) != (count := len(self._lengths) - 1):
            self.messages, others = [""] * count, list(range(count))
        for number in others:
            line = self.messages[number]
            self.messages[number] = _read(f'"{line}"') if line else self.entry(number).message[0]

    @cached_property
    def _lengths(self) -> list[int]:
        """The length of the text before each entry, without the separators."""
        return list(accumulate(map(len, self._lines.split(BEGINNING))))

    def _start(self, number: int) -> int:
        return self._lengths[number] + number * len(BEGINNING) + len(self.text) - len(self._lines) + 1

    def entry(self, number: int) -> Entry:
        """Return a complete entry."""
        match = ENTRY.match(self.text, self._start(number))
        if match is None:
            raise blocked("a message was expected in quotes after each `msgid`")
        one, many = match.groups()
        message = (_read(one),) if many is None else (_read(one), _read(many))
        return Entry(match.start(), match.end(), message)

    @cached_property
    def _numbers(self) -> dict[str, list[int]]:
        """The numbers of the entries by their message."""
        found: dict[str, list[int]] = {}
        for number, message in enumerate(self.messages):
            found.setdefault(message, []).append(number)
        return found

    def having(self, message: str) -> list[int]:
        """Return the numbers of the entries that have a message, whatever its plural."""
        self._searches += 1
        if self._searches > _FEW:
            return self._numbers.get(message, [])
        if not (count := self.messages.count(message)):
            return []
        found = [self.messages.index(message)]
        while len(found) < count:
            found.append(self.messages.index(message, found[-1] + 1))
        return found


@dataclass(frozen=True)
class Messages:
    """Messages without translations, each in its sorted place, as gettext writes them.

    `insert` adds the missing ones, and refuses if one exists with another plural; `remove` removes those that exist.

    Args:
        messages: Each is a message, or a message and its plural.

    Example:
        ```toml
        editor = { kind = "messages" }
        ```

        with the lines:

        ```text
        msgid "Geo|Cool"
        msgstr ""
        ```

        Before:

        ```text
        msgid ""
        msgstr ""
        "Language: en"

        msgid "Geo|Boil"
        msgstr ""

        msgid "Geo|Steam"
        msgstr ""
        ```

        After:

        ```text
        msgid ""
        msgstr ""
        "Language: en"

        msgid "Geo|Boil"
        msgstr ""

        msgid "Geo|Cool"
        msgstr ""

        msgid "Geo|Steam"
        msgstr ""
        ```
    """

    messages: tuple[tuple[str] | tuple[str, str], ...]

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        template = _parse(text)
        messages = (
            [template.entry(number).message for number in template.having(message[0])] for message in self.messages
        )
        return all(entries == [message] for entries, message in zip(messages, self.messages, strict=True))

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        template = _parse(text)
        missing = self._missing(template)
        if not missing:
            return text
        run = AscendingRun(template.messages)
        gaps: dict[int, list[tuple[str, ...]]] = {}
        for message in missing:
            gaps.setdefault(run.place(message[0]), []).append(message)
        eol = line_end_at(text, 0)
        return apply_splices(text, [_proven_splice(text, template, place, new, eol) for place, new in gaps.items()])

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        template = _parse(text)
        gone = sorted(
            number
            for message in self.messages
            for number in template.having(message[0])
            if template.entry(number).message == message
        )
        if not gone:
            return text
        splices = []
        for number in gone:
            start, entry = template.entry(number - 1).end, template.entry(number)
            if text[start : entry.start].strip():
                raise blocked(f"a comment is before the message `{entry.message[0]}`")
            splices.append(Splice(start, entry.end, ""))
        leaving = set(gone)
        remaining = [message for number, message in enumerate(template.messages) if number not in leaving]
        result = apply_splices(text, splices)
        if _parse(result).messages != remaining:
            raise not_proven("the messages")
        return result

    def _missing(self, template: _Template) -> list[tuple[str, ...]]:
        missing: list[tuple[str, ...]] = []
        for message in sorted(self.messages):
            messages = [template.entry(number).message for number in template.having(message[0])]
            if not messages:
                missing.append(message)
            elif messages != [message]:
                raise blocked(
                    f"the message `{message[0]}` is there {'twice' if messages[1:] else 'with another plural'}"
                )
        return missing


@lru_cache(maxsize=2)
def _parse(text: str) -> _Template:
    template = _Template(text)
    if template.messages[:1] != [""]:
        raise blocked("the header of a gettext template was expected before all messages")
    return template


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


def _proven_splice(text: str, template: _Template, place: int, new: list[tuple[str, ...]], eol: str) -> Splice:
    """Return the splice of new entries between two; the three parts, parsed alone, must be unchanged.

    An entry ends with its own lines, so if the part from the entry before to the one after parses as expected, the rest
    of the file is unchanged.
    """
    before, after = template.entry(place - 1), template.entry(place) if place < len(template.messages) else None
    splice = Splice(before.end, before.end, "".join(eol + eol + eol.join(_written(message)) for message in new))
    end = after.end if after else len(text)
    window = _Template(text[before.start : splice.start] + splice.text + text[splice.end : end])
    expected = [before.message, *new, *([after.message] if after else [])]
    if [window.entry(number).message for number in range(len(window.messages))] != expected:
        raise not_proven("the messages")
    return splice
