"""`new`: plan everything that an edition needs for one model, and write it.

- selection: which part of the artifacts is wanted
- planning: the plan, from facts to operations, each applied to the tree as the previous ones left it
- parallel: edits of large files, in several processes
- steps: one operation of it, and the decision about a conflict
- refusals: refuses what would lose or hide something existing
- checklist_file: CHECKLIST.md of a standalone folder
- recording: the receipt
"""

from geo_scaffold.verbs.new.planning import plan_new
from geo_scaffold.verbs.new.selection import EVERYTHING, Selection
from geo_scaffold.verbs.new.steps import leave_unresolved

__all__ = ["EVERYTHING", "Selection", "leave_unresolved", "plan_new"]
