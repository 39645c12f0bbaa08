"""Shows progress: live on a terminal, line by line in a pipe."""

from collections.abc import Sequence
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from geo_runtime.demo.stage import Counts
from geo_runtime.demo.steps import Result, Step

_MARKS: Final = {"verified": ("✓", "green"), "failed": ("✗", "bold red"), "skipped": ("-", "dim")}
_BAR_WIDTH: Final = 32


class Silence:
    """Shows nothing: a program reads the result."""

    def begin(self, step: Step) -> None:
        """A step begins."""

    def say(self, text: str) -> None:
        """Something happens in a step."""

    def end(self, result: Result) -> None:
        """A step has ended."""

    def watch(self, counts: Counts) -> None:
        """The secondary has made progress."""

    def finish(self) -> None:
        """Nothing more will follow."""


class Relay(Silence):
    """Forwards everything to the current display.

    Attributes:
        display: The current display.
    """

    def __init__(self) -> None:
        self.display = Silence()

    def begin(self, step: Step) -> None:
        """Forward that a step begins."""
        self.display.begin(step)

    def say(self, text: str) -> None:
        """Forward what happens in a step."""
        self.display.say(text)

    def end(self, result: Result) -> None:
        """Forward the result of a step."""
        self.display.end(result)

    def watch(self, counts: Counts) -> None:
        """Forward the secondary's progress."""
        self.display.watch(counts)


class Lines(Silence):
    """One line for each step.

    Args:
        console: The console.
    """

    def __init__(self, console: Console) -> None:
        self.console = console

    def end(self, result: Result) -> None:
        """Show the result of a step."""
        self.console.print(_line(result))


class Screen(Silence):
    """All steps at once, with current events, and two bars.

    Args:
        console: The console.
        steps: The steps, in order.
        title: The title.
    """

    def __init__(self, console: Console, steps: Sequence[Step], title: str) -> None:
        self.title = title
        self._steps = list(steps)
        self._results: dict[str, Result] = {}
        self._running: Step | None = None
        self._text = ""
        self._counts = Counts()
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(self._shown(), console=console, refresh_per_second=8, get_renderable=self._shown)
        self._live.start()

    def begin(self, step: Step) -> None:
        """Show that a step runs."""
        self._running, self._text = step, ""

    def say(self, text: str) -> None:
        """Show what happens in a step."""
        self._text = text

    def end(self, result: Result) -> None:
        """Show the result of a step."""
        self._results[result.step.name] = result
        self._running = None

    def watch(self, counts: Counts) -> None:
        """Show the secondary's progress."""
        self._counts = counts

    def finish(self) -> None:
        """Leave the last picture on the terminal."""
        self._live.stop()

    def _shown(self) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        for step in self._steps:
            result = self._results.get(step.name)
            if result is not None:
                table.add_row(*_cells(result))
                if result.message and result.status == "failed":
                    table.add_row("", Text(result.message, style="red"))
            elif step is self._running:
                table.add_row(self._spinner, Text(step.title, style="bold"))
                table.add_row("", Text(self._text, style="cyan"))
            else:
                table.add_row(Text("·", style="dim"), Text(step.title, style="dim"))
        return Group(Text(self.title, style="bold"), Text(), table, Text(), self._bars())

    def _bars(self) -> RenderableType:
        counts = self._counts
        bars = Table.grid(padding=(0, 1))
        for label, done in (("Synced", counts.synced), ("Verified", counts.verified)):
            bar = ProgressBar(total=max(counts.total, 1), completed=done, width=_BAR_WIDTH, finished_style="green")
            failed = f"  {counts.failed} failed" if label == "Synced" and counts.failed else ""
            bars.add_row(label, bar, Text(f"{done} of {counts.total}"), Text(failed, style="red"))
        return bars


def _cells(result: Result) -> tuple[Text, Text]:
    mark, style = _MARKS[result.status]
    text = Text(result.step.title)
    if result.seconds:
        text.append(f"  {result.seconds:.1f} s", style="dim")
    return Text(mark, style=style), text


def _line(result: Result) -> RenderableType:
    line = Text(" ").join(_cells(result))
    return line.append(f"\n  {result.message}") if result.message else line
