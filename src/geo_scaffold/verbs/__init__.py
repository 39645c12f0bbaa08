"""Pure use cases: what a verb does, without a terminal.

- target: where a verb works
- plan: the steps of one run, computed before anything is written
- new: plan everything for a model, and write it
- release: plan the release phase
- undo: take back what `new` wrote
"""
