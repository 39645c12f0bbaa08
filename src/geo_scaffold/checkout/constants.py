"""Where a constant of a GitLab tree is defined, by the rules of its autoloader, and how Ruby resolves a name to one.

Zeitwerk finds `A::B` in `a/b.rb` below one of the autoload paths: every folder of `app/` with its `concerns`, some
folders that `config/application.rb` adds, `lib`, and the same again below `ee/`.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

from geo_scaffold.checkout.ruby import Definition, definitions_in
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.names.inflector import Inflector

APPLICATION: Final = "config/application.rb"
# Additions to the load path in config/application.rb: `#{config.root}/app/models/badges`.
_ADDED: Final = re.compile(r"#\{config\.root\}/(app/models/\w+)")
_ROOTS: Final = ("app/models", "app/models/concerns", "app/uploaders", "app/uploaders/concerns")
_OTHERS: Final = ("lib", "app/services", "app/workers", "app/finders", "app/replicators", "app/replicators/concerns")


class Constants:
    """The classes and modules of a tree.

    Args:
        sources: The files.
        inflector: The checkout's inflector, which determines the path of a constant.
    """

    def __init__(self, sources: Sources, inflector: Inflector) -> None:
        self._sources = sources
        self._inflector = inflector
        self._files: dict[str, str | None] = {}
        self._parsed: dict[str, list[Definition]] = {}
        self._paths: dict[str, str] = {}

    def path_of(self, name: str) -> str:
        """Return the path of a constant below its autoload path, without `.rb`."""
        if name not in self._paths:
            self._paths[name] = self._inflector.underscore(name)
        return self._paths[name]

    def camelize(self, path: str) -> str:
        """Return the constant for a path or a snake-case name."""
        return self._inflector.camelize(path)

    def file(self, name: str) -> str | None:
        """Return the file named after a constant, or None if there is none."""
        if name not in self._files:
            path = f"{self.path_of(name)}.rb"
            found = (each for root in self._roots_with(path) if self._sources.exists(each := f"{root}/{path}"))
            self._files[name] = next(found, None)
        return self._files[name]

    def in_file(self, path: str) -> list[Definition]:
        """Return what a file defines."""
        if path not in self._parsed:
            self._parsed[path] = definitions_in(self._sources.text(path) or "", path)
        return self._parsed[path]

    def definitions(self, name: str) -> list[Definition]:
        """Return where a class or module is opened: in its own file, else in that of its namespace.

        Args:
            name: Its full name, without `::` in front.
        """
        holder = name
        while holder:
            path = self.file(holder)
            if path is not None:
                return [definition for definition in self.in_file(path) if definition.name == name]
            holder = holder.rpartition("::")[0]
        return []

    def exists(self, name: str) -> bool:
        """Tell whether a constant exists: as a file, a namespace that is a folder, or a nested class."""
        return self.file(name) is not None or self._is_folder(name) or bool(self.definitions(name))

    def resolve(
        self, constant: str, nesting: Sequence[str], *, also: Sequence[str] = (), but: str | None = None
    ) -> str:
        """Return the full name that a constant resolves to; an unknown one is returned as written.

        Args:
            constant: Its source, such as `MetadataCacheUploader` or `::Packages::PackageFileUploader`.
            nesting: The classes and modules around the reference, innermost first.
            also: What the innermost inherits from or includes, where Ruby looks next.
            but: A constant that does not exist yet: the class whose superclass this is.
        """
        if constant.startswith("::"):
            return constant[2:]
        first = constant.partition("::")[0]
        for scopes in (*nesting, *also):
            if f"{scopes}::{first}" != but and self.exists(f"{scopes}::{first}"):
                return f"{scopes}::{constant}"
        return constant

    def _is_folder(self, name: str) -> bool:
        path = self.path_of(name)
        return any(
            root in self._roots[:8] and self._sources.exists(f"{root}/{path}") for root in self._roots_with(path)
        )

    def _roots_with(self, path: str) -> Sequence[str]:
        """Return the autoload paths that contain the first part of a path: most paths are in none."""
        return self._by_name.get(path.partition("/")[0], ()) if self._is_listed else self._roots

    @cached_property
    def _is_listed(self) -> bool:
        """Whether all autoload paths can be listed."""
        return not any(map(self._sources.unreadable_folder, self._roots))

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        """The autoload paths that contain each name, in their order."""
        found: dict[str, list[str]] = {}
        for root in self._roots:
            for name in self._sources.folder(root):
                found.setdefault(name, []).append(root)
        return found

    @cached_property
    def _roots(self) -> tuple[str, ...]:
        return tuple(self._all_roots())

    def _all_roots(self) -> Iterator[str]:
        added = _ADDED.findall(self._sources.text(APPLICATION) or "")
        for root in (*_ROOTS, *added):
            yield root
            yield f"ee/{root}"
        for root in _OTHERS:
            yield root
            yield f"ee/{root}"
