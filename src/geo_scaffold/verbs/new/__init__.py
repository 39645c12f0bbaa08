"""`new`: plan everything that an edition asks for, for one model, and write it.

- selection: which part of the artifacts is wanted
- planning: the plan, from what is found to the operations, each in the tree that the ones before it leave
- steps: one operation of it, and what is decided about a conflict
- refusals: what would lose or hide something that is there
- checklist_file: CHECKLIST.md of a standalone folder
- recording: the receipt
"""

from geo_scaffold.verbs.new.planning import plan_new
from geo_scaffold.verbs.new.selection import EVERYTHING, Selection
from geo_scaffold.verbs.new.steps import never

__all__ = ["EVERYTHING", "Selection", "never", "plan_new"]
