"""The editor of an entry, from its manifest entry and its rendered lines."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, cast

from geo_scaffold.answers import PLACEHOLDERS
from geo_scaffold.editors import Editor, Remembering

if TYPE_CHECKING:
    from geo_scaffold.edition.overrides import Override

Values = Mapping[str, Any]

STARTS: Final = re.compile(r"\n(?=[^\s)}\]])(?!end\b)")
"""Before a line that is not indented and does not close what is above it."""


class EditorKind(NamedTuple):
    """One kind of editor that a manifest may name.

    Args:
        module: Below `geo_scaffold.editors`; imported only where the kind is used.
        name: The class.
        arguments: What the rendered lines come to, as arguments of the class.
        is_several: Whether each line that is not indented begins an entry of its own; the module has `Together`.
    """

    module: str
    name: str
    arguments: Callable[[str], Values]
    is_several: bool = False


@dataclass(frozen=True)
class ManifestEditor:
    """The editor of an entry, built when a text is there to be edited.

    Args:
        spec: `kind`, one of `KINDS`, and arguments of its class; their strings are format strings.
        lines: The rendered lines of the entry.
        context: What format strings may use.
        known: What the editor has to remember, of one that was put in earlier.
        override: The override that the lines are from; None: they are ours.
    """

    spec: Values
    lines: str
    context: Values
    known: str = ""
    override: "Override | None" = None

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        with self._blame():
            return self.built.contains(text)

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        with self._blame():
            return self.built.insert(text)

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        with self._blame():
            return self.built.remove(text)

    def to_remember(self, text: str) -> str:
        """See `Remembering.to_remember`; empty for an entry that has nothing to remember."""
        with self._blame():
            return self.built.to_remember(text) if isinstance(self.built, Remembering) else ""

    def knowing(self, memory: str) -> Self:
        """See `Remembering.knowing`."""
        return replace(self, known=memory)

    @cached_property
    def built(self) -> Editor:
        """The editor itself."""
        with self._blame():
            if self.override and not self.lines.strip():
                raise ValueError("it renders nothing")
            return self._build()

    def _blame(self) -> AbstractContextManager[None]:
        return self.override.blamed() if self.override else nullcontext()

    def _build(self) -> Editor:
        kind = KINDS[self.spec["kind"]]
        given = {key: _formatted(value, self.context) for key, value in self.spec.items() if key != "kind"}
        # Nobody knows the text that a placeholder stands for, so the editor takes any.
        given = {key: value for key, value in given.items() if not _has_placeholder(value)}
        editors = import_module(f"geo_scaffold.editors.{kind.module}")
        editor = getattr(editors, kind.name)
        texts = [text.rstrip() for text in STARTS.split(self.lines.strip("\n"))] if kind.is_several else [self.lines]
        made = tuple(cast("Editor", editor(**{**kind.arguments(text), **given})) for text in texts)
        whole = cast("Editor", editors.Together(made)) if kind.is_several else made[0]
        return whole.knowing(self.known) if isinstance(whole, Remembering) else whole


def _formatted(value: object, context: Values) -> object:
    if isinstance(value, str):
        return value.format_map(context)
    return tuple(_formatted(each, context) for each in value) if isinstance(value, list) else value


def _has_placeholder(value: object) -> bool:
    return isinstance(value, str) and any(placeholder in value for placeholder in PLACEHOLDERS.values())


def _text(argument: str) -> Callable[[str], Values]:
    return lambda lines: {argument: lines.strip("\n")}


def _nothing(_lines: str) -> Values:
    return {}


def _pair(lines: str) -> Values:
    key, _, value = lines.strip().partition(" => ")
    return {"key": key, "value": value}


def _steps(lines: str) -> Values:
    return dict(zip(("setup", "before", "after"), lines.strip().split("\n\n"), strict=True))


def _strings(lines: str) -> Values:
    return {"strings": tuple(json.loads(f"[{lines.strip().removesuffix(',')}]"))}


def _properties(lines: str) -> Values:
    # As two-space JSON: the editors indent the values to their neighbours.
    properties = json.loads(f"{{{lines.strip().removesuffix(',')}}}")
    return {"properties": tuple((key, json.dumps(value, indent=2)) for key, value in properties.items())}


def _rows(lines: str) -> Values:
    rows = (line.strip().strip("|").split("|") for line in lines.strip().splitlines())
    return {"rows": tuple(tuple(cell.strip() for cell in row) for row in rows)}


def _cells(lines: str) -> Values:
    return {"cells": tuple(cell.strip() for cell in lines.split("|"))}


def _items(lines: str) -> Values:
    return {"items": tuple(line.removeprefix("- ") for line in lines.strip().splitlines())}


def _messages(lines: str) -> Values:
    return {"messages": tuple((message,) for message in re.findall(r'^msgid "(.*)"$', lines, re.MULTILINE))}


def _statements(lines: str) -> Values:
    return {"statements": tuple(lines.strip().split("\n\n"))}


KINDS: Final[Mapping[str, EditorKind]] = {
    "array-element": EditorKind("ruby", "ArrayElement", _text("element")),
    "word": EditorKind("ruby", "WordListElement", _text("word")),
    "hash-entry": EditorKind("ruby", "HashEntry", _pair),
    "no-hash-entry": EditorKind("ruby", "NoHashEntry", _text("key")),
    "call": EditorKind("ruby", "CallStatement", _text("text")),
    "calls": EditorKind("ruby", "CallStatement", _text("text"), is_several=True),
    "method": EditorKind("ruby", "MethodDef", _text("text")),
    "when-branch": EditorKind("ruby", "WhenBranch", _text("text")),
    "table-row": EditorKind("ruby", "TableRow", _cells),
    "last-line": EditorKind("ruby", "LineBeforeEnd", _text("text")),
    "line-after-calls": EditorKind("ruby", "LineAfterCalls", _text("text")),
    "example-steps": EditorKind("ruby", "ItStatements", _steps),
    "file": EditorKind("ruby", "FileStatements", _text("text")),
    "no-option": EditorKind("ruby", "CallOption", _nothing),
    "json-strings": EditorKind("json_.entries", "ArrayStrings", _strings),
    "json-properties": EditorKind("json_.entries", "ObjectProperties", _properties),
    "json-examples": EditorKind("markdown.examples", "ExampleProperties", _properties),
    "table-rows": EditorKind("markdown.tables", "TableRows", _rows),
    "bullets": EditorKind("markdown.bullets", "BulletItems", _items),
    "messages": EditorKind("pot", "Messages", _messages),
    "sql": EditorKind("sql.statements", "Statements", _statements),
    "yaml-value": EditorKind("yaml.scalar", "ScalarValue", _nothing),
}
"""The kinds of editors by the name that a manifest uses."""
