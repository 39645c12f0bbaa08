"""For an issue or a merge request: a task list of GitLab; its ticked boxes are what `--ticks` reads."""

import re
from typing import TYPE_CHECKING, Final

from geo_scaffold.cli.formats.words import BEFORE, stated
from geo_scaffold.verbs.checklist import State
from geo_scaffold.verbs.checklist.items import OPEN, was_open

if TYPE_CHECKING:
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
"""`~` is GitLab's inapplicable task."""


def render(report: "Report", *, strict: bool) -> str:
    """Return the task list.

    Args:
        report: What was found.
        strict: Whether an unconfirmed decision counts as open.
    """
    lines: list[str] = []
    for each in report.types:
        lines += [f"## {each.title}", ""]
        lines += [f"`{each.model}`, {each.kind}, {'released' if each.is_released else 'not released yet'}.", ""]
        phase = None
        before = [item for item in each.items if was_open(item, strict=strict)]
        for item in each.items:
            if item in before:
                continue
            if item.phase is not phase:
                phase = item.phase
                lines += [*([""] if lines[-1] else []), f"### {phase.value.capitalize()}", ""]
            lines += _task(item, each.name)
        if before:
            lines += [*([""] if lines[-1] else []), f"### {BEFORE.capitalize()}", ""]
            lines += [_box(item, each.name) for item in before]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _task(item: "Item", name: str) -> list[str]:
    lines = [_box(item, name)]
    if item.state in OPEN:
        place = f" `{item.path}`" if item.path else ""
        lines += ["", f"  **{stated(item.state).capitalize()}**{place}: {'; '.join(item.message.splitlines())}"]
    if item.state in {*OPEN, State.CONFIRM} and item.remedy:
        fence = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", item.remedy)), 3)
        lines += ["", f"  {fence}plaintext", *(f"  {line}".rstrip() for line in item.remedy.splitlines()), f"  {fence}"]
    if len(lines) > 1:
        lines.append("")
    return lines


def _box(item: "Item", name: str) -> str:
    return f"- [{_BOXES[item.state]}] `{name}:{item.id}`: {item.title}"
