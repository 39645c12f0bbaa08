"""Edits an existing tree: all changes, or none."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from geo_scaffold.commit import effects, files
from geo_scaffold.commit.changes import Change, CommitResult
from geo_scaffold.commit.completion import finish, roll_back
from geo_scaffold.commit.confine import Root, check_distinct
from geo_scaffold.commit.failure import changed, explain
from geo_scaffold.commit.interrupts import Interrupts
from geo_scaffold.commit.journal import Entry, Item, Journal, bind
from geo_scaffold.commit.lock import locked
from geo_scaffold.commit.places import OWN_FOLDER, OWN_TEMPORARY, Place, place_for
from geo_scaffold.commit.preconditions import Preconditions
from geo_scaffold.errors import GeoScaffoldError, RecoveryError, WriteError
from geo_scaffold.wording import first_few


def commit_changes(
    root: Path,
    changes: Sequence[Change],
    *,
    durable: bool = True,
    remove_empty: Sequence[str] = (),
    seen: Preconditions | None = None,
) -> CommitResult:
    """Apply all changes to an existing tree, or none.

    Whatever goes wrong, the tree is as before: bytes, modes and times of the files, and no folder or temporary file is
    left. Signals are handled between two steps; one that arrives after the last step does not undo what is complete.

    Args:
        root: The folder that the paths are relative to.
        changes: One for each file; `before` is checked even if a change changes nothing.
        durable: Wait for the disk, so that even a power cut can be recovered from; False only skips the waiting.
        remove_empty: Folders to remove afterwards if they are empty, relative to the root.
        seen: What else the changes are based on, which must be unchanged.

    Raises:
        ConfinementError: A path leaves the root.
        WriteError: A file is not as its change expects it, the disk refused, or the changes contradict each other.
        BusyError: Another run is writing to the same tree.
        InterruptedRunError: A signal came.
        RecoveryError: A killed run was not recovered yet, or the tree could not be restored; the next call of `recover`
            does it.
    """
    with Interrupts() as interrupts:
        top = Root(root)
        place = place_for(top.path)
        try:
            has_own_folder = files.exists(top.path / OWN_FOLDER)
            with locked(place):
                if place.is_pending():
                    raise RecoveryError(
                        f"{place.folder} holds the journal of an interrupted run; nothing was written",
                        path=str(place.folder),
                        remedy="Run the command again: it recovers first",
                    )
                if seen:
                    seen.check(top)
                result = _Transaction(top, place, changes, remove_empty, durable=durable, interrupts=interrupts).run()
        except BaseException as error:
            shown = explain(error, lambda path: _place(path, top))
            if shown is error:
                raise
            raise shown from error
    if not has_own_folder and files.exists(top.path / OWN_FOLDER) and OWN_FOLDER not in result.created_directories:
        # The lock created it first, but a change needs it.
        result = result._replace(created_directories=(OWN_FOLDER, *result.created_directories))
    return result


class _Step(NamedTuple):
    """One change that has an effect, with its files."""

    change: Change
    path: str
    status: os.stat_result | None


class _Transaction:
    def __init__(
        self,
        root: Root,
        place: Place,
        changes: Sequence[Change],
        remove_empty: Sequence[str],
        *,
        durable: bool,
        interrupts: Interrupts,
    ) -> None:
        self._root = root
        self._place = place
        self._durable = durable
        self._interrupts = interrupts
        steps = self._check(changes)
        # New files first, so that an edited file never refers to one that does not exist yet.
        self._steps = sorted(steps, key=_kind)
        folders = [root.relative(root.confine(path)) for path in remove_empty]
        self._journal = Journal(
            root=Path(os.path.relpath(root.path, place.top)).as_posix(),
            token=os.urandom(8).hex(),
            durable=durable,
            entries=tuple(_entry(step) for step in self._steps),
            directories=tuple(self._missing_directories()),
            remove_empty=tuple(folders),
        )
        self._bound = bind(self._journal, root)
        self._lost: list[str] = []

    def run(self) -> CommitResult:
        notes: list[str] = []
        if self._steps or self._bound.remove_empty:
            self._interrupts.check()
            try:
                self._journal.write(self._place)
                self._stage()
                self._recheck()
                self._switch()
                self._interrupts.check()
                self._journal.mark_done(self._place)
            except BaseException as error:
                self._undo(error)
                raise
            notes = self._finish()
        return self._result(notes)

    def _check(self, changes: Sequence[Change]) -> list[_Step]:
        """Confine every path and compare every base, before anything is written."""
        check_distinct(change.path for change in changes)
        steps = []
        for change in changes:
            target = self._root.confine(change.path)
            path = self._root.relative(target)
            if path == OWN_TEMPORARY or path.startswith(f"{OWN_TEMPORARY}/"):
                text = f"{change.path} is where the journal is; nothing was written"
                raise WriteError(text, path=change.path, remedy="Give it another name")
            found = files.read(target)
            content, status = found or (None, None)
            if content != change.before:
                what = "was deleted" if content is None else "appeared" if change.before is None else "changed"
                raise changed(change.path, what)
            same_mode = change.mode is None or status is None or change.mode == status.st_mode & 0o7777
            if change.before != change.after or not same_mode:
                steps.append(_Step(change, path, status))
        return steps

    def _missing_directories(self) -> list[str]:
        missing: dict[str, None] = {}
        for step in self._steps:
            if step.change.after is not None:
                parents = []
                parent = step.path.rpartition("/")[0]
                while parent and parent not in missing and not files.exists(self._root.path / parent):
                    parents.append(parent)
                    parent = parent.rpartition("/")[0]
                missing.update(dict.fromkeys(reversed(parents)))
        return list(missing)

    def _stage(self) -> None:
        """Write all new bytes and keep all old ones next to the files, which stay unchanged."""
        for folder in self._bound.directories:
            self._interrupts.check()
            effects.make_directory(folder)
        for step, item in self._pairs():
            self._interrupts.check()
            if step.change.after is not None:
                lost = files.write_new(
                    item.fresh,
                    step.change.after,
                    mode=step.change.mode,
                    like=step.status,
                    of=item.target if step.status else None,
                )
                if lost:
                    self._lost.append(f"{step.change.path} could not keep {', '.join(lost)}")
        if self._durable:  # only now, so that the disk works on all files while we wait for the first
            for _, item in self._pairs():
                self._interrupts.check()
                if item.entry.after is not None:
                    effects.sync(item.fresh)
        edited = [item for item in self._bound.items if item.entry.before is not None and item.entry.after is not None]
        for item in edited:
            self._interrupts.check()
            files.keep(item.target, item.kept, item.copy, durable=self._durable)
        if self._durable:
            files.sync_all(item.target.parent for item in edited)

    def _recheck(self) -> None:
        """Compare every base once more, after the slow part and before the first file is touched."""
        for step, item in self._pairs():
            if not files.holds(item.target, step.change.before):
                raise changed(item.entry.path)

    def _switch(self) -> None:
        for step, item in self._pairs():
            self._interrupts.check()
            if step.change.before is None:
                self._create(item)
            elif step.change.after is None:
                # Keeps whatever is there now, which is exactly what is compared below.
                effects.rename(item.target, item.kept)
            else:
                self._replace(item, step.change.before)
        for step, item in self._pairs():
            # Anybody who saved in these last moments saved into the kept file: restore it.
            if step.change.before is not None and not files.holds(item.kept, step.change.before):
                raise changed(item.entry.path)
        if self._durable:
            made = (folder.parent for folder in self._bound.directories)
            files.sync_all([*(item.target.parent for item in self._bound.items), *made])

    @staticmethod
    def _create(item: Item) -> None:
        try:
            files.place(item.fresh, item.target)
        except FileExistsError as error:
            raise changed(item.entry.path, "appeared") from error

    @staticmethod
    def _replace(item: Item, before: bytes) -> None:
        # A save by renaming puts another file there. With hard links this comparison is the last call before the
        # replacement, and reads nothing.
        if not files.is_same(item.target, item.kept) and not files.holds(item.target, before):
            raise changed(item.entry.path)
        effects.rename(item.fresh, item.target)

    def _undo(self, cause: BaseException) -> None:
        try:
            self._journal.unmark(self._place)
            files.discard(self._place.draft)
            if files.exists(self._place.journal):  # without one nothing has happened
                notes = roll_back(self._bound)
                effects.remove(self._place.journal)
                if isinstance(cause, GeoScaffoldError) and notes:
                    cause.remedy = ". ".join([*notes, *filter(None, [cause.remedy])])
        except BaseException as error:
            shown = explain(cause, lambda path: _place(path, self._root))
            raise RecoveryError(
                f"{shown}, but the tree could not be put back ({error})",
                path=getattr(shown, "path", None),
                remedy="Run the command again: it recovers first",
            ) from error

    def _finish(self) -> list[str]:
        """Clean up. What fails twice is left for the next start: the run itself is complete."""
        notes: list[str] = []
        for _ in range(2):
            try:
                notes += finish(self._bound)
                effects.remove(self._place.done)
            except (OSError, KeyboardInterrupt):
                continue
            return notes
        rest = "all is written; what the run kept beside the files is cleaned up by the next `new`, `undo` or `release`"
        return [*notes, f"{rest} here, and until then it counts as unfinished"]

    def _result(self, notes: list[str]) -> CommitResult:
        def paths(kind: int) -> tuple[str, ...]:
            return tuple(step.change.path for step in self._steps if _kind(step) == kind)

        notes = [*self._linked(), *self._lost, *notes]
        return CommitResult(paths(0), paths(1), paths(2), self._journal.directories, tuple(notes))

    def _linked(self) -> list[str]:
        """Note which files have other hard links, which still lead to the old bytes."""
        paths = [
            step.change.path
            for step in self._steps
            if step.status and step.status.st_nlink > 1 and step.change.after is not None
        ]
        return [f"{first_few(paths)}: other names (hard links) keep what was there before"] if paths else []

    def _pairs(self) -> list[tuple[_Step, Item]]:
        return list(zip(self._steps, self._bound.items, strict=True))


def _kind(step: _Step) -> int:
    return 0 if step.change.before is None else 2 if step.change.after is None else 1


def _entry(step: _Step) -> Entry:
    before, after = (
        None if content is None else files.digest(content) for content in (step.change.before, step.change.after)
    )
    return Entry(step.path, before, after)


def _place(path: str, root: Root) -> str:
    """Return a path for people: relative to the root, and the folder instead of a temporary file in it."""
    found = Path(path)
    if found.name.startswith(".geo-scaffold-"):
        found = found.parent
    return root.relative_text(found)
