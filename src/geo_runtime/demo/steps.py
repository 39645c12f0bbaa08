"""Steps, one after the other, each with its result; after one fails, the rest are skipped."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from geo_runtime.databases.disk import has_room, is_full
from geo_runtime.demo.stage import Stage
from geo_runtime.testing.errors import DemoError, DiskFullError, StepError

Status = Literal["verified", "failed", "skipped"]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Step:
    """Something that happens, and the proof that it worked.

    Attributes:
        name: Its name for programs.
        title: Its name for people.
        act: Does it, and returns what was observed; raises `StepError` if that is wrong.
    """

    name: str
    title: str
    act: Callable[[Stage, Say], Mapping[str, Any]]


@dataclass(frozen=True)
class Result:
    """The result of a step.

    Attributes:
        step: The step.
        status: Whether it was proven.
        seconds: How long it took.
        seen: What was observed, by name.
        message: Why it failed.
    """

    step: Step
    status: Status
    seconds: float = 0.0
    seen: Mapping[str, Any] = field(default_factory=dict)
    message: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "name": self.step.name,
            "title": self.step.title,
            "status": self.status,
            "seconds": round(self.seconds, 2),
            "seen": dict(self.seen),
            "message": self.message,
        }


class Listener(Protocol):
    """Receives progress reports."""

    def begin(self, step: Step) -> None:
        """A step begins."""
        ...

    def say(self, text: str) -> None:
        """Something happens in a step."""
        ...

    def end(self, result: Result) -> None:
        """A step has ended."""
        ...


def perform(stage: Stage, steps: Iterable[Step], listener: Listener) -> list[Result]:
    """Perform steps in order."""
    results: list[Result] = []
    for step in steps:
        if results and results[-1].status != "verified":
            results.append(Result(step, "skipped", message="a step before it failed"))
        else:
            listener.begin(step)
            results.append(_performed(stage, step, listener.say))
        listener.end(results[-1])
    return results


def _performed(stage: Stage, step: Step, say: Say) -> Result:
    began = time.monotonic()
    try:
        seen = step.act(stage, say)
    except Exception as error:
        # The full disk is the problem, not the step.
        if is_full(error) or not has_room(stage.options.folder):
            raise DiskFullError(str(error).splitlines()[0]) from error
        return _failed(step, began, error)
    return Result(step, "verified", time.monotonic() - began, seen)


def _failed(step: Step, began: float, error: Exception) -> Result:
    seconds = time.monotonic() - began
    if isinstance(error, StepError):
        return Result(step, "failed", seconds, message=str(error))
    if isinstance(error, DemoError):
        return Result(step, "failed", seconds, message=f"{error.message}. {error.remedy}")
    # A bug of ours must not hide earlier results.
    return Result(step, "failed", seconds, message=f"{type(error).__name__}: {error}")
