"""For a browser: one self-contained page: what is open and what to do about it, then a matrix of types by artifacts.

The page works without JavaScript: each item is in a list once, the matrix links to it, and CSS filters by state. The
script adds the other filters, counts, copying, and an item's text next to its cell.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from geo_scaffold.cli.formats.words import BEFORE, count_of, counted, is_stated, released, stated
from geo_scaffold.edition import Level, newest_checked
from geo_scaffold.verbs.checklist import State
from geo_scaffold.verbs.checklist.items import fails

if TYPE_CHECKING:
    from geo_scaffold.verbs.checklist import Item, Report, TypeReport

_FOLDER: Final = Path(__file__).parent
_MARKS: Final = {
    State.MISSING: "✗",
    State.DIFFERS: "≠",
    State.CONFIRM: "?",
    State.PENDING: "…",
    State.CONFIRMED: "☑",
    State.DONE: "✓",
    State.NOT_APPLICABLE: "-",
}
"""In the order in which people want to read about them."""
_BEFORE: Final = "°"
"""Shown after the badge of an item that was open before the branch."""
_MEANINGS: Final = {
    State.MISSING: "It is not there.",
    State.DIFFERS: "Part of it is missing or different, or its file cannot be read.",
    State.CONFIRM: "Only a person can tell; a ticked box confirms it.",
    State.PENDING: "A later phase asks for it.",
    State.CONFIRMED: "A person has ticked its box.",
    State.DONE: "It is in place; the program has checked it.",
    State.NOT_APPLICABLE: "This type does not need it.",
}
_COSTS: Final = {
    Level.BREAKING: "Without it something does not work.",
    Level.TEST: "Without it a test is missing, or fails.",
    Level.DOC: "It is about documentation, or about the review.",
}
_PASTE: Final = re.compile(r"(?:\A|\n\n)((?:In|Create|Add to) \S.*:|For example:)\n")
"""The beginning of the next lines to paste, and the text that says where they go."""
_SHORT: Final = {"one": 12, "few": 4, "many": 4}
"""How many lines to paste are shown initially, in each layout."""
_FEW: Final = 6
"""How many types can have their names side by side."""


def render(report: "Report", *, strict: bool) -> str:
    """Return the page.

    Args:
        report: The report.
        strict: Whether an unconfirmed decision counts as open.
    """
    only = report.types[0].model if len(report.types) == 1 else ""
    layout = "one" if only else "few" if len(report.types) <= _FEW else "many"
    style, script = _source("page.css"), _source("page.js")
    parts = {
        "policy": f"default-src 'none'; style-src {_hash_of(style)}; script-src {_hash_of(script)}",
        "style": style,
        "script": script,
        "layout": layout,
        "heading": escape(only or "Geo replicable types"),
        "verdict": escape(_verdict(report, strict=strict)),
        "rest": escape(_rest(report, strict=strict)),
        "states": "".join(_chips(report, strict=strict)),
        "levels": _options(item.level.value for type_report in report.types for item in type_report.items),
        "models": _options(type_report.model for type_report in report.types),
        "kinds": _options(type_report.kind for type_report in report.types),
        "items": "".join(_list(type_report, _SHORT[layout]) for type_report in report.types),
        "columns": "".join(_head(type_report, strict=strict) for type_report in report.types),
        "rows": "\n".join(_rows(report)),
        "meanings": "".join(_meanings(report)),
    }
    return re.sub("@@([a-z]+)@@", lambda match: parts[match[1]], _source("page.html"))


def _source(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _hash_of(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _verdict(report: "Report", *, strict: bool) -> str:
    items = [item for type_report in report.types for item in type_report.items]
    if not items:
        return "No replicable type is touched."
    failing = [item for item in items if fails(item, strict=strict)]
    if not failing:
        return "Nothing is open."
    types = sum(any(fails(item, strict=strict) for item in type_report.items) for type_report in report.types)
    among = f" in {types} of {count_of(len(report.types), 'type')}" if len(report.types) > 1 else ""
    is_or_are = "is" if len(failing) == 1 else "are"
    return f"{len(failing)} of {count_of(len(items), 'item')} {is_or_are} open{among}: {counted(failing, _MARKS)}."


def _rest(report: "Report", *, strict: bool) -> str:
    others = counted(
        (item for type_report in report.types for item in type_report.items if not fails(item, strict=strict)), _MARKS
    )
    checked = newest_checked(report.edition) or report.edition
    rules = f"Edition {report.edition} of the rules, checked with GitLab {checked}."
    sort = "".join(
        f"{type_report.kind}, {released(type_report)}. " for type_report in report.types if len(report.types) == 1
    )
    return sort.capitalize() + (f"Besides: {others}. " if others else "") + rules


def _chips(report: "Report", *, strict: bool) -> Iterable[str]:
    """Return the filters by state, initially set to what is open, else what needs a person, else everything."""
    summary = report.summary()
    states = [state for state in _MARKS if summary[state]]
    found = {item.state for type_report in report.types for item in type_report.items if fails(item, strict=strict)}
    wanted = found or {State.CONFIRM}.intersection(states) or set(states)
    for state in states:
        yield (
            f'<label class="{state}" title="{_MEANINGS[state]}"><input type="checkbox" id="page-{state}" '
            f'value="{state}"{" checked" * (state in wanted)}>{_MARKS[state]} {stated(state)} '
            f"<b>{summary[state]}</b></label>"
        )


def _list(report: "TypeReport", short: int) -> str:
    order = list(_MARKS)
    items = sorted(report.items, key=lambda item: order.index(item.state))
    name = escape(report.name)
    return (
        f'<section class="type" id="{name}" data-type="{escape(f"{report.model} {report.name}")}" '
        f'data-kind="{escape(report.kind)}"><h3><a href="#{name}">{escape(report.model)}</a> '
        f"<small>{escape(report.kind)}, {released(report)}: {counted(items, _MARKS)}</small></h3>\n"
        f"{''.join(_item(item, report.name, short) for item in items)}</section>\n"
    )


def _item(item: "Item", name: str, short: int) -> str:
    anchor = escape(f"{name}:{item.id}")
    badges = "".join(f'<span class="badge {kind}">{escape(text)}</span>' for kind, text in _badges(item))
    place = f"{item.path}:{item.line}" if item.path and item.line else item.path
    about = [
        f'<p class="place"><code>{escape(place)}</code></p>' if place else "",
        f"<p>{_prose(item.title)}</p>",
        f'<p class="message">{_prose(item.message)}</p>' if item.message else "",
        *_remedy(item.remedy, short),
    ]
    return (
        f'<article class="item {item.state}" id="{anchor}" data-state="{item.state}" data-level="{item.level.value}">'
        f'<header><h4><a href="#{anchor}">{escape(item.id)}</a></h4>{badges}</header>'
        f"<div>{''.join(about)}</div></article>\n"
    )


def _badges(item: "Item") -> list[tuple[str, str]]:
    """Return the badges of an item in the list: the CSS class and text of each."""
    return [
        (item.state, f"{_MARKS[item.state]} {stated(item.state)}"),
        ("level", item.level.value),
        ("phase", item.phase.value),
        *([("before", BEFORE)] if item.before else []),
    ]


def _remedy(remedy: str, short: int) -> Iterable[str]:
    """Return what to do: each piece to paste or run, below the text that says where it goes."""
    before, *rest = _PASTE.split(remedy)
    pieces = [("", before), *zip(rest[::2], rest[1::2], strict=True)]
    for place, lines in pieces:
        if not lines:
            continue
        count = lines.count("\n") + 1
        text = f"<pre>{escape(lines)}</pre>"
        if count > short:
            text = f"<details><summary>{count} lines</summary>{text}</details>"
        yield f'<div class="remedy"><p>{_prose(place or "Remedy:")}</p>{text}</div>'


def _prose(markdown: str) -> str:
    """Return Markdown as HTML: code, links and line breaks."""
    # The Markdown of the manifests' titles and of the remedies.
    text = re.sub("`([^`]+)`", r"<code>\1</code>", escape(markdown))
    text = re.sub(r"\[([^\[\]]*)\]\((https?://[^()\s]*)\)", r'<a href="\2" rel="noreferrer">\1</a>', text)
    return text.replace("\n", "<br>")


def _head(report: "TypeReport", *, strict: bool) -> str:
    count = sum(fails(item, strict=strict) for item in report.items)
    name = escape(report.name).replace("_", "_<wbr>")
    return (
        f'<th scope="col" title="{escape(f"{report.model}, {report.kind}: {count} open")}">'
        f'<a href="#{escape(report.name)}"><span>{name}</span> <small>{count}</small></a></th>'
    )


def _rows(report: "Report") -> list[str]:
    by_id: dict[str, dict[str, Item]] = {}
    for type_report in report.types:
        for item in type_report.items:
            by_id.setdefault(item.id, {})[type_report.name] = item
    rows, heading = [], ""
    for artifact_id, items in by_id.items():
        first = next(iter(items.values()))
        if first.heading != heading:
            heading = first.heading
            head = f'<th colspan="{len(report.types) + 1}"><span>{escape(heading)}</span></th>'
            rows.append(f'<tr class="phase">{head}</tr>')
        cells = "".join(_cell(items.get(type_report.name), type_report) for type_report in report.types)
        head = f'<th scope="row">{escape(artifact_id)} <small>{first.level.value}</small></th>'
        rows.append(f'<tr data-id="{escape(artifact_id)}">{head}{cells}</tr>')
    return rows


def _cell(item: "Item | None", report: "TypeReport") -> str:
    if item is None:
        return "<td></td>"
    title = escape(f"{report.model}: {item.id} {is_stated(item.state)}{f', {BEFORE}' * item.before}")
    anchor, mark = escape(f"{report.name}:{item.id}"), _MARKS[item.state] + _BEFORE * item.before
    return f'<td><a class="{item.state}" href="#{anchor}" title="{title}">{mark}</a></td>'


def _meanings(report: "Report") -> Iterable[str]:
    summary = report.summary()
    for state, meaning in _MEANINGS.items():
        if summary[state]:
            yield f'<dt class="{state}">{_MARKS[state]} {stated(state)}</dt><dd>{meaning}</dd>'
    for level, meaning in _COSTS.items():
        yield f'<dt class="badge level">{level.value}</dt><dd>{meaning}</dd>'


def _options(values: Iterable[str]) -> str:
    return "".join(f"<option>{escape(value)}</option>" for value in dict.fromkeys(values))
