"""Manifests as they were read before: parsed, checked against their schema and merged, which takes a tenth of a run.

What is kept is found by the texts that it was made from, so that a manifest somebody edits is read and checked again.
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


def kept(what: str, texts: Sequence[str], make: Callable[[], Any]) -> Any:
    """Return what was made from some texts, of an earlier run where one has kept it.

    Args:
        what: The sort of it, a part of the name of a file.
        texts: All that it depends on, beside this program.
        make: Makes it, as JSON holds it; what it raises is raised, and nothing is kept.
    """
    name = f"{what}-{digest(json.dumps([_program(), repr(KINDS), *texts]).encode())}.json"
    found = _KEPT.find(name)
    if found is not None:
        try:
            return json.loads(found)
        except ValueError:  # it is made again
            pass
    made = make()
    with suppress(TypeError, ValueError):  # it holds what JSON does not, such as a date
        _KEPT.keep(name, json.dumps(made, separators=(",", ":")).encode())
    return made


@cache
def _program() -> list[str]:
    """Return what is another list as soon as the modules that read manifests are others, by size and time of change."""
    with os.scandir(Path(__file__).parent) as entries:
        modules = sorted((each.name, each.stat()) for each in entries if each.name.endswith(".py"))
    return [__version__, *(f"{name} {status.st_size} {status.st_mtime_ns}" for name, status in modules)]
