"""The words that a manifest may use where it names one of several."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Op(StrEnum):
    """What is done for an artifact."""

    CREATE = "create"
    ENSURE = "ensure"
    DERIVE = "derive"
    CONFIRM = "confirm"


class Level(StrEnum):
    """What it costs when the artifact is missing."""

    BREAKING = "breaking"
    TEST = "test"
    DOC = "doc"


OF_DECISIONS: Final = ("example", "evidence", "shown_by", "settled_by")
"""The keys of an artifact that are for decisions only."""
SORTS: Final = ("gone", "derived", "moved", "added", "differs")
"""How a checkout may have moved away from an edition, as `drift` calls it."""
TABLES: Final = ("registry_table", "state_table")
"""The spellings of the tables of a type: of its registry, and of the states of verification."""
OWNER: Final = "owner"
"""What settles a decision beside artifacts: the answer of this name."""

EVIDENCE: Final[Mapping[str, str]] = {
    "scope-method": "the model's method that selects the records of a secondary site is more than the placeholder",
    "scope-examples": "the model's spec tests that method",
    "documented-type": "the GraphQL reference has the type of the registry",
    "stable-field": "the GraphQL reference no longer calls the field of the registries experimental",
    "documented-count": "the OpenAPI documents have the count of the type",
    "registerable": "the GraphQL type of the registry is there, or the replicator says that it is not",
    "key-or-exemption": "the table of states has a sharding key, or is exempt from one with an issue",
}
"""What `checklist` may find in the files that settles a decision, by the name that a manifest uses."""

EQUIVALENTS: Final[Mapping[str, str]] = {
    "included-store": "a module that the model includes says which of its files lie in object storage",
    "other-stub": "the object storage is stubbed by a method of another name, or in the model's spec",
    "other-reader": "the event is published through another method of the repository's container",
    "indexed-id": "a unique index of another migration tells rows apart by their id",
    "filled-key": "a trigger of another migration, or one of the classes, fills the copied sharding key",
    "filled-keys": "each copied sharding key is filled so",
    "held-key": "a foreign key of another migration, or a loose one, holds the copied sharding key to its owner",
    "own-directive": "the GraphQL type itself says which permissions it takes",
    "own-name": "the pages name the type by its own name, where its model has another one",
}
"""How people write something in a way that no locator finds, by the name that a manifest uses."""
