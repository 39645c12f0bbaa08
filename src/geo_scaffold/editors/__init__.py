"""Entries in existing files: text to text, spliced and proven. Editors know formats and nothing about Geo.

- editor: what every editor can do
- splice: replacing parts of a text, and what a new line takes from its neighbours
- failures: the errors of an editor that does not edit
- lines, separated, order, paths: shared by formats; conflicts: the markers that a merge leaves
- ruby, yaml, json_, markdown, sql, pot: the editors of each format
"""

from geo_scaffold.editors.editor import Editor, Reading, Remembering, remembers

__all__ = ["Editor", "Reading", "Remembering", "remembers"]
