"""The story of a demonstration, told once or again, and how far it is: what a terminal and the control page show."""

import threading
from collections.abc import Callable
from typing import Any, Final

from geo_runtime.demo.script import Script
from geo_runtime.demo.stage import Stage
from geo_runtime.demo.steps import Listener, Result, Step, perform
from geo_runtime.testing.errors import DemoError

_RUNNING: Final = "running"
_WAITING: Final = "waiting"


def _nothing() -> None:
    """Do nothing."""


class Story:
    """The steps of a script, of which at most one telling goes on at a time.

    Args:
        stage: Where it happens.
        count: How many records are made at first.
        changes: Whether the data of a record ever change.
        listener: Receives the reports as well.
        opened: Called once, when the sites serve and nothing else has happened.
    """

    def __init__(
        self, stage: Stage, count: int, *, changes: bool, listener: Listener, opened: Callable[[], None] = _nothing
    ) -> None:
        self.stage = stage
        self.changes = changes
        self._script = Script(count, changes=changes)
        self._listener = listener
        self._opened = opened
        self._lock = threading.Lock()
        self._results: dict[str, Result] = {}
        self._running: Step | None = None
        self._text = ""
        self.is_told = False
        """Whether a telling goes on, or is about to: what happens on the stage meanwhile is its own."""

    def steps(self) -> list[Step]:
        """Return the steps in order."""
        return self._script.steps()

    def tell(self) -> list[Result]:
        """Perform all steps, and hold off everything else meanwhile; return how they came out."""
        self.is_told = True
        try:
            return perform(self.stage, self.steps(), self)
        finally:
            self.is_told = False

    def tell_again(self) -> bool:
        """Tell all but the start once more, with records of its own, in a thread; return False if it is being told."""
        with self._lock:
            if self.is_told:
                return False
            self.is_told = True
        self._script = Script(self._script.count, changes=self._script.changes)
        self._results = {name: result for name, result in self._results.items() if name == self.steps()[0].name}
        threading.Thread(target=self._tell_quietly, daemon=True).start()
        return True

    def progress(self) -> list[dict[str, Any]]:
        """Return how each step stands, in order; what went on in it where it runs."""
        found = []
        for step in self.steps():
            result = self._results.get(step.name)
            if result is not None:
                seconds = round(result.seconds, 1)
                entry: dict[str, Any] = {"status": result.status, "seconds": seconds, "text": result.message or ""}
            elif self._running is not None and step.name == self._running.name:
                entry = {"status": _RUNNING, "seconds": None, "text": self._text}
            else:
                entry = {"status": _WAITING, "seconds": None, "text": ""}
            found.append({"name": step.name, "title": step.title, **entry})
        return found

    def begin(self, step: Step) -> None:
        """Hear that a step begins."""
        self._running, self._text = step, ""
        self._listener.begin(step)

    def say(self, text: str) -> None:
        """Hear what goes on in it."""
        self._text = text
        self._listener.say(text)

    def end(self, result: Result) -> None:
        """Hear how it came out."""
        self._results[result.step.name] = result
        self._running = None
        self._listener.end(result)
        if result.step.name == self.steps()[0].name and result.status == "verified":
            self._opened()

    def _tell_quietly(self) -> None:
        try:
            perform(self.stage, self.steps()[1:], self)
        except DemoError as error:  # the disk is full: the page says so where the story stopped
            self._text = error.message
        finally:
            self.is_told = False
