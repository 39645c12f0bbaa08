"""Entries in existing files: text to text, spliced and proven. Editors know formats and nothing of Geo.

- editor: what every editor can do
- splice: the cut itself, and what a new line takes from its neighbours
- failures: what an editor says when it does not edit
- lines, separated, order, paths: what formats share; conflicts: the markers that a merge leaves
- ruby, yaml, json_, markdown, sql, pot: the editors of each format, in modules of their own
"""

from geo_scaffold.editors.editor import Editor, Reading, Remembering, remembers

__all__ = ["Editor", "Reading", "Remembering", "remembers"]
