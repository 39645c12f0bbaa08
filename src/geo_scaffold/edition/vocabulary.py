"""The words from which a manifest may choose."""

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
    """The cost if the artifact is missing."""

    BREAKING = "breaking"
    TEST = "test"
    DOC = "doc"


OF_DECISIONS: Final = ("example", "evidence", "shown_by", "settled_by")
"""The keys that only decisions may have."""
SORTS: Final = ("gone", "derived", "moved", "added", "differs")
"""The ways in which a checkout may have moved away from an edition, as `drift` calls them."""
TABLES: Final = ("registry_table", "state_table")
"""The spellings of the tables of a type: its registry, and its verification states."""
OWNER: Final = "owner"
"""The answer that settles a decision, besides artifacts."""

EVIDENCE: Final[Mapping[str, str]] = {
    "scope-method": "the model's method that selects the records of a secondary site is more than the placeholder",
    "scope-examples": "the model's spec tests that method",
    "documented-type": "the GraphQL reference has the type of the registry",
    "stable-field": "the GraphQL reference no longer calls the field of the registries experimental",
    "documented-count": "the OpenAPI documents have the count of the type",
    "registerable": "the GraphQL type of the registry is there, or the replicator says that it is not",
    "key-or-exemption": "the table of states has a sharding key, or is exempt from one with an issue",
}
"""Evidence in files by which `checklist` settles a decision, by its name in a manifest."""

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
"""Other ways to write something, which no locator finds, by their names in a manifest."""
