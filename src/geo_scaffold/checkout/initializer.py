"""The inflections that Rails initializers declare (`inflect.acronym 'CDN'`), read from syntax trees, never run."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from geo_scaffold.editors.ruby.syntax import Source, text_of
from geo_scaffold.names.inflections import METHODS, Declaration, Regexp, Value, declare_all
from geo_scaffold.names.inflector import Inflector

if TYPE_CHECKING:
    from tree_sitter import Node

_HOLDS_STATEMENTS: Final = frozenset(
    {"program", "body_statement", "block_body", "then", "else", "begin", "parenthesized_statements"}
)
"""Where a declaration may be; elsewhere, such as before an `if`, only Ruby can tell whether it runs."""
_CLOSING: Final = {"(": ")", "[": "]", "{": "}", "<": ">"}


def read_initializer(text: str) -> Inflector:
    """Return Rails' own inflections and those that an initializer adds.

    Args:
        text: The Ruby source of a file such as GitLab's `config/initializers_before_autoloader/000_inflections.rb`. A
            declaration whose arguments are not literals is kept in `unreadable`.
    """
    return declare_all(Inflector.plain(), declarations_in(text))


def declarations_in(text: str) -> Iterator[Declaration]:
    """Yield the declarations of an initializer, in order.

    Only the English inflections count, because Active Support names classes and tables by those.

    Args:
        text: The Ruby source. Conditions that are blocks around a declaration are ignored.
    """
    lines = text.split("\n")
    nodes = [(Source(text, leaves_out=False).root, True)]  # anything left out might be a declaration
    while nodes:  # no recursion: the file decides how deep it goes
        node, is_english = nodes.pop()
        children = node.children
        if node.type == "call" and _method(node) == "inflections":
            is_english = _is_english(node)
        for at, child in enumerate(children):
            if node.field_name_for_child(at) != "method" or text_of(child) not in METHODS:
                continue
            receiver = children[at - 2] if at > 1 else None
            if receiver is not None and (_is_english(receiver) if _method(receiver) == "inflections" else is_english):
                line = child.start_point.row
                yield Declaration(text_of(child), _arguments(node), line + 1, lines[line].strip())
        nodes += [(child, is_english) for child in reversed(children)]


def files_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names of files for which an initializer names the constant, with it.

    Args:
        text: The Ruby source of a file such as GitLab's `config/initializers_before_autoloader/004_zeitwerk.rb`:
            `autoloader.inflector.inflect('ldap_key' => 'LDAPKey')`. What is not a literal is left out.
    """
    nodes = [Source(text, leaves_out=False).root]
    while nodes:
        node = nodes.pop()
        receiver = node.child_by_field_name("receiver") if _method(node) == "inflect" else None
        given = node.child_by_field_name("arguments") if receiver and _method(receiver) == "inflector" else None
        for pair in given.named_children if given else ():
            values = [_literal(part) for part in pair.named_children] if pair.type == "pair" else []
            match values:
                case [[str(name)], [str(constant)]]:
                    yield name, constant
        nodes += reversed(node.named_children)


def _method(node: "Node") -> str:
    method = node.child_by_field_name("method") if node.type == "call" else None
    return text_of(method) if method else ""


def _is_english(inflections: "Node") -> bool:
    """Tell whether a call of `inflections` is for English, as one without a locale is."""
    given = inflections.child_by_field_name("arguments")
    return given is None or [text_of(child) for child in given.named_children] in ([], [":en"])


def _arguments(call: "Node") -> tuple[Value, ...] | None:
    """Return the literal arguments of a call, or None if others are among them or the call is part of an expression."""
    parent = call.parent
    if call.type != "call" or call.has_error or call.child_by_field_name("block") is not None:
        return None
    if parent is None or parent.type not in _HOLDS_STATEMENTS:
        return None
    given = call.child_by_field_name("arguments")
    nodes = list(reversed(given.named_children)) if given else []
    values: list[Value] = []
    while nodes:
        node = nodes.pop()
        if node.type == "array":
            nodes += reversed(node.named_children)
        elif node.type == "parenthesized_statements" and node.named_child_count == 1:
            nodes.append(node.named_children[0])
        elif node.type != "comment":
            found = _literal(node)
            if found is None:
                return None
            values += found
    return tuple(values)


def _literal(node: "Node") -> list[Value] | None:
    text, parts = text_of(node), node.named_children
    if node.type in {"string_array", "symbol_array"}:
        return [text_of(part) for part in parts] if text[1] in "wi" else None
    if any(part.type == "interpolation" for part in parts):
        return None
    if node.type == "regex":
        return [_regexp(text)]
    if node.type == "string" and text[0] == "'":
        # Ruby's two escapes between single quotes.
        return [re.sub(r"\\(['\\])", r"\1", text[1:-1])]
    if node.type == "string" and text[0] == '"':
        escapes = {text_of(part) for part in parts if part.type == "escape_sequence"}
        return [text[1:-1].replace("\\\\", "\\")] if escapes <= {"\\\\"} else None
    return None


def _regexp(text: str) -> Regexp:
    opening = text.removeprefix("%r")[0]
    body, _, flags = text.removeprefix("%r")[1:].rpartition(_CLOSING.get(opening, opening))
    return Regexp(body.replace(r"\/", "/"), flags)
