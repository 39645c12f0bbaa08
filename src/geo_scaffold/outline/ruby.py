"""The constructs of a Ruby file, by its syntax tree.

The scopes around a construct are a part of its key, except those that only group: `module EE`, `prepended do`,
`describe`, `FactoryBot.define`. Methods are only read for the tables that migrations create in them.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from geo_scaffold.editors.ruby.syntax import BODIES, parse, text_of
from geo_scaffold.outline.construct import Construct
from geo_scaffold.outline.keys import TABLE, Call, Class, Constant, Key, Method, Setting
from geo_scaffold.outline.outline import Outline

if TYPE_CHECKING:
    from tree_sitter import Node

_GROUPING: Final = frozenset({"prepended", "included", "define", "modify", "describe", "context"})
"""Blocks that only group."""
_STATIC: Final = frozenset({"class_methods"})
"""Blocks whose methods become class methods."""
_WRAPPING: Final = frozenset({"private", "override", "private_class_method"})
"""Calls without meaning, except for a method defined in their argument: `private def x`."""
_SILENT: Final = frozenset(
    {
        *("require_relative", "public", "protected", "private_constant", "using", "puts"),
        *("it", "specify", "example", "before", "after", "around"),
    }
)
"""Calls that carry no meaning for the outline."""
_EACH: Final = frozenset({"include", "extend", "prepend"})
"""Calls that are equivalent to one call for each argument."""
_SAME: Final = {
    **dict.fromkeys(("include_examples", "it_behaves_like", "it_should_behave_like"), "it_behaves_like"),
    **dict.fromkeys(("let", "let!", "let_it_be", "let_it_be_with_refind", "let_it_be_with_reload", "subject"), "let"),
}
"""Equivalent methods."""
_SIMPLE: Final = frozenset(
    {"constant", "scope_resolution", "string", "simple_symbol", "true", "false", "nil", "integer", "hash_key_symbol"}
)
_BRANCHES: Final = frozenset({"if", "unless", "then", "else", "begin", "if_modifier", "unless_modifier", "program"})
_HOLDING: Final = BODIES | {"then", "else"}
"""Nodes that only enclose statements."""
_TABLES: Final = frozenset({"create_table", "create_table_with_constraints"})
_CREATES: Final = b"create_table"
"""Their common text."""


def outline_ruby(text: str) -> Outline:
    """Return the constructs of a file; of two with the same key, the first.

    Args:
        text: The whole file.
    """
    return Outline(_constructs(parse(text).root, (), static=False))


def constant(text: str) -> str:
    """Return a constant, or the text of a string or symbol that may be one, in its common spelling."""
    return text.strip().lstrip(":")


def _constructs(node: "Node", scope: tuple[str, ...], *, static: bool) -> Iterator[Construct[Key]]:
    for child in _statements(node):
        kind = child.type
        if kind in {"class", "module"}:
            yield from _of_class(child, scope)
        elif kind == "singleton_class":
            yield from _constructs(child, scope, static=True)
        elif kind in {"method", "singleton_method"}:
            yield _method(child, scope, static=static or kind == "singleton_method")
            yield from _tables_in(child, scope)
        elif kind == "assignment":
            yield from _assignment(child, scope)
        elif kind in {"call", "identifier"}:
            yield from _call(child, scope, static=static)
        elif kind in _BRANCHES:
            yield from _constructs(child, scope, static=static)


def _statements(node: "Node") -> "Iterator[Node]":
    for child in node.named_children:
        if child.type in _HOLDING:
            yield from _statements(child)
        else:
            yield child


def _of_class(node: "Node", scope: tuple[str, ...]) -> Iterator[Construct[Key]]:
    name = node.child_by_field_name("name")
    parts = constant(text_of(name)).split("::") if name else []
    inside = (*scope, *parts)
    if inside[:1] == ("EE",):  # the EE mixin is a part of the class that it extends
        inside = inside[1:]
    if inside[-1:] == ("ClassMethods",):
        yield from _constructs(node, inside[:-1], static=True)
        return
    if inside and parts != ["EE"]:
        above = node.child_by_field_name("superclass")
        base = [child for child in above.children if child.is_named] if above else []
        value = constant(text_of(base[0])) if base else None
        first = text_of(node).splitlines()[0]
        key = Class("::".join(inside[:-1]), inside[-1])
        yield Construct(key, f"{node.type} {key.path}", _line(node), first, value)
    yield from _constructs(node, inside, static=False)


def _method(node: "Node", scope: tuple[str, ...], *, static: bool) -> Construct[Method]:
    name = node.child_by_field_name("name")
    shown = f"def {'self.' * static}{text_of(name) if name else ''}"
    head = [name, node.child_by_field_name("object"), node.child_by_field_name("parameters")]
    body = [child for child in _statements(node) if child not in head and child.type != "comment"]
    value = _simple(body[0]) if len(body) == 1 else None
    key = Method("::".join(scope), text_of(name) if name else "", is_static=static)
    return Construct(key, shown, _line(node), _source(node), value, is_empty=not body or value == "nil")


def _assignment(node: "Node", scope: tuple[str, ...]) -> Iterator[Construct[Key]]:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return
    shown = " ".join(text_of(node).split("\n")[0].split())
    if left.type == "constant":
        value = _simple(right)
        key: Key = Constant("::".join(scope), text_of(left))
        yield Construct(key, shown, _line(node), _source(node), value and constant(value))
    elif left.type == "call" and text_of(left).startswith("self."):
        key = Setting("::".join(scope), text_of(left).removeprefix("self."))
        yield Construct(key, shown, _line(node), _source(node), _simple(right))


def _call(node: "Node", scope: tuple[str, ...], *, static: bool) -> Iterator[Construct[Key]]:
    is_call = node.type == "call"
    method = node.child_by_field_name("method") if is_call else node
    if method is None:
        return
    name = text_of(method)
    if name in _SILENT:  # as for nearly everything that a spec calls
        return
    block = node.child_by_field_name("block") if is_call else None
    given = node.child_by_field_name("arguments") if is_call else None
    arguments = [child for child in given.named_children if child.type != "comment"] if given else []
    if name in _WRAPPING:
        wrapped = arguments[0] if arguments else None
        if wrapped is not None and wrapped.type in {"method", "singleton_method"}:
            yield _method(wrapped, scope, static=static or wrapped.type == "singleton_method")
        return
    if name in _STATIC or name in _GROUPING:
        receiver = node.child_by_field_name("receiver") if is_call else None
        if name == "describe" and receiver is not None and arguments:
            shown = f"describe {text_of(arguments[0])}"
            yield Construct(Call("", "describe", _first(arguments)), shown, _line(node), _head(node))
        if block is not None:
            yield from _constructs(block, scope, static=name in _STATIC)
        return
    name = _SAME.get(name, name)
    where = "::".join(scope)
    is_column = where.startswith(TABLE)
    pairs = tuple(pair for argument in arguments if (pair := _pair(argument, whole=is_column)) is not None)
    is_empty = _is_empty(
        [block, *(argument.child_by_field_name("body") for argument in arguments if argument.type == "lambda")]
    )
    for each in [[argument] for argument in arguments] if name in _EACH else [arguments[:1]]:
        first = _first(each)
        if name == "association":  # of a factory, where the name alone is enough
            name, first = first, ""
        label = dict(pairs).get("name", "") if name == "index" else ""
        key = Call("" if name == "it_behaves_like" else where, name, first, label)
        shown = f"{name} {_head(each[0])}" if first else name
        yield Construct(key, shown, _line(node), _source(node), None, pairs, is_empty)
    if block is not None and name == "it_behaves_like":  # with the context of the shared examples
        yield from _constructs(block, scope, static=False)
    if block is not None and name in {"factory", "trait", "transient"}:
        yield from _constructs(block, (*scope, f"{name} {_first(arguments)}".strip()), static=False)


def _tables_in(method: "Node", scope: tuple[str, ...]) -> Iterator[Construct[Key]]:
    """Yield the tables that a method creates, with their columns and indexes."""
    if _CREATES not in (method.text or b""):  # as in nearly all methods
        return
    nodes = [method]
    while nodes:
        node = nodes.pop()
        name = node.child_by_field_name("method") if node.type == "call" else None
        if name is not None and text_of(name) in _TABLES:
            given = node.child_by_field_name("arguments")
            arguments = [child for child in given.children if child.is_named] if given else []
            table = _first(arguments)
            shown = f"create_table :{table}"
            yield Construct(Call("", "create_table", table), shown, _line(node), _head(node))
            if block := node.child_by_field_name("block"):
                yield from _constructs(block, (f"{TABLE}{table}",), static=False)
        else:
            nodes += reversed(node.children)


def _first(arguments: "list[Node]") -> str:
    """Return the first argument in its common spelling: a constant as its last part."""
    if not arguments or arguments[0].type == "pair":
        return ""
    node = arguments[0]
    if node.type in {"constant", "scope_resolution"}:
        return text_of(node).rpartition("::")[2]
    simple = _simple(node)
    return simple if simple is not None else "".join(text_of(node).split()).replace('"', "'")


def _is_empty(blocks: "list[Node | None]") -> bool:
    """Tell whether there are blocks and none of them has a statement."""
    present = [block for block in blocks if block is not None]
    return bool(present) and not any(
        child.type not in {"comment", "block_parameters"} for block in present for child in _statements(block)
    )


def _pair(node: "Node", *, whole: bool) -> tuple[str, str] | None:
    if node.type != "pair":
        return None
    key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
    if key is None or value is None:
        return None
    simple = _whole(value) if whole else _simple(value)
    return None if simple is None else (text_of(key).strip(":\"'"), simple)


def _whole(node: "Node") -> str:
    """Return a value in its common spelling, a hash sorted by its keys."""
    if node.type == "hash":
        pairs = sorted(pair for child in node.children if (pair := _pair(child, whole=True)) is not None)
        return f"{{ {', '.join(f'{key}: {value}' for key, value in pairs)} }}"
    if node.type == "chained_string":
        parts = [_simple(child) for child in node.named_children]
        if None not in parts:
            return "".join(filter(None, parts))
    simple = _simple(node)
    return " ".join(text_of(node).split()) if simple is None else simple


def _simple(node: "Node") -> str | None:
    if node.type == "call" and text_of(node).endswith(".freeze"):
        receiver = node.child_by_field_name("receiver")
        return _simple(receiver) if receiver is not None else None
    if node.type not in _SIMPLE:
        return None
    if node.type == "string":
        parts = node.named_children
        return (
            None if any(part.type != "string_content" for part in parts) else "".join(map(text_of, parts)).lstrip(":")
        )
    return text_of(node).lstrip(":")


def _line(node: "Node") -> int:
    return int(node.start_point.row) + 1


def _source(node: "Node") -> str:
    return " " * node.start_point.column + text_of(node)


def _head(node: "Node") -> str:
    return text_of(node).splitlines()[0].strip()
