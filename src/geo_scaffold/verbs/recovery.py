"""What interrupted runs have left around the folder that a verb works in: reported, or recovered."""

import os
from collections.abc import Iterator
from pathlib import Path

from geo_scaffold.checkout.target import find_checkout, folders_in, is_folder, is_strange
from geo_scaffold.commit import Unfinished, recover, unfinished
from geo_scaffold.receipt import FOLDER


def recover_around(into: Path, *, doubted: bool = False) -> list[str]:
    """Recover from runs that died: in the checkout, or in the folder and the standalone folders directly below it.

    Args:
        into: The folder that the user points to; one that does not exist has only what is beside it to recover.
        doubted: Do it too for what is not known to be of a run of this user on this machine.

    Returns:
        What was done, in sentences.

    Raises:
        GeoScaffoldError: Something is to be recovered and cannot be, or is in doubt.
    """
    return [sentence for folder, target in _places(into) for sentence in recover(folder, of=target, doubted=doubted)]


def unfinished_around(into: Path) -> list[Unfinished]:
    """Tell what `recover_around` would find, and change nothing.

    Args:
        into: The folder that the user points to.
    """
    return [each for folder, target in _places(into) for each in unfinished(folder, of=target)]


def _places(into: Path) -> Iterator[tuple[Path, Path | None]]:
    """Yield the folders to look into, each with the one whose hidden siblings alone count there, if so."""
    try:
        folder = Path(os.path.realpath(into))
    except OSError:  # the current folder is gone: the verb itself says so
        return
    checkout = find_checkout(folder)
    if checkout:
        yield checkout, None
        return
    try:
        is_whole = not folder.exists() or (folder / FOLDER).is_dir()
    except OSError:  # it may not be looked at: the verb itself says so, if it has to
        return
    yield folder, None
    if is_whole:  # it may itself be what was made or removed
        yield folder.parent, folder
    for below in folders_in(folder):
        if is_folder(below / FOLDER) and not is_strange(below):
            yield below, None
