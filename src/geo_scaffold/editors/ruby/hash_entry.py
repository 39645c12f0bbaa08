"""An entry of a hash."""

from typing import TYPE_CHECKING, Final

from geo_scaffold.editors.failures import blocked
from geo_scaffold.editors.ruby.editor import RubyEditor
from geo_scaffold.editors.ruby.lists import only_list
from geo_scaffold.editors.ruby.members import WIDTH, Members, place_for
from geo_scaffold.editors.ruby.syntax import Source, equivalent, plain, single
from geo_scaffold.editors.splice import Splice, indentation_at
from geo_scaffold.records import dataclass

if TYPE_CHECKING:
    from tree_sitter import Node


HASH: Final = frozenset({"hash"})


@dataclass(frozen=True, kw_only=True)
class HashEntry(RubyEditor):
    """An entry of `NAME = { key => value }`, with or without `.freeze`.

    Args:
        key: The key, such as `::A::B` or `'A::B'`, or with a colon: `name:`.
        value: The value. If the key has another value, nothing is written.
        hash: The constant or local variable that the hash is assigned to; empty if the hash is the value of the
            innermost scope, or the receiver of its last call.
        inside: The scopes around it, outermost first (`scopes`); empty for anywhere.
        ordered: Whether it is inserted in alphabetical order of keys, if the hash is strictly sorted.

    Example:
        ```toml
        editor = { kind = "hash-entry", hash = "DATA_TYPES" }
        ```

        with the lines:

        ```ruby
        'cool_widget_file' => 'cool_widget'
        ```

        Before:

        ```ruby
        DATA_TYPES = {
          'boiler_file' => 'boiler'
        }.freeze
        ```

        After:

        ```ruby
        DATA_TYPES = {
          'boiler_file' => 'boiler',
          'cool_widget_file' => 'cool_widget'
        }.freeze
        ```
    """

    key: str
    value: str
    hash: str
    inside: tuple[str, ...] = ()
    ordered: bool = False
    comment: str = ""

    @property
    def what(self) -> str:
        """A description of the entry."""
        return f"the key `{self.key.removesuffix(':')}`"

    @property
    def text(self) -> str:
        """The entry as written."""
        return f"{self.key} {self.value}" if self.key.endswith(":") else f"{self.key} => {self.value}"

    def expected(self) -> "Node":
        """Return the entry, parsed alone."""
        return single(f"HASH = {{ {self.text} }}").named_children[1].named_children[0]

    def find(self, source: Source) -> "list[Node]":
        """Return the entries that match it."""
        expected = self.expected()
        found = [member for member in self._members(source).all if equivalent(_key(member), _key(expected))]
        if any(not equivalent(member, expected) for member in found):
            raise blocked(f"{self.what} has another value")
        return found

    def adding(self, source: Source) -> list[Splice]:
        """Return the splices that insert it."""
        members = self._members(source)
        keys = [plain(member.children[0]) for member in members.all]
        place = place_for(plain(self.expected().children[0]), keys, ordered=self.ordered)
        return members.adding(self._broken(members), place, comment=self.comment)

    def _broken(self, members: Members) -> str:
        """Return the entry, on two lines if one is too long for `Layout/LineLength`, as in newer versions of GitLab."""
        whole = next((member for member in members.all if members.has_its_line(member)), None)
        if whole is None or self.key.endswith(":"):
            return self.text
        indentation = indentation_at(members.source.text, members.source.start(whole))
        is_long = len(f"{indentation}{self.text},") > WIDTH
        return f"{self.key} =>\n  {self.value}" if is_long else self.text

    @property
    def remark(self) -> str:
        """See `RubyEditor.remark`."""
        return self.comment

    def removing(self, source: Source, entry: "Node") -> list[Splice]:
        """Return the splices that remove it."""
        return self._members(source).removing(entry)

    def members(self, source: Source) -> "list[Node]":
        """Return all entries of the hash, in order."""
        return self._members(source).all

    def _members(self, source: Source) -> Members:
        return Members(source, only_list(source, self.hash, self.inside, HASH, "the hash"), commas=True)


def _key(member: "Node") -> "Node | None":
    """Return the key of an entry; a `**splat` has none."""
    return member.child_by_field_name("key")
