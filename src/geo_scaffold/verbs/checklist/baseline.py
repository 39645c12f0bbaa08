"""What was already open at the merge base, which is not the branch's fault."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from geo_scaffold.errors import GeoScaffoldError, ReadError
from geo_scaffold.git import Changes, Commit
from geo_scaffold.records import replace
from geo_scaffold.verbs.checklist.items import OPEN, Item, Report, State, TypeReport
from geo_scaffold.verbs.checklist.selection import Chosen, TypeSelection

_NUMBER: Final = re.compile(r"(?<!\w)\d+(?!\w)")
"""A line number or a count, which changes for unrelated reasons."""
_NOT_PARTED: Final = (
    "git does not have the commit where the branch started (a shallow clone?):"
    " what is open on the other branch itself counts as open before."
)


def with_baseline(
    report: Report, selection: TypeSelection, commit: Commit, changes: Changes, audit: Callable[[Chosen], TypeReport]
) -> Report:
    """Return a report in which items that were open before a branch are marked.

    Only types that existed count: registered, or with a replicator file. If the commit cannot be read, nothing is
    marked, and a note says so; such a report is not cached.

    Args:
        report: The report.
        selection: The checkout.
        commit: The merge base.
        changes: The changes since that commit.
        audit: Audits a type in the same way as the report's.
    """
    wanted = [
        type_report for type_report in report.types if any(_may_be_old(item, type_report) for item in type_report.items)
    ]
    if not wanted:
        return report
    try:
        old = TypeSelection(selection.root, commit)
        found = (old.existing(name.name) for name in wanted)
        then = {type_report.name: type_report for type_report in map(audit, filter(None, found))}
        if why := old.unreadable():
            raise ReadError(why)
    except GeoScaffoldError as error:
        note = f"What was open before the branch is not known, so everything counts as opened by it: {error.message}."
        return replace(report, notes=[*report.notes, note], is_lasting=False)
    return replace(
        report,
        types=tuple(
            _marked(type_report, then[type_report.name]) if type_report.name in then else type_report
            for type_report in report.types
        ),
        notes=[*report.notes, *([] if changes.is_where_it_left else [_NOT_PARTED])],
    )


def _marked(now: TypeReport, then: TypeReport) -> TypeReport:
    earlier = {item.id: item for item in then.items if _may_be_old(item, then)}
    items = (
        replace(item, before=item.id in earlier and _was_open(item, earlier[item.id]))
        if _may_be_old(item, now)
        else item
        for item in now.items
    )
    return replace(now, items=tuple(items))


def _may_be_old(item: Item, report: TypeReport) -> bool:
    """Tell whether an item is open; for a released type, an unconfirmed one is open, too."""
    return item.state in OPEN or (item.state is State.CONFIRM and report.is_released)


def _was_open(now: Item, then: Item) -> bool:
    """Tell whether everything open in an item was already open."""
    is_no_worse = now.state is then.state or (now.state, then.state) == (State.DIFFERS, State.MISSING)
    return is_no_worse and not _counted(now.findings) - _counted(then.findings)


def _counted(findings: Iterable[str]) -> Counter[str]:
    return Counter(_NUMBER.sub("", finding) for finding in findings)
