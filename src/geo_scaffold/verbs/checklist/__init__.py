"""`checklist`: what is done, what is missing, what only a person can tell; nothing is written to the tree.

- items: the words of a report, its counts and its exit code
- subject: one type to audit, with the templates and operations of its edition
- discovery: makes types that were not generated auditable
- selection: which types are audited
- sparse_checkout: adds the files that a sparse checkout leaves out
- touched_types: which types a branch touches; differences: the lines in which two versions of a file differ
- branch: the report on a branch
- baseline: what was already open at the merge base
- audit: all artifacts of one type, in order
- created_files, entries, decisions: how each sort of artifact is judged
- equivalents: what people wrote differently from the templates
- schema_remedies: migrations that complete a table
- removed: types that a branch removes; unmerged: what is not merged yet
- ticks: the boxes that people ticked
- request: what the user asked for
- audits: audits the requested types
- report_cache: reports of earlier runs
- run: all of it

A module is imported when something of it is asked for: `new` needs the evidence for decisions, and no audit.
"""

from typing import TYPE_CHECKING

from geo_scaffold.lazy_imports import importing

if TYPE_CHECKING:
    from geo_scaffold.verbs.checklist.items import Item, Report, State, TypeReport
    from geo_scaffold.verbs.checklist.request import Request
    from geo_scaffold.verbs.checklist.run import check

__all__ = ["Item", "Report", "Request", "State", "TypeReport", "check"]

__getattr__ = importing(
    __name__,
    {
        "Item": "items",
        "Report": "items",
        "Request": "request",
        "State": "items",
        "TypeReport": "items",
        "check": "run",
    },
)
