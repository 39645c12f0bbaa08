"""For the test tab of a merge request: JUnit XML as GitLab's parser reads it, one suite a type, one case an item."""

import re
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from geo_scaffold.cli.formats.words import BEFORE, plain, stated
from geo_scaffold.verbs.checklist import State
from geo_scaffold.verbs.checklist.items import fails, was_open_before

if TYPE_CHECKING:
    from geo_scaffold.cli.formats import Below
    from geo_scaffold.verbs.checklist import Item, Report, TypeReport

# All but the characters that XML 1.0 allows.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SKIPPED: Final = (State.PENDING, State.CONFIRM, State.NOT_APPLICABLE)


def render(report: "Report", *, strict: bool, below: "Below") -> str:
    """Return the XML.

    Args:
        report: The report.
        strict: Whether an unconfirmed decision is a failure.
        below: Returns the prefix of a type's paths in the repository.
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites name="geo-scaffold checklist">']
    for type_report in report.types:
        lines += _suite(type_report, strict=strict, below=below(type_report) + type_report.prefix)
    return _NOT_XML.sub("?", "\n".join([*lines, "</testsuites>"]) + "\n")


def _suite(report: "TypeReport", *, strict: bool, below: str) -> list[str]:
    failures = sum(fails(item, strict=strict) for item in report.items)
    skipped = sum(_skipped(item, strict=strict) is not None for item in report.items)
    counts = f'tests="{len(report.items)}" failures="{failures}" errors="0" skipped="{skipped}" time="0"'
    return [
        f"  <testsuite name={quoteattr(report.model)} {counts}>",
        *(line for item in report.items for line in _case(item, report, strict=strict, below=below)),
        "  </testsuite>",
    ]


def _case(item: "Item", report: "TypeReport", *, strict: bool, below: str) -> list[str]:
    file = f" file={quoteattr(below + item.path)}" if item.path else ""
    classname = f"geo.{report.name}.{item.phase.value}"
    head = f'    <testcase name={quoteattr(item.id)} classname={quoteattr(classname)}{file} time="0"'
    if fails(item, strict=strict):
        place = f"{below}{item.path}:{item.line}: " if item.path and item.line else ""
        text = f"{place}{item.message or plain(item.title)}\n\n{item.remedy}".rstrip()
        message = "; ".join(_message(item).splitlines())
        kind = quoteattr(item.level.value)
        return [
            f"{head}>",
            f"      <failure message={quoteattr(message)} type={kind}>{escape(text)}</failure>",
            "    </testcase>",
        ]
    if why := _skipped(item, strict=strict):
        # GitLab shows the text; an element with attributes it would show only as a table of them.
        skipped = f"<skipped message={quoteattr(why)}>{escape(_message(item))}</skipped>"
        return [f"{head}>", f"      {skipped}", "    </testcase>"]
    return [f"{head}/>"]


def _skipped(item: "Item", *, strict: bool) -> str | None:
    """Return why a case was skipped, or None if it was not."""
    if was_open_before(item, strict=strict):
        return BEFORE
    return stated(item.state) if item.state in _SKIPPED and not fails(item, strict=strict) else None


def _message(item: "Item") -> str:
    return f"{stated(item.state)}: {item.message or plain(item.title)}"
