"""Looks for the place of each entry, with an invented type; nothing is written to disk."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

from geo_scaffold.checkout.sources import Sources
from geo_scaffold.edition import Artifact, Op, Renderer, operations_of
from geo_scaffold.edition.conditions import wanted_in
from geo_scaffold.edition.editing import ManifestEditor
from geo_scaffold.edition.predicates import PREDICATES, Said
from geo_scaffold.operations import EntryOperation, Part, Status
from geo_scaffold.phases import Phase
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.checklist.subject import Subject
from geo_scaffold.verbs.drift.findings import Finding, Sort
from geo_scaffold.verbs.drift.newest import common, renaming

_LISTS: Final = ("array", "hash", "words")
"""The arguments of editors that name a list."""
# A filter of a derived list, such as `select(&:graphql_registerable?)`.
_ASKED: Final = re.compile(r"&:(\w+)\?")
FEWEST_IN_ORDER: Final = 4
"""How many lines have to be in order to rule out an accident: with three, every sixth list would be."""
_NOT_COMPARED: Final = frozenset({"sql", "messages", "reference-type", "no-experiment", "api-fields"})
"""The editors whose lines are not compared: they are proven in another way, or copied from the newest types."""


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
        wanted = wanted_in(artifact, sources, context)
        shared = set(artifact.paths_for(context)) & set(artifact.paths_for(others))
        for operation in operations_of(wanted.artifact, renderer, context, prefix="", recorded={}, read=tree.read):
            if not isinstance(operation, EntryOperation) or operation.path not in shared:
                continue
            if wanted.is_asked:
                yield from _of_entry(artifact, operation, tree)
            else:
                yield from _of_derivation(artifact, operation, tree, known)


def _of_entry(artifact: Artifact, operation: EntryOperation, tree: Tree) -> Iterator[Finding]:
    id_, path = artifact.id, operation.path
    if tree.read(path) is None:
        yield Finding(id_, Sort.GONE, path, None, "the file is not there")
        return
    verdict = operation.apply(tree).verdict
    if verdict.status is Status.BLOCKED:
        derived = next(filter(None, (_derived(part, path, tree) for part in operation.parts)), None)
        if derived:
            yield Finding(id_, Sort.DERIVED, path, derived.line, derived.what)
        else:
            yield Finding(id_, Sort.GONE, path, None, verdict.message)
    elif verdict.status is Status.OPEN:
        yield Finding(id_, Sort.MOVED, path, None, verdict.message)


def _of_derivation(artifact: Artifact, operation: EntryOperation, tree: Tree, known: str) -> Iterator[Finding]:
    """Yield what a derived list calls on each type (`select(&:graphql_registerable?)`) and no artifact knows."""
    for part in operation.parts:
        if said := _derived(part, operation.path, tree):
            text = (tree.read(operation.path) or b"").decode("utf-8", "surrogateescape").splitlines()
            statement = "\n".join(text[(said.line or 1) - 1 :]).partition("\n\n")[0]
            for method in _ASKED.findall(statement):
                if method not in known:
                    what = f"{said.what}, which asks each type for `{method}?`, and no artifact knows that"
                    yield Finding(artifact.id, Sort.DERIVED, operation.path, said.line, what)


def _spec(part: Part) -> Mapping[str, Any]:
    return part.editor.spec if isinstance(part.editor, ManifestEditor) else {}


def _derived(part: Part, path: str, tree: Tree) -> Said | None:
    spec = _spec(part)
    for key in _LISTS:
        # A constant of Ruby; `array` may also name a variable or a method.
        if re.fullmatch(r"[A-Z][A-Z_]+", name := str(spec.get(key, ""))):
            said: Said = PREDICATES["is-derived"].ask(Sources(tree, ""), file=path, constant=name)
            return said if said.holds else None
    return None


def of_lines(
    artifacts: Sequence[Artifact],
    renderer: Renderer,
    context: Mapping[str, Any],
    before: Sources,
    tree: Tree,
    *,
    newest: Sequence[Subject],
    everyone: Sequence[Subject],
) -> Iterator[Finding]:
    """Yield the lines that the newest types have in a shared file and ours does not, and vice versa.

    Also our lines that are out of the order of all other types' lines.

    Args:
        artifacts: As for `of_locators`.
        renderer: Renders their templates.
        context: As for `of_locators`.
        before: The checkout as it is.
        tree: The checkout with the entries of our type.
        newest: The newest types of this kind.
        everyone: All types.
    """
    done: set[str] = set()
    renames = [renaming(dict(each.names), context) for each in everyone]
    for artifact in artifacts:
        if artifact.op in {Op.CONFIRM, Op.CREATE} or artifact.phase is Phase.RELEASE:
            continue
        for target in artifact.targets_for(context):
            path = artifact.fill(target.path, context)
            kind = (target.editor or {}).get("kind")
            text, ours = before.text(path), tree.read(path)
            if kind is None or kind in _NOT_COMPARED or path in done or text is None or ours is None:
                continue
            done.add(path)
            mine = _squeezed(ours.decode("utf-8", "surrogateescape")) - _squeezed(text)
            if not mine:
                continue
            if line := _out_of_order(mine, ours.decode("utf-8", "surrogateescape"), renames):
                said = f"the lines of all types stand in order, and `{line}` is not put where it sorts"
                yield Finding(artifact.id, Sort.MOVED, path, None, said)
            seen = [lines for each in newest if (lines := _lines_of(each, text, context))]
            for line, count in common(seen).items():
                if line not in mine:
                    yield Finding(
                        artifact.id, Sort.ADDED, path, None, f"{count} of the {len(seen)} newest have the line `{line}`"
                    )
            counts = Counter(line for lines in seen for line in lines)
            if len(seen) >= 3:
                for line in sorted(mine):
                    if not counts[line] and re.search(r"\w", line):
                        yield Finding(
                            artifact.id,
                            Sort.DIFFERS,
                            path,
                            None,
                            f"none of the {len(seen)} newest has the line `{line}`",
                        )


def _lines_of(subject: Subject, text: str, context: Mapping[str, Any]) -> frozenset[str]:
    """Return the lines that name a type, with our type's names in place of its own."""
    rename = renaming(dict(subject.names), context)
    renamed = ((line, rename(line)) for line in (*text.splitlines(), *text.lower().splitlines()))
    return frozenset(_squeeze(new) for line, new in renamed if new != line)


def _out_of_order(mine: AbstractSet[str], text: str, renames: Sequence[Callable[[str], str]]) -> str | None:
    """Return a line of ours that breaks the order of the same lines of other types, or None.

    In any list, a type has a line like those of the others except for its names. If these are ascending, ours has to
    fit.

    Args:
        mine: Our lines, normalised by `_squeeze`.
        text: The file with them.
        renames: Functions that replace the names of each type by ours.
    """
    lines = text.splitlines()
    at: dict[str, list[int]] = {each: [] for each in sorted(mine)}
    own: dict[str, list[int]] = {each: [] for each in mine}
    for number, line in enumerate(lines):
        if (squeezed := _squeeze(line)) in mine:
            own[squeezed].append(number)
    for rename in renames:
        for number, line in enumerate(lines):
            if (new := rename(line)) != line and (squeezed := _squeeze(new)) in mine:
                at[squeezed].append(number)
    for line, numbers in at.items():
        others = sorted(set(numbers) - set(own[line]))
        # If a type has a line several times, it is unknown which one belongs to which list.
        if len(others) < FEWEST_IN_ORDER or len(own[line]) != 1 or len(numbers) != len(others):
            continue
        keys = [lines[number].strip().rstrip(",") for number in others]
        [place] = own[line]
        if keys == sorted(keys) and (together := sorted([*others, place])):
            keys = [lines[number].strip().rstrip(",") for number in together]
            if keys != sorted(keys):
                return lines[place].strip().rstrip(",")
    return None


def _squeezed(text: str) -> frozenset[str]:
    return frozenset(map(_squeeze, text.splitlines()))


def _squeeze(line: str) -> str:
    """Return a line without what depends on its neighbours: spaces, a trailing comma, numbers and versions."""
    return re.sub(r"\d[\d.]*%?|https?://\S+|X+\.?Y?\b", "N", " ".join(line.lower().split()).rstrip(",\\ "))
