"""A separate process for a checkout's own templates, with limited time, memory and text.

A template can cause endless work in more ways than a list could name: nested loops, macros that call themselves twice,
`10 ** (10 ** 10)`, widths of a thousand million, text doubled again and again; some of it during compilation, and some
in one C call that no signal handler can interrupt. The operating system can end all of it. The limit is CPU time, not
wall time, so a busy machine makes no difference.
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
"""How many characters one rendering may have; our longest has a few thousand."""
_FIRST_S: Final = 10.0
"""CPU seconds that all renderings together may take, however few they are."""
_EACH_S: Final = 0.25
"""CPU seconds that each rendering adds; one takes a few milliseconds."""
_MEMORY_BYTES: Final = 256 << 20
"""How much memory may be used beyond what the program has already."""
_UNKNOWN_SIZE: Final = 2 << 30
"""The program's memory, if the system does not tell."""


class LimitError(Exception):
    """Work that exceeded a limit."""


class Box:
    """Runs untrusted work, each piece in a separate process; all share one time limit."""

    def __init__(self) -> None:
        self._left = _FIRST_S

    def run(self, work: Callable[[], str]) -> str:
        """Do a piece of work and return its text; its changes in memory are lost.

        Args:
            work: The work.

        Raises:
            LimitError: It exceeded a limit.
            GeoScaffoldError: Whatever the work raises.
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
        os._exit(code)  # without the program's exit handlers


def _limit(seconds: float) -> None:
    _lower(resource.RLIMIT_CORE, 0, 0)
    most = max(1, math.ceil(seconds))
    _lower(resource.RLIMIT_CPU, most, most + 1)
    memory = _size() + _MEMORY_BYTES
    _lower(resource.RLIMIT_AS, memory, memory)


def _lower(which: int, soft: int, hard: int) -> None:
    """Lower a limit, if it is higher; a system without this limit has the others."""
    present = resource.getrlimit(which)
    soft, hard = (
        wanted if set_ == resource.RLIM_INFINITY else min(wanted, set_)
        for wanted, set_ in zip((soft, hard), present, strict=True)
    )
    with suppress(ValueError, OSError):
        resource.setrlimit(which, (soft, hard))


def _size() -> int:
    """Return how much address space the program uses, in bytes."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return _UNKNOWN_SIZE
