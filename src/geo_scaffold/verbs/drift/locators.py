"""Looks for the place of each entry, with an invented type; nothing is written to disk."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from geo_scaffold.checkout.sources import Sources
from geo_scaffold.edition import Artifact, Op, Renderer, operations_of
from geo_scaffold.edition.conditions import applicability_in
from geo_scaffold.edition.editing import ManifestEditor
from geo_scaffold.edition.predicates import PREDICATES, Evaluation
from geo_scaffold.operations import EntryOperation, Part, Status
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.drift.findings import Finding, Sort

_LISTS: Final = ("array", "hash", "words")
"""The arguments of editors that name a list."""
# A filter of a derived list, such as `select(&:graphql_registerable?)`.
_ASKED: Final = re.compile(r"&:(\w+)\?")


def of_locators(
    artifacts: Sequence[Artifact],
    renderer: Renderer,
    context: Mapping[str, Any],
    tree: Tree,
    *,
    others: Mapping[str, Any],
) -> Iterator[Finding]:
    """Yield the places that do not exist, or have another form than the edition knows.

    Args:
        artifacts: All artifacts of the edition for this kind.
        renderer: Renders their templates.
        context: What templates may use, for an invented type.
        tree: The checkout; it has the entries afterwards.
        others: The context of another such type: a path that differs belongs to one type only.
    """
    sources = Sources(tree, "")
    known = repr(artifacts)
    for artifact in artifacts:
        if artifact.op is Op.CONFIRM:
            continue
        wanted = applicability_in(artifact, sources, context)
        shared = set(artifact.paths_for(context)) & set(artifact.paths_for(others))
        for operation in operations_of(wanted.artifact, renderer, context, prefix="", recorded={}, read=tree.read):
            if not isinstance(operation, EntryOperation) or operation.path not in shared:
                continue
            if wanted.applies:
                yield from _of_entry(artifact, operation, tree)
            else:
                yield from _of_derivation(artifact, operation, tree, known)


def _of_entry(artifact: Artifact, operation: EntryOperation, tree: Tree) -> Iterator[Finding]:
    id_, path = artifact.id, operation.path
    if tree.read(path) is None:
        yield Finding(id_, Sort.GONE, path, None, "the file is not there")
        return
    outcome = operation.apply(tree).outcome
    if outcome.status is Status.BLOCKED:
        derived = next(filter(None, (_derived(part, path, tree) for part in operation.parts)), None)
        if derived:
            yield Finding(id_, Sort.DERIVED, path, derived.line, derived.what)
        else:
            yield Finding(id_, Sort.GONE, path, None, outcome.message)
    elif outcome.status is Status.OPEN:
        yield Finding(id_, Sort.MOVED, path, None, outcome.message)


def _of_derivation(artifact: Artifact, operation: EntryOperation, tree: Tree, known: str) -> Iterator[Finding]:
    """Yield what a derived list calls on each type (`select(&:graphql_registerable?)`) and no artifact knows."""
    for part in operation.parts:
        if evaluation := _derived(part, operation.path, tree):
            text = (tree.read(operation.path) or b"").decode("utf-8", "surrogateescape").splitlines()
            statement = "\n".join(text[(evaluation.line or 1) - 1 :]).partition("\n\n")[0]
            for method in _ASKED.findall(statement):
                if method not in known:
                    what = f"{evaluation.what}, which asks each type for `{method}?`, and no artifact knows that"
                    yield Finding(artifact.id, Sort.DERIVED, operation.path, evaluation.line, what)


def _spec(part: Part) -> Mapping[str, Any]:
    return part.editor.spec if isinstance(part.editor, ManifestEditor) else {}


def _derived(part: Part, path: str, tree: Tree) -> Evaluation | None:
    spec = _spec(part)
    for key in _LISTS:
        # A constant of Ruby; `array` may also name a variable or a method.
        if re.fullmatch(r"[A-Z][A-Z_]+", name := str(spec.get(key, ""))):
            evaluation: Evaluation = PREDICATES["is-derived"].ask(Sources(tree, ""), file=path, constant=name)
            return evaluation if evaluation.holds else None
    return None
