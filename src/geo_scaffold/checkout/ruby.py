"""What a Ruby file's classes and modules declare: superclasses, mixins, settings and the methods of interest.

The file is parsed, never run, so a comment, a string or a heredoc that looks like a declaration does not count. Only
what a fact may depend on is kept: a class of a thousand lines yields a few declarations.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from geo_scaffold.editors.ruby.syntax import Source, parse
from geo_scaffold.records import dataclass, field

if TYPE_CHECKING:
    from tree_sitter import Node

_CALLS: Final = frozenset(
    {
        *(b"include", b"prepend", b"prepend_mod", b"prepend_mod_with", b"include_mod", b"include_mod_with"),
        *(b"included", b"prepended", b"class_methods", b"mount_uploader", b"mount_file_store_uploader"),
        *(b"with_replicator", b"delegate", b"belongs_to", b"has_one", b"alias_attribute", b"attr_accessor"),
        *(b"attribute", b"connects_to"),
    }
)
"""The calls in a body on which a fact may depend."""
_BY_NAME: Final = frozenset({b"prepend_mod", b"prepend_mod_with", b"include_mod", b"include_mod_with"})
"""The calls that a file makes on its class after the end of the class."""
_METHODS: Final = frozenset({b"table_name", b"table_name_prefix", b"primary_key", b"repository", b"model"})
_WRITERS: Final = frozenset({b"table_name", b"table_name_prefix", b"primary_key", b"abstract_class"})
"""`self.table_name =` and the like."""
_HOOKS: Final = {b"included": "included", b"prepended": "prepended"}
"""Methods of a module that run in the class that takes it."""
_STATIC: Final = frozenset({"class_methods"})
_THROUGH: Final = frozenset(
    {"if", "unless", "then", "else", "elsif", "begin", "if_modifier", "unless_modifier", "body_statement"}
)
"""The nodes that contain statements without changing their meaning for us."""
_WRAPPERS: Final = frozenset({b"with_options", b"class_eval", b"concerning", b"instance_eval"})
"""Blocks whose statements are the class's."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One statement of a class or module.

    Args:
        name: The called or defined method, or the assigned attribute: `include`, `table_name=`, `def self.table_name`.
        path: The file.
        line: The line, from 1.
        nesting: The classes and modules around it, innermost first, as Ruby looks up constants.
        arguments: Source of each positional argument.
        options: Source of each keyword argument.
        value: Source of the assigned value, or of a method's body.
        block: What the block declares.
    """

    name: str
    path: str
    line: int
    nesting: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    value: str = ""
    block: tuple["Declaration", ...] = ()

    @property
    def source(self) -> str:
        """Where it is, `path:line`."""
        return f"{self.path}:{self.line}"

    def option(self, name: str) -> str | None:
        """Return the source of a keyword argument, or None if it is not given."""
        return dict(self.options).get(name)


@dataclass(slots=True)
class Definition:
    """A class or module, as one file opens it.

    Args:
        name: Its full name.
        path: The file.
        line: The line where it begins, from 1.
        nesting: Itself and the classes and modules around it, innermost first.
        is_class: Whether it is a class.
        superclass: Source of its superclass; empty if it names none.
        declarations: The declarations in its body, in order.
    """

    name: str
    path: str
    line: int
    nesting: tuple[str, ...]
    is_class: bool
    superclass: str = ""
    declarations: list[Declaration] = field(default_factory=list)

    @property
    def source(self) -> str:
        """Where it is, `path:line`."""
        return f"{self.path}:{self.line}"


def definitions_in(text: str, path: str) -> list[Definition]:
    """Return the classes and modules that a file opens, in order; top-level declarations are in one without a name.

    Args:
        text: The whole file.
        path: Its path, for sources.
    """
    return _File(parse(text), path).definitions


class _File:
    def __init__(self, source: Source, path: str) -> None:
        self.path = path
        self._data = source.data
        self.definitions = [Definition("", path, 1, (), False)]
        self._walk(source.root, (), self.definitions[0].declarations, static=False)

    def _text(self, node: "Node | None") -> str:
        return "" if node is None else self._bytes(node).decode("utf-8", "surrogateescape")

    def _bytes(self, node: "Node") -> bytes:
        return self._data[node.start_byte : node.end_byte]

    def _walk(self, body: "Node", nesting: tuple[str, ...], declarations: list[Declaration], *, static: bool) -> None:
        for node in body.children:
            kind = node.type
            if kind == "call":
                self._call(node, nesting, declarations, static=static)
            elif kind == "assignment":
                self._assignment(node, nesting, declarations)
            elif kind in {"method", "singleton_method"}:
                self._method(node, nesting, declarations, static=static or kind == "singleton_method")
            elif kind in {"class", "module"}:
                self._module(node, nesting)
            elif kind == "singleton_class":
                if (inside := node.child_by_field_name("body")) is not None:
                    self._walk(inside, nesting, declarations, static=True)
            elif kind in _THROUGH:
                self._walk(node, nesting, declarations, static=static)

    def _module(self, node: "Node", nesting: tuple[str, ...]) -> None:
        name = self._text(node.child_by_field_name("name"))
        full = name[2:] if name.startswith("::") else "::".join(filter(None, (*nesting[:1], name)))
        above = node.child_by_field_name("superclass")
        superclass = self._text(above).removeprefix("<").strip()
        line = node.start_point.row + 1
        inner = (full, *nesting)
        definition = Definition(full, self.path, line, inner, node.type == "class", superclass)
        self.definitions.append(definition)
        if (body := node.child_by_field_name("body")) is not None:
            self._walk(body, inner, definition.declarations, static=False)

    def _call(self, node: "Node", nesting: tuple[str, ...], declarations: list[Declaration], *, static: bool) -> None:
        method = node.child_by_field_name("method")
        if method is None:
            return
        word = self._bytes(method)
        given = node.child_by_field_name("arguments")
        if given is not None and given.named_child_count == 1 and given.named_children[0].type == "method":
            self._method(given.named_children[0], nesting, declarations, static=static)  # `private def x`
            return
        if static or self._is_of_another(node, word):  # a singleton class's mixins are not the class's
            return
        block = node.child_by_field_name("block")
        if word in _WRAPPERS:
            if block is not None and (body := block.child_by_field_name("body")) is not None:
                self._walk(body, nesting, declarations, static=False)
            return
        if word not in _CALLS:
            return
        name = word.decode()
        inside: list[Declaration] = []
        if block is not None and (body := block.child_by_field_name("body")) is not None:
            self._walk(body, nesting, inside, static=name in _STATIC)
        arguments, options = self._arguments(node)
        line = node.start_point.row + 1
        declarations.append(Declaration(name, self.path, line, nesting, arguments, options, "", tuple(inside)))

    def _is_of_another(self, node: "Node", word: bytes) -> bool:
        """Tell whether a call has another receiver, as in `singleton_class.include`; EE modules are called by name."""
        receiver = node.child_by_field_name("receiver")
        if receiver is None or word in _BY_NAME:
            return False
        return receiver.type == "constant" or self._bytes(receiver) == b"singleton_class"

    def _arguments(self, node: "Node") -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
        given = node.child_by_field_name("arguments")
        if given is None:
            return (), ()
        arguments, options = [], []
        for child in given.named_children:
            if child.type == "pair":
                key = self._text(child.child_by_field_name("key")).strip(":'\"")
                options.append((key, self._text(child.child_by_field_name("value"))))
            elif child.type != "comment":
                arguments.append(self._text(child))
        return tuple(arguments), tuple(options)

    def _assignment(self, node: "Node", nesting: tuple[str, ...], declarations: list[Declaration]) -> None:
        left = node.child_by_field_name("left")
        if left is None or left.type != "call":
            return
        receiver, method = left.child_by_field_name("receiver"), left.child_by_field_name("method")
        if receiver is None or method is None or receiver.type != "self":
            return
        word = self._bytes(method)
        if word in _WRITERS:
            value = self._text(node.child_by_field_name("right"))
            line = node.start_point.row + 1
            declarations.append(Declaration(f"{word.decode()}=", self.path, line, nesting, value=value))

    def _method(self, node: "Node", nesting: tuple[str, ...], declarations: list[Declaration], *, static: bool) -> None:
        name = node.child_by_field_name("name")
        if name is None:
            return
        word = self._bytes(name)
        body = node.child_by_field_name("body")
        line = node.start_point.row + 1
        if static and word in _HOOKS and body is not None:
            inside = list(self._in_hook(body, nesting))
            if inside:
                declarations.append(Declaration(_HOOKS[word], self.path, line, nesting, block=tuple(inside)))
        elif word in _METHODS:
            shown = f"def {'self.' * static}{word.decode()}"
            declarations.append(Declaration(shown, self.path, line, nesting, value=self._text(body)))

    def _in_hook(self, body: "Node", nesting: tuple[str, ...]) -> Iterator[Declaration]:
        inside: list[Declaration] = []
        self._walk(body, nesting, inside, static=False)
        yield from inside
