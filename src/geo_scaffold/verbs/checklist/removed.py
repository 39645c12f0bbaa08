"""Types that a branch removes: wholly, which is fine, or in part, which is a finding."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from geo_scaffold.checkout.replicators import LIST
from geo_scaffold.checkout.target import REPLICATORS
from geo_scaffold.edition import Artifact, Level
from geo_scaffold.errors import ReadError
from geo_scaffold.git import Commit
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.checklist.items import Item, Report, State, TypeReport
from geo_scaffold.verbs.checklist.selection import Chosen, TypeSelection
from geo_scaffold.verbs.checklist.touched_types import OF_THE_MODEL, Comparison, files_of, is_about

_LASTING: Final = ("/migrate/", "/post_migrate/", "schema_migrations/", "db/docs/deleted_")
"""What GitLab keeps of deleted tables: migrations that have run, their versions, dictionaries of such tables."""
_REMEDY: Final = "Remove this too, or bring back what the branch removes: "


def removed_types(
    selection: TypeSelection,
    commit: Commit,
    compared: Comparison,
    present: Iterable[str],
    artifacts_of: Callable[[Chosen], tuple[Artifact, ...]],
) -> Report:
    """Report on the types that exist at the merge base and no longer in the branch.

    A removed type is in no list any more, so nothing else would notice what is left of it.

    Args:
        selection: The checkout.
        commit: The merge base.
        compared: The changes of the branch.
        present: The names of the current types.
        artifacts_of: Returns the manifest of a type.

    Raises:
        ReadError: The earlier types cannot be determined.
    """
    report = Report(edition="", types=())
    now = set(selection.sources.folder(REPLICATORS))
    if not compared.differs(LIST) and now.issuperset(compared.before.folder(REPLICATORS)):
        return report
    old = TypeSelection(selection.root, commit)
    gone = [name for name in old.replicables() if name not in {*present, *selection.replicables()}]
    if why := old.unreadable():
        raise ReadError(why, remedy="Fetch it, as a type that the branch removes may be in there")
    for chosen in filter(None, map(old.existing, gone)):
        if items := tuple(_left(chosen, artifacts_of(chosen), selection, compared)):
            subject = chosen.subject
            names = (subject.names["name"], subject.names["title"], subject.kind)
            report.types += (TypeReport(subject.answers.model, *names, subject.is_released, items),)
        else:
            report.notes.append(f"This branch removes {chosen.subject.names['name']}, and nothing of it is left.")
    return report


def _left(
    chosen: Chosen, artifacts: tuple[Artifact, ...], selection: TypeSelection, compared: Comparison
) -> Iterator[Item]:
    """Yield a finding for each file that still concerns a type."""
    sources, names = selection.sources, chosen.subject.names
    files = files_of(chosen, artifacts, sources, compared.before)
    by_path = {
        artifact.fill(target.path, chosen.subject.context(artifact.step)): artifact
        for artifact in reversed(artifacts)
        if chosen.subject.asks(artifact)
        for form in artifact.every_form()
        for target in form.targets_for(chosen.subject.context(artifact.step))
    }
    # A whole file of `new` concerns this type alone; a model or its factory may exist without the type.
    whole = files.own - {path.format_map(names) for path in OF_THE_MODEL}
    for path in sorted(files.own | files.shared):
        if any(folder in f"/{path}" for folder in _LASTING):
            continue
        text, artifact = sources.text(path), by_path.get(path)
        is_unreadable = sources.cannot_read(path)
        if not is_unreadable and (text is None or not (path in whole or is_about(names, path, text, as_model=False))):
            continue
        what = "cannot be read" if is_unreadable else "is still about it"
        yield Item(
            id=artifact.id if artifact else "replicator",
            title=f"Remove what is left of `{names['name']}`",
            phase=artifact.phase if artifact else Phase.IMPLEMENTATION,
            level=Level.BREAKING,
            state=State.DIFFERS,
            path=path,
            message=f"this branch removes the replicator of {names['name']}, and {path} {what}",
            remedy=f"{_REMEDY}{REPLICATORS}/{names['name']}_replicator.rb, and its line in {LIST}",
        )
