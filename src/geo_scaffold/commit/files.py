"""Reading files, and the small sequences of effects that the rest is made of."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from geo_scaffold.commit import effects

NOT_A_FILE = "not a file"
"""What `fingerprint` says of a folder, a symbolic link or a device: no hash is equal to it."""

NEW_FILE_MODE = 0o666
"""As every editor has it, and git: the umask says what of that others get."""

_BLOCK = 1 << 16
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # NONBLOCK: a pipe must not hang the run
_ACCESS_LIST = "system.posix_acl_access"
_ATTRIBUTES_REFUSED = frozenset({errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS})
_LINKS_UNSUPPORTED = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EACCES})


def read(path: Path | str, *, most: int | None = None) -> tuple[bytes, os.stat_result] | None:
    """Read a regular file and its metadata; None where there is nothing.

    Args:
        path: The file.
        most: How many bytes it may have; None: any number.

    Raises:
        OSError: It cannot be read; EISDIR for a folder, EINVAL for what is neither file nor folder, EFBIG for a file
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
    """Return what an open file holds; a file object would take three more calls of the system, of thousands of files.

    Args:
        descriptor: The file, at its beginning.
        size: How many bytes it is said to have.
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
        OSError: It cannot be read; EINVAL for what is no file, such as a pipe, which could be waited for without end.
    """
    descriptor = os.open(path, _READ & ~os.O_NOFOLLOW)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
        return os.read(descriptor, most)
    finally:
        os.close(descriptor)


def digest(content: bytes) -> str:
    """Hash content as journal and receipt record it."""
    return hashlib.sha256(content).hexdigest()


def fingerprint(path: Path | str) -> str | None:
    """Hash a file; None where there is nothing, NOT_A_FILE for what is no regular file."""
    try:
        found = read(path)
    except OSError as error:
        if error.errno in (errno.EISDIR, errno.EINVAL, errno.ELOOP, errno.ENXIO):
            return NOT_A_FILE
        if error.errno == errno.ENOTDIR:
            return None
        raise
    return digest(found[0]) if found else None


def is_same(one: Path, other: Path) -> bool:
    """Whether two names are the same file on disk, links not followed."""
    try:
        return os.path.samestat(one.lstat(), other.lstat())
    except OSError:
        return False


def exists(path: Path) -> bool:
    """Whether there is anything of this name, a dangling link included."""
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
        path: Where.
        content: Its bytes.
        mode: Permission bits, exactly; None: those of `like`.
        like: The file that this one will replace: its owner is kept where that is allowed.
        of: Its path: its access control list and extended attributes are kept.
        creation_mode: Permission bits less the umask, if there is neither `mode` nor `like`.

    Returns:
        What of the other file could not be kept, in words.
    """
    lost: list[str] = []
    if mode is None and like is not None:
        mode = stat.S_IMODE(like.st_mode)
    try:
        # Never readable by more people than the final file is, not even for a moment.
        descriptor = effects.create(path, creation_mode if mode is None else mode & 0o700)
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[effects.write(descriptor, rest) :]
            if like is not None:
                lost += _keep_owner(descriptor, like)
            if of is not None:
                lost += _keep_attributes(descriptor, of)
            if mode is not None:  # last: a new owner takes the set-user-id bit away, a list sets the group's
                effects.change_mode(descriptor, mode)
        except BaseException:
            with suppress(OSError):
                os.close(descriptor)
            raise
        effects.close(descriptor)
    except OSError as error:
        error.filename = error.filename or str(path)  # calls on a descriptor do not know it
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
    """Give an open file the extended attributes of another one; a list that its folder gave it goes."""
    try:
        wanted, found = os.listxattr(of, follow_symlinks=False), os.listxattr(descriptor)
    except (OSError, AttributeError):  # this file system, or this system, has none
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
    """Give the present bytes of a file a second name, so that the first can be replaced.

    Args:
        target: The file.
        kept: Its second name.
        copy: The name under which a copy grows where hard links are not possible: `kept` is never half a file.
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
    """Rename a file to a name that must not exist, and so never lose what somebody put there meanwhile.

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
    """Remove a file if it is there."""
    if exists(path):
        effects.remove(path)


def remove_if_empty(path: Path) -> bool:
    """Remove a folder if it is there and empty, and say whether it is gone by this."""
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
    """Remove a folder of ours with all that is in it; links are removed, not followed."""
    with os.scandir(path) as entries:
        found = list(entries)
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            remove_tree(Path(entry.path))
        else:
            effects.remove(Path(entry.path))
    effects.remove_directory(path)


def start_writing(paths: Iterable[Path]) -> None:
    """Let the kernel begin to write new files out, before each of them is waited for.

    It promises nothing, but a `sync` that finds its file's blocks not yet allocated is a commit of the file system's
    journal of its own; after this, the first one stands for most of them. (dpkg does the same.)
    """
    for path in paths if hasattr(os, "posix_fadvise") else ():  # macOS has none
        descriptor = os.open(path, _READ)
        try:
            with suppress(OSError):  # an advice only
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def sync_all(paths: Iterable[Path]) -> None:
    """Wait for many files or folders; what is no longer there needs no waiting."""
    for path in dict.fromkeys(paths):
        if exists(path):
            effects.sync(path)
