"""Calls: their method and first argument."""

from typing import TYPE_CHECKING

from geo_scaffold.editors.ruby.syntax import descendants, equivalent, leaf_text, parse, plain, text_of

if TYPE_CHECKING:
    from tree_sitter import Node


def arguments_of(call: "Node") -> "list[Node]":
    """Return the arguments of a call."""
    arguments = call.child_by_field_name("arguments")
    return [] if arguments is None else [part for part in arguments.named_children if part.type != "comment"]


def call_the_same(one: "Node", other: "Node") -> bool:
    """Tell whether two statements are calls of the same method on the same receiver."""
    if not one.type == other.type == "call":
        return False
    ours, other_method = one.child_by_field_name("method"), other.child_by_field_name("method")
    # A name has one spelling, and most compared statements differ in it.
    return (ours and ours.text) == (other_method and other_method.text) and equivalent(
        one.child_by_field_name("receiver"), other.child_by_field_name("receiver")
    )


def first_method(node: "Node") -> str:
    """Return the method with which a chain of calls starts, such as `expect` in `expect(x).to eq(1)`; else empty."""
    while (receiver := node.child_by_field_name("receiver")) is not None and receiver.type == "call":
        node = receiver
    method = node.child_by_field_name("method")
    return text_of(method) if method is not None else ""


def mentions(node: "Node", expression: str) -> bool:
    """Tell whether a node contains an expression, in any spelling.

    Args:
        node: The node.
        expression: The expression, as Ruby.
    """
    root = parse(expression).root.named_children
    if len(root) != 1 or leaf_text(root[0]) not in text_of(node):  # this decides most cases
        return False
    return any(equivalent(part, root[0]) for part in descendants(node) if part.is_named)


def sort_key(call: "Node", name: str = "") -> str:
    """Return the sort key of a call among its siblings: the name in its first argument, or in an entry of a hash.

    Args:
        call: The call.
        name: The key of that entry; empty for the first argument.
    """
    arguments = arguments_of(call)
    if not name:
        return plain(arguments[0]) if arguments else ""
    pairs = (
        pair for argument in arguments for pair in (argument.named_children if argument.type == "hash" else [argument])
    )
    for pair in pairs:
        key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
        if key is not None and value is not None and plain(key).rstrip(":") == name:
            return plain(value)
    return ""
