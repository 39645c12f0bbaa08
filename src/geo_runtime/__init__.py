"""A reference runtime of GitLab Geo's self-service framework: a replicable type at work between two sites.

The library knows no particular type. A type brings a model, a state model, a registry and a replicator; the library
publishes events, consumes them, copies and verifies data, and finds what events missed. GitLab's Ruby code is the
model: names, tables and states are its own, and where a rule looks odd it is because GitLab has it so.

What a type is written with is here; `geo_runtime.ddl` has what its migrations say, `geo_runtime.testing` what it is
tested with, and `geo_runtime.errors` what may go wrong. All else is the inside, and may move. A module of it is
imported when something of it is asked for: what only makes tables, or prints a usage, needs few of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from geo_runtime.blob_strategy import BlobReplicator
    from geo_runtime.columns import BigId
    from geo_runtime.factories import (
        BlobFactory,
        GroupFactory,
        OrganizationFactory,
        ProjectFactory,
        RecordFactory,
        RepositoryFactory,
    )
    from geo_runtime.finder import RegistryFinder
    from geo_runtime.graphql import RegistryType
    from geo_runtime.main_database import MainBase, Namespace, Organization, Project
    from geo_runtime.naming import ReplicableNames
    from geo_runtime.registry import MissingOnPrimary, Registry, RegistryState
    from geo_runtime.replicable import LOCAL, REMOTE, ReplicableModel, StateModel
    from geo_runtime.replicable_type import ReplicableType
    from geo_runtime.replicator import Replicator
    from geo_runtime.repository_strategy import RepositoryReplicator
    from geo_runtime.selective_sync import IdRange, SelectiveSync
    from geo_runtime.tracking_database import TrackingBase
    from geo_runtime.verification import VerificationState

__all__ = [
    "LOCAL",
    "REMOTE",
    "BigId",
    "BlobFactory",
    "BlobReplicator",
    "GroupFactory",
    "IdRange",
    "MainBase",
    "MissingOnPrimary",
    "Namespace",
    "Organization",
    "OrganizationFactory",
    "Project",
    "ProjectFactory",
    "RecordFactory",
    "Registry",
    "RegistryFinder",
    "RegistryState",
    "RegistryType",
    "ReplicableModel",
    "ReplicableNames",
    "ReplicableType",
    "Replicator",
    "RepositoryFactory",
    "RepositoryReplicator",
    "SelectiveSync",
    "StateModel",
    "TrackingBase",
    "VerificationState",
]

_MODULES: Final = {
    "LOCAL": "replicable",
    "REMOTE": "replicable",
    "BigId": "columns",
    "BlobFactory": "factories",
    "BlobReplicator": "blob_strategy",
    "GroupFactory": "factories",
    "IdRange": "selective_sync",
    "MainBase": "main_database",
    "MissingOnPrimary": "registry",
    "Namespace": "main_database",
    "Organization": "main_database",
    "OrganizationFactory": "factories",
    "Project": "main_database",
    "ProjectFactory": "factories",
    "RecordFactory": "factories",
    "Registry": "registry",
    "RegistryFinder": "finder",
    "RegistryState": "registry",
    "RegistryType": "graphql",
    "ReplicableModel": "replicable",
    "ReplicableNames": "naming",
    "ReplicableType": "replicable_type",
    "Replicator": "replicator",
    "RepositoryFactory": "factories",
    "RepositoryReplicator": "repository_strategy",
    "SelectiveSync": "selective_sync",
    "StateModel": "replicable",
    "TrackingBase": "tracking_database",
    "VerificationState": "verification",
}


def __getattr__(name: str) -> Any:
    """Import the module that has a name, and keep what it has (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"geo_runtime.{_MODULES[name]}"), name)
    globals()[name] = found
    return found
