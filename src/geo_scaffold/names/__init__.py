"""Every spelling of a model's name, as Rails, GitLab and PostgreSQL want it; nothing of files.

- build: all spellings of one model; names: what holds them; refusals: those that are refused
- spellings: what each spelling is, what it looks like and how it follows from earlier ones; data
- reserved: what a model or a replicable cannot be called; data
- inflector: Active Support's inflector, which the reference runtime uses too; rules: its data; plurals: by `inflect`
- inflections: what the declarations of a Rails initializer make of it
- backtracking: how long a pattern of such a declaration may take
- identifiers: PostgreSQL's 63 bytes

A module is imported when something of it is asked for, so that the inflector brings nothing else along.
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
