"""Caches manifests after they are parsed, checked against their schema and merged, which takes a tenth of a run.

The key is a digest of the texts, so an edited manifest is read and checked again.
"""

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

from geo_scaffold import __version__
from geo_scaffold.commit import Cache, digest
from geo_scaffold.kinds import KINDS

_KEPT: Final = Cache("manifests", most=32)


def cached(what: str, texts: Sequence[str], make: Callable[[], Any]) -> Any:
    """Return what is made from some texts, from the cache if an earlier run stored it.

    Args:
        what: Its sort, a part of the name of a file.
        texts: Everything that it depends on, besides this program.
        make: Returns it, as JSON values; if it raises, nothing is cached.
    """
    name = f"{what}-{digest(json.dumps([_program(), repr(KINDS), *texts]).encode())}.json"
    found = _KEPT.find(name)
    if found is not None:
        try:
            return json.loads(found)
        except ValueError:  # make it again
            pass
    made = make()
    with suppress(TypeError, ValueError):  # it has a value that JSON has not, such as a date
        _KEPT.keep(name, json.dumps(made, separators=(",", ":")).encode())
    return made


@cache
def _program() -> list[str]:
    """Return a fingerprint of the modules that read manifests: their sizes and modification times."""
    with os.scandir(Path(__file__).parent) as entries:
        modules = sorted((entry.name, entry.stat()) for entry in entries if entry.name.endswith(".py"))
    return [__version__, *(f"{name} {status.st_size} {status.st_mtime_ns}" for name, status in modules)]
