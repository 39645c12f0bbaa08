"""One file outside of any plan, such as a report: all of it, or what was there before."""

import os
from contextlib import suppress
from pathlib import Path

from geo_scaffold.commit import effects
from geo_scaffold.commit.failure import explain
from geo_scaffold.commit.files import read, write_new


def write_file(path: Path, content: bytes) -> None:
    """Let a file hold some bytes, whether it exists or not; its folder must exist.

    What is no regular file, such as `/dev/null`, is written to as it is.

    Args:
        path: The file.
        content: Its bytes.

    Raises:
        WriteError: It cannot be written; the file is as it was.
        InterruptedRunError: The user stopped it.
    """
    place = Path(os.path.realpath(path))
    temporary = place.with_name(f".{place.name[:50]}.geo-scaffold-{os.getpid()}-{os.urandom(4).hex()}")
    try:
        if place.exists() and not place.is_file() and not place.is_dir():
            _write_to(place, content)
            return
        before = read(place)
        write_new(temporary, content, like=before[1] if before else None)
        effects.rename(temporary, place)
    except (OSError, KeyboardInterrupt) as error:
        with suppress(OSError):
            effects.remove(temporary)
        raise explain(error, lambda _: str(path)) from error


def _write_to(place: Path, content: bytes) -> None:
    descriptor = effects.open_device(place)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[effects.write(descriptor, rest) :]
    finally:
        effects.close(descriptor)
