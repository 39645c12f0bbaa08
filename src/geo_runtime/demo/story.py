"""Runs the script of a demonstration, once or again, and tracks its progress for a terminal and the control page."""

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
    """The steps of a script, of which at most one run is in progress at a time.

    Args:
        stage: The sites.
        count: How many records to create at first.
        changes: Whether the data of a record can change.
        listener: Also receives the reports.
        opened: Called once, when the sites answer and nothing else has happened.
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
        """Whether a run is in progress, or about to be: nothing else may act on the stage meanwhile."""

    def steps(self) -> list[Step]:
        """Return the steps in order."""
        return self._script.steps()

    def tell(self) -> list[Result]:
        """Perform all steps, blocking everything else meanwhile; return their results."""
        self.is_told = True
        try:
            return perform(self.stage, self.steps(), self)
        finally:
            self.is_told = False

    def tell_again(self) -> bool:
        """Run everything but the start again, with new records, in a thread; return False if a run is in progress."""
        with self._lock:
            if self.is_told:
                return False
            self.is_told = True
        self._script = Script(self._script.count, changes=self._script.changes)
        self._results = {name: result for name, result in self._results.items() if name == self.steps()[0].name}
        threading.Thread(target=self._tell_quietly, daemon=True).start()
        return True

    def progress(self) -> list[dict[str, Any]]:
        """Return the state of each step, in order, with the events of the running one."""
        results = []
        for step in self.steps():
            result = self._results.get(step.name)
            if result is not None:
                seconds = round(result.seconds, 1)
                entry: dict[str, Any] = {"status": result.status, "seconds": seconds, "text": result.message or ""}
            elif self._running is not None and step.name == self._running.name:
                entry = {"status": _RUNNING, "seconds": None, "text": self._text}
            else:
                entry = {"status": _WAITING, "seconds": None, "text": ""}
            results.append({"name": step.name, "title": step.title, **entry})
        return results

    def begin(self, step: Step) -> None:
        """A step begins."""
        self._running, self._text = step, ""
        self._listener.begin(step)

    def say(self, text: str) -> None:
        """Something happens in a step."""
        self._text = text
        self._listener.say(text)

    def end(self, result: Result) -> None:
        """A step has ended."""
        self._results[result.step.name] = result
        self._running = None
        self._listener.end(result)
        if result.step.name == self.steps()[0].name and result.status == "verified":
            self._opened()

    def _tell_quietly(self) -> None:
        try:
            perform(self.stage, self.steps()[1:], self)
        except DemoError as error:  # the disk is full: the page shows it where the story stopped
            self._text = error.message
        finally:
            self.is_told = False
