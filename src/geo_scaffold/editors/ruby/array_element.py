"""An element of an array."""

from typing import TYPE_CHECKING, Final

from geo_scaffold.editors.ruby.editor import RubyEditor
from geo_scaffold.editors.ruby.lists import only_list
from geo_scaffold.editors.ruby.members import Members, place_for
from geo_scaffold.editors.ruby.syntax import Source, equivalent, plain, single
from geo_scaffold.editors.splice import Splice
from geo_scaffold.records import dataclass

if TYPE_CHECKING:
    from tree_sitter import Node


ARRAY: Final = frozenset({"array"})


@dataclass(frozen=True, kw_only=True)
class ArrayElement(RubyEditor):
    """An element of `NAME = [...]`, with or without `.freeze`.

    Args:
        element: The element, such as `::A::B`, which equals `A::B`.
        array: The constant or local variable that the array is assigned to; empty if the array is the value of the
            innermost scope.
        inside: The scopes around it, outermost first (`scopes`); empty for anywhere.
        ordered: Whether it is inserted in alphabetical order, if the array is strictly sorted.

    Example:
        ```toml
        editor = { kind = "array-element", array = "REPLICATOR_CLASSES", ordered = true }
        ```

        with the lines:

        ```ruby
        ::Geo::CoolWidgetReplicator
        ```

        Before:

        ```ruby
        REPLICATOR_CLASSES = [
          ::Geo::BoilerReplicator,
          ::Geo::SteamReplicator
        ].freeze
        ```

        After:

        ```ruby
        REPLICATOR_CLASSES = [
          ::Geo::BoilerReplicator,
          ::Geo::CoolWidgetReplicator,
          ::Geo::SteamReplicator
        ].freeze
        ```
    """

    element: str
    array: str
    inside: tuple[str, ...] = ()
    ordered: bool = False
    comment: str = ""

    @property
    def what(self) -> str:
        """A description of the entry."""
        return f"the element `{self.element}`"

    def expected(self) -> "Node":
        """Return the element, parsed alone."""
        return single(self.element)

    def find(self, source: Source) -> "list[Node]":
        """Return the elements that match it."""
        expected = self.expected()
        return [member for member in self._members(source).all if equivalent(member, expected)]

    def adding(self, source: Source) -> list[Splice]:
        """Return the splices that insert it."""
        members = self._members(source)
        keys = [plain(member) for member in members.all]
        place = place_for(plain(self.expected()), keys, ordered=self.ordered)
        return members.adding(self.element, place, comment=self.comment)

    @property
    def remark(self) -> str:
        """See `RubyEditor.remark`."""
        return self.comment

    def removing(self, source: Source, entry: "Node") -> list[Splice]:
        """Return the splices that remove it."""
        return self._members(source).removing(entry)

    def _members(self, source: Source) -> Members:
        return Members(source, only_list(source, self.array, self.inside, ARRAY, "the array"), commas=True)
