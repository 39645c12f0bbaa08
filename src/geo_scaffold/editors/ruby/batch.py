"""Several entries in one file that are treated as one entry."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from geo_scaffold.editors.ruby.compound import Compound
from geo_scaffold.editors.ruby.editor import RubyEditor
from geo_scaffold.editors.ruby.proof import is_proven
from geo_scaffold.editors.ruby.syntax import Source, parse, parse_result
from geo_scaffold.editors.splice import Splice, apply_splices
from geo_scaffold.records import dataclass


@dataclass(frozen=True)
class Batch(Compound[RubyEditor]):
    """Entries of any kind. They are inserted together if that gives the same result as one by one.

    Args:
        editors: One for each entry, in the order of insertion.
        theirs: See `Compound`.
    """

    editors: tuple[RubyEditor, ...]

    @staticmethod
    def label(editor: RubyEditor) -> str:
        """Return the name of the entry."""
        return editor.what

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        source = parse(text)
        missing = [editor for editor in self.editors if not editor.find(source)]
        if len(missing) > 1 and (result := _at_once(source, missing)) is not None:
            return result
        for editor in missing:
            text = editor.insert(text)
        return text


def _at_once(source: Source, missing: Sequence[RubyEditor]) -> str | None:
    """Return the text with all entries, or None if that is not proven to equal inserting them one by one."""
    splices = _joined(splice for editor in missing for splice in editor.adding(source))
    # Two entries sorted into the same place still have an order between them.
    is_ordered = any(getattr(editor, "ordered", False) for editor in missing)
    if is_ordered and len(splices) < len(missing):
        return None
    # Whether an entry is set apart depends on its neighbours, and one of them may be new.
    if is_ordered and any(not line.strip() for splice in splices for line in splice.text.splitlines()):
        return None
    result = apply_splices(source.text, splices)
    after = parse_result(result, source)
    added = [entry for editor in missing if (entry := editor.added(after)) is not None]
    if len(added) < len(missing) or not is_proven(source, after, added, splices, grows=True):
        return None
    removing = [
        splice for editor, entry in zip(missing, added, strict=True) for splice in editor.removing(after, entry)
    ]
    try:
        return result if apply_splices(result, removing) == source.text else None
    except ValueError:  # they overlap: the text between two entries belongs to both
        return None


def _joined(splices: Iterable[Splice]) -> list[Splice]:
    """Return splices with those at the same place joined, in order."""
    by_place = groupby(sorted(splices, key=lambda each: each[:2]), key=lambda each: each[:2])
    return [Splice(start, end, "".join(splice.text for splice in same)) for (start, end), same in by_place]
