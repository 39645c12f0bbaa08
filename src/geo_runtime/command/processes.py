"""The commands that run until they are stopped."""

from collections.abc import Sequence
from pathlib import Path

import typer

from geo_runtime.running import configuration, logs
from geo_runtime.site.jobs import Queue


def serve(settings: Path | None) -> None:
    """Run the site of a settings file."""
    from geo_runtime.running import process

    process.serve(_ready_to_log(settings))


def worker(settings: Path | None, names: Sequence[str]) -> None:
    """Run jobs of some queues; of all, if none is named.

    Raises:
        typer.BadParameter: There is no such queue.
    """
    if unknown := [name for name in names if name not in set(Queue)]:
        raise typer.BadParameter(f"there is no queue {unknown[0]}; there are {', '.join(Queue)}", param_hint="--queue")
    from geo_runtime.running import celery_worker

    celery_worker.work(_ready_to_log(settings), [Queue(name) for name in names] or tuple(Queue))


def _ready_to_log(settings: Path | None) -> configuration.Configuration:
    found = configuration.read(settings)
    logs.set_up(found.log_level, found.log_format)
    return found
