"""One audit, or the report of an earlier one that is still valid."""

from collections.abc import Callable
from pathlib import Path

from geo_scaffold.checkout.target import find_checkout, folder_of, is_strange
from geo_scaffold.verbs.checklist.items import Report
from geo_scaffold.verbs.checklist.report_cache import CachedReport
from geo_scaffold.verbs.checklist.request import Request


def check(request: Request, into: Path, *, progress: Callable[[int, int], None] | None = None) -> Report:
    """Audit what was requested, without writing to the tree.

    In a checkout, the report is cached and reused as long as everything that it depends on is the same: the request,
    this program, and the content of each file and folder that it read.

    Args:
        request: The request.
        into: The folder given by the user.
        progress: Receives how many types of how many are audited.

    Raises:
        GeoScaffoldError: Nothing can be audited.
    """
    folder = folder_of(into)
    checkout = find_checkout(folder)
    changes = request.changes(checkout) if request.changes and checkout else None
    cached = (
        CachedReport(checkout, {**request.question(changes), "is_strange": is_strange(checkout)}) if checkout else None
    )
    if cached and (report := cached.find()):
        return report
    # Only now import the audit, with the template engine: a cached report needs none of it.
    from geo_scaffold.verbs.checklist.audits import audit_all  # noqa: PLC0415
    from geo_scaffold.verbs.checklist.selection import TypeSelection  # noqa: PLC0415

    selection = TypeSelection(folder)
    try:
        report = audit_all(request, selection, changes, progress=progress)
    finally:
        selection.unmerged.close()
    if cached and report.is_lasting and (fingerprint := selection.fingerprint()):
        cached.keep(report, fingerprint)
    return report
