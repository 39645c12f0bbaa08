"""The meaning of a file, regardless of its form: its constructs, compared with those of a rendered template.

A file may contain more than the template, in another order and layout. This package knows formats and nothing about
Geo.

- keys: the identity of a construct: `Class`, `Method`, `Constant`, `Setting`, `Call`
- construct: one construct, and a gap: what is missing or different
- outline: the constructs of a file, with queries such as `calls("include")` and `value("table_name")`
- ruby: classes, methods, constants, macro calls of a file
- matching: which spellings of Ruby mean the same
- options: whether the options of a migration's columns and indexes mean the same
- mapping: the keys of a flat YAML file
- schema: tables, columns, keys and indexes of an SQL schema
- table_change: what a migration has to do to an incomplete table
- broken: why a file cannot be read at all

A module is imported on first use: a plan outlines nothing. `table_change` has the same name as its module, so it is
imported from there.
"""

from typing import TYPE_CHECKING, Final

from geo_scaffold.lazy_imports import importing

if TYPE_CHECKING:
    from geo_scaffold.outline.broken import Breakage, breakage_of
    from geo_scaffold.outline.construct import Construct, Gap
    from geo_scaffold.outline.keys import Call, Class, Constant, Key, Method, Setting
    from geo_scaffold.outline.mapping import mapping_gaps
    from geo_scaffold.outline.matching import ruby_gaps
    from geo_scaffold.outline.outline import Outline
    from geo_scaffold.outline.ruby import outline_ruby
    from geo_scaffold.outline.schema import schema_gaps, table_gaps

__all__ = [
    "Breakage",
    "Call",
    "Class",
    "Constant",
    "Construct",
    "Gap",
    "Key",
    "Method",
    "Outline",
    "Setting",
    "breakage_of",
    "mapping_gaps",
    "outline_ruby",
    "ruby_gaps",
    "schema_gaps",
    "table_gaps",
]

_MODULES: Final = {
    "Breakage": "broken",
    "Call": "keys",
    "Class": "keys",
    "Constant": "keys",
    "Construct": "construct",
    "Gap": "construct",
    "Key": "keys",
    "Method": "keys",
    "Outline": "outline",
    "Setting": "keys",
    "breakage_of": "broken",
    "mapping_gaps": "mapping",
    "outline_ruby": "ruby",
    "ruby_gaps": "matching",
    "schema_gaps": "schema",
    "table_gaps": "schema",
}

__getattr__ = importing(__name__, _MODULES)
