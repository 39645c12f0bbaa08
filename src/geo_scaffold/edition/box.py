"""A separate process for a checkout's own templates, with limited time, memory and text.

A template can ask for work without end in more ways than a list could name: loops in loops, macros that call
themselves twice, `10 ** (10 ** 10)`, widths of a thousand million, text doubled again and again; some of it while it is
compiled, and some in one call of C that no signal handler interrupts. The system can end all of it. What is counted is
time of the processor, not of a clock, so that a busy machine changes nothing.
"""

import math
import os
import pickle
import resource
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NoReturn

from geo_scaffold.errors import GeoScaffoldError

MOST_TEXT: Final = 1 << 20
"""Characters that one rendering may have; the longest of ours has some thousands."""
_FIRST_S: Final = 10.0
"""Seconds of the processor that all renderings together may take, however few they are."""
_EACH_S: Final = 0.25
"""Seconds that each of them adds to that; one takes some thousandths."""
_MEMORY_BYTES: Final = 256 << 20
"""How much may be taken beyond what the program has already."""
_UNKNOWN_SIZE: Final = 2 << 30
"""What the program has, where the system does not tell."""


class LimitError(Exception):
    """Work that took more than it may."""


class Box:
    """Does pieces of work that nobody trusts, each in a process that ends with it; they share one allowance of time."""

    def __init__(self) -> None:
        self._left = _FIRST_S

    def run(self, work: Callable[[], str]) -> str:
        """Do a piece of work and return its text; what it changes in memory is not seen here.

        Args:
            work: What is done.

        Raises:
            LimitError: It took more than it may.
            GeoScaffoldError: What the work raises.
        """
        self._left += _EACH_S
        if self._left <= 0:
            raise LimitError("it takes too long")
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _work(work, writing, self._left)
        os.close(writing)
        try:
            with os.fdopen(reading, "rb") as pipe:
                content = pipe.read()
        except BaseException:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise
        _, status, used = os.wait4(child, 0)
        self._left -= used.ru_utime + used.ru_stime
        return _result(content, os.waitstatus_to_exitcode(status))


def _result(content: bytes, code: int) -> str:
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        raise LimitError("it takes too long")
    if code != 0:
        raise LimitError("it needs more than the program can do")
    result: Any = pickle.loads(content)  # noqa: S301 - of our own process, a moment ago
    if isinstance(result, Exception):
        raise result
    return str(result)


def _work(work: Callable[[], str], writing: int, seconds: float) -> NoReturn:
    code = 1
    try:
        _limit(seconds)
        try:
            result: object = work()
            if isinstance(result, str) and len(result) > MOST_TEXT:
                result = LimitError(f"it produces more than {MOST_TEXT >> 20} MiB of text")
        except MemoryError:
            result = LimitError("it needs too much memory")
        except (GeoScaffoldError, LimitError) as error:
            result = error
        except Exception as error:
            result = RuntimeError(f"{type(error).__name__}: {error}")
        content = pickle.dumps(result)
        while content:
            content = content[os.write(writing, content) :]
        code = 0
    finally:
        os._exit(code)  # nothing of what the program would do at its end


def _limit(seconds: float) -> None:
    _lower(resource.RLIMIT_CORE, 0, 0)
    most = max(1, math.ceil(seconds))
    _lower(resource.RLIMIT_CPU, most, most + 1)
    memory = _size() + _MEMORY_BYTES
    _lower(resource.RLIMIT_AS, memory, memory)


def _lower(which: int, soft: int, hard: int) -> None:
    """Set a limit, where that is lower than what is set; a system without it has the others."""
    present = resource.getrlimit(which)
    soft, hard = (
        wanted if set_ == resource.RLIM_INFINITY else min(wanted, set_)
        for wanted, set_ in zip((soft, hard), present, strict=True)
    )
    with suppress(ValueError, OSError):
        resource.setrlimit(which, (soft, hard))


def _size() -> int:
    """Return how much address space the program has taken, in bytes."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return _UNKNOWN_SIZE
