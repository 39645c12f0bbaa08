"""The editor of an entry, from its manifest entry and its rendered lines."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, cast

from geo_scaffold.answers import PLACEHOLDERS
from geo_scaffold.edition.format_strings import fill
from geo_scaffold.edition.shapes import FLAG, NUMBER, ORDER, PATTERN, TEXT, TEXTS, Shape
from geo_scaffold.editors import Editor, Reading, Remembering, remembers
from geo_scaffold.errors import ManifestError
from geo_scaffold.records import dataclass, replace

if TYPE_CHECKING:
    from geo_scaffold.edition.overrides import Override

Values = Mapping[str, Any]

_OURS: Final = frozenset({"kind", "reads"})
"""The keys of an editor in a manifest that are not arguments of its class."""

STARTS: Final = re.compile(r"\n(?=[^\s)}\]])(?!end\b)")
"""Before a line that is not indented and does not close a block."""


class EditorKind(NamedTuple):
    """A kind of editor that a manifest may name.

    Args:
        module: The module below `geo_scaffold.editors`; imported on first use.
        name: The class.
        arguments: Turns the rendered lines into arguments of the class.
        needs: The other arguments of the class that a manifest has to give.
        takes: The arguments that it may give.
        is_several: Whether each unindented line begins a separate entry; its module has `Batch`.
        of_neighbours: Whether the lines depend on a neighbour's, so that a person gets the command that writes them
            instead of lines to paste.
    """

    module: str
    name: str
    arguments: Callable[[str], Values]
    needs: Mapping[str, Shape]
    takes: Mapping[str, Shape]
    is_several: bool = False
    of_neighbours: bool = False


@dataclass(frozen=True)
class ManifestEditor:
    """The editor of an entry, built when there is a text to edit.

    Args:
        spec: `kind`, one of `KINDS`, and arguments of its class, whose strings are format strings. `reads` lists the
            files from which the entry is derived.
        lines: The rendered lines of the entry.
        context: What format strings may use.
        known: What the editor has to remember about an entry inserted earlier.
        override: The override that the lines are from, or None if they are ours.
        of: The edition and the id of the artifact, for messages.
        read: Returns the current content of a file of GitLab's tree.
    """

    spec: Values
    lines: str
    context: Values
    known: str = ""
    override: "Override | None" = None
    of: tuple[str, str] = ("", "")
    read: Callable[[str], bytes | None] = lambda _path: None

    @property
    def is_of_neighbours(self) -> bool:
        """See `EditorKind`."""
        return KINDS[self.spec["kind"]].of_neighbours

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        with self._blame():
            return self.ready.contains(text)

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        with self._blame():
            return self.ready.insert(text)

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        with self._blame():
            return self.ready.remove(text)

    def to_remember(self, text: str) -> str:
        """See `Remembering.to_remember`; empty for an entry that has nothing to remember."""
        with self._blame():
            return cast("Remembering", self.built).to_remember(text) if remembers(type(self.built)) else ""

    def knowing(self, memory: str) -> Self:
        """See `Remembering.knowing`."""
        return replace(self, known=memory)

    @property
    def ready(self) -> Editor:
        """The editor itself, with the current files that it reads, which other entries may have changed."""
        built = self.built
        if not self.spec.get("reads") or not isinstance(built, Reading):
            return built
        texts = (self.read(path) for path in self.spec["reads"])
        return built.reading(tuple(None if text is None else text.decode("utf-8", "surrogateescape") for text in texts))

    @cached_property
    def built(self) -> Editor:
        """The editor itself, without the files that it reads."""
        with self._blame():
            if self.override and not self.lines.strip():
                raise ValueError("it renders nothing")
            try:
                return self._build()
            except ManifestError as error:
                raise error.of(*self.of) from error
            except (TypeError, ValueError, KeyError, IndexError) as error:
                if self.override:
                    raise
                edition, artifact = self.of
                raise ManifestError(
                    f"what its template renders is not an entry for the editor `{self.spec['kind']}`: {error}",
                    edition=edition,
                    artifact=artifact,
                    remedy="Fix the template: one of another artifact with this editor shows what it wants",
                ) from error

    def _blame(self) -> AbstractContextManager[None]:
        return self.override.blamed() if self.override else nullcontext()

    def _build(self) -> Editor:
        kind = KINDS[self.spec["kind"]]
        given = {key: _formatted(value, self.context) for key, value in self.spec.items() if key not in _OURS}
        # The text behind a placeholder is unknown, so the editor accepts any.
        given = {key: value for key, value in given.items() if not _has_placeholder(value)}
        editors = import_module(f"geo_scaffold.editors.{kind.module}")
        editor = getattr(editors, kind.name)
        texts = [text.rstrip() for text in STARTS.split(self.lines.strip("\n"))] if kind.is_several else [self.lines]
        made = tuple(cast("Editor", editor(**{**kind.arguments(text), **given})) for text in texts)
        batch = cast("Editor", editors.Batch(made)) if kind.is_several else made[0]
        return cast("Remembering", batch).knowing(self.known) if remembers(type(batch)) else batch


def _formatted(value: object, context: Values) -> object:
    if isinstance(value, str):
        return fill(value, context)
    return tuple(_formatted(each, context) for each in value) if isinstance(value, list) else value


def _has_placeholder(value: object) -> bool:
    return isinstance(value, str) and any(placeholder in value for placeholder in PLACEHOLDERS.values())


def _text(argument: str) -> Callable[[str], Values]:
    return lambda lines: {argument: lines.strip("\n")}


def _nothing(_lines: str) -> Values:
    return {}


def _pair(lines: str) -> Values:
    entry, comment = _commented(lines.strip())
    key, arrow, value = entry.partition(" => ")
    if not arrow:
        key, _, value = entry.partition(": ")
        key += ":"
    return {"key": key, "value": value, **comment}


def _element(lines: str) -> Values:
    element, comment = _commented(lines.strip("\n"))
    return {"element": element, **comment}


def _commented(text: str) -> tuple[str, Values]:
    """Return an entry and its comment, which is behind it, or above it if the line would be too long."""
    *above, entry = text.split("\n")
    if above and all(line.startswith("# ") for line in above):
        return entry, {"comment": " ".join(line.removeprefix("# ") for line in above)}
    entry, _, comment = text.partition(" # ")
    return entry, {"comment": comment} if comment else {}


def _steps(lines: str) -> Values:
    return dict(zip(("setup", "before", "after"), lines.strip().split("\n\n"), strict=True))


def _strings(lines: str) -> Values:
    return {"strings": tuple(json.loads(f"[{lines.strip().removesuffix(',')}]"))}


def _properties(lines: str) -> Values:
    # As JSON with two spaces: the editors indent the values like their neighbours.
    properties = json.loads(f"{{{lines.strip().removesuffix(',')}}}")
    return {"properties": tuple((key, _as_json(value)) for key, value in properties.items())}


def _as_json(value: object) -> str:
    # Values without nested lines are written ten times as fast without indentation.
    return json.dumps(value, indent=2 if isinstance(value, dict | list) else None)


def _rows(lines: str) -> Values:
    rows = (line.strip().strip("|").split("|") for line in lines.strip().splitlines())
    return {"rows": tuple(tuple(cell.strip() for cell in row) for row in rows)}


def _cells(lines: str) -> Values:
    return {"cells": tuple(cell.strip() for cell in lines.split("|"))}


def _items(lines: str) -> Values:
    return {"items": tuple(line.removeprefix("- ") for line in lines.strip().splitlines())}


def _messages(lines: str) -> Values:
    # Our own rendering of locale/gitlab.pot.
    return {"messages": tuple((message,) for message in re.findall(r'^msgid "(.*)"$', lines, re.MULTILINE))}


def _sections(lines: str) -> Values:
    # Our own rendering of doc/api/graphql/reference: the headings of a type and of a field.
    return {"sections": tuple(f"{part}\n" for part in re.split(r"\n(?=###(?:##)? `)", lines.strip("\n")))}


def _lines(lines: str) -> Values:
    return {"lines": tuple(lines.strip("\n").split("\n"))}


def _statements(lines: str) -> Values:
    from geo_scaffold.editors.sql.script import parse  # noqa: PLC0415 - as the editor itself

    return {"statements": tuple(statement.text for statement in parse(lines))}


_STATEMENT: Final[Mapping[str, Shape]] = {"inside": TEXTS, "is_held": FLAG}
_LINE: Final[Mapping[str, Shape]] = {**_STATEMENT, "same": TEXTS, "blank": FLAG}
_CALL: Final[Mapping[str, Shape]] = {
    **_STATEMENT,
    "key": TEXT,
    "ordered": FLAG,
    "sorted_by": TEXT,
    "below": TEXTS,
    "may_be_first": FLAG,
    "is_alone": FLAG,
}
_PLACE: Final[Mapping[str, Shape]] = {"order": ORDER, "after": TEXT, "before": TEXT, "after_last": PATTERN}

KINDS: Final[Mapping[str, EditorKind]] = {
    "array-element": EditorKind("ruby", "ArrayElement", _element, {"array": TEXT}, {"inside": TEXTS, "ordered": FLAG}),
    "word": EditorKind(
        *("ruby", "WordListElement", _text("word")),
        {"words": TEXT},
        {"inside": TEXTS, "symbols": FLAG, "ordered": FLAG},
    ),
    "hash-entry": EditorKind("ruby", "HashEntry", _pair, {"hash": TEXT}, {"inside": TEXTS, "ordered": FLAG}),
    "no-hash-entry": EditorKind("ruby", "NoHashEntry", _text("key"), {"hash": TEXT}, {"inside": TEXTS}),
    "call": EditorKind("ruby", "CallStatement", _text("text"), {}, _CALL),
    "calls": EditorKind("ruby", "CallStatement", _text("text"), {}, _CALL, is_several=True),
    "method": EditorKind(
        *("ruby", "MethodDef", _text("text"), {}),
        {**_STATEMENT, "after": TEXT, "is_private": FLAG, "may_be_first": FLAG},
    ),
    "when-branch": EditorKind("ruby", "WhenBranch", _text("text"), {"inside": TEXTS}, {"value": TEXT}),
    "table-row": EditorKind("ruby", "TableRow", _cells, {}, {"inside": TEXTS, "method": TEXT, "ordered": FLAG}),
    "last-line": EditorKind("ruby", "LineBeforeEnd", _text("text"), {}, _LINE),
    "line-after-calls": EditorKind("ruby", "LineAfterCalls", _text("text"), {"method": TEXT}, _LINE),
    "example-steps": EditorKind("ruby", "ItStatements", _steps, {"key": TEXT, "inside": TEXTS, "step": TEXT}, {}),
    "nested-calls": EditorKind("ruby", "NestedCalls", _text("text"), {"method": TEXT}, {}),
    "file": EditorKind("ruby", "FileStatements", _text("text"), {}, {"alone": TEXTS}),
    "no-option": EditorKind(
        *("ruby", "CallOption", _nothing),
        {"call": TEXT, "name": TEXT},
        {"text": TEXT, "inside": TEXTS, "before": TEXT, "own_line": FLAG, "present": FLAG},
    ),
    "json-strings": EditorKind("json_.entries", "ArrayStrings", _strings, {"keys": TEXTS}, _PLACE),
    "json-properties": EditorKind("json_.entries", "ObjectProperties", _properties, {"keys": TEXTS}, _PLACE),
    "json-examples": EditorKind(
        "markdown.examples", "ExampleProperties", _properties, {"having": TEXT, "objects": NUMBER}, _PLACE
    ),
    "table-rows": EditorKind("markdown.tables", "TableRows", _rows, {"heading": TEXT}, _PLACE),
    "known-rows": EditorKind(
        *("markdown.known_rows", "KnownRows", _rows, {"heading": TEXT}),
        {**_PLACE, "names": TEXTS, "column": NUMBER, "known_from": TEXT},
    ),
    "named-row": EditorKind("markdown.named_row", "NamedRow", _rows, {"heading": TEXT}, {**_PLACE, "names": TEXTS}),
    "bullets": EditorKind("markdown.bullets", "BulletItems", _items, {"heading": TEXT}, {**_PLACE, "lead": TEXT}),
    "line": EditorKind("listed_line", "ListedLine", _text("line"), {}, {}),
    "messages": EditorKind("pot", "Messages", _messages, {}, {}),
    "reference-type": EditorKind(
        *("markdown.reference", "ReferenceType", _sections),
        {"union": TEXT, "enum": TEXT, "value": TEXT, "identifier": TEXT},
        {},
        of_neighbours=True,
    ),
    "no-experiment": EditorKind("markdown.reference", "StableField", _nothing, {"field": TEXT}, {}, of_neighbours=True),
    "api-fields": EditorKind(
        *("yaml.api_fields", "ApiFields", _nothing),
        {"prefix": TEXT, "model": TEXT, "element": TEXT},
        {},
        of_neighbours=True,
    ),
    "sql": EditorKind("sql.statements", "Statements", _statements, {}, {}),
    "yaml-block": EditorKind("yaml.block", "TopLevelBlock", _lines, {}, {}),
    "yaml-value": EditorKind("yaml.scalar", "ScalarValue", _nothing, {"keys": TEXTS, "value": TEXT, "old": TEXT}, {}),
}
"""The kinds of editors by the name that a manifest uses."""
