"""When a failed record is tried again (specification: point 36)."""

from datetime import datetime, timedelta

from geo_runtime.ground.timing import Timing

CAP = timedelta(hours=1)
"""How far ahead a retry may be, plus a first delay."""
CAP_MISSING_ON_PRIMARY = timedelta(hours=4)
"""The same, for data that the primary itself does not have."""


def delay(attempts: int, timing: Timing) -> int:
    """Return the seconds to wait after a number of failed attempts: its fourth power, plus 15, plus a random part."""
    return int(attempts**4) + 15 + timing.integer(0, 29) * (attempts + 1)


def retry_at(attempts: int, timing: Timing, cap: timedelta = CAP) -> datetime:
    """Return when to try again: after the delay, but not later than the cap and a first delay."""
    wait_s, most_s = delay(attempts, timing), cap.total_seconds() + delay(1, timing)
    return timing.now() + timedelta(seconds=min(wait_s, most_s))  # else millennia, after a month of failures
