"""Ruby, edited by its syntax tree.

Each editor module has one kind of entry; below them:

- editor: find, splice, prove; statement: the same for statements of a scope
- compound, batch: several entries treated as one
- method_def, holder: methods, and what is around or above them
- nested_calls: calls in blocks that come with them
- scopes: what is around a place; lists, calls: where a list is, what a call calls
- members, placement, lines: the splices for a member of a list, a statement, a line
- proof: that the result is the old text plus the entry
- syntax, grammar: the tree

Only grammar imports tree-sitter, when the first text is parsed.
"""

from typing import TYPE_CHECKING, Final

from geo_scaffold.lazy_imports import importing

if TYPE_CHECKING:
    from geo_scaffold.editors.ruby.array_element import ArrayElement
    from geo_scaffold.editors.ruby.batch import Batch
    from geo_scaffold.editors.ruby.call_option import CallOption
    from geo_scaffold.editors.ruby.call_statement import CallStatement
    from geo_scaffold.editors.ruby.file_statements import FileStatements
    from geo_scaffold.editors.ruby.hash_entry import HashEntry
    from geo_scaffold.editors.ruby.it_statements import ItStatements
    from geo_scaffold.editors.ruby.line_before_end import LineAfterCalls, LineBeforeEnd
    from geo_scaffold.editors.ruby.method_def import MethodDef
    from geo_scaffold.editors.ruby.nested_calls import NestedCalls
    from geo_scaffold.editors.ruby.no_hash_entry import NoHashEntry
    from geo_scaffold.editors.ruby.table_row import TableRow
    from geo_scaffold.editors.ruby.when_branch import WhenBranch
    from geo_scaffold.editors.ruby.word_list_element import WordListElement

__all__ = [
    "ArrayElement",
    "Batch",
    "CallOption",
    "CallStatement",
    "FileStatements",
    "HashEntry",
    "ItStatements",
    "LineAfterCalls",
    "LineBeforeEnd",
    "MethodDef",
    "NestedCalls",
    "NoHashEntry",
    "TableRow",
    "WhenBranch",
    "WordListElement",
]

_MODULES: Final = {
    "ArrayElement": "array_element",
    "CallOption": "call_option",
    "CallStatement": "call_statement",
    "FileStatements": "file_statements",
    "HashEntry": "hash_entry",
    "ItStatements": "it_statements",
    "LineAfterCalls": "line_before_end",
    "LineBeforeEnd": "line_before_end",
    "MethodDef": "method_def",
    "NestedCalls": "nested_calls",
    "NoHashEntry": "no_hash_entry",
    "TableRow": "table_row",
    "Batch": "batch",
    "WhenBranch": "when_branch",
    "WordListElement": "word_list_element",
}

__getattr__ = importing(__name__, _MODULES)
