"""Reports or recovers what interrupted runs have left around the folder that a verb works in."""

import os
from collections.abc import Iterator
from pathlib import Path

from geo_scaffold.checkout.target import find_checkout, folders_in, is_folder, is_strange
from geo_scaffold.commit import Unfinished, recover, unfinished
from geo_scaffold.receipt import FOLDER


def recover_around(into: Path, *, doubted: bool = False) -> list[str]:
    """Recover from runs that died: in the checkout, or in the folder and the standalone folders directly below it.

    Args:
        into: The folder given by the user; if it does not exist, only what is next to it is recovered.
        doubted: Also recover what may not be from a run of this user on this machine.

    Returns:
        What was done, in sentences.

    Raises:
        GeoScaffoldError: Something has to be recovered and cannot be, or is in doubt.
    """
    return [sentence for folder, target in _places(into) for sentence in recover(folder, of=target, doubted=doubted)]


def unfinished_around(into: Path) -> list[Unfinished]:
    """Return what `recover_around` would recover, without changing anything.

    Args:
        into: The folder given by the user.
    """
    return [each for folder, target in _places(into) for each in unfinished(folder, of=target)]


def _places(into: Path) -> Iterator[tuple[Path, Path | None]]:
    """Yield the folders to search, each with the folder to whose hidden siblings the search is limited, if any."""
    try:
        folder = Path(os.path.realpath(into))
    except OSError:  # the current folder no longer exists: the verb itself reports it
        return
    checkout = find_checkout(folder)
    if checkout:
        yield checkout, None
        return
    try:
        is_whole = not folder.exists() or (folder / FOLDER).is_dir()
    except OSError:  # it is not accessible: the verb itself reports it if necessary
        return
    yield folder, None
    if is_whole:  # it may itself be what was created or removed
        yield folder.parent, folder
    for below in folders_in(folder):
        if is_folder(below / FOLDER) and not is_strange(below):
            yield below, None
