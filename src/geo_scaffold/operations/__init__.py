"""What is done for an artifact, as data: get its status, apply it, revert it, all in a virtual tree.

- operation: the words that all of them share
- whole_file: create a file, or derive a whole one
- merging: changes between two renderings, made in a version that a person has edited
- ticked_file: a checklist, in which people tick boxes
- retirement: revert what the current answers no longer ask for
- entry: ensure an entry in an existing file, or derive a part of one
"""

from geo_scaffold.operations.entry import EntryOperation, Part
from geo_scaffold.operations.operation import Applied, Operation, OpKind, Outcome, Status, is_in_conflict
from geo_scaffold.operations.retirement import Retirement
from geo_scaffold.operations.ticked_file import TickedFileOperation, outline_of
from geo_scaffold.operations.whole_file import RENDERED_ANEW, FileOperation

__all__ = [
    "RENDERED_ANEW",
    "Applied",
    "EntryOperation",
    "FileOperation",
    "OpKind",
    "Operation",
    "Outcome",
    "Part",
    "Retirement",
    "Status",
    "TickedFileOperation",
    "is_in_conflict",
    "outline_of",
]
