"""Scopes: classes, modules, methods, and blocks such as `describe '...' do`.

A locator names the scopes around its place from the outermost to the innermost. It may leave out outer ones. The last
name must be the innermost scope of the place, so a constant of the same name in a nested class does not match.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from geo_scaffold.editors.failures import not_once
from geo_scaffold.editors.ruby.syntax import BODIES, Source, ancestors, plain, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

NAMED: Final = frozenset({"class", "module", "method", "singleton_method"})
CONSTANTS: Final = frozenset({"constant", "scope_resolution"})
CLAUSES: Final = frozenset({"rescue", "ensure", "else"})
"""These end the statements of a body."""


def is_scope(node: "Node") -> bool:
    """Tell whether a node opens a scope."""
    return node.type in NAMED or node.type == "singleton_class" or block_of(node) is not None


def block_of(node: "Node") -> "Node | None":
    """Return the block of a call, if it has one."""
    return node.child_by_field_name("block") if node.type == "call" else None


def answers_to(node: "Node", name: str) -> bool:
    """Tell whether a scope has a name.

    A class or module: its constant, or the end of it (`A::B` or `B`). A method: its name. A block: the name of the
    method that takes it, or that call's first argument, such as a description, or both, such as `requires :status`.
    For a constant there, its end is enough too: `describe ::B` and `describe A::B` match `describe B`.

    Args:
        node: The node that opens the scope.
        name: A name in a locator, such as `A::B` or `requires :status`.
    """
    if node.type == "singleton_class":
        return name == "self"
    if node.type in NAMED:
        own = node.child_by_field_name("name")
        return own is not None and _ends_with(plain(own), name)
    method, arguments = node.child_by_field_name("method"), node.child_by_field_name("arguments")
    if method is None:
        return False
    if arguments is None or not arguments.named_children:
        return text_of(method) == name
    first = arguments.named_children[0]
    if name in {text_of(method), plain(first), f"{text_of(method)} {text_of(first)}"}:
        return True
    called, _, constant = name.rpartition(" ")
    return first.type in CONSTANTS and called == text_of(method) and _ends_with(text_of(first), constant)


def _ends_with(constant: str, name: str) -> bool:
    return constant == name or constant.endswith(f"::{name}")


def scopes_around(node: "Node") -> "list[Node]":
    """Return the scopes around a node, innermost first; the file itself is last."""
    found, inner = [], node
    for outer in ancestors(node):
        # A call's arguments are not inside its block.
        is_inside = outer is not node and (outer.type != "call" or inner == block_of(outer))
        if (is_scope(outer) and is_inside) or outer.parent is None:
            found.append(outer)
        inner = outer
    return found


def scopes_named(source: Source, inside: Sequence[str]) -> "list[Node]":
    """Return the scopes that a locator's names match; the file if there are none.

    Args:
        source: The file.
        inside: The names, outermost first; empty for the file.
    """
    if not inside:
        return [source.root]
    scopes = {}
    # Of `factory :name` and `describe Name` only the last word is in every spelling, such as `describe(::Name)`.
    last = inside[-1].rpartition(" ")[2]
    for node in source.nodes_around(last if last.startswith(":") or last[:1].isupper() else inside[-1]):
        for scope in ancestors(node):
            if is_scope(scope) and answers_to(scope, inside[-1]) and _leads(scope, inside[:-1]):
                scopes[scope.id] = scope
    return list(scopes.values())


def _leads(scope: "Node", names: Sequence[str]) -> bool:
    """Tell whether outer names are around a scope, in their order."""
    around = iter(scopes_around(scope)[:-1])
    return all(any(answers_to(outer, name) for outer in around) for name in reversed(names))


@lru_cache(maxsize=128)
def only_scope(source: Source, inside: tuple[str, ...]) -> "Node":
    """Return the one scope that a locator's names match.

    Args:
        source: The file.
        inside: The names, outermost first.

    Raises:
        LocatorError: There are none, or several.
    """
    scopes = scopes_named(source, inside)
    if len(scopes) != 1:
        raise not_once(f"`{inside[-1]}`", inside[:-1], len(scopes))
    return scopes[0]


def content(scope: "Node") -> "list[Node]":
    """Return the contents of a scope, in order: statements and comments, without `rescue` and the like."""
    holder = block_of(scope) or scope
    found: list[Node] = []
    for child in holder.children:
        if child.type in BODIES:
            found += child.children
        elif child.type == "comment" or holder.type == "program":
            found.append(child)
    opening = head(scope)
    row = opening.end_point.row if opening is not None else -1
    for index, node in enumerate(found):
        if node.type in CLAUSES or node.type == "uninterpreted":
            found = found[:index]
            break
    return [
        node
        for node in found
        if node.is_named
        and node.type != "heredoc_body"
        and not (node.type == "comment" and node.start_point.row == row)
    ]


def statements(scope: "Node") -> "list[Node]":
    """Return the statements of a scope, in order."""
    return [node for node in content(scope) if node.type != "comment"]


def head(scope: "Node") -> "Node | None":
    """Return the last node of a scope's opening, such as a superclass or block parameters; None for the file."""
    holder = block_of(scope) or scope
    if holder.type == "program":
        return None
    opening = holder.children[0]
    for child in holder.children[1:-1]:
        if child.type in BODIES or child.type == "comment":
            break
        opening = child
    return opening


def close(scope: "Node") -> "Node | None":
    """Return the token that closes a scope, such as `end`; None for the file."""
    holder = block_of(scope) or scope
    return None if holder.type == "program" else holder.children[-1]
