"""The kinds of replicable types: what a record of each has, and what follows from that. A kind is a row of `KINDS`.

Code, manifests and templates test the properties of a kind, never its name, and have no `else` for "the other kind". A
new kind therefore needs only a new row here.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple


class RuntimeKind(NamedTuple):
    """The classes of a kind in `geo_runtime`.

    Args:
        replicator: The class of `geo_runtime` that a type's replicator inherits from.
        factory: The class of `geo_runtime` that a type's factory inherits from.
    """

    replicator: str
    factory: str


class Kind(NamedTuple):
    """One kind.

    Its boolean fields are the properties that a manifest may require (`needs`); templates may use all that `values`
    returns.

    Args:
        name: Its name in `--kind`, receipts and reports.
        title: The heading of a checklist.
        what: What a record has, for messages, with its article.
        content: The same in one word.
        data_type: The name in GitLab's documentation.
        strategies: The modules below `Geo` that a replicator includes (ee/app/models/concerns/geo/ in GitLab).
        examples: The shared examples that a replicator's spec includes.
        has_repository: Whether a record has a Git repository.
        has_file: Whether a record has a file.
        mounts_uploader: Whether the model itself mounts the uploader of that file, and records where it is stored.
        is_writable: Whether anything is written through the model; if not, Geo only reads rows that another class
            writes.
        superclass: The superclass of models that exist for Geo alone, below `Geo::`, or None if Geo extends a model
            that GitLab has anyway.
        named_after: What the replicable name is derived from: the model, or its table.
        concern: The file of GitLab that such types depend on; a type is generated only in a checkout that has it. None
            if every tree has what they need.
        registry_columns: The boolean columns of its registry, besides those of every registry.
        evidence: A regular expression that matches a model of this kind; if several kinds match, the later row wins.
            None if a class does not show its kind.
        is_generated: Whether `new` generates types of it; if not, only `names` and `checklist` know it.
        runtime: Its classes in the reference runtime, or None if that does not support it.
    """

    name: str
    title: str
    what: str
    content: str
    data_type: str
    strategies: tuple[str, ...]
    examples: tuple[str, ...] = ()
    has_repository: bool = False
    has_file: bool = False
    mounts_uploader: bool = False
    is_writable: bool = True
    superclass: str | None = None
    named_after: Literal["model", "table"] = "model"
    concern: str | None = None
    registry_columns: tuple[str, ...] = ()
    evidence: str | None = None
    is_generated: bool = True
    runtime: RuntimeKind | None = None

    @property
    def has_own_class(self) -> bool:
        """Whether the model is a class that exists for Geo alone."""
        return self.superclass is not None

    def meets(self, needs: Iterable[str]) -> bool:
        """Tell whether the kind has all of some properties.

        Args:
            needs: Names of `PROPERTIES`.
        """
        return all(getattr(self, need) for need in needs)

    def values(self) -> Mapping[str, Any]:
        """Return what templates may use of a kind, by the name that they use."""
        return {
            "kind": self.name,
            "kind_title": self.title,
            "kind_content": self.content,
            "data_type": self.data_type,
            "strategies": self.strategies,
            "replicator_examples": self.examples,
            "superclass": self.superclass,
            "registry_columns": self.registry_columns,
            "runtime_kind": self.runtime,
            **{property_: getattr(self, property_) for property_ in PROPERTIES},
        }


PROPERTIES: Final = (*(name for name, type_ in Kind.__annotations__.items() if type_ is bool), "has_own_class")
"""The names of the boolean properties."""

KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind(
            name="repository",
            title="Repository",
            what="a Git repository",
            content="repository",
            data_type="Git",
            strategies=("RepositoryReplicatorStrategy",),
            examples=("a repository replicator",),
            has_repository=True,
            registry_columns=("missing_on_primary",),
            evidence=r"\binclude (?:::)?HasRepository\b|\bRepository\.new\(|\bgit_access_class\b",
            runtime=RuntimeKind("RepositoryReplicator", "RepositoryFactory"),
        ),
        Kind(
            name="blob",
            title="Blob",
            what="one file",
            content="file",
            data_type="Blob",
            strategies=("BlobReplicatorStrategy",),
            examples=("a blob replicator",),
            has_file=True,
            mounts_uploader=True,
            evidence=r"\bmount(?:_file_store)?_uploader\b|\bObjectStorable\b|\bfile_store\b|\bSTORE_COLUMN\b",
            runtime=RuntimeKind("BlobReplicator", "BlobFactory"),
        ),
        # GitLab stores the files of many models as rows of `uploads`, which has a partition for each model; a type
        # covers one partition, read by a separate class (ee/app/models/geo/*_upload.rb from 18.10 on).
        Kind(
            name="upload",
            title="Partition of uploads",
            what="rows of a partition of uploads",
            content="file",
            data_type="Blob",
            strategies=("BlobReplicatorStrategy", "Concerns::UploadReplicatorBehavior"),
            examples=(
                "a blob replicator with a read-only replicable model",
                "a blob replicator with upload replicator behavior",
            ),
            has_file=True,
            is_writable=False,
            superclass="::Upload",
            named_after="table",
            concern="ee/app/models/concerns/geo/partition_upload_registry.rb",
            evidence=r"< (?:::)?Upload\b",
            runtime=RuntimeKind("UploadReplicator", "BlobFactory"),
        ),
        # The container registry: GitLab has one such type, whose replicator does everything itself.
        Kind(
            name="container",
            title="Container",
            what="a container repository",
            content="images",
            data_type="Other",
            strategies=("VerifiableReplicator",),
            is_generated=False,
        ),
    )
}
"""Every kind by its name; a later row is more specific than an earlier one."""

OWN_CLASSES: Final = "Geo::"
"""The namespace of classes that exist for Geo alone."""

DEFAULT: Final = next(iter(KINDS))
"""The kind of a model about which nothing is known."""


def kind_having(*needs: str) -> str:
    """Return the name of the first, most general kind that has some properties.

    Args:
        needs: Names of `PROPERTIES`.
    """
    return next(kind.name for kind in KINDS.values() if kind.meets(needs))


def kind_including(modules: Iterable[str]) -> Kind | None:
    """Return the kind of a type by the modules that its replicator includes, or None if they do not tell.

    Several kinds may share a strategy; the kind with most of the included modules wins.

    Args:
        modules: Constants, with or without the namespaces before their last part.
    """
    included = set(map(_last_part, modules))
    fitting = (kind for kind in KINDS.values() if included.issuperset(map(_last_part, kind.strategies)))
    return max(fitting, key=lambda each: len(each.strategies), default=None)


def _last_part(constant: str) -> str:
    return constant.rpartition("::")[2]


def generated() -> tuple[str, ...]:
    """Return the names of the kinds that `new` can generate."""
    return tuple(kind.name for kind in KINDS.values() if kind.is_generated)


def of_models() -> tuple[str, ...]:
    """Return the names of the kinds that `new` can generate for any model, in any tree."""
    return tuple(kind for kind in generated() if KINDS[kind].concern is None)


def demonstrated() -> tuple[str, ...]:
    """Return the names of the kinds that the reference runtime shows at work."""
    return tuple(kind.name for kind in KINDS.values() if kind.runtime)


def registry_columns() -> frozenset[str]:
    """Return the columns that only the registries of some kinds have."""
    return frozenset(column for kind in KINDS.values() for column in kind.registry_columns)
