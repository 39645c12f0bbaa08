"""Runs pieces of work on several cores: each process takes the next piece that none has begun.

A helper is a fork of this process, so it knows everything that is known when the work begins. What it does not deliver,
because it failed or was killed, is done here, where errors are raised as if there were no helpers.
"""

import os
import pickle
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from select import PIPE_BUF
from typing import Final, Generic, NamedTuple, NoReturn, TypeVar

Done = TypeVar("Done")
Known = TypeVar("Known")

_LEAST: Final = 8
"""How many pieces a process needs to be worth its start, and what it has to compute again."""
_MOST: Final = 4
"""The maximum number of processes: CPU affinity does not show how many cores a container may use."""
_NUMBER: Final = 2
"""The size of a piece's number, in bytes."""


class Shared(NamedTuple, Generic[Done, Known]):
    """The results of several processes.

    Args:
        done: The result of each piece, in order.
        known: What each helper knew at its end.
    """

    done: list[Done]
    known: list[Known]


def processes_for(pieces: int) -> int:
    """Return how many processes are worth their start; one if the number of cores is unknown.

    Args:
        pieces: How many pieces of work there are.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    fits = pieces * _NUMBER <= PIPE_BUF  # all numbers are in the pipe before anybody reads
    return max(1, min(cores, _MOST, pieces // _LEAST)) if fits else 1


def shared_out(
    do: Callable[[int], Done],
    own: Sequence[int],
    others: Sequence[int],
    *,
    processes: int,
    know: Callable[[], Known],
    progress: Callable[[int], None],
) -> Shared[Done, Known]:
    """Do pieces of work, and return their results.

    Args:
        do: Does the piece with a number; its changes in memory stay in its process.
        own: The pieces that this process does itself, before the others.
        others: The pieces that any process may do.
        processes: How many processes there are, including this one.
        know: Returns what a helper reports at its end, besides its results.
        progress: Receives how many pieces were begun, before each one done here.
    """
    if processes == 1:
        own, others = [*own, *others], []
    # Before forking, so that each helper knows what all pieces share, and before the first progress: a thread moves the
    # bar, and a fork does not have it.
    done = {number: do(number) for number in (own or others)[:1]}
    own, others = ([number for number in each if number not in done] for each in (own, others))
    queue, filling = os.pipe()
    os.write(filling, b"".join(number.to_bytes(_NUMBER) for number in range(len(others))))
    os.close(filling)
    helpers: list[_Helper[Done, Known]] = []
    known: list[Known] = []
    try:
        for _ in range(processes - 1):
            with suppress(OSError):  # the system may allow no more processes
                helpers.append(_Helper(lambda: _report_of(do, others, queue, know)))
        for number in own:
            progress(len(done))
            done[number] = do(number)
        before = len(done)
        while (taken := _next(queue)) is not None:
            progress(before + taken)
            done[others[taken]] = do(others[taken])
        for helper in helpers:
            if (result := helper.result()) is not None:
                done |= result[0]
                known.append(result[1])
    finally:
        os.close(queue)
        for helper in helpers:
            helper.end()
    for number in others:
        if number not in done:
            done[number] = do(number)
    return Shared([done[number] for number in sorted(done)], known)


def _next(queue: int) -> int | None:
    """Take the number of the next piece, or None if all are begun."""
    taken = os.read(queue, _NUMBER)  # complete: nobody reads or writes a part of one
    return int.from_bytes(taken) if taken else None


def _report_of(
    do: Callable[[int], Done], others: Sequence[int], queue: int, know: Callable[[], Known]
) -> tuple[dict[int, Done], Known]:
    """Return a helper's report: its results until nothing was left or something failed, and what it knows then."""
    parent, done = os.getppid(), dict[int, Done]()
    with suppress(Exception):  # this piece raises it again where it is reported
        while os.getppid() == parent and (taken := _next(queue)) is not None:
            done[others[taken]] = do(others[taken])
    return done, know()


class _Helper(Generic[Done, Known]):
    """A process that is a fork of this one.

    Args:
        work: Its work, which returns its report; then it exits, without running anything else.
    """

    def __init__(self, work: Callable[[], tuple[dict[int, Done], Known]]) -> None:
        self._reading, writing = os.pipe()
        try:
            self._process = os.fork()
            if self._process == 0:
                _work(work, self._reading, writing)
        except OSError:
            os.close(self._reading)
            raise
        finally:
            os.close(writing)

    def result(self) -> tuple[dict[int, Done], Known] | None:
        """Return its report, or None if it was killed before."""
        with os.fdopen(self._reading, "rb", closefd=False) as pipe:
            content = pipe.read()
        try:
            told: tuple[dict[int, Done], Known] = pickle.loads(content)  # noqa: S301 - of our own process, a moment ago
        except (EOFError, pickle.UnpicklingError):
            return None
        return told

    def end(self) -> None:
        """Stop it, whether it has finished or not."""
        os.close(self._reading)
        with suppress(ProcessLookupError, ChildProcessError):  # they are already reaped if SIGCHLD is ignored
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)


def _work(work: Callable[[], object], reading: int, writing: int) -> NoReturn:
    try:
        os.close(reading)  # otherwise it would wait forever if its parent is killed: there would be a reader, itself
        content = pickle.dumps(work())
        while content:
            content = content[os.write(writing, content) :]
    finally:
        os._exit(0)  # without the program's exit handlers; the parent reports Ctrl-C
