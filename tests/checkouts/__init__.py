"""Small checkouts: every file that has entries, in the shape of the real one, irregularities too, with invented types.

`gitlab-16` and `gitlab-18` beside this file are the trees; tests copy them, and change what they are about.
"""

from collections.abc import Mapping
from pathlib import Path


def _files(name: str) -> Mapping[str, str]:
    """Return the text of each file of a tree by its path, in the order of the paths."""
    root = Path(__file__).parent / name
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


CHECKOUTS: Mapping[str, Mapping[str, str]] = {
    path.name.removeprefix("gitlab-"): _files(path.name) for path in sorted(Path(__file__).parent.glob("gitlab-*"))
}
"""By the edition that fits them."""
CHECKOUT_16 = CHECKOUTS["16"]
CHECKOUT_18 = CHECKOUTS["18"]
