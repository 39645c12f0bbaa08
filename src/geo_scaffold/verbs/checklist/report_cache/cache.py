"""Stores reports in the user's own cache, sealed, never in the audited tree."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from geo_scaffold.checkout.fingerprint import Fingerprint
from geo_scaffold.commit import Cache, digest
from geo_scaffold.verbs.checklist.items import Report
from geo_scaffold.verbs.checklist.report_cache.encoding import decode_fingerprint, decode_report, encode
from geo_scaffold.verbs.checklist.report_cache.program import state_of_program

_REPORTS: Final = Cache("checklist", most=64)


class CachedReport:
    """The place of the report that answers one question about one tree.

    Args:
        root: The root of the tree.
        question: The request, as JSON values.
    """

    def __init__(self, root: Path, question: Mapping[str, object]) -> None:
        self.root = root
        asked = json.dumps([state_of_program(), str(root), question], sort_keys=True)
        self._name = f"{digest(asked.encode('utf-8', 'surrogateescape'))}.json"

    def find(self) -> Report | None:
        """Return the report, if this user has one and everything that it depends on is unchanged."""
        try:
            body = _REPORTS.find(self._name)
            if body is None:
                return None
            document = json.loads(body)
            return decode_report(document) if decode_fingerprint(document).is_unchanged(self.root) else None
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):  # make it again
            return None

    def keep(self, report: Report, fingerprint: Fingerprint) -> None:
        """Cache a report; if that fails, it is made again the next time.

        Args:
            report: The report.
            fingerprint: What it depends on.
        """
        _REPORTS.keep(self._name, encode(report, fingerprint).encode())
