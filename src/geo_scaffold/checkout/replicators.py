"""The replicable types that a tree has: registered in `REPLICATOR_CLASSES`, or with a replicator file."""

import re
from functools import cached_property
from typing import Final

from geo_scaffold.checkout.classes import Classes
from geo_scaffold.checkout.repositories import reached_through
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.checkout.target import REPLICATORS
from geo_scaffold.kinds import KINDS, kind_including
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.records import dataclass

LIST: Final = "ee/lib/gitlab/geo.rb"

# Both of `REPLICATOR_CLASSES` in ee/lib/gitlab/geo.rb, whose elements are written with and without `::` before `Geo`.
_ARRAY: Final = re.compile(r"^[ \t]*REPLICATOR_CLASSES\s*=\s*\[", re.MULTILINE)
_CLASS: Final = re.compile(r"^[ \t]*(?:::)?Geo::(\w+)Replicator\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ListedReplicator:
    """A type.

    Args:
        name: The replicable name.
        replicator: The replicator's class.
        model: The model's class.
        kind: Its kind, or None if the replicator does not tell.
        source: Where model and replicator are linked, `path:line`.
        kind_source: The source of the kind, `path:line`.
    """

    name: str
    replicator: str
    model: str
    kind: str | None
    source: str
    kind_source: str = ""


class Replicators:
    """The types of a tree.

    Args:
        sources: The files.
        classes: The classes.
        inflector: The checkout's inflector.
    """

    def __init__(self, sources: Sources, classes: Classes, inflector: Inflector) -> None:
        self._sources = sources
        self._classes = classes
        self._inflector = inflector

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The replicable names: those of the list in its order, then those that only have a file."""
        files = [
            name.removesuffix("_replicator.rb")
            for name in self._sources.folder(REPLICATORS)
            if name.endswith("_replicator.rb") and not name.startswith(".")
        ]
        listed = [self._inflector.underscore(camel) for camel in self._listed]
        return tuple(dict.fromkeys([*(name for name in listed if name in files), *files, *listed]))

    @cached_property
    def _listed(self) -> list[str]:
        text = self._sources.text(LIST) or ""
        found = _ARRAY.search(text)
        end = text.find("]", found.end()) if found else -1
        return _CLASS.findall(text[found.end() : end]) if found and end >= 0 else []

    @cached_property
    def all(self) -> tuple[ListedReplicator, ...]:
        """Every type, with what its replicator declares."""
        return tuple(map(self.replicator, self.names))

    def replicator(self, name: str) -> ListedReplicator:
        """Return a type.

        Args:
            name: Its replicable name.
        """
        camel = self._inflector.camelize(name)
        replicator = f"Geo::{camel}Replicator"
        body = self._classes.body(replicator)
        model, source = camel, f"{REPLICATORS}/{name}_replicator.rb:1"
        for declaration in body:
            if declaration.name == "def self.model" and declaration.value:
                model, source = (
                    self._classes.constants.resolve(declaration.value.strip(), declaration.nesting),
                    declaration.source,
                )
        mixed = {
            declaration.value.rpartition("::")[2]: declaration.source
            for declaration in body
            if declaration.name == "mixed in"
        }
        if kind := kind_including(mixed):
            return ListedReplicator(
                name, replicator, model, kind.name, source, mixed[kind.strategies[0].rpartition("::")[2]]
            )
        return ListedReplicator(name, replicator, model, None, source)

    def of_class(self, name: str, *, has_repository: bool = True) -> tuple[str, str] | None:
        """Return the replicator of a class and the source of that, or None if it has none.

        A class has one through `with_replicator`, its own or a parent's; as the model of a type; or because the model
        of a type delegates to its repository.

        Args:
            name: The class.
            has_repository: Whether a record has its own repository, to which another model may delegate.
        """
        for declaration in self._classes.everything(name):
            if declaration.name == "with_replicator" and declaration.arguments:
                return self._classes.constants.resolve(
                    declaration.arguments[0], declaration.nesting
                ), declaration.source
        lineage = self._classes.lineage(name)
        for parent in lineage:
            if found := self._by_model.get(parent):
                return found.replicator, found.source
        for parent in lineage if has_repository else ():
            if found := self._handed_on.get(parent):
                return found.replicator, found.source
        return None

    @cached_property
    def _by_model(self) -> dict[str, ListedReplicator]:
        there = (
            listed_replicator
            for listed_replicator in reversed(self.all)
            if self._sources.exists(f"{REPLICATORS}/{listed_replicator.name}_replicator.rb")
        )
        return {listed_replicator.model: listed_replicator for listed_replicator in there}

    @cached_property
    def _handed_on(self) -> dict[str, ListedReplicator]:
        """The types that replicate the repositories of classes other than their models, by class."""
        repositories = (
            listed_replicator
            for listed_replicator in self.all
            if listed_replicator.kind and KINDS[listed_replicator.kind].has_repository
        )
        through = ((reached_through(repository.model, self._classes), repository) for repository in repositories)
        return {name: listed_replicator for name, listed_replicator in through if name and name not in self._by_model}
