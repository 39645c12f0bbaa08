"""Encodes a report, with what it depends on, as text, and decodes it."""

import json
from typing import Any

from geo_scaffold.checkout.fingerprint import Fingerprint
from geo_scaffold.edition import Level
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.checklist.items import Item, Report, State, TypeReport


def encode(report: Report, fingerprint: Fingerprint) -> str:
    """Return a report and what it depends on as text."""
    types = [
        [
            type_report.model,
            type_report.name,
            type_report.title,
            type_report.kind,
            type_report.is_released,
            [_row(item) for item in type_report.items],
        ]
        for type_report in report.types
    ]
    document = {
        "files": dict(fingerprint.files),
        "folders": {path: list(names) for path, names in fingerprint.folders.items()},
        "merged": fingerprint.merged,
        "edition": report.edition,
        "types": types,
        "notes": report.notes,
    }
    return json.dumps(document, separators=(",", ":"))


def decode_fingerprint(document: Any) -> Fingerprint:
    """Return what a report depends on; errors as for `decode_report`."""
    folders = {path: tuple(names) for path, names in document["folders"].items()}
    return Fingerprint(document["files"], folders, document["merged"])


def decode_report(document: Any) -> Report:
    """Return the report.

    Args:
        document: The output of `encode`, parsed as JSON.

    Raises:
        ValueError, TypeError, KeyError: It is something else.
    """
    types = tuple(
        TypeReport(model, name, title, kind, is_released, tuple(_item(row) for row in rows))
        for model, name, title, kind, is_released, rows in document["types"]
    )
    return Report(document["edition"], types, document["notes"])


def _row(item: Item) -> list[str | int | bool | None]:
    return [
        *(item.id, item.title, item.phase.value, item.level.value, item.state.value),
        *(item.path, item.line, item.message, item.remedy, item.before, item.section),
    ]


def _item(row: Any) -> Item:
    *fields, path, line, message, remedy, before, section = row
    id_, title, phase, level, state = fields
    return Item(id_, title, Phase(phase), Level(level), State(state), path, line, message, remedy, before, section)
