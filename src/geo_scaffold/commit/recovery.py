"""What a killed run, or a power cut, left behind is brought to one of its two ends."""

import os
from contextlib import suppress
from pathlib import Path

from geo_scaffold.commit import effects, files
from geo_scaffold.commit.ends import finish, roll_back
from geo_scaffold.commit.interrupts import Interrupts
from geo_scaffold.commit.journal import Bound, load
from geo_scaffold.commit.lock import locked
from geo_scaffold.commit.places import OWN_FOLDER, Place, places_left
from geo_scaffold.commit.siblings import Kind, Sibling, claim, find_siblings
from geo_scaffold.errors import BusyError, GeoScaffoldError, RecoveryError


def recover(root: Path) -> list[str]:
    """Recover from runs that died: every verb calls this before anything else.

    It looks for the journal of an edit to the tree that `root` is in, and for the hidden folders of `create_folder`
    and `remove_folder` whose targets are, or were, directly in `root`. What belongs to a run that is alive is left
    alone. Where there is nothing to do this costs a few system calls, and a tree that cannot be written to is no error.

    Args:
        root: The folder that the verb is about to work in.

    Returns:
        What was done, in sentences; empty if there was nothing to do.

    Raises:
        ConfinementError: The folder for the journal is a symbolic link out of the tree.
        RecoveryError: Something is to be recovered and cannot be; what can be said about it is in the message.
        InterruptedRunError: A signal came; the recovery is complete.
    """
    top = Path(os.path.realpath(root))
    places = places_left(top)
    siblings = find_siblings(top)
    if not places and not siblings:
        with suppress(OSError):  # a run may have died between making this folder and the one in it
            files.remove_if_empty(top / OWN_FOLDER)
        return []
    sentences = []
    with Interrupts() as interrupts:
        for place in places:
            sentences += _recover_place(place)
        for sibling in siblings:
            sentences += _recover_sibling(sibling)
        interrupts.check()
    return sentences


def _recover_place(place: Place) -> list[str]:
    was_pending = place.is_pending()
    try:
        with locked(place):
            done = load(place.done, place)
            undone = load(place.journal, place)
            sentences = []
            if done:
                sentences += _bring(done, place.done, "completed")
            if undone:
                sentences += _bring(undone, place.journal, "taken back")
            files.discard(place.draft)
            return sentences
    except BusyError:  # alive; a verb that wants to write will say so
        return []
    except OSError as error:
        if not was_pending:  # a lock or a draft of a journal: in nobody's way
            return []
        reason = error.strerror or str(error)
        raise RecoveryError(
            f"an interrupted run cannot be recovered: {error.filename or place.folder}: {reason}",
            path=str(place.folder),
            remedy="make the folder writable and run the command again",
        ) from error


def _bring(bound: Bound, journal: Path, outcome: str) -> list[str]:
    notes = finish(bound) if outcome == "completed" else roll_back(bound)
    effects.remove(journal)
    count = len(bound.items)
    return [f"an interrupted run was {outcome} ({count} file{'' if count == 1 else 's'})", *notes]


def _recover_sibling(sibling: Sibling) -> list[str]:
    try:
        descriptor = claim(sibling)
        if descriptor is None:
            return []
        try:
            if sibling.kind is Kind.OLD:
                return [_put_back(sibling)]
            files.remove_tree(sibling.path)
        finally:
            os.close(descriptor)
    except FileNotFoundError:  # its owner, or another start, was faster
        return []
    except GeoScaffoldError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise RecoveryError(
            f"{sibling.path} is left of an interrupted run and cannot be removed: {reason}",
            path=str(sibling.path),
            remedy="make its folder writable and run the command again, or remove it by hand",
        ) from error
    if sibling.kind is Kind.NEW:
        return [f"an unfinished folder of an interrupted run was removed ({sibling.path.name})"]
    return [f"the removal of {sibling.target.name} was completed"]


def _put_back(sibling: Sibling) -> str:
    """Undo a removal that was not decided yet: the folder may hold what a person had just saved."""
    target = sibling.target
    if files.exists(target):
        target = target.with_name(f"{target.name}{sibling.path.name.rpartition('.geo-scaffold-old')[2]}")
    effects.rename(sibling.path, target)
    return f"{target.name} was put back: its removal was interrupted"
