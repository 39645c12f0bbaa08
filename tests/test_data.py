"""Data do not appear in code: the number of an edition, the id of an artifact."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import geo_scaffold
from geo_scaffold.edition import available_editions, load_manifest, load_runtime, templates_root
from geo_scaffold.edition.vocabulary import EQUIVALENTS, EVIDENCE
from geo_scaffold.verbs.checklist import decisions, equivalents

SOURCE = Path(geo_scaffold.__file__).parent.parent
EDITIONS = "|".join(available_editions())
IDS = {artifact.id for edition in available_editions() for artifact in load_manifest(edition)}
IDS |= {artifact.id for artifact in load_runtime()}
OF_EDITION = re.compile(rf"(?:{EDITIONS})|.*(?:\bgitlab-(?:{EDITIONS})\b|\bedition (?:{EDITIONS})\b).*", re.DOTALL)


def code(path: Path) -> ast.AST:
    """Return the code of a module, without docstrings and comments."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
            lines = getattr(node, field, None)
            if isinstance(lines, list):
                setattr(node, field, [line for line in lines if not _is_text(line)])
    return tree


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def numbers_compared(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for comparator in (node.left, *node.comparators):
                if isinstance(comparator, ast.Constant) and isinstance(comparator.value, int):
                    yield comparator.lineno, str(comparator.value)


@pytest.mark.parametrize("package", ["geo_scaffold", "geo_runtime"])
def test_no_line_of_code_names_an_edition(package: str) -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{line}: {text}"
        for path in sorted((SOURCE / package).rglob("*.py"))
        if "templates" not in path.parts
        for line, text in [*texts(code(path)), *numbers_compared(code(path))]
        if OF_EDITION.fullmatch(text)
    ]
    assert found == []


def test_no_template_of_the_runtime_asks_for_an_edition() -> None:
    for path in (templates_root() / "runtime").glob("*.j2"):
        for expression in re.findall(r"\{[{%].*?[%}]\}", path.read_text(encoding="utf-8"), re.DOTALL):
            assert not re.search(r"\bedition\b", expression), f"{path.name}: {expression}"


def compared_with_an_id(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the texts that the attribute or variable `id` of something is compared with: `model` is a word as well."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            names = {side.attr if isinstance(side, ast.Attribute) else getattr(side, "id", "") for side in sides}
            if names & {"id", "id_", "artifact_id"}:
                yield from (text for side in sides for text in texts(side))


def test_no_line_of_code_names_an_artifact() -> None:
    found = []
    for path in sorted((SOURCE / "geo_scaffold").rglob("*.py")):
        if "templates" not in path.parts:
            tree = code(path)
            named = [(line, text) for line, text in texts(tree) if "-" in text and text in IDS]
            named += [(line, text) for line, text in compared_with_an_id(tree) if text in IDS]
            found += [f"{path.relative_to(SOURCE)}:{line}: {text}" for line, text in named]
    assert found == []


def test_what_a_manifest_may_name_is_there() -> None:
    assert decisions.EVIDENCE.keys() == EVIDENCE.keys()
    assert equivalents.EQUIVALENTS.keys() == EQUIVALENTS.keys()
    artifacts = [artifact for edition in available_editions() for artifact in load_manifest(edition)]
    assert {artifact.evidence for artifact in artifacts} - {None} == EVIDENCE.keys()
    assert {artifact.equivalent for artifact in artifacts} - {None} == EQUIVALENTS.keys()
