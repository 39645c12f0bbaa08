"""What this layer is asked to do, and the result."""

from typing import NamedTuple

from geo_scaffold.records import dataclass


@dataclass(frozen=True)
class Change:
    """One file, as the plan found it and as it shall be.

    Args:
        path: POSIX path, relative to the root.
        before: The bytes that the plan is based on; None: the file must not exist.
        after: The bytes to write; None: the file is deleted.
        mode: Permission bits, set exactly as given; None: those that the file has, for a new file 0o666 less the umask.
    """

    path: str
    before: bytes | None
    after: bytes | None
    mode: int | None = None


class CommitResult(NamedTuple):
    """What `commit_changes` did, as POSIX paths relative to the root, in the order of the changes.

    Args:
        created: Files that are new.
        edited: Files that have other bytes or another mode.
        deleted: Files that are gone.
        created_directories: Folders that were made for the new files, parents first.
        notes: Sentences for the user about what needs their attention; mostly empty.
    """

    created: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    created_directories: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
