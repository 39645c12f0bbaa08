"""Finds a list: assigned to a name, passed to a method, or the value of a scope."""

from collections.abc import Collection
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from geo_scaffold.editors.failures import blocked, not_once
from geo_scaffold.editors.ruby.scopes import only_scope, scopes_around, scopes_named, statements
from geo_scaffold.editors.ruby.syntax import Source

if TYPE_CHECKING:
    from tree_sitter import Node

ASSIGNMENTS: Final = frozenset({"assignment", "operator_assignment"})


@lru_cache(maxsize=64)
def only_list(source: Source, name: str, inside: tuple[str, ...], types: frozenset[str], what: str) -> "Node":
    """Return the one list that a locator matches.

    Args:
        source: The file.
        name: The constant or variable that it is assigned to, or the method of which it is the first argument; empty if
            it is the value of the innermost scope.
        inside: The scopes around it; empty for any.
        types: The node types of such a list.
        what: The name of such a list in messages.

    Raises:
        LocatorError: There are none, or several, or something else is there.
    """
    if name:
        scopes = {scope.id for scope in scopes_named(source, inside)} if inside else None
        values = [
            value
            for node in source.nodes_named(name)
            if (value := _value_of(node)) is not None and (scopes is None or scopes_around(node)[0].id in scopes)
        ]
    else:
        values = statements(only_scope(source, inside))[-1:]
    found = [node for value in values if (node := _receiver(value, types)) is not None]
    called = f"{what} `{name}`" if name else what
    if values and not found:
        raise blocked(f"expected {called}, found something else in its place")
    if len(found) != 1:
        raise not_once(called, inside, len(found))
    return found[0]


def _value_of(name: "Node") -> "Node | None":
    """Return what is assigned to a name, or the list or hash that is its first argument."""
    parent = name.parent
    if parent is None:
        return None
    if parent.type in ASSIGNMENTS and parent.child_by_field_name("left") == name:
        return parent.child_by_field_name("right")
    arguments = parent.child_by_field_name("arguments")
    if parent.type == "call" and parent.child_by_field_name("method") == name and arguments is not None:
        first = arguments.named_children[:1]
        return first[0] if first and first[0].type in {"array", "hash", "string_array", "symbol_array"} else None
    return None


def _receiver(node: "Node", types: Collection[str]) -> "Node | None":
    """Return the list with which a chain of calls such as `.freeze` starts."""
    call: Node | None = node
    while call is not None and call.type == "call":
        call = call.child_by_field_name("receiver")
    return call if call is not None and call.type in types else None
