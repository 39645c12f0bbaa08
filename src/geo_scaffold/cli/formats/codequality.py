"""For the code quality report of a merge request: what is open, at its file and line.

GitLab drops everything after an entry that it cannot read, and keeps only one of two with the same fingerprint. So each
fingerprint is unique, and is made from what an entry is about, not from where or why: it stays the same while lines
move.
"""

import hashlib
import json
from typing import TYPE_CHECKING, Final

from geo_scaffold.cli.formats.words import sentence
from geo_scaffold.edition import Level
from geo_scaffold.verbs.checklist import State
from geo_scaffold.verbs.checklist.items import fails, was_open_before

if TYPE_CHECKING:
    from geo_scaffold.cli.formats import Below
    from geo_scaffold.verbs.checklist import Item, Report, TypeReport

_SEVERITIES: Final = {Level.BREAKING: "critical", Level.TEST: "major", Level.DOC: "minor"}
_NOWHERE: Final = "ee/lib/gitlab/geo.rb"
"""The file for a decision that concerns no file: the list of all types."""


def render(report: "Report", *, strict: bool, below: "Below") -> str:
    """Return the JSON array; items that were open before the branch have severity `info`.

    Args:
        report: The report.
        strict: Whether an unconfirmed decision is included.
        below: Returns the prefix of a type's paths in the repository.
    """
    found = [
        _entry(type_report, item, below(type_report))
        for type_report in report.types
        for item in type_report.items
        if fails(item, strict=strict) or was_open_before(item, strict=strict)
    ]
    return json.dumps(found, indent=2) + "\n"


def _entry(report: "TypeReport", item: "Item", below: str) -> dict[str, object]:
    severity = "info" if item.before or item.state is State.CONFIRM else _SEVERITIES[item.level]
    return {
        "description": sentence(report, item),
        "check_name": f"geo-scaffold/{item.id}",
        "fingerprint": hashlib.sha256(f"geo-scaffold {report.name} {item.id}".encode()).hexdigest(),
        "severity": severity,
        "location": {"path": below + _path(report, item), "lines": {"begin": item.line or 1}},
        "categories": ["Bug Risk" if item.level is Level.BREAKING else "Compatibility"],
        "content": {"body": item.remedy},
    }


def _path(report: "TypeReport", item: "Item") -> str:
    """Return the file of an item; for a decision without one, a file to show it at."""
    if item.path:
        return report.prefix + item.path
    if report.folder is None:
        return _NOWHERE
    from geo_scaffold.edition import CHECKLIST

    return CHECKLIST
