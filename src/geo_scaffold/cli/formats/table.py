"""For people at a terminal: 80 columns, grouped by phase or section, open items first."""

import textwrap
from typing import TYPE_CHECKING, Final

from geo_scaffold.cli.formats.words import BEFORE, count_of, counted, plain, stated
from geo_scaffold.verbs.checklist import State
from geo_scaffold.verbs.checklist.items import OPEN, was_open_before

if TYPE_CHECKING:
    from geo_scaffold.verbs.checklist import Item, Report, TypeReport

WIDTH: Final = 80
_LABEL: Final = 11
_COLOURS: Final = {
    State.DONE: "32",
    State.CONFIRMED: "32",
    State.MISSING: "31",
    State.DIFFERS: "35",
    State.CONFIRM: "33",
    State.PENDING: "2",
    State.NOT_APPLICABLE: "2",
}
_REMEDY_LINES: Final = 12
"""How many lines to paste are shown without -v."""


def render(report: "Report", *, strict: bool, verbose: bool = False, colour: bool = False) -> str:
    """Return the table.

    Args:
        report: The report.
        strict: Whether an unconfirmed decision counts as open.
        verbose: Whether to show what is done, too, and every remedy in full.
        colour: Whether to use colours.
    """
    lines: list[str] = []
    for type_report in report.types:
        lines += [*_of_type(type_report, strict=strict, verbose=verbose, colour=colour), ""]
    if not report.types:
        lines += ["No replicable type is touched.", ""]
    shown = counted(item for type_report in report.types for item in type_report.items)
    if len(report.types) != 1 and shown:
        lines.append(f"{count_of(len(report.types), 'type')}: {shown}.")
    is_old = any(was_open_before(item, strict=strict) for type_report in report.types for item in type_report.items)
    nothing = f"Nothing is open{' but what was before this branch' * is_old}."
    lines.append("Something is open." if report.is_open(strict=strict) else nothing)
    return "\n".join(lines) + "\n"


def _of_type(report: "TypeReport", *, strict: bool, verbose: bool, colour: bool) -> list[str]:
    shown = counted(report.items)
    head = f"{report.model} ({report.kind}, {'released' if report.is_released else 'not released'})"
    lines = [_coloured(head, "1", colour=colour), *textwrap.wrap(shown, WIDTH, initial_indent="  ")]
    heading, commands = None, set[str]()
    before = [item for item in report.items if was_open_before(item, strict=strict)]
    for item in report.items:
        if was_open_before(item, strict=strict) or (not verbose and item.state not in OPEN):
            continue
        if item.heading != heading:
            heading = item.heading
            lines += ["", f"  {heading}"]
        lines += _of_item(item, verbose=verbose, colour=colour, is_told=item.remedy in commands)
        if _has_remedy(item):
            commands.add(item.remedy)
    if before:
        lines += ["", f"  {BEFORE.capitalize()}{' (-v shows what to do)' * (not verbose)}"]
        for item in before:
            lines += _of_item(item, verbose=True, colour=colour) if verbose else [_head(item, colour=colour)]
    confirm = [
        item.id for item in report.items if item.state is State.CONFIRM and not was_open_before(item, strict=strict)
    ]
    if confirm and not verbose:
        label = _coloured(f"{'confirm':<{_LABEL}}", _COLOURS[State.CONFIRM], colour=colour)
        wrapped = textwrap.wrap(", ".join(confirm), WIDTH - _LABEL - 4, break_on_hyphens=False)
        lines += ["", "  Only a person can tell (-v shows what to do, --ticks confirms)"]
        lines += [f"    {label}{wrapped[0]}", *(f"    {' ' * _LABEL}{line}" for line in wrapped[1:])]
    return lines


def _has_remedy(item: "Item") -> bool:
    """Tell whether to show what to do about an item."""
    return item.state in {*OPEN, State.CONFIRM} and bool(item.remedy)


def _of_item(item: "Item", *, verbose: bool, colour: bool, is_told: bool = False) -> list[str]:
    lines = [_head(item, colour=colour)]
    inset = " " * (_LABEL + 4)
    place = f"{item.path}:{item.line}" if item.path and item.line else item.path
    if place:
        lines.append(f"{inset}{place}")
    texts = item.message.splitlines()
    if item.state is State.CONFIRM or (verbose and not texts):
        texts = [plain(item.title), *texts]
    for text in texts:
        lines += _wrapped(text, inset)
    if _has_remedy(item):
        remedy = ["as above"] if is_told else item.remedy.splitlines()
        if not verbose and len(remedy) > _REMEDY_LINES:
            remedy = [*remedy[: _REMEDY_LINES - 1], f"... {len(remedy) - _REMEDY_LINES + 1} more lines: -v"]
        lines += [_coloured(f"{inset}> {line}".rstrip(), "2", colour=colour) for line in remedy]
    return lines


def _head(item: "Item", *, colour: bool) -> str:
    label = _coloured(f"{stated(item.state):<{_LABEL}}", _COLOURS[item.state], colour=colour)
    return f"    {label}{item.id} ({item.level.value})"


def _wrapped(text: str, inset: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=inset,
        subsequent_indent=inset,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _coloured(text: str, code: str, *, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text
