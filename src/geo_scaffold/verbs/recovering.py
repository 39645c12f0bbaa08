"""Recovery around the folder that a verb works in, before it does anything else."""

import os
from pathlib import Path

from geo_scaffold.commit import recover
from geo_scaffold.receipt import FOLDER
from geo_scaffold.verbs.target import find_checkout, folders_in


def recover_around(into: Path) -> list[str]:
    """Recover from runs that died: in the checkout, or in the folder and the standalone folders directly below it.

    Args:
        into: The folder that the user points to; one that does not exist has nothing to recover.

    Returns:
        What was done, in sentences.

    Raises:
        GeoScaffoldError: Something is to be recovered and cannot be.
    """
    try:
        folder = Path(os.path.realpath(into))
    except OSError:  # the current folder is gone: the verb itself says so
        return []
    checkout = find_checkout(folder)
    if checkout:
        return recover(checkout)
    sentences = recover(folder)
    for below in folders_in(folder):
        if (below / FOLDER).is_dir():
            sentences += recover(below)
    return sentences
