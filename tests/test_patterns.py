"""No regular expression of ours takes more than linear time in what a checkout brings, and each says what it reads."""

import re
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Final

import pytest

import geo_runtime
import geo_scaffold
from geo_scaffold.edition import available_editions
from geo_scaffold.edition.sources import read_manifest
from geo_scaffold.kinds import KINDS
from patterns import Use, slow_text, unexplained_in, uses_in

LINES: Final = {
    "geo_scaffold.editors.yaml.plain._ITEM",
    "geo_scaffold.outline.table_change._COLUMN",
}
"""Those that are applied to single lines."""
OURS: Final = {
    "geo_scaffold.edition.sources._HEAD": "a manifest, which comes with the program",
    "geo_scaffold.git.index._ENTRY": "what git lists, in which a NUL ends each entry",
    "geo_scaffold.names.spellings.PATH": "a path of at most some hundred characters, as `Shape` has it, from its start",
    "geo_scaffold.verbs.demo._REQUIREMENT": "what the program itself says it needs",
}
"""Those that are applied to nothing else, though other texts would take them long."""


def test_every_pattern_is_linear() -> None:
    uses = uses_in(geo_scaffold)
    names = {use.name for use in uses}
    assert names >= {*LINES, *OURS, "geo_scaffold.editors.sql.script.PATTERNS"}  # which is a table of them
    looked_at = (use for use in uses if use.name not in OURS)
    slow = {use: text for use in looked_at if (text := slow_text(use, in_lines=use.name in LINES))}
    assert slow == {}


@pytest.mark.parametrize("package", [geo_scaffold, geo_runtime])
def test_every_pattern_says_what_text_it_is_written_for(package: ModuleType) -> None:
    assert unexplained_in(package) == []


def test_every_pattern_of_a_manifest_is_linear() -> None:
    found = {kind.evidence for kind in KINDS.values() if kind.evidence}
    for edition in available_editions():
        found |= set(_patterns_in(read_manifest(edition)))
    filled = {re.sub(r"\{[a-z_]\w*\}", "x", each) for each in found}
    assert len(filled) > len(KINDS)
    slow = {each: slow_text(Use("", re.compile(each, re.MULTILINE), "search")) for each in filled}
    assert {each: text for each, text in slow.items() if text} == {}


def _patterns_in(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from (each for key in ("pattern", "after_last") if isinstance(each := value.get(key), str))
    if isinstance(value, Mapping | list | tuple):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _patterns_in(each)


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"^\s*- \[ \] (.+)$", "finditer"),  # white space over empty lines, from each of them
        (r"([\w$]+):", "findall"),  # from each letter of a word
        (r"\[([^\]]*)\]", "search"),  # from each bracket to the end
        (r"/\*.*?\*/|'", "sub"),  # the same with comments
        (r"[ \t]*,?[ \t]*(#.*)?", "fullmatch"),  # two that share white space
        (r"(?:\s|#.*)*,", "match"),  # exponential: a line may be one comment, or many
        (r"(a|a)*b", "match"),
        (r"def x.*\n\s*(\w+)", "search"),
        (rb"def\s+\w+\s*(?:\([^()]*\))?\s*=", "match"),
    ],
)
def test_a_slow_pattern_is_found(pattern: str, method: str) -> None:
    assert slow_text(Use("planted", re.compile(pattern, re.MULTILINE), method))


@pytest.mark.parametrize(
    ("pattern", "method"),
    [(r"^[^\S\n]*- \[ \] (.+)$", "finditer"), (r"(?<!\w)(\w++):", "findall"), (r"(?:\s++|#.*+)*+,", "match")],
)
def test_a_linear_pattern_is_not(pattern: str, method: str) -> None:
    assert slow_text(Use("planted", re.compile(pattern, re.MULTILINE), method)) is None
