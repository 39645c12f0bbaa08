"""The report on a branch: the types that it touches, breaks or removes, and what was open before."""

from collections.abc import Callable, Iterator
from typing import Final, Protocol

from geo_scaffold.checkout.inflections import INITIALIZERS
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.checkout.target import VERSION
from geo_scaffold.edition.overrides import OVERRIDES
from geo_scaffold.git import Changes, Index, blob_id, is_commit, left_out
from geo_scaffold.records import replace
from geo_scaffold.verbs.checklist.audit import Audit
from geo_scaffold.verbs.checklist.baseline import with_baseline
from geo_scaffold.verbs.checklist.items import Report, fails
from geo_scaffold.verbs.checklist.removed import removed_types
from geo_scaffold.verbs.checklist.selection import Chosen, TypeSelection
from geo_scaffold.verbs.checklist.touched_types import Comparison, Files, files_of, maybe_broken, touched
from geo_scaffold.wording import first_few

_DEEPEST: Final = 8
"""How deep folders of overrides are searched."""


class Prepared(Protocol):
    """Prepares the audit of a type."""

    def __call__(self, each: Chosen, *, alone: bool = False) -> Audit:
        """Prepare it; `alone` means that no other type is audited."""


def report_on_branch(
    selection: TypeSelection,
    changes: Changes,
    everything: list[Chosen],
    *,
    prepared: Prepared,
    report_on: Callable[[list[Chosen]], Report],
) -> Report:
    """Report on the types that a branch touches, and on those that it breaks in a shared file.

    Args:
        selection: The checkout.
        changes: The commit to compare with.
        everything: All its types.
        prepared: Prepares the audit of a type.
        report_on: Returns the report on some types.

    Raises:
        ReadError: The changes of the branch cannot be determined.
    """
    sources = selection.sources
    index, absent = Index.of(changes.repository), left_out(selection.root)
    with changes.commit() as commit:
        compared = Comparison(sources, commit, left_out=absent, index=index)
        files, about, broken = {}, [], []
        for_all = any(compared.differs(path) for path in _for_all(sources, compared.before))
        for each in everything:
            audit = prepared(each)
            found = files_of(each, audit.artifacts, sources, compared.before)
            files[each.subject.names["name"]] = found
            if touched(each, found, compared):
                about.append(each)
            elif for_all or ((paths := maybe_broken(found, compared)) and audit.is_open_in(paths)):
                broken.append(each)
        removed = removed_types(selection, commit, compared, files, lambda each: prepared(each).artifacts)
        chosen = [each for each in everything if each in about or each in broken]
        alone = len(chosen) == 1
        report = with_baseline(
            report_on(chosen), selection, commit, changes, lambda each: prepared(each, alone=alone).report()
        )
    doubtful = {each.subject.names["name"] for each in broken}
    types = tuple(
        type_report
        for type_report in report.types
        if type_report.name not in doubtful or any(fails(item, strict=False) for item in type_report.items)
    )
    # For all types: the work tree may be unchanged while the index is not.
    models = {each.subject.names["name"]: each.subject.answers.model for each in everything}
    notes = [note for name in files for note in _not_committed(models[name], files[name], sources, index, absent)]
    return replace(report, types=(*types, *removed.types), notes=[*report.notes, *notes, *removed.notes])


def _for_all(*trees: Sources) -> Iterator[str]:
    """Yield the files that define what every type must have."""
    yield from (VERSION, *INITIALIZERS)
    for tree in trees:
        yield from _below(OVERRIDES, tree, _DEEPEST)


def _below(folder: str, tree: Sources, depth: int) -> Iterator[str]:
    for name in tree.folder(folder) if depth else ():
        path = f"{folder}/{name}"
        if inside := list(_below(path, tree, depth - 1)):
            yield from inside
        elif name.endswith(".j2"):
            yield path


def _not_committed(model: str, files: Files, sources: Sources, index: Index, absent: frozenset[str]) -> Iterator[str]:
    """Yield notes if the index, which will be committed, differs from the audited work tree.

    In a commit's hook (GIT_INDEX_FILE is set) every difference counts; otherwise only whole files that are not added.
    """
    present = [path for path in sorted(files.own - absent) if sources.read(path) is not None]
    if missing := [path for path in present if path not in index.ids]:
        yield f"{_count(missing)} not in the index, and so in no commit of {model}: {first_few(missing)}."
    if is_commit() and (other := [path for path in present if _is_other(path, sources, index)]):
        yield f"{_count(other)} different in the index, and so in a commit of {model}: {first_few(other)}."


def _is_other(path: str, sources: Sources, index: Index) -> bool:
    """Tell whether a file differs in the index, ignoring line ends."""
    content, id_ = sources.read(path) or b"", index.ids.get(path)
    both = (content, content.replace(b"\r\n", b"\n"))
    return id_ is not None and all(blob_id(each, like=id_) != id_ for each in both)


def _count(paths: list[str]) -> str:
    return f"{len(paths)} file is" if len(paths) == 1 else f"{len(paths)} files are"
