"""Whether Git tracks a file that only a run could have left: then it came with the repository.

The index is parsed here, without running Git: a repository's configuration could make it run programs.
"""

import os
from pathlib import Path
from typing import Final

from geo_scaffold.commit import files

_MOST_OF_A_LINK: Final = 1 << 12
"""The longest file `.git` that names the git dir, in bytes."""
_VERSION: Final = slice(4, 8)
_CUT_NAMES: Final = 4
"""The version of the index whose paths are compressed by the prefix shared with the previous one."""


def is_tracked(path: Path) -> bool:
    """Tell whether a repository around a file tracks it, or may do so.

    Args:
        path: The file, below a folder of ours in the root of a tree.
    """
    for top in path.parents:
        entry = top / ".git"
        if os.path.lexists(entry):
            return _has(_index_of(entry), path)
    return False


def _index_of(entry: Path) -> Path:
    try:
        text = os.fsdecode(files.read_start(entry, _MOST_OF_A_LINK)) if entry.is_file() else ""
    except OSError:
        text = ""
    return (entry.parent / text.removeprefix("gitdir:").strip() if text.startswith("gitdir:") else entry) / "index"


def _has(index: Path, path: Path) -> bool:
    try:
        found = files.read(index)
    except OSError:  # cannot tell
        return True
    if found is None:  # nothing is tracked
        return False
    content = found[0]
    is_cut = int.from_bytes(content[_VERSION], "big") >= _CUT_NAMES
    return os.fsencode(path.name if is_cut else "/".join(path.parts[-3:])) in content
