"""A word of a `%w[]` or `%i[]` list."""

from typing import TYPE_CHECKING

from geo_scaffold.editors.ruby.editor import RubyEditor
from geo_scaffold.editors.ruby.lists import only_list
from geo_scaffold.editors.ruby.members import Members, place_for
from geo_scaffold.editors.ruby.syntax import Source, single, text_of
from geo_scaffold.editors.splice import Splice
from geo_scaffold.records import dataclass

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, kw_only=True)
class WordListElement(RubyEditor):
    """A word of a list of words, `%w[...]`, or of symbols, `%i[...]`.

    Args:
        word: The word.
        words: The constant or local variable that the list is assigned to, or the method that it is the first argument
            of; empty: the list is the value of the innermost scope.
        inside: The scopes around it, from the outermost (`scopes`); none: wherever it is.
        symbols: Whether it is a list of symbols.
        ordered: Whether it goes to its place in the alphabet, in a list that keeps the alphabet strictly.

    Example:
        ```toml
        editor = { kind = "word", words = "expected_fields", symbols = true }
        ```

        with the lines:

        ```ruby
        cool_widget_registries
        ```

        Before:

        ```ruby
        expected_fields = %i[
          boiler_registries steam_registries
        ]
        ```

        After:

        ```ruby
        expected_fields = %i[
          boiler_registries cool_widget_registries steam_registries
        ]
        ```
    """

    word: str
    words: str
    inside: tuple[str, ...] = ()
    symbols: bool = False
    ordered: bool = True

    @property
    def what(self) -> str:
        """What the entry is."""
        return f"the word `{self.word}`"

    def expected(self) -> "Node":
        """Return the word, parsed alone."""
        return single(f"{'%i' if self.symbols else '%w'}[{self.word}]").named_children[0]

    def found(self, source: Source) -> "list[Node]":
        """Return the words that are it."""
        return [member for member in self._members(source).all if text_of(member) == self.word]

    def adding(self, source: Source) -> list[Splice]:
        """Return what puts it in."""
        members = self._members(source)
        keys = [text_of(member) for member in members.all]
        return members.adding(self.word, place_for(self.word, keys, ordered=self.ordered))

    def removing(self, source: Source, entry: "Node") -> list[Splice]:
        """Return what takes it out."""
        return self._members(source).removing(entry)

    def _members(self, source: Source) -> Members:
        kind, what = ("symbol_array", "the list of symbols") if self.symbols else ("string_array", "the list of words")
        return Members(source, only_list(source, self.words, self.inside, frozenset({kind}), what), commas=False)
