"""A reference runtime of GitLab Geo's self-service framework: a replicable type at work between two sites.

The library knows no particular type. A type provides a model, a state model, a registry and a replicator; the library
publishes events, consumes them, copies and verifies data, and finds what events missed. It follows GitLab's Ruby code:
names, tables and states are GitLab's, and so are rules that look odd.

This module has what a type is written with; `geo_runtime.ddl` has helpers for its migrations, `geo_runtime.testing` for
its tests, and `geo_runtime.errors` the errors. Everything else is internal and may move. Modules are imported on first
use: to create tables, or print a usage, takes few of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from geo_runtime.administration.finder import RegistryFinder
    from geo_runtime.administration.graphql import RegistryType
    from geo_runtime.authoring.owners import GroupFactory, OrganizationFactory, ProjectFactory, UserFactory
    from geo_runtime.authoring.replicable_type import ReplicableType
    from geo_runtime.databases.columns import BigId
    from geo_runtime.databases.main import MainBase, Member, Namespace, Organization, OrganizationUser, Project, User
    from geo_runtime.databases.tracking import TrackingBase
    from geo_runtime.ground.naming import ReplicableNames
    from geo_runtime.kinds.blob.factory import BlobFactory
    from geo_runtime.kinds.blob.replicator import BlobReplicator
    from geo_runtime.kinds.factory import RecordFactory
    from geo_runtime.kinds.repository.factory import RepositoryFactory
    from geo_runtime.kinds.repository.replicator import RepositoryReplicator
    from geo_runtime.kinds.upload.replicator import UploadReplicator
    from geo_runtime.replication.kind import Kind
    from geo_runtime.replication.registry import MissingOnPrimary, Registry, RegistryState
    from geo_runtime.replication.replicable import LOCAL, REMOTE, ReadOnlyModel, ReplicableModel, StateModel
    from geo_runtime.replication.replicator import Replicator
    from geo_runtime.replication.verification import VerificationState
    from geo_runtime.site.selective_sync import IdRange, SelectiveSync
    from geo_runtime.tables.migrating import migrate_main, migrate_tracking

__all__ = [
    "LOCAL",
    "REMOTE",
    "BigId",
    "BlobFactory",
    "BlobReplicator",
    "GroupFactory",
    "IdRange",
    "Kind",
    "MainBase",
    "Member",
    "MissingOnPrimary",
    "Namespace",
    "Organization",
    "OrganizationFactory",
    "OrganizationUser",
    "Project",
    "ProjectFactory",
    "ReadOnlyModel",
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
    "UploadReplicator",
    "User",
    "UserFactory",
    "VerificationState",
    "migrate_main",
    "migrate_tracking",
]

_MODULES: Final = {
    "Kind": "replication.kind",
    "LOCAL": "replication.replicable",
    "REMOTE": "replication.replicable",
    "BigId": "databases.columns",
    "BlobFactory": "kinds.blob.factory",
    "BlobReplicator": "kinds.blob.replicator",
    "GroupFactory": "authoring.owners",
    "IdRange": "site.selective_sync",
    "MainBase": "databases.main",
    "Member": "databases.main",
    "MissingOnPrimary": "replication.registry",
    "Namespace": "databases.main",
    "Organization": "databases.main",
    "OrganizationFactory": "authoring.owners",
    "OrganizationUser": "databases.main",
    "Project": "databases.main",
    "ProjectFactory": "authoring.owners",
    "ReadOnlyModel": "replication.replicable",
    "RecordFactory": "kinds.factory",
    "Registry": "replication.registry",
    "RegistryFinder": "administration.finder",
    "RegistryState": "replication.registry",
    "RegistryType": "administration.graphql",
    "ReplicableModel": "replication.replicable",
    "ReplicableNames": "ground.naming",
    "ReplicableType": "authoring.replicable_type",
    "Replicator": "replication.replicator",
    "RepositoryFactory": "kinds.repository.factory",
    "RepositoryReplicator": "kinds.repository.replicator",
    "SelectiveSync": "site.selective_sync",
    "StateModel": "replication.replicable",
    "TrackingBase": "databases.tracking",
    "UploadReplicator": "kinds.upload.replicator",
    "User": "databases.main",
    "UserFactory": "authoring.owners",
    "VerificationState": "replication.verification",
    "migrate_main": "tables.migrating",
    "migrate_tracking": "tables.migrating",
}


def __getattr__(name: str) -> Any:
    """Import the module of a name, and cache its value (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"geo_runtime.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
