"""Reading files, and the short sequences of effects that the rest is built from."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from geo_scaffold.commit import effects

NOT_A_FILE = "not a file"
"""What `fingerprint` returns for a folder, a symbolic link or a device: no hash equals it."""

NEW_FILE_MODE = 0o666
"""As in every editor, and in git: the umask decides what others get."""

_BLOCK = 1 << 16
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # NONBLOCK: a pipe must not hang the run
_ACCESS_LIST = "system.posix_acl_access"
_ATTRIBUTES_REFUSED = frozenset({errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS})
_LINKS_UNSUPPORTED = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EACCES})


def read(path: Path | str, *, most: int | None = None) -> tuple[bytes, os.stat_result] | None:
    """Read a regular file and its metadata, or return None if there is nothing.

    Args:
        path: The file.
        most: How many bytes it may have, or None for any number.

    Raises:
        OSError: It cannot be read; EISDIR for a folder, EINVAL for anything else that is not a file, EFBIG for a file
            that is larger.
    """
    try:
        descriptor = os.open(path, _READ)
    except FileNotFoundError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            code = errno.EISDIR if stat.S_ISDIR(status.st_mode) else errno.EINVAL
            raise OSError(code, os.strerror(code), str(path))
        if most is not None and status.st_size > most:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
        return content_of(descriptor, status.st_size), status
    finally:
        os.close(descriptor)


def content_of(descriptor: int, size: int) -> bytes:
    """Return the content of an open file; a file object would take three more system calls, for thousands of files.

    Args:
        descriptor: The file, at its beginning.
        size: Its size in bytes, from its metadata.
    """
    content = os.read(descriptor, size + 1)
    while len(content) != size and (more := os.read(descriptor, _BLOCK)):
        content += more
    return content


def read_start(path: Path | str, most: int) -> bytes:
    """Read the beginning of a file, links followed.

    Args:
        path: The file.
        most: How many bytes.

    Raises:
        OSError: It cannot be read; EINVAL for anything but a file, such as a pipe, which could block forever.
    """
    descriptor = os.open(path, _READ & ~os.O_NOFOLLOW)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
        return os.read(descriptor, most)
    finally:
        os.close(descriptor)


def digest(content: bytes) -> str:
    """Hash content for journal and receipt."""
    return hashlib.sha256(content).hexdigest()


def fingerprint(path: Path | str) -> str | None:
    """Hash a file; None if there is nothing, NOT_A_FILE for anything but a regular file."""
    content = _held_at(path)
    return digest(content) if isinstance(content, bytes) else content


def holds(path: Path | str, content: bytes | None) -> bool:
    """Tell whether a file has this content, or, for None, does not exist."""
    return _held_at(path) == content


def _held_at(path: Path | str) -> bytes | str | None:
    """Return the content of a file; None if there is nothing, NOT_A_FILE for anything but a regular file."""
    try:
        content = read(path)
    except OSError as error:
        if error.errno in (errno.EISDIR, errno.EINVAL, errno.ELOOP, errno.ENXIO):
            return NOT_A_FILE
        if error.errno == errno.ENOTDIR:
            return None
        raise
    return content[0] if content else None


def is_same(one: Path, other: Path) -> bool:
    """Tell whether two names are the same file on disk, without following links."""
    try:
        return os.path.samestat(one.lstat(), other.lstat())
    except OSError:
        return False


def exists(path: Path) -> bool:
    """Tell whether anything of this name exists, a dangling link included."""
    return os.path.lexists(path)


def write_new(
    path: Path,
    content: bytes,
    *,
    mode: int | None = None,
    like: os.stat_result | None = None,
    of: Path | None = None,
    creation_mode: int = NEW_FILE_MODE,
) -> list[str]:
    """Write a file that does not exist yet, without waiting for the disk.

    Args:
        path: Its path.
        content: Its bytes.
        mode: Permission bits, exactly; None for those of `like`.
        like: The file that this one will replace: its owner is kept if allowed.
        of: Its path: its access control list and extended attributes are kept.
        creation_mode: Permission bits less the umask, if there is neither `mode` nor `like`.

    Returns:
        What could not be kept of the other file, in words.
    """
    lost: list[str] = []
    if mode is None and like is not None:
        mode = stat.S_IMODE(like.st_mode)
    try:
        # Never readable by more people than the final file, not even for a moment.
        descriptor = effects.create(path, creation_mode if mode is None else mode & 0o700)
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[effects.write(descriptor, rest) :]
            if like is not None:
                lost += _keep_owner(descriptor, like)
            if of is not None:
                lost += _keep_attributes(descriptor, of)
            if mode is not None:  # last: changing the owner clears set-user-id, and an ACL sets the group's bits
                effects.change_mode(descriptor, mode)
        except BaseException:
            with suppress(OSError):
                os.close(descriptor)
            raise
        effects.close(descriptor)
    except OSError as error:
        error.filename = error.filename or str(path)  # calls on a descriptor do not set it
        raise
    return lost


def _keep_owner(descriptor: int, like: os.stat_result) -> list[str]:
    status = os.fstat(descriptor)
    if (status.st_uid, status.st_gid) == (like.st_uid, like.st_gid):
        return []
    for user in (like.st_uid, -1):  # only root may give files away; the group may be one of the user's
        try:
            effects.change_owner(descriptor, user, like.st_gid)
        except PermissionError:
            continue
        return [] if user == like.st_uid else [f"its owner (user {like.st_uid})"]
    return [f"its owner (user {like.st_uid}, group {like.st_gid})"]


def _keep_attributes(descriptor: int, of: Path) -> list[str]:
    """Give an open file the extended attributes of another one, and remove an ACL inherited from its folder."""
    try:
        wanted, found = os.listxattr(of, follow_symlinks=False), os.listxattr(descriptor)
    except (OSError, AttributeError):  # not supported by the file system, or the system
        return []
    lost = []
    for name in wanted:
        value = os.getxattr(of, name, follow_symlinks=False)
        if name in found and os.getxattr(descriptor, name) == value:
            continue
        try:
            effects.set_attribute(descriptor, name, value)
        except OSError as error:
            if error.errno not in _ATTRIBUTES_REFUSED:
                raise
            lost.append(f"its attribute {name}")
    if _ACCESS_LIST in found and _ACCESS_LIST not in wanted:
        effects.remove_attribute(descriptor, _ACCESS_LIST)
    return lost


def keep(target: Path, kept: Path, copy: Path, *, durable: bool) -> None:
    """Give the current bytes of a file a second name, so that the first can be replaced.

    Args:
        target: The file.
        kept: Its second name.
        copy: The temporary name of a copy if hard links are not possible: `kept` is never half a file.
        durable: Wait until the copy is on disk.
    """
    try:
        effects.link(target, kept)
        return
    except OSError as error:
        if error.errno not in _LINKS_UNSUPPORTED:
            raise
    found = read(target)
    if found is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(target))
    content, status = found
    write_new(copy, content, like=status, of=target)
    descriptor = os.open(copy, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        effects.set_times(descriptor, status.st_atime_ns, status.st_mtime_ns)
    finally:
        os.close(descriptor)
    if durable:
        effects.sync(copy)
    effects.rename(copy, kept)


def place(source: Path, target: Path) -> None:
    """Rename a file to a name that must not exist, so that nothing put there meanwhile is lost.

    Raises:
        FileExistsError: The name exists.
    """
    try:
        effects.link(source, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _LINKS_UNSUPPORTED:
            raise
        if exists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        effects.rename(source, target)
    else:
        effects.remove(source)


def discard(path: Path) -> None:
    """Remove a file if it exists."""
    if exists(path):
        effects.remove(path)


def remove_if_empty(path: Path) -> bool:
    """Remove a folder if it exists and is empty, and tell whether it was removed."""
    try:
        if not stat.S_ISDIR(path.lstat().st_mode):
            return False
        with os.scandir(path) as entries:
            if next(entries, None) is not None:
                return False
        effects.remove_directory(path)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise
    return True


def remove_tree(path: Path) -> None:
    """Remove one of our folders with everything in it; links are removed, not followed."""
    with os.scandir(path) as entries:
        names = list(entries)
    for entry in names:
        if entry.is_dir(follow_symlinks=False):
            remove_tree(Path(entry.path))
        else:
            effects.remove(Path(entry.path))
    effects.remove_directory(path)


def start_writing(paths: Iterable[Path]) -> None:
    """Make the kernel start writing new files to disk, before each of them is waited for.

    It guarantees nothing. But every `sync` of a file whose blocks are not yet allocated commits the file system's
    journal; after this, the first commit covers most of the files. (dpkg does the same.)
    """
    for path in paths if hasattr(os, "posix_fadvise") else ():  # macOS has none
        descriptor = os.open(path, _READ)
        try:
            with suppress(OSError):  # only advice
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def sync_all(paths: Iterable[Path]) -> None:
    """Wait until many files or folders are on disk, except those that no longer exist."""
    for path in dict.fromkeys(paths):
        if exists(path):
            effects.sync(path)
