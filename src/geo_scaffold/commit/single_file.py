"""Writes one file outside of any plan, such as a report, completely or not at all."""

import errno
import os
import re
import select
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from geo_scaffold.commit import effects
from geo_scaffold.commit.failure import explain
from geo_scaffold.commit.files import read, write_new
from geo_scaffold.commit.owners import is_own
from geo_scaffold.commit.siblings import is_alive, process_of, token_for
from geo_scaffold.errors import WriteError

_MARK: Final = ".geo-scaffold-out-"
_STREAMS: Final = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
# What a shell passes for `>(command)`: a descriptor that is open already, not a file to replace.
_DESCRIPTOR: Final = re.compile(r"/(?:dev/fd|proc/(?:self|thread-self)/fd)/(\d{1,6})", re.ASCII)
_MOST_LINKS: Final = 40

_REMEDY: Final = "Make sure that it can be written to, or give another file"


def descriptor_of(path: Path) -> int | None:
    """Return the descriptor that a path such as `/dev/stdout` or `/dev/fd/3` means, or None if it means none.

    Args:
        path: A path, or a link to such a path.
    """
    text = os.path.abspath(path)  # noqa: PTH100 - Path.absolute keeps what leads upwards
    for _ in range(_MOST_LINKS):
        if text in _STREAMS:
            return _STREAMS[text]
        if found := _DESCRIPTOR.fullmatch(text):
            return int(found[1])
        try:
            text = os.path.normpath(Path(text).parent / os.readlink(text))  # noqa: PTH115 - as above
        except OSError:  # not a link
            return None
    return None


def write_file(path: Path, content: bytes) -> list[str]:
    """Write a file, whether it exists or not; its folder must exist.

    Anything but a regular file, such as `/dev/null` or a pipe, is written to directly, and so is an open file.

    Args:
        path: The file.
        content: Its bytes.

    Returns:
        What could not be kept of the previous file, in sentences.

    Raises:
        WriteError: It cannot be written; a previous file is unchanged.
        InterruptedRunError: The user stopped it.
    """
    temporary = None
    try:
        number = descriptor_of(path)
        if number is not None:
            _write_to(os.dup(number), content, path)
            return []
        place = Path(os.path.realpath(path))
        if place.exists() and not place.is_file() and not place.is_dir():
            _write_to(effects.open_device(place), content, path)
            return []
        _clear_up(place.parent)
        name = place.name[:50]
        before = read(place)
        temporary = place.with_name(f".{name}{_MARK}{token_for(name)}")
        lost = write_new(temporary, content, like=before[1] if before else None, of=place if before else None)
        effects.rename(temporary, place)
    except (OSError, KeyboardInterrupt) as error:
        if temporary:
            with suppress(OSError):
                effects.remove(temporary)
        if isinstance(error, OSError):
            error.filename = error.filename or str(path)  # calls on a descriptor do not set it
        raise explain(error, lambda _: str(path)) from error
    return [f"{path} could not keep {', '.join(lost)}"] if lost else []


def _clear_up(folder: Path) -> None:
    """Remove the temporary files that killed runs of this user left here."""
    with suppress(OSError):
        with os.scandir(folder) as entries:
            found = [entry.name for entry in entries if _MARK in entry.name]
        for name in found:
            start, _, token = name.rpartition(_MARK)
            owner = process_of(token, start[1:]) if start.startswith(".") else None
            status = (folder / name).lstat()
            if owner and owner[1] and stat.S_ISREG(status.st_mode) and is_own(status) and not is_alive(owner[0]):
                effects.remove(folder / name)


def _write_to(descriptor: int, content: bytes, path: Path) -> None:
    """Write to an open file: what was written before an error cannot be taken back, and the error says so."""
    rest = memoryview(content)
    try:
        while rest:
            try:
                rest = rest[effects.write(descriptor, rest) :]
            except BlockingIOError:
                select.select([], [descriptor], [])
        effects.close(descriptor)
    except OSError as error:
        with suppress(OSError):
            os.close(descriptor)
        how_far = f"{len(content) - len(rest)} of {len(content)} bytes were written"
        reason = "nobody reads it any more" if error.errno == errno.EPIPE else error.strerror
        raise WriteError(f"cannot write {path}: {reason}; {how_far}", path=str(path), remedy=_REMEDY) from error
