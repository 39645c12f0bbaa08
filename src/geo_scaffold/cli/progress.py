"""A progress bar for long work, on a terminal that nothing else writes to."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int], None]
"""Receives how many of how many are done."""


@contextmanager
def progress_of(what: str, *, as_json: bool) -> Iterator[Progress | None]:
    """Show progress on standard error until the block ends; the bar leaves nothing behind.

    Args:
        what: What is being done, such as `Reading classes`.
        as_json: Whether the output is for a program.

    Yields:
        The function to call with the progress, or None if none is shown: the output is piped or for a program.
    """
    if as_json or os.environ.get("TERM") == "dumb" or not (sys.stderr.isatty() and sys.stdout.isatty()):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    bar = Bar(TextColumn(what), BarColumn(), MofNCompleteColumn(), console=Console(stderr=True), transient=True)

    def move(done: int, total: int) -> None:
        if total > 1 and not bar.tasks:  # one step needs no bar, and a cached report has no step
            bar.add_task("", total=total)
            bar.start()
        for task in bar.task_ids:
            bar.update(task, completed=done, total=total)

    try:
        yield move
    finally:
        bar.stop()
