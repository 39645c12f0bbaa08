"""The factories of a tree: which one builds records of a class, where it is, and what it accepts.

A factory's class is the one that it names, else its parent's, else the one that FactoryBot guesses from its name
(`FactoryBot::Factory#class_name` and `#build_class`).
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final

from geo_scaffold.checkout.literals import word, words
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.editors.ruby.syntax import parse
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.records import dataclass

if TYPE_CHECKING:
    from tree_sitter import Node

FOLDERS: Final = ("spec/factories", "ee/spec/factories")
_MANY: Final = 20
"""After this many classes without a factory in their usual file, building an index of all pays off."""
_MODIFY: Final = "modify"
_ALIASES: Final = "aliases"
# Of spec/factories/**/*.rb and ee/spec/factories/**/*.rb: `factory :user`, `factory(:user)`.
_NAMED: Final = re.compile(r"factory[\s(]+:?['\"]?(\w+)")
GEO_TRAIT: Final = "verification_succeeded"
"""A trait that Geo's specs expect in the factory of every verified model."""


@dataclass(frozen=True, slots=True)
class Factory:
    """A factory.

    Args:
        name: Its name.
        path: Its file.
        line: The line where it begins, from 1.
        given: The class that it names, or None if it names none.
        parent: The factory that it inherits from, or None.
        aliases: Other names of it.
        attributes: The attributes, associations and transient attributes that it sets or accepts, including those of
            its traits.
        traits: Its traits.
        modifies: Whether it only modifies a factory defined elsewhere (`FactoryBot.modify`).
    """

    name: str
    path: str
    line: int
    given: str | None
    parent: str | None
    aliases: tuple[str, ...]
    attributes: frozenset[str]
    traits: frozenset[str]
    modifies: bool = False

    @property
    def source(self) -> str:
        """Where it is: `path:line`."""
        return f"{self.path}:{self.line}"


class Factories:
    """The factories of a tree.

    Args:
        sources: The files.
        inflector: The checkout's inflector.
    """

    def __init__(self, sources: Sources, inflector: Inflector) -> None:
        self._sources = sources
        self._inflector = inflector
        self._parsed: dict[str, tuple[Factory, ...]] = {}
        self._parents: dict[str, Factory | None] = {}
        self._searches = 0

    def of_class(self, name: str, *, exists: bool = True) -> Factory | None:
        """Return the factory that builds records of a class, or None if none does.

        Of several, the one named after the class wins, then one that does not inherit from another of them, then the
        one whose name is closest to the class's.

        Args:
            name: The class.
            exists: Whether the tree has the class; if not, only the usual files are read.
        """
        usual = self.usual_name(name)
        for path in self._usual_files(name):
            for factory in self.in_file(path):
                if factory.name == usual and not factory.modifies and self._usual_class(factory) == name:
                    return factory
        if not exists:
            return None
        for path in self._usual_files(name):
            factories = [each for each in self.in_file(path) if self._is_of(each, name)]
            if any(each.parent is None for each in factories):  # otherwise they inherit from one that is elsewhere
                return self._nearest(name, factories)
        factories = self._search(name)
        return self._nearest(name, factories) if factories else None

    def _nearest(self, name: str, factories: list[Factory]) -> Factory:
        usual = self.usual_name(name)
        names = {each.name for each in factories}
        path = self._inflector.underscore(name)
        last = path.rpartition("/")[2]

        def rank(factory: Factory) -> tuple[bool, bool, bool, bool, bool, int, str]:
            return (
                factory.name != usual,
                factory.parent in names,
                factory.given is None and factory.parent is not None,
                not factory.path.startswith(FOLDERS[0]),
                not usual.endswith(factory.name) and last not in factory.name,
                len(factory.name),
                factory.name,
            )

        return min(factories, key=rank)

    def takes(self, factory: Factory) -> Iterator[frozenset[str]]:
        """Yield what a factory sets or accepts: itself, its parents, then what modifies them.

        A modification may be in any file, so the last of them require reading all files.

        Args:
            factory: The factory.
        """
        lineage: dict[str, Factory] = {}
        current: Factory | None = factory
        while current is not None and current.name not in lineage:
            lineage[current.name] = current
            yield current.attributes
            current = self._parent(current)
        for name in lineage:
            for modification in self._modifications.get(name, ()):
                yield modification.attributes

    def usual_name(self, name: str) -> str:
        """Return the conventional name of a class's factory."""
        return self._inflector.underscore(name).replace("/", "_")

    def in_file(self, path: str) -> tuple[Factory, ...]:
        """Return the factories that a file defines, in order."""
        if path not in self._parsed:
            self._parsed[path] = tuple(_File(self._sources.scanned(path), path).factories)
        return self._parsed[path]

    def files(self, folders: Iterable[str] = FOLDERS) -> Iterator[str]:
        """Yield the factory files, folder by folder, those outside `ee/` first."""
        folders = list(folders)
        while folders:
            folder = folders.pop(0)
            inner = []
            for name in self._sources.folder(folder):
                if name.endswith(".rb"):
                    yield f"{folder}/{name}"
                elif "." not in name:
                    inner.append(f"{folder}/{name}")
            folders[:0] = inner

    def _usual_files(self, name: str) -> Iterator[str]:
        path = self._inflector.underscore(name)
        folder, _, last = path.rpartition("/")
        for root in FOLDERS:
            for each in (self._inflector.pluralize(last), last):
                file = "/".join(filter(None, (root, folder, f"{each}.rb")))
                if self._sources.exists(file):
                    yield file

    def _usual_class(self, factory: Factory) -> str:
        given = factory.given or factory.name
        return given if given[0].isupper() else self._inflector.camelize(given)

    def traits(self, factory: Factory) -> frozenset[str]:
        """Return the traits of a factory, including those of its modifications."""
        return factory.traits.union(
            *(modification.traits for modification in self._modifications.get(factory.name, ()))
        )

    def in_ee(self, names: Collection[str], usual: str) -> Factory | None:
        """Return what defines or modifies a factory in `ee/`, or None if nothing does.

        Of several, the one with Geo's traits wins, then the one in the usual file.

        Args:
            names: The name and aliases of the factory.
            usual: Its conventional file.
        """
        if usual.startswith(FOLDERS[1]) and self._sources.exists(usual):
            best = (
                factory for factory in self.in_file(usual) if not {factory.name, *factory.aliases}.isdisjoint(names)
            )
            if first := next((factory for factory in best if GEO_TRAIT in factory.traits), None):
                return first  # none of the five hundred other files could precede it
        found: list[Factory] = []
        wanted = frozenset(names)
        for path, text in self._in_ee.items():
            # Few files have any of them: searching for the names first is much faster.
            if any(name in text for name in names) and (
                _ALIASES in text or not wanted.isdisjoint(_NAMED.findall(text))
            ):
                found += (
                    factory for factory in self.in_file(path) if not wanted.isdisjoint((factory.name, *factory.aliases))
                )
        return min(found, key=lambda each: (GEO_TRAIT not in each.traits, each.path != usual), default=None)

    def _search(self, name: str) -> list[Factory]:
        """Return the factories of a class, wherever they are; the first few classes parse only files that name them."""
        self._searches += 1
        if self._searches > _MANY:
            return self._by_class.get(name, [])
        wanted, looked_for = {_folded(name)}, set[str]()
        paths: set[str] = set()
        while wanted - looked_for:  # a factory inherits its parent's class, and another file may define the parent
            new = wanted - looked_for
            looked_for |= wanted
            paths |= {path for path, text in self._texts.items() if any(each in text for each in new)}
            found = [factory for path in paths for factory in self.in_file(path) if self._is_of(factory, name)]
            wanted |= {_folded(called) for factory in found for called in (factory.name, *factory.aliases)}
        return [
            factory
            for path in self._texts
            if path in paths
            for factory in self.in_file(path)
            if self._is_of(factory, name)
        ]

    def _is_of(self, factory: Factory, name: str) -> bool:
        return not factory.modifies and self._class(factory) == name

    @cached_property
    def _in_ee(self) -> dict[str, str]:
        """The texts of the files in `ee/`, in their order."""
        return {path: self._sources.scanned(path) for path in self.files(FOLDERS[1:])}

    @cached_property
    def _texts(self) -> dict[str, str]:
        """The texts of all files, folded so that names of a class and of its factory are equal."""
        return {path: _folded(self._sources.scanned(path)) for path in self.files()}

    @cached_property
    def _all(self) -> tuple[Factory, ...]:
        return tuple(factory for path in self.files() for factory in self.in_file(path) if not factory.modifies)

    @cached_property
    def _modifications(self) -> dict[str, list[Factory]]:
        found: dict[str, list[Factory]] = {}
        for path in self.files():
            for factory in self.in_file(path) if _MODIFY in self._sources.scanned(path) else ():
                if factory.modifies:
                    found.setdefault(factory.name, []).append(factory)
        return found

    def _parent(self, factory: Factory) -> Factory | None:
        """Return the parent of a factory, usually from the same file."""
        name = factory.parent
        if name is None:
            return None
        if name not in self._parents:
            same_file = self.in_file(factory.path)
            folded = _folded(name)
            other_files = (each for path, text in self._texts.items() if folded in text for each in self.in_file(path))
            called = (
                each for those in (same_file, other_files) for each in those if name in (each.name, *each.aliases)
            )
            self._parents[name] = next((each for each in called if not each.modifies), None)
        return self._parents[name]

    @cached_property
    def _by_class(self) -> dict[str, list[Factory]]:
        found: dict[str, list[Factory]] = {}
        for factory in self._all:
            found.setdefault(self._class(factory), []).append(factory)
        return found

    def _class(self, factory: Factory) -> str:
        seen: set[str] = set()
        current = factory
        while current.given is None and current.name not in seen and (parent := self._parent(current)):
            seen.add(current.name)
            current = parent
        return self._usual_class(current)


def _folded(text: str) -> str:
    """Return a text folded so that a class name is in it wherever FactoryBot would guess that class from a name."""
    return text.lower().replace("::", "/").replace("_", "")


class _File:
    def __init__(self, text: str, path: str) -> None:
        self._path = path
        self._modifies = False
        self.factories: list[Factory] = []
        if "factory" in text:
            source = parse(text)
            self._data = source.data
            self._walk(source.root, None, set(), set())

    def _text(self, node: "Node | None") -> str:
        return "" if node is None else self._data[node.start_byte : node.end_byte].decode("utf-8", "surrogateescape")

    def _walk(self, body: "Node", parent: str | None, attributes: set[str], traits: set[str]) -> None:
        for node in body.children:
            kind = node.type
            if kind in {"body_statement", "block_body", "if", "unless", "then", "else", "if_modifier"}:
                self._walk(node, parent, attributes, traits)
            elif kind == "identifier":
                attributes.add(self._text(node))
            elif kind == "call":
                self._call(node, parent, attributes, traits)

    def _call(self, node: "Node", parent: str | None, attributes: set[str], traits: set[str]) -> None:
        method = self._text(node.child_by_field_name("method"))
        block = node.child_by_field_name("block")
        body = block.child_by_field_name("body") if block is not None else None
        if method == "factory":
            self._factory(node, body, parent)
            return
        first = self._first(node)
        if method == "trait":
            traits.add(first or "")
            if body is not None:
                self._walk(body, parent, attributes, set())
        elif method == "transient" or node.child_by_field_name("receiver") is not None:
            before, self._modifies = self._modifies, method == "modify" or self._modifies
            if body is not None:
                self._walk(body, parent, attributes, traits)
            self._modifies = before
        else:
            attributes.add(first if method in {"association", "add_attribute"} and first else method)

    def _factory(self, node: "Node", body: "Node | None", parent: str | None) -> None:
        given = node.child_by_field_name("arguments")
        name = self._first(node)
        if given is None or name is None:
            return
        options = {
            self._text(child.child_by_field_name("key")).strip(":'\""): self._text(child.child_by_field_name("value"))
            for child in given.named_children
            if child.type == "pair"
        }
        cls = options.get("class")
        made = (word(cls) or cls).removeprefix("::") if cls else None
        above = options.get("parent")
        attributes: set[str] = set()
        traits: set[str] = set()
        at = len(self.factories)
        if body is not None:
            self._walk(body, name, attributes, traits)
        factory = Factory(
            name,
            self._path,
            node.start_point.row + 1,
            made,
            word(above) if above else parent,
            words(options["aliases"]) or () if "aliases" in options else (),
            frozenset(attributes),
            frozenset(filter(None, traits)),
            self._modifies,
        )
        self.factories.insert(at, factory)

    def _first(self, node: "Node") -> str | None:
        given = node.child_by_field_name("arguments")
        arguments = given.named_children if given is not None else []
        return word(self._text(arguments[0])) if arguments else None
