"""For a browser: one page that needs nothing else, types by artifacts, with filters; hover shows what to do."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from geo_scaffold.cli.formats.words import BEFORE, count_of, is_stated, plain, stated
from geo_scaffold.verbs.checklist import State

if TYPE_CHECKING:
    from geo_scaffold.verbs.checklist import Item, Report

_PAGE: Final = Path(__file__).with_name("page.html")
_MARKS: Final = {
    State.DONE: "✓",
    State.CONFIRMED: "☑",
    State.MISSING: "✗",
    State.DIFFERS: "≠",
    State.CONFIRM: "?",
    State.PENDING: "…",
    State.NOT_APPLICABLE: "-",
}
_BEFORE: Final = "°"
"""Follows the mark of an item that was open before the branch."""
_PARTS: Final = "\n\n"
"""Stands between title, message and remedy in the text of a cell; the page's script splits there, twice."""


def render(report: "Report", *, strict: bool) -> str:
    """Return the page.

    Args:
        report: What was found.
        strict: Whether an unconfirmed decision counts as open.
    """
    summary = report.summary()
    verdict = "Something is open." if report.is_open(strict=strict) else "Nothing is open."
    intro = f"{count_of(len(report.types), 'type')}, edition {report.edition}. {verdict}"
    boxes = (
        f'<label class="{state}"><input type="checkbox" value="{state}" checked> '
        f"{_MARKS[state]} {stated(state)} ({summary[state]})</label>"
        for state in State
    )
    heads = (
        f'<th scope="col" data-type="{escape(f"{each.model} {each.name}")}" data-kind="{each.kind}" '
        f'title="{escape(f"{each.model}, {each.kind}")}"><span>{escape(each.name)}</span></th>'
        for each in report.types
    )
    parts = {
        "intro": escape(intro),
        "states": "".join(boxes),
        "levels": _options(item.level.value for each in report.types for item in each.items),
        "kinds": _options(each.kind for each in report.types),
        "columns": "".join(heads),
        "rows": "\n".join(_rows(report)),
    }
    page = _PAGE.read_text(encoding="utf-8")
    for name, text in parts.items():
        before, mark, after = page.partition(f"@@{name}@@")
        page = f"{before}{text}{after}" if mark else page
    return page


def _rows(report: "Report") -> list[str]:
    by_id: dict[str, dict[str, Item]] = {}
    for each in report.types:
        for item in each.items:
            by_id.setdefault(item.id, {})[each.name] = item
    rows, phase = [], ""
    for artifact_id, items in by_id.items():
        first = next(iter(items.values()))
        if first.phase.value != phase:
            phase = first.phase.value
            rows.append(f'<tr class="phase"><th colspan="{len(report.types) + 1}">{phase.capitalize()}</th></tr>')
        cells = "".join(_cell(items.get(each.name), each.model) for each in report.types)
        head = f'<th scope="row">{escape(artifact_id)}<small>{first.level.value}</small></th>'
        rows.append(f'<tr data-id="{escape(artifact_id)}" data-level="{first.level.value}">{head}{cells}</tr>')
    return rows


def _cell(item: "Item | None", model: str) -> str:
    if item is None:
        return '<td data-state="not_applicable"></td>'
    title = f"{model}: {item.id} {is_stated(item.state)}{f', {BEFORE}' * item.before}"
    place = f"{item.path}:{item.line}" if item.path and item.line else item.path
    message = "\n".join(part for part in (plain(item.title), place, item.message) if part)
    text = _PARTS.join((title, message, item.remedy))
    before = " data-before" * item.before
    return (
        f'<td class="{item.state}" data-state="{item.state}"{before} tabindex="0" aria-label="{escape(title)}" '
        f'title="{escape(text)}">{_MARKS[item.state]}{_BEFORE * item.before}</td>'
    )


def _options(values: Iterable[str]) -> str:
    return "".join(f"<option>{escape(value)}</option>" for value in dict.fromkeys(values))
