"""The kinds of replicable types: what a record of each has, and what follows from that. A kind is a row of `KINDS`.

Code, manifests and templates ask for a property of a kind, never for a kind by its name, and what a property does not
say they leave out: there is no `else` for "the other kind". A new row so is all that a new kind needs here.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple


class RuntimeKind(NamedTuple):
    """What a kind is called in `geo_runtime`.

    Args:
        replicator: The class of `geo_runtime` that a type's replicator inherits from.
        factory: The class of `geo_runtime` that a type's factory inherits from.
    """

    replicator: str
    factory: str


class Kind(NamedTuple):
    """One kind.

    Its fields that are true or false are the properties that a manifest may ask for (`needs`); templates may use all
    that `values` returns.

    Args:
        name: What `--kind`, receipts and reports call it.
        title: The heading of a checklist.
        what: What a record has, for people, with its article.
        content: The same in one word.
        data_type: What GitLab's documentation calls it.
        strategies: The modules below `Geo` that a replicator includes (ee/app/models/concerns/geo/ in GitLab).
        examples: The shared examples that the spec of a replicator includes.
        has_repository: Whether a record has a Git repository.
        has_file: Whether a record has a file.
        mounts_uploader: Whether the model itself mounts the uploader of that file, and keeps where it is stored.
        is_writable: Whether anything is written through the model; else Geo only reads rows that another class writes.
        superclass: What a model inherits from that exists for Geo alone, below `Geo::`; None: the model is one that
            GitLab has, which Geo extends.
        named_after: What the replicable name is derived from: the model, or its table.
        concern: The file of GitLab's that such types rest on; a type is made only in a checkout that has it. None: they
            rest on nothing that a tree may lack.
        registry_columns: The columns of its registry that are true or false, beside those of every registry.
        evidence: A regular expression for what a model of this kind says; where several kinds find theirs, the one of
            the later row counts. None: a class does not show it.
        is_generated: Whether `new` makes types of it; else only `names` and `checklist` know it.
        runtime: What serves it in the reference runtime; None: nothing does.
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
        return all(getattr(self, each) for each in needs)

    def values(self) -> Mapping[str, Any]:
        """Return what templates may ask of a kind, by the name that they use."""
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
            **{each: getattr(self, each) for each in PROPERTIES},
        }


PROPERTIES: Final = (*(name for name, type_ in Kind.__annotations__.items() if type_ is bool), "has_own_class")
"""The names of the properties that are true or false."""

KINDS: Final[dict[str, Kind]] = {
    each.name: each
    for each in (
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
        # GitLab writes the files of many models as rows of `uploads`, which has a partition for each of them; a type is
        # of one partition, read by a class of its own (ee/app/models/geo/*_upload.rb from 18.10 on).
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
        # The container registry: GitLab has one such type, whose replicator does all by itself.
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
"""Every kind by its name; a later row is more special than an earlier one."""

OWN_CLASSES: Final = "Geo::"
"""What the classes are below that exist for Geo alone."""

DEFAULT: Final = next(iter(KINDS))
"""The kind of a model that nobody said anything about."""


def kind_having(*needs: str) -> str:
    """Return the name of the first kind that has some properties, which is the most general one.

    Args:
        needs: Names of `PROPERTIES`.
    """
    return next(each.name for each in KINDS.values() if each.meets(needs))


def kind_including(modules: Iterable[str]) -> Kind | None:
    """Return the kind of a type by the modules that its replicator includes; None: they do not say it.

    A strategy may be that of several kinds; it is the kind that has most of what is included.

    Args:
        modules: Constants, with or without the namespaces before their last part.
    """
    included = set(map(_last_part, modules))
    fitting = (each for each in KINDS.values() if included.issuperset(map(_last_part, each.strategies)))
    return max(fitting, key=lambda each: len(each.strategies), default=None)


def _last_part(constant: str) -> str:
    return constant.rpartition("::")[2]


def generated() -> tuple[str, ...]:
    """Return the names of the kinds that `new` makes."""
    return tuple(each.name for each in KINDS.values() if each.is_generated)


def of_models() -> tuple[str, ...]:
    """Return the names of the kinds that `new` makes of any model, in whatever tree."""
    return tuple(each for each in generated() if KINDS[each].concern is None)


def demonstrated() -> tuple[str, ...]:
    """Return the names of the kinds that the reference runtime shows at work."""
    return tuple(each.name for each in KINDS.values() if each.runtime)


def registry_columns() -> frozenset[str]:
    """Return the columns that the registries of some kinds have and others have not."""
    return frozenset(column for each in KINDS.values() for column in each.registry_columns)
