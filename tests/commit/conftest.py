import os
import signal
from collections.abc import Iterator
from types import FrameType

import pytest

from .harness import SIGNALS


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Signals that are not deferred fail the test, instead of ending pytest, or being ignored as in a shell's jobs."""

    def fail(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"{signal.Signals(number).name} was not deferred")

    before = {number: signal.signal(number, fail) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
