"""All statements of a file, added to an existing file one by one."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from geo_scaffold.editors.ruby.call_statement import CallStatement
from geo_scaffold.editors.ruby.calls import arguments_of, first_method
from geo_scaffold.editors.ruby.compound import Compound
from geo_scaffold.editors.ruby.holder import Hiding, Holder
from geo_scaffold.editors.ruby.method_def import HIDING, CallAboveMethod, MethodDef, name_of
from geo_scaffold.editors.ruby.scopes import block_of, statements
from geo_scaffold.editors.ruby.statement import Statement
from geo_scaffold.editors.ruby.syntax import Source, parse, plain, text_of
from geo_scaffold.records import dataclass

if TYPE_CHECKING:
    from tree_sitter import Node

_NAMESPACES: Final = frozenset({"module", "class"})


@dataclass(frozen=True)
class FileStatements(Compound[Statement]):
    """The statements of a whole file, each placed among those of its sort in a class or module of the same name.

    That class or module must exist, in any namespace and with any superclass. A block without arguments, such as
    `class_methods do`, is added if it is missing. Methods are compared by name only, calls by their first argument.
    Comments between statements are left out.

    Args:
        text: The file: indented by two spaces, with line feeds.
        alone: Methods of which a scope can have one call.
        theirs: See `Compound`.

    Example:
        ```toml
        editor = { kind = "file" }
        ```

        with the lines:

        ```ruby
        module EE
          module CoolWidget
            include ::Geo::ReplicableModel

            def log_geo_deleted_event
              geo_replicator.geo_handle_after_destroy
            end
          end
        end
        ```

        Before:

        ```ruby
        module EE
          module CoolWidget
            include Presentable

            def title
              name
            end
          end
        end
        ```

        After:

        ```ruby
        module EE
          module CoolWidget
            include Presentable
            include ::Geo::ReplicableModel

            def title
              name
            end

            def log_geo_deleted_event
              geo_replicator.geo_handle_after_destroy
            end
          end
        end
        ```
    """

    text: str
    alone: tuple[str, ...] = ()

    @property
    def editors(self) -> tuple[Statement, ...]:
        """One for each statement, in the order of insertion."""
        return _editors_of(self.text, self.alone)

    @staticmethod
    def label(editor: Statement) -> str:
        """Return the first line of a statement, with the scopes around it."""
        return " > ".join((*editor.inside, editor.text.partition("\n")[0]))

    def insert(self, text: str) -> str:
        """Return the text with every statement."""
        for editor in self.editors:
            text = editor.insert(text)
        return text


@lru_cache(maxsize=16)
def _editors_of(text: str, alone: tuple[str, ...]) -> tuple[Statement, ...]:
    source = parse(text)
    return tuple(_editors(source, source.root, (), alone))


def _editors(
    source: Source, scope: "Node", inside: tuple[str, ...], alone: Sequence[str], *, is_held: bool = False
) -> Iterator[Statement]:
    """Yield the editors of the statements of a scope, including nested ones."""
    above: list[str] = []
    """The methods called further up: a call without one of its sort goes below theirs."""
    about: list[str] = []
    """The calls about the following method."""
    is_private = False
    body = statements(scope)
    for index, node in enumerate(body):
        text = dedented(source, node)
        if node.type in _NAMESPACES and (name := node.child_by_field_name("name")) is not None:
            # Namespaces may be written as one constant, so only the innermost name counts.
            yield from _editors(source, node, (plain(name).rpartition("::")[2],), alone)
        elif text in HIDING:
            is_private = True
            yield Hiding(text=text, inside=inside, is_held=is_held)
        elif name_of(node) is not None:
            yield MethodDef(text=text, inside=inside, is_held=is_held, is_private=is_private, may_be_first=True)
            yield from (
                CallAboveMethod(text=statement, inside=inside, is_held=is_held, method=text) for statement in about
            )
            about = []
        elif _is_about(node, body[index + 1 :]):
            about.append(text)
        else:
            method, is_block = first_method(node), block_of(node) is not None and not arguments_of(node)
            sort = Holder if is_block else CallStatement
            yield sort(
                text=f"{method} do\nend" if is_block else text,
                inside=inside,
                is_held=is_held,
                ordered=False,
                below=tuple(above),
                may_be_first=True,
                is_alone=method in alone,
            )
            if is_block:
                yield from _editors(source, node, (*inside, method), alone, is_held=True)
            above.append(method)


def _is_about(call: "Node", following: "Sequence[Node]") -> bool:
    """Tell whether a call is directly above a method, with at most other such calls in between."""
    for node in following:
        if node.start_point.row != call.end_point.row + 1:
            return False
        if name_of(node) is not None:
            return True
        call = node
    return False


def dedented(source: Source, node: "Node") -> str:
    """Return the text of a statement without the indentation of its first line.

    Args:
        source: The file.
        node: The statement.
    """
    return text_of(node).replace("\n" + " " * node.start_point.column, "\n")
