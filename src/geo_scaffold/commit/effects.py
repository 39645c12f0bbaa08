"""The calls that change the disk. Every public function here is exactly one call, and no other module makes any.

The tests wrap each function of this module, so that every single effect of a run can be made to fail, or to be the last
thing that a killed process did. `folder` is the descriptor of an open folder, to which the paths are relative.
"""

import os
from pathlib import Path

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LOCK = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


def create(path: Path, mode: int, folder: int | None = None) -> int:
    """Create a file that does not exist and return a descriptor to write to; the umask applies to `mode`.

    Args:
        path: Its path; only its name if a folder is given.
        mode: Its permission bits.
        folder: The descriptor of its folder.
    """
    return os.open(path, _CREATE, mode, dir_fd=folder)


def open_lock(path: Path) -> int:
    """Open a lock file, creating it if it is missing."""
    return os.open(path, _LOCK, 0o644)


def open_device(path: Path) -> int:
    """Open something that is not a regular file for writing."""
    return os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOCTTY)


def write(descriptor: int, content: bytes | memoryview) -> int:
    """Write as much as fits, and return how much that was."""
    return os.write(descriptor, content)


def change_mode(descriptor: int, mode: int) -> None:
    """Set the permission bits of an open file or folder."""
    os.fchmod(descriptor, mode)


def change_owner(descriptor: int, user: int, group: int) -> None:
    """Set the owner of an open file."""
    os.fchown(descriptor, user, group)


def set_attribute(descriptor: int, name: str, value: bytes) -> None:
    """Give an open file an extended attribute; an access control list is one.

    Args:
        descriptor: The descriptor of the file.
        name: Its name with the namespace, such as `user.comment`.
        value: Its value.
    """
    os.setxattr(descriptor, name, value)


def remove_attribute(descriptor: int, name: str) -> None:
    """Remove an extended attribute from an open file."""
    os.removexattr(descriptor, name)


def set_times(descriptor: int, accessed: int, modified: int) -> None:
    """Set the times of an open file, in nanoseconds."""
    os.utime(descriptor, ns=(accessed, modified))


def close(descriptor: int) -> None:
    """Close a file that was written: some file systems report a full disk only now."""
    os.close(descriptor)


def sync_open(descriptor: int) -> None:
    """Do the same as `sync` for an open file."""
    os.fsync(descriptor)


def sync(path: Path) -> None:
    """Wait until a file's bytes, or a folder's entries, would survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def link(source: Path, target: Path, folder: int | None = None) -> None:
    """Give a file a second name, which must not exist.

    Args:
        source: The path of the file; only its name if a folder is given.
        target: Its new path, likewise.
        folder: The descriptor of the folder of both.
    """
    os.link(source, target, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)


def rename(source: Path, target: Path, folder: int | None = None) -> None:
    """Rename, in one step; a file replaces a file, a folder only an empty folder.

    Args:
        source: The old path; only the name if a folder is given.
        target: The new path, likewise.
        folder: The descriptor of the folder of both.
    """
    os.rename(source, target, src_dir_fd=folder, dst_dir_fd=folder)


def remove(path: Path, folder: int | None = None) -> None:
    """Remove a file's name.

    Args:
        path: Its path; only its name if a folder is given.
        folder: The descriptor of its folder.
    """
    os.unlink(path, dir_fd=folder)


def make_directory(path: Path, mode: int = 0o777) -> None:
    """Make a folder that does not exist, in a folder that does; the umask applies to `mode`."""
    path.mkdir(mode)


def remove_directory(path: Path) -> None:
    """Remove an empty folder."""
    path.rmdir()
