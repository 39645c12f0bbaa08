"""For the code quality of a merge request: what is open, at the place where it belongs.

GitLab drops all that follows an entry that it cannot read, and of two with one fingerprint it keeps one. So each has
its own, made of what it is about and never of where or why, so that it stays the same while lines move.
"""

import hashlib
import json
from typing import TYPE_CHECKING, Final

from geo_scaffold.cli.formats.words import sentence
from geo_scaffold.edition import Level
from geo_scaffold.verbs.checklist import State
from geo_scaffold.verbs.checklist.items import fails, was_open

if TYPE_CHECKING:
    from geo_scaffold.cli.formats import Below
    from geo_scaffold.verbs.checklist import Item, Report, TypeReport

_SEVERITIES: Final = {Level.BREAKING: "critical", Level.TEST: "major", Level.DOC: "minor"}
_NOWHERE: Final = "ee/lib/gitlab/geo.rb"
"""Where a decision belongs that is about no file: the list of all types."""


def render(report: "Report", *, strict: bool, below: "Below") -> str:
    """Return the JSON array; what was open before the branch is in it for information.

    Args:
        report: What was found.
        strict: Whether an unconfirmed decision is in it.
        below: Returns what comes before the paths of a type in the repository.
    """
    found = [
        _entry(each, item, below(each))
        for each in report.types
        for item in each.items
        if fails(item, strict=strict) or was_open(item, strict=strict)
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
    """Return the file of an item; of a decision that is about none, where one is told."""
    if item.path:
        return report.prefix + item.path
    if report.folder is None:
        return _NOWHERE
    from geo_scaffold.edition import CHECKLIST

    return CHECKLIST
