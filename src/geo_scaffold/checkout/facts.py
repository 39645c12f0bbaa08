"""The facts of a checkout about a model, each with the line it comes from."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any, Final, NamedTuple

from geo_scaffold.checkout.classes import Classes
from geo_scaffold.checkout.constants import Constants
from geo_scaffold.checkout.dictionary import Dictionary
from geo_scaffold.checkout.factories import Factories, Factory
from geo_scaffold.checkout.lazy_set import LazySet
from geo_scaffold.checkout.literals import words
from geo_scaffold.checkout.loose_keys import PATH as LOOSE
from geo_scaffold.checkout.loose_keys import LooseKeys
from geo_scaffold.checkout.mounts import Mount, Mounts
from geo_scaffold.checkout.replicators import Replicators
from geo_scaffold.checkout.repositories import repository_of
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.checkout.structure import STRUCTURE, Structure, Table
from geo_scaffold.checkout.tables import Tables
from geo_scaffold.checkout.unwanted import Reason, Unwanted
from geo_scaffold.kinds import kind_having
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.records import dataclass, field

OWNERS: Final[Mapping[str, str]] = {
    "projects": "project",
    "namespaces": "group",
    "organizations": "organization",
    "users": "user",
}
"""The owner of a record, by the table that its sharding key references."""

FACT_OPTIONS: Final[Mapping[str, str]] = {
    "table": "--table",
    "sharding_keys": "--sharding-key",
    "owners": "--owner",
    "kind": "--kind",
    "factory": "--factory",
}
"""The option that overrides each fact."""

UPLOADS: Final = "uploads"
_UPLOAD: Final = "Upload"
_RECORDED_FILE: Final = kind_having("has_own_class")
"""The note about a class whose files are all rows of `uploads`: the type of its partition covers it."""


class Fact(NamedTuple):
    """One fact from the checkout.

    Args:
        value: The value, as JSON; None or empty if unknown.
        source: Its source, `path:line`, or None.
    """

    value: Any
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of the checkout about one model.

    Args:
        model: The class.
        exists: Whether the tree defines it.
        values: Each fact by its name, in the order of the JSON output.
        table: Its table in `db/structure.sql`, or None if it is not there.
        mounts: The uploaders that it mounts.
        factory: Its factory, or None if there is none.
        takes: What that factory sets or accepts, and the attributes for which the class has a writer.
        is_record: Whether it may be an Active Record class.
        is_abstract: Whether it is an abstract class, without a table.
        unwanted: The documented reasons not to replicate its files, by attribute.
        lineage: The class and its ancestors.
    """

    model: str
    exists: bool
    values: Mapping[str, Fact]
    table: Table | None = None
    mounts: tuple[Mount, ...] = ()
    factory: Factory | None = None
    takes: AbstractSet[str] = frozenset()
    is_record: bool = True
    is_abstract: bool = False
    unwanted: Mapping[str, Reason] = field(default_factory=dict)
    lineage: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Any:
        return self.values[name].value

    def source(self, name: str) -> str | None:
        """Return the source of a fact, `path:line`, or None."""
        return self.values[name].source

    @property
    def own_mount(self) -> Mount | None:
        """The file that a blob type would replicate: the first without a row in `uploads`."""
        return next((mount for mount in self.mounts if not mount.records_uploads), None)


class Checkout:
    """The parts of a GitLab tree on which facts about models depend. Each index is built on first use.

    Args:
        sources: The files.
        inflector: The checkout's inflector.
    """

    def __init__(self, sources: Sources, inflector: Inflector) -> None:
        self.sources = sources
        self.inflector = inflector
        self.constants = Constants(sources, inflector)
        self.classes = Classes(self.constants)
        self.dictionary = Dictionary(sources)
        self.loose_keys = LooseKeys(sources)
        self.mounts = Mounts(self.classes)
        self.factories = Factories(sources, inflector)
        self.replicators = Replicators(sources, self.classes, inflector)
        self.unwanted = Unwanted(sources)
        self._facts: dict[str, Facts] = {}

    @cached_property
    def structure(self) -> Structure:
        """The tables of `db/structure.sql`."""
        return Structure(self.sources.text(STRUCTURE) or "")

    @cached_property
    def tables(self) -> Tables:
        """The tables of classes."""
        return Tables(self.classes, self.dictionary, self.structure, self.inflector)

    def facts(self, model: str) -> Facts:
        """Return the tree's facts about a model.

        Args:
            model: The class, with or without `::` in front.
        """
        name = model.strip().removeprefix("::")
        if name not in self._facts:
            self._facts[name] = _Finding(self, name).facts()
        return self._facts[name]


class _Finding:
    """The facts of one model, computed in the order in which they depend on each other."""

    def __init__(self, checkout: Checkout, model: str) -> None:
        self._tree = checkout
        self._classes = checkout.classes
        self._model = model
        self._definition = checkout.classes.definition(model)
        self._values: dict[str, Fact] = {}

    def facts(self) -> Facts:
        values, definition = self._values, self._definition
        where = definition.source if definition else None
        values["file"] = Fact(definition.path if definition else None, where)
        values["ee_only"] = Fact(bool(definition and definition.path.startswith("ee/")), where)
        is_record = not (definition and self._classes.is_no_record(self._model))
        found = self._tree.tables.of_class(self._model)
        values["table"] = Fact(found.value, found.source) if found else Fact(None)
        table = self._tree.structure.table(found.value) if found else None
        self._keys(table)
        self._schema(found.value if found else None)
        self._references(found.value if found else None, table)
        mounts = self._tree.mounts.of_class(self._model, table)
        repository = repository_of(self._model, self._classes)
        replicated = self._replicated(mounts, has_repository=repository is not None)
        values["kind"] = self._kind(mounts, replicated)
        values["mounts"] = Fact(
            [
                {
                    "attribute": mount.attribute,
                    "uploader": mount.uploader,
                    "store_column": mount.store_column,
                    "records_uploads": mount.records_uploads,
                }
                for mount in mounts
            ],
            mounts[0].source if mounts else None,
        )
        values["repository"] = Fact(repository.what, repository.source) if repository else Fact(None)
        factory = self._tree.factories.of_class(self._model, exists=definition is not None)
        values["factory"] = Fact(factory.name, factory.source) if factory else Fact(None)
        values["replicated_by"] = replicated
        unwanted = {
            mount.attribute: reason
            for mount in mounts
            if (reason := self._tree.unwanted.reason(mount.uploader)) is not None
        }
        return Facts(
            self._model,
            definition is not None,
            values,
            table,
            mounts,
            factory,
            LazySet(self._taken(factory)),
            is_record,
            definition is not None and self._classes.is_abstract(self._model),
            unwanted,
            self._classes.lineage(self._model),
        )

    def _keys(self, table: Table | None) -> None:
        key = table.primary_key if table else None
        self._values["primary_key"] = Fact(list(key.columns), f"{STRUCTURE}:{key.line}") if key else Fact([])
        self._values["model_primary_key"] = Fact(None)
        own = self._classes.setting(self._model, "primary_key=", "def self.primary_key")
        if own and (columns := words(own.value)) and (not key or columns != key.columns):
            self._values["model_primary_key"] = Fact(list(columns), own.source)
        self._values["partitioned"] = Fact(
            bool(table and table.partitioned), f"{STRUCTURE}:{table.line}" if table else None
        )

    def _schema(self, table: str | None) -> None:
        entry = self._tree.dictionary.entry(table) if table else None
        schema = entry.gitlab_schema if entry else None
        self._values["gitlab_schema"] = Fact(schema, entry.source("gitlab_schema") if entry and schema else None)
        base = self._classes.connection_class(self._model) if self._definition else None
        self._values["base_class"] = Fact(f"::{base}", self._inherits(base)) if base else Fact(None)
        keys = dict(entry.sharding_keys) if entry else {}
        source = entry.source("sharding_key") if entry and keys else None
        self._values["sharding_keys"] = Fact(keys, source)
        owners = list(dict.fromkeys(OWNERS[key] for key in keys.values() if key in OWNERS))
        self._values["owners"] = Fact(owners, source if owners else None)

    def _inherits(self, base: str) -> str | None:
        """Return where the class, or its last ancestor before a base, names its superclass."""
        lineage = self._classes.lineage(self._model)
        child = lineage[max(lineage.index(base) - 1, 0)] if base in lineage else self._model
        definition = self._classes.definition(child)
        return definition.source if definition else None

    def _references(self, name: str | None, table: Table | None) -> None:
        columns: dict[str, tuple[str, str]] = {}
        if table and name:
            keys = self._values["sharding_keys"].value
            for column, line in table.columns.items():
                if column.endswith("_id") or column in keys:
                    columns[column] = ("none", f"{STRUCTURE}:{line}")
            for column in self._tree.loose_keys.columns(name):
                columns[column] = ("loose", f"{LOOSE}:{self._tree.loose_keys.line(name, column)}")
            for reference in table.references:
                for column in reference.columns:
                    columns[column] = ("hard", f"{STRUCTURE}:{reference.line}")
        updated = table.columns.get("updated_at") if table else None
        said = f"{STRUCTURE}:{updated or table.line}" if table else None
        self._values["updated_at"] = Fact(updated is not None, said)
        source = next(iter(columns.values()))[1] if columns else None
        self._values["foreign_keys"] = Fact({column: sort for column, (sort, _) in columns.items()}, source)

    def _replicated(self, mounts: tuple[Mount, ...], *, has_repository: bool) -> Fact:
        """Return the replicator that already copies what a record has, and the source of that."""
        if found := self._tree.replicators.of_class(self._model, has_repository=has_repository):
            return Fact(*found)
        if has_repository or not mounts or not all(mount.records_uploads for mount in mounts):
            return Fact(None)
        by_partition = self._by_partition()
        if by_partition:
            return by_partition
        upload = self._tree.replicators.of_class(_UPLOAD, has_repository=False)
        return Fact(upload[0] if upload else _UPLOAD, mounts[0].recorded)

    def _by_partition(self) -> Fact | None:
        """Return the type that replicates only this class's rows of `uploads`: GitLab has such types from 18.10 on."""
        for parent in self._classes.lineage(self._model):
            for name, partition in self._tree.structure.partitions_for(parent):
                for listed_replicator in self._tree.replicators.all:
                    table = self._tree.tables.declared(listed_replicator.model)
                    if table and table.value == name:
                        return Fact(listed_replicator.replicator, f"{STRUCTURE}:{partition.line}")
        return None

    def _kind(self, mounts: tuple[Mount, ...], replicated: Fact) -> Fact:
        repository = repository_of(self._model, self._classes)
        own = next((mount for mount in mounts if not mount.records_uploads), None)
        for listed_replicator in self._tree.replicators.all if replicated.value else ():
            if (
                listed_replicator.replicator == replicated.value
                and listed_replicator.kind
                and (self._is_model_of(listed_replicator.model))
            ):
                return Fact(listed_replicator.kind, listed_replicator.kind_source)
        if repository:
            return Fact(kind_having("has_repository"), repository.source)
        if own:
            return Fact(kind_having("mounts_uploader"), own.source)
        if mounts:
            return Fact(_RECORDED_FILE, mounts[0].source)
        return Fact(None)

    def _is_model_of(self, model: str) -> bool:
        lineage = self._classes.lineage(self._model)
        return model in lineage or any(
            declaration.name == "with_replicator" for declaration in self._classes.everything(self._model)
        )

    def _taken(self, factory: Factory | None) -> Iterator[frozenset[str]]:
        """Yield what may be passed to the factory: its own attributes, and those for which the class has a writer."""
        if factory:
            yield factory.attributes
        for declaration in self._classes.everything(self._model):
            if declaration.name in {"belongs_to", "has_one", "alias_attribute", "attr_accessor", "attribute"}:
                given = declaration.arguments[: None if "accessor" in declaration.name else 1]
                yield frozenset(argument.strip(":\"'") for argument in given)
        if factory:
            yield from self._tree.factories.takes(factory)
