"""Calls in a nested block, such as the traits of a factory; the blocks are added if missing."""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from geo_scaffold.editors.ruby import placement
from geo_scaffold.editors.ruby.call_statement import CallStatement
from geo_scaffold.editors.ruby.calls import arguments_of, first_method
from geo_scaffold.editors.ruby.compound import Compound
from geo_scaffold.editors.ruby.file_statements import dedented
from geo_scaffold.editors.ruby.holder import Holder
from geo_scaffold.editors.ruby.scopes import content, scopes_named, statements
from geo_scaffold.editors.ruby.statement import Body, Statement
from geo_scaffold.editors.ruby.syntax import Source, equivalent, parse, text_of
from geo_scaffold.records import dataclass

if TYPE_CHECKING:
    from tree_sitter import Node

    from geo_scaffold.editors.splice import Splice


@dataclass(frozen=True, kw_only=True)
class Outer(Holder):
    """The outer block, such as `FactoryBot.modify do`, placed last in the file.

    It is not needed if the file has the inner one, whatever is around that.

    Args:
        inner: The name of the inner block, as in `scopes`.
    """

    inner: str

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        return bool(scopes_named(parse(text), (self.inner,))) or super().contains(text)

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        return text if self.contains(text) else super().insert(text)

    def adding(self, source: Source) -> "list[Splice]":
        """Return the splices that insert it last."""
        return [placement.end_of(source, self.scope(source), self.text, blank=True)]


@dataclass(frozen=True, kw_only=True)
class Inner(CallStatement):
    """The inner block with everything in it: anywhere in the file, else placed last in the last outer block.

    It is removed only when nothing is left in it but what came with it.

    Args:
        name: Its name, as in `scopes`.
    """

    name: str

    def find(self, source: Source) -> "list[Node]":
        """Return the blocks of that name, wherever they are."""
        return scopes_named(source, (self.name,)) or super().find(source)

    def scope(self, source: Source) -> "Node":
        """Return the last of the outer blocks."""
        scopes = scopes_named(source, self.inside)
        return scopes[-1] if scopes else super().scope(source)

    def body(self, source: Source) -> Body:
        """Return the statements of that block."""
        scopes = scopes_named(source, self.inside)
        return Body(source, statements(scopes[-1]) if scopes else [])

    def remove(self, text: str) -> str:
        """Return the text without it; unchanged if somebody has added something to it."""
        own = content(self.expected())
        found = self.find(parse(text))
        if any(not any(equivalent(each, one) for one in own) for node in found for each in content(node)):
            return text
        return super().remove(text)


@dataclass(frozen=True)
class NestedCalls(Compound[Statement]):
    """Calls of a method in nested blocks, such as `trait` in `factory :name do` in `FactoryBot.modify do`.

    If the file has the inner block, only the missing calls are added; if not, the whole inner block is added to an
    outer one, which is created if there is none.

    Args:
        text: The outer block with the inner one: indented by two spaces, with line feeds.
        method: The method.
        theirs: See `Compound`.

    Example:
        ```toml
        editor = { kind = "nested-calls", method = "trait" }
        ```

        with the lines:

        ```ruby
        FactoryBot.modify do
          factory :cool_widget do
            trait :verification_failed do
              file
            end
          end
        end
        ```

        Before:

        ```ruby
        FactoryBot.define do
          factory :cool_widget do
            trait :verification_succeeded do
              file
            end
          end
        end
        ```

        After:

        ```ruby
        FactoryBot.define do
          factory :cool_widget do
            trait :verification_succeeded do
              file
            end

            trait :verification_failed do
              file
            end
          end
        end
        ```
    """

    text: str
    method: str

    @property
    def editors(self) -> tuple[Statement, ...]:
        """The outer block, the inner one, then one for each call."""
        return _editors_of(self.text, self.method)

    @property
    def pieces(self) -> tuple[Statement, ...]:
        """The calls, which are what can be missing: the blocks only exist for them."""
        return self.editors[2:]

    @staticmethod
    def label(editor: Statement) -> str:
        """Return the name of the entry."""
        return editor.what

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        for editor in self.editors:
            text = editor.insert(text)
        return text


@lru_cache(maxsize=16)
def _editors_of(text: str, method: str) -> tuple[Statement, ...]:
    return tuple(_editors(parse(text), method))


def _editors(source: Source, method: str) -> Iterator[Statement]:
    [outer] = statements(source.root)
    [inner] = statements(outer)
    around = first_method(outer)
    name = f"{first_method(inner)} {text_of(arguments_of(inner)[0])}"
    head = text_of(outer).partition("\n")[0]
    yield Outer(text=f"{head}\nend", inner=name)
    yield Inner(
        text=dedented(source, inner), inside=(around,), is_held=True, ordered=False, may_be_first=True, name=name
    )
    for statement in statements(inner):
        if first_method(statement) == method:
            yield CallStatement(
                text=dedented(source, statement), inside=(name,), is_held=True, ordered=False, may_be_first=True
            )
