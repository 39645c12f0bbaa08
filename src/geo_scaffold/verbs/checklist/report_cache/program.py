"""This program, as far as a report depends on it."""

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import geo_scaffold
from geo_scaffold.edition.sources import templates_root

_SUFFIXES: Final = (".py", ".j2", ".toml")


@cache
def state_of_program() -> str:
    """Return a text that changes whenever the program or its templates do, by a new version or an edit.

    An edit shows in size and time, for people who work on the program itself and run it from a work tree.
    """
    package = Path(geo_scaffold.__file__).parent
    files = sorted({*_files(package), *_files(templates_root())})
    return "\n".join([geo_scaffold.__version__, sys.version, *files])


def _files(folder: Path) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(Path(entry.path))
            elif entry.name.endswith(_SUFFIXES):
                status = entry.stat()
                yield f"{entry.path} {status.st_size} {status.st_mtime_ns}"
