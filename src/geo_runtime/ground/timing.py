"""Time, randomness and waiting, injected everywhere, so that a test decides when an hour has passed."""

import random
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Timing(Protocol):
    """What the runtime needs from the outside world."""

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait for some seconds."""
        ...

    def machine_seconds(self, duration: timedelta) -> float:
        """Return how long a duration of this clock takes by the machine's, in seconds."""
        ...

    def of_machine(self, duration: timedelta) -> timedelta:
        """Return how much time passes by this clock in a duration of the machine's."""
        ...

    def integer(self, low: int, high: int) -> int:
        """Draw an integer from low to high, both included."""
        ...

    def fraction(self, low: float, high: float) -> float:
        """Draw a number between low and high."""
        ...


class SystemTiming:
    """The machine's clock and its random numbers."""

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait for some seconds."""
        time.sleep(seconds)

    def machine_seconds(self, duration: timedelta) -> float:
        """Return how long a duration of this clock takes by the machine's, in seconds."""
        return duration.total_seconds()

    def of_machine(self, duration: timedelta) -> timedelta:
        """Return how much time passes by this clock in a duration of the machine's."""
        return duration

    def integer(self, low: int, high: int) -> int:
        """Draw an integer from low to high, both included."""
        return random.randint(low, high)  # noqa: S311 - spreads retries, guards nothing

    def fraction(self, low: float, high: float) -> float:
        """Draw a number between low and high."""
        return random.uniform(low, high)  # noqa: S311


SHORTEST_SLEEP_S = 0.1
"""The machine's clock, for when another runs fast."""


class ScaledTiming(SystemTiming):
    """A clock that runs faster than the machine's, the same in every process with the same origin.

    Args:
        origin: When both clocks agree, an aware time.
        speed: How many seconds pass in one second of the machine.
    """

    def __init__(self, origin: datetime, speed: float) -> None:
        self.origin = origin
        self.speed = speed

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return self.origin + (super().now() - self.origin) * self.speed

    def sleep(self, seconds: float) -> None:
        """Wait for some seconds of this clock, but long enough not to keep the machine busy in a loop."""
        super().sleep(max(seconds / self.speed, SHORTEST_SLEEP_S))

    def machine_seconds(self, duration: timedelta) -> float:
        """Return how long a duration of this clock takes by the machine's, in seconds."""
        return duration.total_seconds() / self.speed

    def of_machine(self, duration: timedelta) -> timedelta:
        """Return how much time passes by this clock in a duration of the machine's."""
        return duration * self.speed


class ManualTiming:
    """A clock that only moves on demand, or when somebody sleeps, with fixed randomness.

    Args:
        start: The initial time, aware.
        share: The position of every random number in its range: 0 for the lowest, 1 for the highest.

    Attributes:
        slept: The seconds of every sleep so far.
    """

    def __init__(self, start: datetime = datetime(2023, 1, 1, tzinfo=UTC), share: float = 0.0) -> None:
        self.time = start
        self.share = share
        self.slept: list[float] = []

    def now(self) -> datetime:
        """Return the time that was last set."""
        return self.time

    def advance(self, **duration: float) -> datetime:
        """Advance by a duration, given as for `timedelta`, and return the new time."""
        self.time += timedelta(**duration)
        return self.time

    def sleep(self, seconds: float) -> None:
        """Record the wait and advance by it."""
        self.slept.append(seconds)
        self.advance(seconds=seconds)

    def machine_seconds(self, duration: timedelta) -> float:
        """Return the duration in seconds; the real time is unknown."""
        return duration.total_seconds()

    def of_machine(self, duration: timedelta) -> timedelta:
        """Return the duration; the real time is unknown."""
        return duration

    def integer(self, low: int, high: int) -> int:
        """Return the integer at the share of the range."""
        return low + round((high - low) * self.share)

    def fraction(self, low: float, high: float) -> float:
        """Return the number at the share of the range."""
        return low + (high - low) * self.share
