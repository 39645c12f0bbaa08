"""The part of a generated GraphQL reference about a type, derived from that about a similar one.

GitLab writes the page with `gitlab:graphql:compile_docs` (`tooling/graphql/docs`), which sorts everything by name. So
the parts of a new type are those of its neighbours under its own name, each in its sorted place; only its descriptions,
own fields and status are different. The page has millions of characters, so it is searched, not parsed.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple, Self

from geo_scaffold.editors.failures import blocked, not_derived, not_proven
from geo_scaffold.editors.splice import Splice, apply_splices
from geo_scaffold.records import dataclass

ROW: Final = re.compile(r'^\| <a id="[^"\n]*"></a>`(\w+)`.*\n', re.MULTILINE)
"""A row of a table of fields, arguments or values, and its name."""
# An item of the lists in doc/api/graphql/reference/_index.md: "- [`CiSecureFile`](#cisecurefile)".
ITEM: Final = re.compile(r"^- \[`(\w+)`\]\(#\w+\)\n", re.MULTILINE)
DETAILS: Final = re.compile(
    r"{{< details >}}\n(?:(?!{{<).*\n)*?"
    r"(?:- )?(?:\*\*)?Status(?:\*\*)?: (?:Experiment|Alpha).*\n\n?{{< /details >}}\n\n"
)
"""The text that marks a field as experimental, from `render_deprecation` in `tooling/graphql/docs/helper.rb`.

In the reference of GitLab 19.5 it is a list, without bold letters.
"""
# What is above a table of fields, since GitLab 19 without hashes; and the two lines of the status as a list.
_FIELDS: Final = re.compile(r"^(?:#### Fields|Fields:)\n", re.MULTILINE)
_STATUS: Final = re.compile(r"\n\*\*Introduced\*\* (.*)\n\*\*Status\*\*: (.*)\n")
_LISTED: Final = "\n- Status: Experiment"


class Span(NamedTuple):
    """A part of the page: its first offset, and the one after it."""

    start: int
    end: int


class _Page:
    """Finds headings on a page: those of a level together, and only once one of them is asked for.

    Args:
        text: The page.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._headings: dict[int, dict[str, list[int]]] = {}

    def section(self, level: int, name: str) -> Span | None:
        """Return the section of something, with everything below its heading, or None if there is none.

        Args:
            level: How many hashes its heading has.
            name: The text in backticks in its heading.

        Raises:
            LocatorError: There is more than one.
        """
        if level not in self._headings:
            self._headings[level] = self._all_headings(f"\n{'#' * level} `")
        found = self._headings[level].get(name, [])
        if len(found) > 1:
            raise blocked(f"expected the heading `{'#' * level} `{name}`` once, found more")
        return Span(found[0] + 1, self._next(found[0] + 1, level)) if found else None

    def _all_headings(self, mark: str) -> dict[str, list[int]]:
        """Return the offsets before all headings of a level, by the text in backticks in them."""
        found: dict[str, list[int]] = {}
        at = self.text.find(mark)
        while at >= 0:
            end = self.text.find("`\n", at)
            name = self.text[at + len(mark) : end]
            if end >= 0 and "\n" not in name:
                found.setdefault(name, []).append(at)
            at = self.text.find(mark, at + 1)
        return found

    def siblings(self, at: int, level: int) -> list[tuple[str, Span]]:
        """Return the siblings of a section, including itself, each with the text in backticks in its heading.

        Args:
            at: The offset of the section.
            level: How many hashes their headings have.
        """
        start = 0
        for above in reversed(range(1, level)):
            start = max(start, self.text.rfind(f"\n{'#' * above} ", start, at))
        end, mark = self._next(at, level - 1), f"\n{'#' * level} `"
        starts, found = [], self.text.find(mark, start, end)
        while found >= 0:
            starts.append(found + 1)
            found = self.text.find(mark, found + 1, end)
        names = [self.text[each : self.text.find("\n", each)].strip("#` ") for each in starts]
        return list(zip(names, map(Span, starts, [*starts[1:], end]), strict=True))

    def heading_before(self, at: int) -> str:
        """Return the text in backticks in the last heading before an offset."""
        start = self.text.rfind("\n#", 0, at) + 1
        return self.text[start : self.text.find("\n", start)].strip("#` ")

    def _next(self, at: int, level: int) -> int:
        """Return the offset of the next heading with at most this many hashes."""
        end = len(self.text)
        for hashes in range(level, 0, -1):
            found = self.text.find(f"\n{'#' * hashes} ", at, end)
            end = found + 1 if found >= 0 else end
        return end


@lru_cache(maxsize=2)
def _page(text: str) -> _Page:
    """Return the page of a text, which is asked for all parts of a type, and by a checklist for all types."""
    return _Page(text)


class _Names(NamedTuple):
    """The name of a type on the page, and the field that returns its records, as in its heading."""

    type: str
    field: str

    def of(self, other: Self) -> Callable[[str], str]:
        """Return a function that renames text about another type to this one."""
        named = {
            other.field: self.field,
            _anchor(other.field): _anchor(self.field),
            _anchor(other.field, "-"): _anchor(self.field, "-"),
            other.type: self.type,
            other.type.lower(): self.type.lower(),
        }
        # The longest first, as one name may be a part of another.
        pattern = re.compile("|".join(map(re.escape, sorted(named, key=len, reverse=True))))
        return lambda text: pattern.sub(lambda match: named[match[0]], text)


@dataclass(frozen=True)
class _Part:
    """One part of the page about a type.

    Args:
        of: The whole type.
        text: Its name, for messages.
        find: Finds it on a page, for a type of this name.
        make: Makes its splice from a neighbour's part.
    """

    of: "ReferenceType"
    text: str
    find: Callable[[_Page, _Names], Span | None]
    make: Callable[[_Page, _Names], Splice]

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        return self.find(_page(text), self.of.names) is not None

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        if self.contains(text):
            return text
        page = _Page(_narrow(text))
        return _widen(apply_splices(page.text, [self.make(page, self.of.neighbour(page))]))

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        found = self.find(_page(text), self.of.names)
        return text[: found.start] + text[found.end :] if found else text


@dataclass(frozen=True)
class ReferenceType:
    """One of many similar types in a generated reference: its sections, and its rows in tables and lists.

    `insert` adds the missing parts, whatever the existing ones contain.

    Args:
        sections: Two sections in the form of the page: that of the type, with its description and the rows of its own
            fields; and that of the field that returns its records, up to the line with the return type.
        union: The union of which the types are members.
        enum: The enumeration with a value for each type.
        value: The name of this type's value in it.
        identifier: The scalar type of its global IDs, which contains the type's name.
    """

    sections: tuple[str, ...]
    union: str
    enum: str
    value: str
    identifier: str

    @property
    def names(self) -> _Names:
        """Its names on the page.

        Raises:
            ValueError: The sections do not have this form.
        """
        # The headings of doc/api/graphql/reference/_index.md.
        headings = [re.match(r"(#+) `([\w.]+)`\n", section) for section in self.sections]
        if [len(match[1]) for match in headings if match] != [3, 5]:
            raise ValueError("expected two sections: `### ` of a type and `##### ` of a field")
        return _Names(*(match[2] for match in headings if match))

    @property
    def pieces(self) -> tuple[_Part, ...]:
        """The parts, in the order of the page."""
        type_ = self.names.type

        def section(level: int, name: str, rewrite: Callable[[_Page, str], str] = lambda _page, text: text) -> _Part:
            def find(page: _Page, names: _Names) -> Span | None:
                return page.section(level, self._called(name, names))

            def make(page: _Page, other: _Names) -> Splice:
                return self._section(page, other, level, name, rewrite)

            return _Part(self, f"`{name}`", find, make)

        return (
            section(4, f"{type_}Connection"),
            section(4, f"{type_}Edge"),
            section(5, self.names.field, self._field),
            section(3, type_, self._type),
            _Part(self, f"`{self.value}` of `{self.enum}`", self._find_value, self._value),
            section(3, self.identifier),
            _Part(self, f"`{type_}` of `{self.union}`", self._find_member, self._member),
        )

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        return self._is_on(_page(text))

    def _is_on(self, page: _Page) -> bool:
        return all(part.find(page, self.names) for part in self.pieces)

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        page = _Page(_narrow(text))
        missing = [part for part in self.pieces if part.find(page, self.names) is None]
        if not missing:
            return text
        other = self.neighbour(page)
        result = _Page(apply_splices(page.text, [part.make(page, other) for part in missing]))
        if not self._is_on(result) or _without(result, self.names, missing) != page.text:
            raise not_proven(f"`{self.names.type}`")
        return _widen(result.text)

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        return _without(_page(text), self.names, self.pieces)

    def neighbour(self, page: _Page) -> _Names:
        """Return the first other member of the union for which the page has every part.

        Raises:
            NotDerivedError: There is none.
        """
        for name in self._others(page):
            other = self._names(page, name)
            if other and all(part.find(page, other) for part in self.pieces):
                return other
        raise not_derived(f"no member of `{self.union}` is there with all of its parts")

    def _others(self, page: _Page) -> list[str]:
        members = _entries(page, page.section(4, self.union), ITEM)
        return [name for name in members if name != self.names.type]

    def _names(self, page: _Page, name: str) -> _Names | None:
        """Return the names of another type on the page, or None if no field of the same owner returns its records."""
        at = page.text.find(f"\nReturns [`{name}Connection`](#{name.lower()}connection).\n")
        field = page.heading_before(at) if at >= 0 else ""
        return _Names(name, field) if field.startswith(self.names.field.partition(".")[0] + ".") else None

    def _called(self, name: str, names: _Names) -> str:
        return names.of(self.names)(name)

    def _section(
        self, page: _Page, other: _Names, level: int, name: str, rewrite: Callable[[_Page, str], str]
    ) -> Splice:
        other_name = self._called(name, other)
        section = page.section(level, other_name)
        if section is None:
            raise not_derived(f"`{other_name}` is not there")
        siblings = page.siblings(section.start, level)
        place = _sorted_place([each for each, _ in siblings], name, by="sections")
        at = siblings[place][1].start if place < len(siblings) else siblings[-1][1].end
        lines = self.names.of(other)(page.text[slice(*section)])
        if not lines.endswith("\n\n"):
            raise not_derived(f"the section of `{other_name}` ends unlike the others")
        return Splice(at, at, rewrite(page, lines))

    def _type(self, page: _Page, lines: str) -> str:
        """Return the section of the type: its own description, the fields that most others have, and its own."""
        description, table = _before_table(_narrow(self.sections[0]))
        _, shared = _before_table(lines)
        others = self._others(page)
        counts: Counter[str] = Counter()
        for name in others:
            renamed = self.names.of(_Names(name, name))
            section = page.section(3, name)
            counts.update({renamed(match[0]) for match in ROW.finditer(page.text, *(section or (0, 0)))})
        rows = {match[1]: match[0] for match in ROW.finditer(shared) if 2 * counts[match[0]] > len(others)}
        first = ROW.search(shared)
        if first is None:
            raise not_derived("a neighbour has no fields of its own")
        owner = self.names.type.lower()
        if first[0].startswith(f'| <a id="{owner}-'):
            table = table.replace(f'<a id="{owner}', f'<a id="{owner}-')
        rows |= {match[1]: match[0] for match in ROW.finditer(table + "\n")}
        head = shared[: first.start()]
        return f"{description}{head}{''.join(rows[name] for name in sorted(rows))}\n"

    def _field(self, page: _Page, lines: str) -> str:
        """Return the section of the field: its own description and status, and the rest as for others."""
        at = lines.find("\nReturns [")
        own = _narrow(self.sections[1]).partition("\nReturns [")[0]
        if at < 0:
            raise not_derived("what a field returns is not said as expected")
        if _LISTED in page.text:
            own = _STATUS.sub(r"\n\n- Introduced \1\n- Status: \2\n\n", own)
        return own + lines[at:]

    def _find_value(self, page: _Page, names: _Names) -> Span | None:
        if names == self.names:
            return _entry(page, page.section(3, self.enum), ROW, self.value)
        spans = _spans(page, page.section(3, self.enum), ROW)
        return next((span for span in spans if f"::{names.type} " in page.text[slice(*span)]), None)

    def _value(self, page: _Page, other: _Names) -> Splice:
        found = self._find_value(page, other)
        row = page.text[slice(*found)] if found else ""
        other_name = match[1] if (match := ROW.match(row)) else ""
        row = self.names.of(other)(row.replace(other_name, self.value).replace(other_name.lower(), self.value.lower()))
        return _line(page, page.section(3, self.enum), ROW, self.value, row)

    def _find_member(self, page: _Page, names: _Names) -> Span | None:
        return _entry(page, page.section(4, self.union), ITEM, names.type)

    def _member(self, page: _Page, other: _Names) -> Splice:
        found = self._find_member(page, other)
        item = self.names.of(other)(page.text[slice(*found)]) if found else ""
        return _line(page, page.section(4, self.union), ITEM, self.names.type, item)


@dataclass(frozen=True)
class StableField:
    """The absence of the text that marks a field as experimental: `insert` removes it, `remove` restores it.

    Args:
        field: The field with its owner, as in its heading.
        known: The removed lines, for `remove`; empty if there were none.

    Example:
        ```toml
        editor = { kind = "no-experiment", field = "GeoNode.coolWidgetRegistries" }
        ```

        Before:

        ```markdown
        ### `GeoNode`

        ##### `GeoNode.coolWidgetRegistries`

        {{< details >}}
        **Introduced** in GitLab 19.4.
        **Status**: Experiment.
        {{< /details >}}

        Find Cool Widget registries.
        ```

        After:

        ```markdown
        ### `GeoNode`

        ##### `GeoNode.coolWidgetRegistries`

        Find Cool Widget registries.
        ```
    """

    field: str
    known: str = ""

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        return self._details(text) is None

    def line(self, text: str) -> int | None:
        """Return the line of the mark, from 1, or None if there is none."""
        details = self._details(text)
        return text.count("\n", 0, details.start) + 1 if details else None

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        details = self._details(text)
        return text[: details.start] + text[details.end :] if details else text

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        if not self.known or self._details(text):
            return text
        at = text.index("\n\n", self._section(text).start) + 2
        return text[:at] + self.known + text[at:]

    def to_remember(self, text: str) -> str:
        """See `Remembering.to_remember`."""
        details = self._details(text)
        return text[slice(*details)] if details else ""

    def knowing(self, memory: str) -> "StableField":
        """See `Remembering.knowing`."""
        return StableField(self.field, memory)

    def _section(self, text: str) -> Span:
        section = _page(text).section(5, self.field)
        if section is None:
            raise not_derived(f"`{self.field}` is not in the reference")
        return section

    def _details(self, text: str) -> Span | None:
        start, end = self._section(text)
        at = text.index("\n", start)
        match = DETAILS.match(text, at + 2, end)
        return Span(*match.span()) if match else None


def _without(page: _Page, names: _Names, parts: Iterable[_Part]) -> str:
    found = [span for part in parts if (span := part.find(page, names))]
    return apply_splices(page.text, [Splice(span.start, span.end, "") for span in found])


def _narrow(text: str) -> str:
    """Return a text with one character for each byte, in which a search is five times as fast."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _widen(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "surrogateescape")


def _anchor(name: str, separator: str = "") -> str:
    return name.replace(".", separator).lower()


def _before_table(section: str) -> tuple[str, str]:
    """Split a section before its table."""
    heading = _FIELDS.search(section)
    at = heading.start() if heading else len(section)
    return section[:at], section[at:]


def _spans(page: _Page, section: Span | None, pattern: re.Pattern[str]) -> Iterator[Span]:
    if section:
        yield from (Span(*match.span()) for match in pattern.finditer(page.text, section.start, section.end))


def _entries(page: _Page, section: Span | None, pattern: re.Pattern[str]) -> list[str]:
    """Return the names of the rows or items of a section."""
    return [match[1] for match in pattern.finditer(page.text, *section)] if section else []


def _entry(page: _Page, section: Span | None, pattern: re.Pattern[str], name: str) -> Span | None:
    found = [match for match in pattern.finditer(page.text, *section) if match[1] == name] if section else []
    if len(found) > 1:
        raise blocked(f"`{name}` appears {len(found)} times")
    return Span(*found[0].span()) if found else None


def _line(page: _Page, section: Span | None, pattern: re.Pattern[str], name: str, line: str) -> Splice:
    spans = list(_spans(page, section, pattern))
    place = _sorted_place(_entries(page, section, pattern), name, by="entries")
    at = spans[place].start if place < len(spans) else spans[-1].end
    return Splice(at, at, line)


def _sorted_place(names: list[str], name: str, *, by: str) -> int:
    if names != sorted(names):
        raise not_derived(f"the {by} beside `{name.strip('`')}` are not sorted")
    return bisect_left(names, name)
