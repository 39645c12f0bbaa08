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
    from geo_scaffold.verbs.checklist import Item, Report, TypeReport

_SEVERITIES: Final = {Level.BREAKING: "critical", Level.TEST: "major", Level.DOC: "minor"}
_NOWHERE: Final = "ee/lib/gitlab/geo.rb"
"""Where a decision belongs that is about no file: the list of all types."""


def render(report: "Report", *, strict: bool, below: str = "") -> str:
    """Return the JSON array; what was open before the branch is in it for information.

    Args:
        report: What was found.
        strict: Whether an unconfirmed decision is in it.
        below: What comes before each path in the repository.
    """
    found = [
        _entry(each, item, below)
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
        "location": {"path": below + (item.path or _NOWHERE), "lines": {"begin": item.line or 1}},
        "categories": ["Bug Risk" if item.level is Level.BREAKING else "Compatibility"],
        "content": {"body": item.remedy},
    }
