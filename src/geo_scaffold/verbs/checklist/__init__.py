"""`checklist`: what is done, what is missing, what only a person can tell; nothing is written to the tree.

- items: the words of a report, its counts and its exit code
- subject: one type to audit, with the templates and operations of its edition
- discovery: types that were not generated, as what is audited
- selection: which types are audited
- left_out: the files that a sparse checkout leaves out
- touched_types: which types a branch touches; differences: the lines in which two versions of a file differ
- branch: the report on a branch
- baseline: what was open already where it left the other one
- audit: all artifacts of one type, in order
- created_files, entries, decisions: how each sort of artifact is decided
- equivalents: what people wrote in another way than the templates
- schema_remedies: migrations that give a table what it lacks
- removed: types that a branch removes; unmerged: what a merge request still has to name
- ticks: the boxes that people ticked
- request: what is asked for
- audits: the types that were asked for; cores: many of them in several processes
- report_cache: reports of earlier runs
- run: all of it
"""

from geo_scaffold.verbs.checklist.items import Item, Report, State, TypeReport
from geo_scaffold.verbs.checklist.request import Request
from geo_scaffold.verbs.checklist.run import check

__all__ = ["Item", "Report", "Request", "State", "TypeReport", "check"]
