"""A keyword argument of a call, which is removed or added."""

from typing import TYPE_CHECKING, Self

from geo_scaffold.editors.failures import blocked, not_once
from geo_scaffold.editors.ruby.calls import arguments_of, call_the_same
from geo_scaffold.editors.ruby.editor import RubyEditor
from geo_scaffold.editors.ruby.members import Members
from geo_scaffold.editors.ruby.scopes import only_scope, statements
from geo_scaffold.editors.ruby.syntax import Source, all_equivalent, equivalent, parse, plain, single, text_of
from geo_scaffold.editors.splice import indentation_at
from geo_scaffold.records import dataclass, replace

if TYPE_CHECKING:
    from tree_sitter import Node

    from geo_scaffold.editors.splice import Splice


@dataclass(frozen=True, kw_only=True)
class KeywordArgument(RubyEditor):
    """A keyword argument of a call in a scope.

    Args:
        call: The start of the call, such as `field :name`: its method and first argument.
        name: The argument's keyword.
        text: The argument, such as `name: 1`.
        inside: The scopes around the call, outermost first; empty for the file.
        before: The keyword of the argument before which it goes; empty if it goes last.
        own_line: Whether it starts a line even if its neighbour does not.
    """

    call: str
    name: str
    text: str
    inside: tuple[str, ...] = ()
    before: str = ""
    own_line: bool = False

    @property
    def what(self) -> str:
        """A description of the entry."""
        return f"the option `{self.name}` of `{self.call}`"

    def expected(self) -> "Node":
        """Return the argument, parsed alone."""
        return arguments_of(single(f"call({self.text})"))[0]

    def find(self, source: Source) -> "list[Node]":
        """Return the arguments with that keyword."""
        return [member for member in self.arguments(source).all if keyword(member) == self.name]

    def adding(self, source: Source) -> "list[Splice]":
        """Return the splices that insert it."""
        members = self.arguments(source)
        at = [index for index, member in enumerate(members.all) if self.before and keyword(member) == self.before]
        if self.before and len(at) != 1:
            raise not_once(f"the option `{self.before}` of `{self.call}`", self.inside, len(at))
        return members.adding(self.text, at[0] if at else len(members.all), own_line=self.own_line)

    def removing(self, source: Source, entry: "Node") -> "list[Splice]":
        """Return the splices that remove it."""
        return self.arguments(source).removing(entry)

    def arguments(self, source: Source) -> Members:
        """Return the arguments of the call."""
        expected = single(self.call)
        start = arguments_of(expected)[:1]
        calls = [
            statement
            for statement in statements(only_scope(source, self.inside))
            if call_the_same(statement, expected) and all_equivalent(arguments_of(statement)[: len(start)], start)
        ]
        if len(calls) != 1:
            raise not_once(f"the call `{self.call}`", self.inside, len(calls))
        arguments = calls[0].child_by_field_name("arguments")
        if arguments is None:
            raise blocked(f"the call `{self.call}` has no arguments")
        return Members(source, arguments, commas=True)


@dataclass(frozen=True, kw_only=True)
class CallOption:
    """The absence, or presence, of a keyword argument: `insert` removes or adds it; `remove` undoes that.

    Args:
        call: The start of the call, such as `field :name`: its method and first argument.
        name: The argument's keyword.
        text: The argument, such as `name: 1`. For an absence it may be empty: then any value is removed, and `remove`
            fails.
        inside: The scopes around the call, outermost first; empty for the file.
        before: The keyword of the argument before which it goes; empty if it goes last.
        own_line: Whether it starts a line even if its neighbour does not.
        present: Whether the entry is the presence of the argument.

    Example:
        ```toml
        editor = { kind = "no-option", call = "field :widgets", name = "alpha", text = "alpha: {{ milestone: 18 }}" }
        ```

        Before:

        ```ruby
        field :widgets, null: true, alpha: { milestone: 18 }
        ```

        After:

        ```ruby
        field :widgets, null: true
        ```
    """

    call: str
    name: str
    text: str = ""
    inside: tuple[str, ...] = ()
    before: str = ""
    own_line: bool = False
    present: bool = False

    def contains(self, text: str) -> bool:
        """Tell whether the argument is as it should be: absent, or present with any value."""
        return self._argument.contains(text) is self.present

    def line(self, text: str) -> int | None:
        """Return the line of the argument, from 1, or None if it does not exist."""
        found = self._argument.find(parse(text))
        return found[0].start_point.row + 1 if found else None

    def insert(self, text: str) -> str:
        """Return the text with the argument removed, or added."""
        if self.present:
            return self._argument.insert(text)
        if not self._argument.contains(text):
            return text
        option = self.captured(text)
        if self.text and not equivalent(self._argument.expected(), option._argument.expected()):
            raise blocked(f"expected `{self.text}` in `{self.call}`, found `{option.text}`")
        result = option._argument.remove(text)
        if self.text and self._argument.insert(result) != text:
            raise blocked(f"{self._argument.what} is not where it was expected and could not be put back there")
        return result

    def remove(self, text: str) -> str:
        """Return the text with the argument restored, or removed again."""
        if self.present:
            return self._argument.remove(text)
        if not self.text and not self._argument.contains(text):
            raise blocked(f"{self._argument.what} is gone, and its text is not known")
        return self._argument.insert(text)

    def captured(self, text: str) -> Self:
        """Return a copy of this editor that knows the current argument and its place, so that `remove` can restore it.

        Args:
            text: The file, before `insert`. If it does not have the argument, the copy is the same.
        """
        source = parse(text)
        members, found = self._argument.arguments(source), self._argument.find(source)
        if len(found) != 1:
            return self
        value = text_of(found[0]).replace("\r\n", "\n")
        own_line = members.has_its_line(found[0])
        if own_line:
            value = value.replace("\n" + indentation_at(text, source.start(found[0])), "\n")
        following = [member for member in members.all if member.start_byte > found[0].start_byte]
        return replace(
            self,
            text=value,
            before=keyword(following[0]) if following else "",
            own_line=own_line,
        )

    @property
    def _argument(self) -> KeywordArgument:
        return KeywordArgument(
            call=self.call,
            name=self.name,
            text=self.text,
            inside=self.inside,
            before=self.before,
            own_line=self.own_line,
        )


def keyword(argument: "Node") -> str:
    """Return the keyword of an argument, if it has one."""
    key = argument.child_by_field_name("key") if argument.type == "pair" else None
    return "" if key is None else plain(key)
