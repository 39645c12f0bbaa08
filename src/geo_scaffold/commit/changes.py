"""What this layer is asked to do, and the result."""

from typing import NamedTuple

from geo_scaffold.records import dataclass


@dataclass(frozen=True)
class Change:
    """One file, as the plan found it and as it should become.

    Args:
        path: POSIX path, relative to the root.
        before: The bytes that the plan is based on, or None if the file must not exist.
        after: The bytes to write, or None if the file is deleted.
        mode: Permission bits, set exactly as given; None keeps the file's, or means 0o666 less the umask for a new
            file.
    """

    path: str
    before: bytes | None
    after: bytes | None
    mode: int | None = None


class CommitResult(NamedTuple):
    """What `commit_changes` did, as POSIX paths relative to the root, in the order of the changes.

    Args:
        created: New files.
        edited: Files whose bytes or mode changed.
        deleted: Deleted files.
        created_directories: Folders that were created for the new files, parents first.
        notes: Sentences about what needs the user's attention; usually empty.
    """

    created: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    created_directories: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
