"""Rolls back or completes what a killed run, or a power cut, left behind.

It acts only on what a run of this user on this machine left. A checkout, or somebody else, may bring a journal too, or
a folder with such a name: that is reported, and recovered only if the user has seen it and wants it.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from geo_scaffold.commit import effects, files
from geo_scaffold.commit.completion import finish, roll_back, steps_back
from geo_scaffold.commit.interrupts import Interrupts
from geo_scaffold.commit.journal import Bound, load
from geo_scaffold.commit.lock import is_held, locked
from geo_scaffold.commit.owners import is_own_folder
from geo_scaffold.commit.places import OWN_FOLDER, Place, places_left
from geo_scaffold.commit.siblings import Purpose, Sibling, claim, find_siblings
from geo_scaffold.commit.tracked import is_tracked
from geo_scaffold.errors import BusyError, GeoScaffoldError, RecoveryError


class Leftovers(StrEnum):
    """How much a run left."""

    BETWEEN = "between"
    """The tree may be neither as before the run nor as after it."""
    RUNNING = "running"
    """The same, and the run is still working."""
    REST = "rest"
    """Only something to clean up; the tree is as before the run, or as after it."""


class Unfinished(NamedTuple):
    """What an unfinished run left.

    Args:
        path: Its journal, or the hidden folder.
        left: How much that is.
        sentence: The message about it.
        doubt: Why it may not be from a run of this user on this machine; empty if it is.
        steps: What a recovery would do, in lines; empty for a journal that cannot be used.
    """

    path: Path
    left: Leftovers
    sentence: str
    doubt: str
    steps: tuple[str, ...]


def unfinished(root: Path, *, of: Path | None = None) -> list[Unfinished]:
    """Return what runs left in and around a folder, without changing anything.

    Args:
        root: The folder that a verb is about to work in.
        of: Only the hidden folders that belong to this one, or None for all in `root`.
    """
    top = Path(os.path.realpath(root))
    found = [each for place in places_left(top) for each in _unfinished_in(place)] if of is None else []
    return [*found, *(_described(sibling) for sibling in _siblings(top, of) if _is_dead(sibling))]


def recover(root: Path, *, of: Path | None = None, doubted: bool = False) -> list[str]:
    """Recover from runs that died: every verb that writes calls this before anything else.

    It looks for the journal of an edit to the tree that `root` is in, and for the hidden folders of `create_folder` and
    `remove_folder` whose targets are, or were, directly in `root`. Anything of a live run is left alone. If there is
    nothing to do, this costs a few system calls, and a read-only tree is not an error.

    Args:
        root: The folder that the verb is about to work in.
        of: Only the hidden folders that belong to this one, or None for all.
        doubted: Also recover what may not be from a run of this user on this machine: they have seen it.

    Returns:
        What was done, in sentences; empty if there was nothing to do.

    Raises:
        ConfinementError: The folder for the journal is a symbolic link.
        RecoveryError: Something has to be recovered and cannot be, or may not be this user's; the message has the
            details.
        InterruptedRunError: A signal came; the recovery is complete.
    """
    top = Path(os.path.realpath(root))
    places = places_left(top) if of is None else []
    siblings = _siblings(top, of)
    if not places and not siblings:
        if of is None and is_own_folder(str(top / OWN_FOLDER)):
            with suppress(OSError):  # a run may have died after creating this folder and before the one in it
                files.remove_if_empty(top / OWN_FOLDER)
        return []
    sentences = []
    with Interrupts() as interrupts:
        for place in places:
            sentences += _recover_place(place, doubted=doubted)
        for sibling in siblings:
            if sibling.is_ours or doubted:
                sentences += _recover_sibling(sibling)
            elif _is_dead(sibling):
                sentences.append(_described(sibling).sentence)
        interrupts.check()
    return sentences


def _siblings(top: Path, of: Path | None) -> list[Sibling]:
    return [sibling for sibling in find_siblings(top) if of is None or sibling.target.name == of.name]


def _unfinished_in(place: Place) -> Iterator[Unfinished]:
    if not place.is_pending():
        return
    is_running = is_held(place)
    for path in (place.done, place.journal):
        try:
            bound = _load(path, place)
        except GeoScaffoldError as error:
            yield Unfinished(path, Leftovers.BETWEEN, error.message, "it cannot be used", ())
            continue
        if bound is None:
            continue
        if is_running:
            yield Unfinished(path, Leftovers.RUNNING, f"another run is writing to {place.top}", "", ())
            continue
        outcome = "is to be completed" if path == place.done else "is to be taken back"
        sentence = f"a run was interrupted and {outcome} ({_count(bound)})"
        yield Unfinished(
            path, Leftovers.BETWEEN, sentence, bound.doubt, tuple(steps_back(bound, done=path == place.done))
        )


def _load(path: Path, place: Place) -> Bound | None:
    bound = load(path, place)
    if bound and place.is_in_tree and is_tracked(path):
        return bound._replace(doubt="Git tracks it, so it came with the repository")
    return bound


def _recover_place(place: Place, *, doubted: bool) -> list[str]:
    if not place.is_pending() and not place.is_own():  # not ours, and harmless
        return []
    was_pending = place.is_pending()
    place.check()
    try:
        if was_pending and not doubted:  # before the lock: nothing may be written to what is not ours
            for path in (place.done, place.journal):
                _check_is_ours(path, _load(path, place))
        with locked(place):
            done = _load(place.done, place)
            undone = _load(place.journal, place)
            if not doubted:
                _check_is_ours(place.done, done)
                _check_is_ours(place.journal, undone)
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
        if not was_pending:  # a lock or a draft of a journal: harmless
            return []
        reason = error.strerror or str(error)
        raise RecoveryError(
            f"an interrupted run cannot be recovered: {error.filename or place.folder}: {reason}",
            path=str(place.folder),
            remedy="Make the folder writable and run the command again",
        ) from error


def _check_is_ours(path: Path, bound: Bound | None) -> None:
    if bound and bound.doubt:
        raise RecoveryError(
            f"{path} is the journal of an interrupted run that is not known to be yours on this machine"
            f" ({bound.doubt}); nothing was touched",
            path=str(path),
            remedy="Use --recover to see what it would do, or check the files with git and delete the journal",
        )


def _bring(bound: Bound, journal: Path, outcome: str) -> list[str]:
    notes = finish(bound) if outcome == "completed" else roll_back(bound)
    effects.remove(journal)
    return [f"an interrupted run was {outcome} ({_count(bound)})", *notes]


def _count(bound: Bound) -> str:
    count = len(bound.items)
    return f"{count} file{'' if count == 1 else 's'}"


def _is_dead(sibling: Sibling) -> bool:
    try:
        descriptor = claim(sibling)
    except OSError:
        return False
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is not None


def _described(sibling: Sibling) -> Unfinished:
    target, name = sibling.target.name, sibling.path.name
    if sibling.purpose is Purpose.OLD:
        left, sentence, step = Leftovers.BETWEEN, f"the removal of {target} was interrupted", f"put back {target}"
    elif sibling.purpose is Purpose.GONE:
        left, sentence, step = Leftovers.REST, f"the removal of {target} is not cleaned up", f"remove {name}"
    else:
        left, sentence, step = Leftovers.REST, f"an interrupted run left the unfinished folder {name}", f"remove {name}"
    if sibling.is_ours:
        return Unfinished(sibling.path, left, sentence, "", (step,))
    doubt = "it carries no seal of yours"
    return Unfinished(
        sibling.path,
        Leftovers.REST,
        f"{name} looks like a leftover of an interrupted run, and is not known to be yours ({doubt});"
        " it is left alone: --recover shows what would be done, or remove it",
        doubt,
        (step,),
    )


def _recover_sibling(sibling: Sibling) -> list[str]:
    try:
        descriptor = claim(sibling)
        if descriptor is None:
            return []
        try:
            if sibling.purpose is Purpose.OLD:
                return [_put_back(sibling)]
            files.remove_tree(sibling.path)
        finally:
            os.close(descriptor)
    except FileNotFoundError:  # its owner, or another run, was faster
        return []
    except GeoScaffoldError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise RecoveryError(
            f"{sibling.path} is left over from an interrupted run and cannot be removed: {reason}",
            path=str(sibling.path),
            remedy="Make its folder writable and run the command again, or remove it by hand",
        ) from error
    if sibling.purpose is Purpose.NEW:
        return [f"an unfinished folder of an interrupted run was removed ({sibling.path.name})"]
    return [f"the removal of {sibling.target.name} was completed"]


def _put_back(sibling: Sibling) -> str:
    """Undo a removal that was not decided yet: the folder may contain something that a person has just saved."""
    target = sibling.target
    if files.exists(target):
        target = target.with_name(f"{target.name}{sibling.path.name.rpartition('.geo-scaffold-old')[2]}")
    effects.rename(sibling.path, target)
    return f"{target.name} was put back: its removal was interrupted"
