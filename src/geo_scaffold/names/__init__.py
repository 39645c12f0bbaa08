"""Every spelling of a model's name, as Rails, GitLab and PostgreSQL need it; nothing about files.

- build: all spellings of one model; names: the record that holds them; refusals: the refused ones
- spellings: the meaning, shape and derivation of each spelling; data
- reserved: names that no model or replicable can have; data
- inflector: Active Support's inflector, which the reference runtime uses too; rules: its data; plurals: by `inflect`
- inflections: applies the declarations of a Rails initializer to it
- backtracking: limits how long a pattern of such a declaration may take
- identifiers: PostgreSQL's 63 bytes

A module is imported on first use, so that the inflector imports nothing else.
"""

from typing import TYPE_CHECKING, Final

from geo_scaffold.lazy_imports import importing

if TYPE_CHECKING:
    from geo_scaffold.names.build import build_names
    from geo_scaffold.names.inflector import Inflector
    from geo_scaffold.names.names import Names, Origin
    from geo_scaffold.names.refusals import MAX_NAME_LENGTH
    from geo_scaffold.names.spellings import SPELLINGS, Spelling

__all__ = ["MAX_NAME_LENGTH", "SPELLINGS", "Inflector", "Names", "Origin", "Spelling", "build_names"]

_MODULES: Final = {
    "MAX_NAME_LENGTH": "refusals",
    "SPELLINGS": "spellings",
    "Inflector": "inflector",
    "Names": "names",
    "Origin": "names",
    "Spelling": "spellings",
    "build_names": "build",
}

__getattr__ = importing(__name__, _MODULES)
