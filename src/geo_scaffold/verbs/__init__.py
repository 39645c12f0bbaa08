"""Pure use cases: what a verb does, without a terminal.

- target: where a verb works
- plan: the steps of one run, computed before anything is written
- new: plan everything for a model: selection, planning, steps, refusals, the checklist, the receipt
- release: plan the release phase
- undo: take back what `new` wrote
- cores: pieces of work in several processes
"""
