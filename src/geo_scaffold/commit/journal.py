"""The record of a run, on disk before the first change to the tree.

It is written completely or not at all, and a single rename turns it from "roll back" into "clean up": that rename
commits the run. A reader trusts nothing in it: it may be old, torn or forged. So it carries seals of the user who wrote
it, for the machine and the folder where it was written.
"""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from geo_scaffold.commit import effects, files
from geo_scaffold.commit.confine import Root, check_distinct
from geo_scaffold.commit.owners import is_own, machine
from geo_scaffold.commit.places import Place
from geo_scaffold.commit.seal import is_sealed, seal
from geo_scaffold.errors import GeoScaffoldError, RecoveryError

_FORMAT = 1
_MODE = 0o600
_MOST_BYTES = 1 << 26
_MOST_OF_A_REASON = 200
_HEX = frozenset("0123456789abcdef")


class Entry(NamedTuple):
    """One file of a run: its path relative to the root, and its hashes before and after (None: no file)."""

    path: str
    before: str | None
    after: str | None


class Journal(NamedTuple):
    """What a run is about to do.

    Args:
        root: The root, relative to the top of the journal's place.
        token: A unique part of the names of the run's temporary files.
        durable: Whether the run waits for the disk.
        entries: The files.
        directories: Folders that the run creates, parents first.
        remove_empty: Folders that it removes at the end if they are empty.
    """

    root: str
    token: str
    durable: bool
    entries: tuple[Entry, ...]
    directories: tuple[str, ...]
    remove_empty: tuple[str, ...]

    def write(self, place: Place) -> None:
        """Write the journal to disk."""
        record = self._record()
        text = json.dumps(record).encode()
        record["seals"] = [seal(purpose, text) for purpose in _purposes(place.top)]
        files.write_new(place.draft, json.dumps(record).encode(), mode=_MODE)
        if self.durable:
            effects.sync(place.draft)
        effects.rename(place.draft, place.journal)
        if self.durable:
            files.sync_all([place.folder, *(folder.parent for folder in place.folders())])

    def is_sealed(self, seals: object, top: Path) -> bool:
        """Tell whether this user wrote it, on this machine, for this folder, which may have been moved since.

        Args:
            seals: The seals that came with it.
            top: The folder that its root is relative to.
        """
        text = json.dumps(self._record()).encode()
        return isinstance(seals, list) and any(
            is_sealed(purpose, text, each) for purpose, each in zip(_purposes(top), seals, strict=False)
        )

    def _record(self) -> dict[str, Any]:
        return {
            "format": _FORMAT,
            "root": self.root,
            "token": self.token,
            "durable": self.durable,
            "entries": [[entry.path, entry.before, entry.after] for entry in self.entries],
            "directories": list(self.directories),
            "remove_empty": list(self.remove_empty),
        }

    def mark_done(self, place: Place) -> None:
        """Mark the run as complete."""
        effects.rename(place.journal, place.done)
        if self.durable:
            effects.sync(place.folder)

    def unmark(self, place: Place) -> None:
        """Take back that mark, if the disk did not confirm it."""
        if files.exists(place.done):
            effects.rename(place.done, place.journal)
            if self.durable:
                effects.sync(place.folder)


class Item(NamedTuple):
    """An entry with the places of its file.

    Args:
        entry: The entry.
        target: The file.
        fresh: The path of the new bytes.
        kept: The path where the old bytes are kept.
        copy: The temporary path of `kept`, if it must be copied.
        aside: The path for a person's bytes that have no other place.
    """

    entry: Entry
    target: Path
    fresh: Path
    kept: Path
    copy: Path
    aside: Path


class Bound(NamedTuple):
    """A journal whose paths are resolved and inside the root.

    Args:
        journal: The journal.
        items: Its entries.
        directories: The folders that the run creates.
        remove_empty: The folders that it removes if they are empty.
        doubt: Why it may not be from a run of this user on this machine; empty if it is.
    """

    journal: Journal
    items: tuple[Item, ...]
    directories: tuple[Path, ...]
    remove_empty: tuple[Path, ...]
    doubt: str = ""


def bind(journal: Journal, root: Root) -> Bound:
    """Resolve the paths of a journal.

    Raises:
        ConfinementError: A path leaves the root.
        WriteError: A path is not usable.
    """
    check_distinct(entry.path for entry in journal.entries)
    items = []
    for number, entry in enumerate(journal.entries):
        target = root.confine(entry.path)
        # Separate short names: the target's name with something added could be too long.
        base = target.parent / f".geo-scaffold-{journal.token}-{number}"
        aside = target.parent / f"{target.name[:50]}.geo-scaffold-{journal.token}-{number}"
        fresh, kept, copy = (base.with_name(base.name + end) for end in (".new", ".old", ".copy"))
        items.append(Item(entry, target, fresh, kept, copy, aside))
    return Bound(
        journal,
        tuple(items),
        tuple(root.confine(path) for path in journal.directories),
        tuple(root.confine(path) for path in journal.remove_empty),
    )


def load(path: Path, place: Place) -> Bound | None:
    """Read a journal that a dead run left, and check all of it.

    Args:
        path: The journal.
        place: Where it was found.

    Returns:
        The journal, or None if there is none.

    Raises:
        RecoveryError: It cannot be read, or this version did not write it.
    """
    try:
        place.check()
        found = files.read(path, most=_MOST_BYTES)
        if found is None:
            return None
        content, status = found
        journal, seals = _parse(content)
        top = Root(place.top)
        root = top if journal.root == "." else Root(top.confine(journal.root))
        if root.path != Path(os.path.normpath(top.path / journal.root)):
            raise ValueError("its root is behind a symbolic link")
        bound = bind(journal, root)
        _check_no_links(bound, root)
    except (OSError, ValueError, RecursionError, GeoScaffoldError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RecoveryError(
            f"{path} is the journal of an interrupted run, but cannot be used ({reason[:_MOST_OF_A_REASON]});"
            " nothing was touched",
            path=str(path),
            remedy="Check the files of the target with git, then delete the journal",
        ) from error
    return bound._replace(doubt=_doubt(journal, seals, status, place))


def _doubt(journal: Journal, seals: object, status: os.stat_result, place: Place) -> str:
    if not is_own(status) or not place.is_own():
        return f"it belongs to user {status.st_uid}"
    return "" if journal.is_sealed(seals, place.top) else "it carries no seal of yours for this place"


def _check_no_links(bound: Bound, root: Root) -> None:
    """Check that no path goes through a link: a run records only paths without links."""
    journal = bound.journal
    recorded = [*(entry.path for entry in journal.entries), *journal.directories, *journal.remove_empty]
    resolved = [*(item.target for item in bound.items), *bound.directories, *bound.remove_empty]
    for path, found in zip(recorded, resolved, strict=True):
        if root.relative(found) != path:
            raise ValueError(f"{path} is behind a symbolic link")


def _purposes(top: Path) -> tuple[str, str]:
    """Return the purposes for which a journal is sealed: a folder by its path, and by its inode."""
    here = f"journal {machine()}"
    return f"{here} path {top}", f"{here} inode {top.stat().st_ino}"


def _parse(content: bytes) -> tuple[Journal, object]:
    record: Any = json.loads(content)
    if not isinstance(record, dict) or record.get("format") != _FORMAT:
        raise ValueError("unknown format")
    entries = []
    for row in _list(record, "entries"):
        if not isinstance(row, list) or len(row) != 3 or not isinstance(row[0], str):
            raise ValueError("an entry is malformed")
        path, before, after = row
        if not all(value is None or _is_hex(value, 64) for value in (before, after)) or before is after is None:
            raise ValueError("an entry is malformed")
        entries.append(Entry(path, before, after))
    token, root, durable = record.get("token"), record.get("root"), record.get("durable")
    if not isinstance(token, str) or not _is_hex(token, 16):
        raise ValueError("its token is malformed")
    if not isinstance(root, str) or not isinstance(durable, bool):
        raise ValueError("it is malformed")
    directories, remove_empty = _list(record, "directories"), _list(record, "remove_empty")
    if not all(isinstance(path, str) for path in directories + remove_empty):
        raise ValueError("a folder is malformed")
    journal = Journal(root, token, durable, tuple(entries), tuple(directories), tuple(remove_empty))
    return journal, record.get("seals")


def _list(record: dict[str, Any], key: str) -> list[Any]:
    value = record.get(key)
    if not isinstance(value, list):
        raise ValueError(f"{key} is malformed")
    return value


def _is_hex(value: object, length: int) -> bool:
    return isinstance(value, str) and len(value) == length and _HEX.issuperset(value)
