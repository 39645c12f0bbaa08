"""The two ends of a journalled run: the tree as before (`roll_back`), or as after (`finish`).

Both can be repeated, even after a crash in the middle, and both check the bytes of a file before they overwrite or
delete it: bytes from neither the plan nor the run are a person's, and are kept and reported.
"""

from geo_scaffold.commit import effects, files
from geo_scaffold.commit.journal import Bound, Item
from geo_scaffold.errors import RecoveryError


def roll_back(bound: Bound) -> list[str]:
    """Restore the tree as it was before the run.

    Returns:
        Sentences about files that a person has changed since, which are kept.

    Raises:
        RecoveryError: A file that the run replaced cannot be restored, because its old bytes are gone; nothing was
            touched.
        OSError: The disk refused.
    """
    for item in bound.items:
        _check_can_restore(item)
    notes = []
    for item in reversed(bound.items):
        notes += _take_back(item) if item.entry.before is None else _restore(item)
        files.discard(item.fresh)
        files.discard(item.copy)
    if bound.journal.durable:
        files.sync_all(item.target.parent for item in bound.items)
    for folder in reversed(bound.directories):
        files.remove_if_empty(folder)
    if bound.journal.durable:
        files.sync_all(folder.parent for folder in bound.directories)
    return notes


def finish(bound: Bound) -> list[str]:
    """Clean up after a completed run.

    Returns:
        Sentences about what a person wrote during the run, and where it is kept.

    Raises:
        OSError: The disk refused.
    """
    notes = []
    cleaned = []
    for item in bound.items:
        files.discard(item.fresh)
        files.discard(item.copy)
        kept = files.fingerprint(item.kept)
        if kept is None:
            continue
        cleaned.append(item.target.parent)
        if kept == item.entry.before:
            effects.remove(item.kept)
        else:  # somebody had the old file open, and saved it after it was replaced
            notes.append(_set_aside(item, "was saved by another program while it was being replaced; that version is"))
    for folder in sorted(bound.remove_empty, key=lambda folder: -len(folder.parts)):
        if files.remove_if_empty(folder):
            cleaned.append(folder.parent)
    if bound.journal.durable:  # the journal's removal must not reach the disk before the changes do
        files.sync_all(cleaned)
    return notes


def steps_back(bound: Bound, *, done: bool) -> list[str]:
    """Return what `finish` (done) or `roll_back` would do, in lines, without doing it.

    Raises:
        OSError: A file cannot be read.
    """
    steps = []
    for item in bound.items:
        entry, found = item.entry, files.fingerprint(item.target)
        if not done and entry.before is None:
            steps += [f"remove {entry.path}"] if found == entry.after else []
        elif not done and files.exists(item.kept) and not files.exists(item.fresh):  # it was replaced
            steps.append(f"put back {entry.path} from {item.kept.name}")
        names = [path.name for path in (item.fresh, item.copy, item.kept) if files.exists(path)]
        steps += [f"remove {name} beside {entry.path}" for name in names if f"from {name}" not in "".join(steps)]
    folders = bound.remove_empty if done else tuple(reversed(bound.directories))
    return [*steps, *(f"remove the folder {folder}, if it is empty" for folder in folders if files.exists(folder))]


def _check_can_restore(item: Item) -> None:
    entry = item.entry
    kept = files.fingerprint(item.kept)
    lost = kept is None and entry.before not in (None, entry.after) and files.fingerprint(item.target) == entry.after
    if kept == files.NOT_A_FILE or (lost and entry.after is not None):
        raise RecoveryError(
            f"{entry.path} cannot be put back as it was before the interrupted run: its old bytes are gone",
            path=entry.path,
            remedy="Restore the file with git, then run the command again",
        )


def _restore(item: Item) -> list[str]:
    """Restore a file that the run edits or deletes."""
    entry = item.entry
    kept = files.fingerprint(item.kept)
    fingerprint = files.fingerprint(item.target)
    is_untouched = files.exists(item.fresh)  # the new bytes are still separate, so the run has not replaced the file
    if kept is None:  # not touched yet, or already restored
        return [] if fingerprint == entry.before else [_left(item)]
    if fingerprint is None:
        files.place(item.kept, item.target)
    elif fingerprint == entry.after and not is_untouched:
        effects.rename(item.kept, item.target)
    elif fingerprint == kept:  # two names of one file, or a copy
        effects.remove(item.kept)
    elif is_untouched and kept == entry.before:  # a person saved over exactly these bytes
        effects.remove(item.kept)
        return [_left(item)]
    else:
        return [_set_aside(item, "was changed by somebody else and is left as it is; the version from before is")]
    return [] if fingerprint in (None, entry.before, entry.after) else [_left(item)]


def _take_back(item: Item) -> list[str]:
    """Remove a file that the run created.

    It is moved away first and checked there, where no editor finds it: what is removed is what was checked.
    """
    entry = item.entry
    if not files.exists(item.kept):
        fingerprint = files.fingerprint(item.target)
        if fingerprint is None:
            return []
        if fingerprint == entry.after:
            effects.rename(item.target, item.kept)
    kept = files.fingerprint(item.kept)
    if kept == entry.after:
        effects.remove(item.kept)
    elif kept is not None:
        try:
            files.place(item.kept, item.target)
        except FileExistsError:
            return [
                _set_aside(item, "was created by somebody else; another version that was not written by the run is")
            ]
    else:
        return [_left(item)]
    return [] if kept == entry.after else [_left(item)]


def _left(item: Item) -> str:
    return f"{item.entry.path} was changed by somebody else and is left as it is"


def _set_aside(item: Item, why: str) -> str:
    files.place(item.kept, item.aside)
    return f"{item.entry.path} {why} in {item.aside.name} beside it"
