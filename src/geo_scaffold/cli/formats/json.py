"""For programs: the JSON contract, versioned."""

import json
from typing import TYPE_CHECKING

from geo_scaffold.cli.report import SCHEMA

if TYPE_CHECKING:
    from geo_scaffold.verbs.checklist import Report


def document(report: "Report") -> dict[str, object]:
    """Return the report as a JSON document.

    Args:
        report: The report.
    """
    return {
        "schema": SCHEMA,
        "edition": report.edition,
        "types": [
            {
                "model": type_report.model,
                "name": type_report.name,
                "kind": type_report.kind,
                "released": type_report.is_released,
                "items": [
                    {
                        "id": item.id,
                        "title": item.title,
                        "phase": item.phase.value,
                        "level": item.level.value,
                        "status": item.state.value,
                        "path": item.path or None,
                        "line": item.line,
                        "message": item.message,
                        "remedy": item.remedy,
                        "before": item.before,
                    }
                    for item in type_report.items
                ],
            }
            for type_report in report.types
        ],
        "summary": report.summary(),
    }


def render(report: "Report", *, strict: bool) -> str:
    """Return the document as text.

    Args:
        report: The report.
        strict: Not used here.
    """
    return json.dumps(document(report), indent=2) + "\n"
