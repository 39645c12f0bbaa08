"""The commit of a phase: only its files, and in shared files only its entries."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Final

from geo_scaffold.checkout.target import receipts_in
from geo_scaffold.commit import digest
from geo_scaffold.edition import load_manifest
from geo_scaffold.edition.assembly import stray_of
from geo_scaffold.errors import BlockedError, GeoScaffoldError, ReadError, UsageError
from geo_scaffold.git import Commit, Repository
from geo_scaffold.git.gitdir import GitDirectory
from geo_scaffold.git.writing import (
    head_of,
    ignored_among,
    is_as_committed,
    refuse_to_commit,
    staged_in,
    subjects_in,
    write_commit,
)
from geo_scaffold.operations import EntryOperation
from geo_scaffold.phases import Phase
from geo_scaffold.receipt import Receipt, Record, by_place, receipt_path
from geo_scaffold.records import dataclass, replace
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.earlier_runs import recorded_entries
from geo_scaffold.verbs.mr.later import BeforeFactory
from geo_scaffold.verbs.mr.message import Message, message_for
from geo_scaffold.verbs.mr.work import Work
from geo_scaffold.wording import first_few

_RUBY: Final = ".rb"


@dataclass(frozen=True)
class CommitPlan:
    """The commit of a phase.

    Args:
        repository: The repository.
        message: Its message.
        files: The content of each file to commit, by its path; None for the state of the work tree.
        staged: The staged files of the phase, which are committed as staged.
        branch: The branch to create first, or None to commit to the current one.
        notes: Notes for people.
    """

    repository: Repository
    message: Message
    files: Mapping[str, bytes | None]
    staged: frozenset[str]
    branch: str | None
    notes: tuple[str, ...]

    @property
    def paths(self) -> list[str]:
        """The files to commit, sorted."""
        return sorted({*self.files, *self.staged})


def files_of(work: Work) -> list[str]:
    """Return the existing files of a phase, sorted, including the receipt."""
    sources = work.chosen.sources
    paths = {file.path for file in work.context["files"] if sources.exists(file.path)}
    if work.found:
        paths |= {record.path for record in _records(work) if sources.exists(record.path)}
        paths.add(receipt_path(work.found.name))
    return sorted(paths)


def plan_commit(work: Work, *, branch: str | None) -> CommitPlan:
    """Plan the commit of a phase, without writing anything.

    Args:
        work: The work of the phase.
        branch: The branch to create first, or None to commit to the current one.

    Raises:
        GeoScaffoldError: Something that is not part of it is staged or changed, or git waits for a person.
    """
    repository = _repository(work)
    refuse_to_commit(repository, branch=branch)
    head = head_of(repository)
    staged = staged_in(repository, head)
    paths, strange = _paths(work)
    notes = [f"{path} is in the receipt, and is left as it is: the phase has no such file." for path in sorted(strange)]
    if others := [path.removeprefix("/") for path in sorted(staged.difference(paths))]:
        raise BlockedError(
            f"something else is staged: {first_few(others)}",
            path=others[0],
            remedy="Commit it first, or take it out of the index with git restore --staged",
        )
    ignored = ignored_among(repository, paths)
    receipt = receipt_path(work.found.name) if work.found else ""
    if unwanted := sorted(ignored - {receipt}):
        raise BlockedError(
            f"git ignores {first_few(unwanted)}",
            path=unwanted[0],
            remedy="Add it with git add --force, or change .gitignore",
        )
    notes += [f"{receipt} is not committed, as git ignores it."] if receipt in ignored else []
    with Commit(repository, head) as commit:
        early = BeforeFactory(work, commit, paths)
        content = _Content(work, commit, early)
        paths |= early.completed
        unstaged = [path for path in paths if path not in staged and content.now(path) is not None]
        same = is_as_committed(repository, unstaged, {path: commit.id_of(path) for path in unstaged})
        files: dict[str, bytes | None] = {}
        mixed = []
        for path in sorted({*paths} - staged - ignored - same):
            now, then = content.now(path), content.content(path)
            part = content.receipt() if path == receipt else content.part(path)
            if part is None and now is not None:
                mixed.append(path)
            elif part != then:
                files[path] = None if part == now else part
    notes += early.notes(files)
    if mixed:
        raise BlockedError(
            f"there are other changes too in {first_few(mixed)}",
            path=mixed[0],
            remedy=f"Commit these first, or choose what belongs to the phase: git add --patch {mixed[0]}",
        )
    message = message_for(work)
    if message.subject in subjects_in(repository, head):
        message = message_for(work, is_later=True)
    return CommitPlan(repository, message, files, staged, branch, tuple(notes))


def write(plan: CommitPlan) -> str:
    """Make the commit, and return its id.

    Args:
        plan: The plan.

    Raises:
        GeoScaffoldError: Git fails, for example in a hook; the index is unchanged.
    """
    return write_commit(plan.repository, plan.files, plan.message.text(), branch=plan.branch)


def _repository(work: Work) -> Repository:
    model = work.model
    if work.chosen.standalone is not None:
        raise UsageError(
            f"{model} is in a standalone folder, {work.chosen.standalone}, from which no merge request is made",
            path=str(work.chosen.standalone),
            remedy=f"Run `geo-scaffold new {model}` in a GitLab checkout first",
        )
    if work.found is None:
        raise UsageError(
            f"there is no receipt of {model}, so it is not known which changes are its own",
            remedy=f"Commit them with git, or run `geo-scaffold new {model}`, which records what it writes",
        )
    if next(_records(work), None) is None:
        verb = f"release {model}" if work.phase is Phase.RELEASE else f"new {model} --phase {work.phase}"
        raise UsageError(
            f"nothing was generated for {model} in the phase {work.phase}, so there is nothing to commit",
            remedy=f"Run `geo-scaffold {verb}` first",
        )
    root = work.found.target.root
    if GitDirectory.of(root) is None:
        raise ReadError(f"{root} is not in a work tree of git", path=str(root), remedy="Commit in a clone of GitLab")
    return Repository.of(root)


def _records(work: Work) -> Iterator[Record]:
    """Yield the receipt's records of the phase."""
    assert work.found is not None  # noqa: S101 - for the type checker
    receipt = work.found.receipt
    phases = {artifact.id: artifact.phase for artifact in load_manifest(receipt.edition)}
    for record in receipt.records:
        if phases.get(record.id) is work.phase:
            yield record


def _paths(work: Work) -> tuple[frozenset[str], frozenset[str]]:
    """Return the paths of a phase, both for files that moved since; then those that only a receipt assigns to it.

    Receipts come with the checkout, so one could name any file. A file that is where no edition puts it counts only if
    its content shows that it was generated, or if it is the Ruby file that `new` followed when a person moved it.
    """
    assert work.found is not None  # noqa: S101 - for the type checker
    known = {file.path for file in work.context["files"]} | set(_followed(work))
    found, recorded = {receipt_path(work.found.name)}, set()
    strange: set[str] = set()
    sources = work.chosen.sources
    for record in _records(work):
        recorded.add(record.id)
        content = sources.read(record.path)
        is_own = record.path in known or content is None or digest(content) in (record.rendered, record.written)
        (found if is_own else strange).add(record.path)
    found |= {file.path for file in work.context["files"] if file.is_whole and file.artifact in recorded}
    return frozenset(found), frozenset(strange)


def _followed(work: Work) -> Iterator[str]:
    """Yield the recorded paths of created files of the phase that a person has moved."""
    recorded = by_place(_records(work))
    for artifact in work.artifacts:
        stray = stray_of(artifact, recorded, [work.chosen.subject.context(artifact.step)])
        if stray and stray.path.endswith(_RUBY):
            yield stray.path


class _Content:
    """The current and the committed content of files, and the part of it that belongs to the phase.

    Args:
        work: The work of the phase.
        commit: The commit on which the work is based.
        early: The files whose content depends on a factory.
    """

    def __init__(self, work: Work, commit: Commit, early: BeforeFactory) -> None:
        assert work.found is not None  # noqa: S101 - for the type checker
        self._work, self._commit, self._early = work, commit, early
        self._receipt = work.found.receipt
        self._path = receipt_path(work.found.name)
        self._tree = Tree(work.found.target.root)
        entries = self._entries(self._receipt, self._path)
        own = {record.id for record in _records(work)}
        self._own = {path: [operation for operation in those if operation.id in own] for path, those in entries.items()}
        self._others = {
            path: [operation for operation in those if operation.id not in own] for path, those in entries.items()
        }

    def now(self, path: str) -> bytes | None:
        """Return the content in the work tree."""
        return self._tree.base(path)

    def content(self, path: str) -> bytes | None:
        """Return the content in the commit."""
        return self._commit.read(path)

    def part(self, path: str) -> bytes | None:
        """Return the content of a file without the entries of other phases and of other generated types.

        Args:
            path: A path of the phase.

        Returns:
            The content, or None if there is no file, or others have changed it, too.
        """
        if (alone := self._early.alone.get(path)) is not None:
            return alone
        others = self._others.get(path, [])
        part = self._part(path, others)
        # Only if that is not enough: for each other type it takes as long as all of this.
        return self._part(path, [*others, *self._of_other_types.get(path, [])]) if part is None else part

    def _part(self, path: str, others: list[EntryOperation]) -> bytes | None:
        now, then = self.now(path), self.content(path)
        if now is None:
            return None
        if then is not None:
            committed = self._holding(path, then)
            others = [other for other in others if not other.is_in(committed)]
        part = self._without(path, now, others)
        own = self._own.get(path, [])
        is_whole = any(record.path == path and record.rendered is not None for record in _records(self._work))
        if then is None or is_whole or not own:
            return part
        before, after = (_lines(self._without(path, content, own)) for content in (then, part))
        return part if before == after else None

    def receipt(self) -> bytes:
        """Return the receipt, reduced to this phase and to those that are committed.

        A checklist would otherwise report what another merge request adds as missing.
        """
        committed: Collection[str] = ()
        if content := self.content(self._path):
            committed = Receipt.load(content, self._path).phases
        phases = tuple(phase for phase in Phase if phase is self._work.phase or phase in committed)
        kept = tuple(phase for phase in phases if phase in self._receipt.phases)
        if set(kept) == set(self._receipt.phases):
            return self.now(self._path) or b""
        of = {artifact.id: artifact.phase for artifact in load_manifest(self._receipt.edition)}
        records = tuple(
            self._early.record(record)
            for record in self._receipt.records
            if of.get(record.id, self._work.phase) in kept
        )
        folders = tuple(
            folder
            for folder in self._receipt.directories
            if any(record.path.startswith(f"{folder}/") for record in records) or self._path.startswith(f"{folder}/")
        )
        return replace(self._receipt, phases=kept, records=records, directories=folders).dump()

    @cached_property
    def _of_other_types(self) -> Mapping[str, list[EntryOperation]]:
        entries: dict[str, list[EntryOperation]] = {}
        for name in receipts_in(self._tree.root):
            path = receipt_path(name)
            with suppress(GeoScaffoldError):  # if it cannot be read, it is unknown what belongs to it
                content = self._tree.base(path)
                if path != self._path and content is not None:
                    for file, those in self._entries(Receipt.load(content, path), path).items():
                        entries.setdefault(file, []).extend(those)
        return entries

    def _entries(self, receipt: Receipt, path: str) -> Mapping[str, list[EntryOperation]]:
        assert self._work.found is not None  # noqa: S101 - for the type checker
        wanted = tuple(record for record in receipt.records if record.rendered is None)
        found = recorded_entries(self._work.found.target, receipt, path, self._tree, records=wanted)
        entries: dict[str, list[EntryOperation]] = {}
        for operation in found.operations.values():
            if isinstance(operation, EntryOperation):
                # An edited entry is intended: it is removed in its current form, not in its earlier one.
                entries.setdefault(operation.path, []).append(replace(operation, trace=None))
        return entries

    def _without(self, path: str, content: bytes, entries: Iterable[EntryOperation]) -> bytes:
        tree = self._holding(path, content)
        for entry in reversed(tuple(entries)):
            entry.revert(tree)
        return tree.read(path) or b""

    def _holding(self, path: str, content: bytes) -> Tree:
        tree = Tree(self._tree.root)
        tree.write(path, content)
        return tree


def _lines(content: bytes) -> bytes:
    """Return a content with line ends as in git's commits."""
    return content.replace(b"\r\n", b"\n")
