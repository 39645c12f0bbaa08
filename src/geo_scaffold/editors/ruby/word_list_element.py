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
        words: The constant or local variable that the list is assigned to, or the method of which it is the first
            argument; empty if the list is the value of the innermost scope.
        inside: The scopes around it, outermost first (`scopes`); empty for anywhere.
        symbols: Whether it is a list of symbols.
        ordered: Whether it is inserted in alphabetical order, if the list is strictly sorted.

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
        """A description of the entry."""
        return f"the word `{self.word}`"

    def expected(self) -> "Node":
        """Return the word, parsed alone."""
        return single(f"{'%i' if self.symbols else '%w'}[{self.word}]").named_children[0]

    def find(self, source: Source) -> "list[Node]":
        """Return the words that match it."""
        return [member for member in self._members(source).all if text_of(member) == self.word]

    def adding(self, source: Source) -> list[Splice]:
        """Return the splices that insert it."""
        members = self._members(source)
        keys = [text_of(member) for member in members.all]
        return members.adding(self.word, place_for(self.word, keys, ordered=self.ordered))

    def removing(self, source: Source, entry: "Node") -> list[Splice]:
        """Return the splices that remove it."""
        return self._members(source).removing(entry)

    def _members(self, source: Source) -> Members:
        kind, what = ("symbol_array", "the list of symbols") if self.symbols else ("string_array", "the list of words")
        return Members(source, only_list(source, self.words, self.inside, frozenset({kind}), what), commas=False)
