"""For people at a terminal who want several types: what is open, by type, in a screenful; the rest as counts."""

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from geo_scaffold.cli.formats.words import BEFORE, count_of, counted, stated
from geo_scaffold.cli.screen import LABEL, NextStep, Screen
from geo_scaffold.edition.vocabulary import Level
from geo_scaffold.escaping import shown
from geo_scaffold.verbs.checklist import State
from geo_scaffold.verbs.checklist.items import OPEN, fails, was_open_before

if TYPE_CHECKING:
    from geo_scaffold.verbs.checklist import Report, TypeReport


def render(report: "Report", screen: Screen, again: Sequence[str], *, strict: bool) -> str:
    """Return the overview.

    Args:
        report: The report.
        screen: The terminal.
        again: The arguments that repeat this command: the verb, and `--into` if it was given.
        strict: Whether an unconfirmed decision counts as open.
    """
    shares: dict[bool, list[TypeReport]] = {True: [], False: []}
    for type_report in report.types:
        shares[any(fails(item, strict=strict) for item in type_report.items)].append(type_report)
    lines: list[str] = []
    for type_report in shares[True]:
        lines += [*_of_type(type_report, screen, strict=strict), ""]
    if shares[False]:
        names = ", ".join(type_report.model for type_report in shares[False])
        is_old = any(
            was_open_before(item, strict=strict) for type_report in shares[False] for item in type_report.items
        )
        what = f"Nothing is open{f' that was not {BEFORE}' * is_old} in {count_of(len(shares[False]), 'type')}"
        lines += [*screen.wrapped(shown(f"{what}: {names}."), ""), ""]
    total = counted(item for type_report in report.types for item in type_report.items)
    lines += screen.wrapped(f"{count_of(len(report.types), 'type')}: {total}.", "")
    lines += screen.next_steps(_to_do(shares[True], again))
    return "\n".join(lines) + "\n"


def _of_type(report: "TypeReport", screen: Screen, *, strict: bool) -> Iterator[str]:
    listed = [item for item in report.items if fails(item, strict=strict)]
    head = f"{report.model} ({report.kind}, {'released' if report.is_released else 'not released'})"
    yield f"{screen.painted(shown(head), 'strong')}: {counted(listed)}"
    for level in Level:
        ids = [item.id for item in listed if item.level is level and item.state in OPEN]
        yield from _labelled(level.value, ids, "missing" if level is Level.BREAKING else "open", screen)
    confirm = [item.id for item in listed if item.state is State.CONFIRM]
    yield from _labelled(stated(State.CONFIRM), confirm, "open", screen)


def _labelled(label: str, ids: list[str], role: str, screen: Screen) -> Iterator[str]:
    """Yield some ids in lines, the first after a label."""
    if ids:
        first, *rest = screen.wrapped(shown(", ".join(ids)))
        yield f"    {screen.painted(f'{label:<{LABEL}}', role)}{first[LABEL + 4 :]}"
        yield from rest


def _to_do(types: "list[TypeReport]", again: Sequence[str]) -> list[NextStep]:
    if not types:
        return []
    verb, *rest = again
    one = shlex.join(["geo-scaffold", verb, types[0].model, *rest])
    page = shlex.join(["geo-scaffold", verb, "--all", *rest, "--format", "html", "--output", "geo.html"])
    return [
        NextStep("See why for one type, and what to paste", one),
        NextStep("Or read all of it in a browser", page),
    ]
