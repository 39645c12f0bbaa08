"""Concurrent runs: the second one plans again, so that the result is as if they ran one after the other."""

import time
from collections.abc import Callable
from typing import Final

from geo_scaffold.cli.report import tell
from geo_scaffold.errors import BusyError, StaleError

_ATTEMPTS: Final = 5
_PAUSE_S: Final = 0.2
"""How long to wait for another run each time; writing takes less."""


def with_retries(plan_and_write: Callable[[], None]) -> None:
    """Plan and write, with a few retries if something changed in between, or another run was writing.

    Args:
        plan_and_write: Makes the plan, asks what it needs to, and writes all of it or nothing.

    Raises:
        GeoScaffoldError: Its own error, or the one that each try raised.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return plan_and_write()
        except StaleError as error:
            tell(f"{error.message}; planning again")
        except BusyError:
            time.sleep(_PAUSE_S)
    return plan_and_write()
