"""For an issue or a merge request: a GitLab task list; `--ticks` reads its ticked boxes."""

import re
from typing import TYPE_CHECKING, Final

from geo_scaffold.cli.formats.words import BEFORE, counted, released, stated
from geo_scaffold.verbs.checklist import State
from geo_scaffold.verbs.checklist.items import OPEN, was_open_before
from geo_scaffold.verbs.checklist.ticks import FOUND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_scaffold.verbs.checklist import Item, Report

_BOXES: Final = {
    State.DONE: "x",
    State.CONFIRMED: "x",
    State.MISSING: " ",
    State.DIFFERS: " ",
    State.CONFIRM: " ",
    State.PENDING: " ",
    State.NOT_APPLICABLE: "~",
}
"""`~` marks an inapplicable task in GitLab."""
_TO_DO: Final = (*OPEN, State.CONFIRM)
"""The states that somebody has to act on now."""


def render(report: "Report", *, strict: bool, verbose: bool = False) -> str:
    """Return the task list.

    Args:
        report: The report.
        strict: Whether an unconfirmed decision counts as open.
        verbose: Whether to list what is done, pending or not needed, too; GitLab passes at most 2,700 characters of a
            description to a pipeline.
    """
    lines: list[str] = []
    for type_report in report.types:
        lines += [f"## {type_report.title}", ""]
        lines += [f"`{type_report.model}`, {type_report.kind}, {released(type_report)}: {counted(type_report.items)}."]
        heading = None
        before = [item for item in type_report.items if was_open_before(item, strict=strict)]
        for item in type_report.items:
            if was_open_before(item, strict=strict) or not (verbose or item.state in _TO_DO):
                continue
            if item.heading != heading:
                heading = item.heading
                lines += [*([""] if lines[-1] else []), f"### {heading}", ""]
            lines += _task(item, type_report.name)
        if before:
            lines += [*([""] if lines[-1] else []), f"### {BEFORE.capitalize()}", ""]
            lines += [_box(item, type_report.name) for item in before]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def task_list(items: "Sequence[Item]", name: str) -> str:
    """Return the task list of a merge request: what is left first, then what is done, folded.

    It does not say what to do about an item, as `checklist` does: a description is for reviewers.

    Args:
        items: The items of the phase.
        name: The replicable name.
    """
    items = [item for item in items if item.state is not State.NOT_APPLICABLE]
    left = [item for item in items if item.state in (*_TO_DO, State.PENDING)]
    done = [item for item in items if item not in left]
    lines = [line for item in left for line in _task(item, name, with_remedy=False)]
    if done:
        lines += [*([""] if lines and lines[-1] else []), f"<details><summary>Done: {len(done)}</summary>", ""]
        lines += [*(_box(item, name) for item in done), "", "</details>"]
    return "\n".join(lines).rstrip("\n") + "\n"


def _task(item: "Item", name: str, *, with_remedy: bool = True) -> list[str]:
    lines = [_box(item, name)]
    if item.state in _TO_DO:
        place = f" `{item.path}{f':{item.line}' if item.line else ''}`" if item.path else ""
        message = f": {'; '.join(item.message.splitlines())}" if item.message else ""
        lines += ["", f"  **{stated(item.state).capitalize()}**{place}{message}"]
    if item.state in _TO_DO and item.remedy and with_remedy:
        fence = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", item.remedy)), 3)
        lines += ["", f"  {fence}plaintext", *(f"  {line}".rstrip() for line in item.remedy.splitlines()), f"  {fence}"]
    if len(lines) > 1:
        lines.append("")
    return lines


def _box(item: "Item", name: str) -> str:
    found = f" {FOUND}" if item.state is State.DONE else ""
    return f"- [{_BOXES[item.state]}] `{name}:{item.id}`: {item.title}{found}"
