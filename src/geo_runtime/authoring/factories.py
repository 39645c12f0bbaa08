"""Factories of records, with real data where a site is given: a Git repository, or a file.

A type's factory derives from `RepositoryFactory` or `BlobFactory` and says what a record looks like. `build` makes one
without a database; the functions that take a site do what GitLab's services do there, so that events are published.
"""

import hashlib
import shutil
from typing import Any, TypeVar

import factory

from geo_runtime.databases.main import Namespace, Organization, Project
from geo_runtime.errors import InvalidRecordError, UnsupportedEventError
from geo_runtime.events import publishing
from geo_runtime.files.git import Repository
from geo_runtime.kinds.blob.replicator import BlobReplicator
from geo_runtime.kinds.repository.replicator import RepositoryReplicator
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.replication.replicable import ReplicableModel

BRANCH = "refs/heads/main"
_COMMITTER = b"committer Geo <geo@example.com> 1700000000 +0000\n"

T = TypeVar("T", bound=ReplicableModel)


class OrganizationFactory(factory.Factory[Organization]):
    """Makes organizations."""

    class Meta:
        model = Organization

    name = factory.Sequence(lambda number: f"Organization {number}")


class GroupFactory(factory.Factory[Namespace]):
    """Makes groups."""

    class Meta:
        model = Namespace

    name = factory.Sequence(lambda number: f"Group {number}")


class ProjectFactory(factory.Factory[Project]):
    """Makes projects, each in a group of its own."""

    class Meta:
        model = Project

    name = factory.Sequence(lambda number: f"Project {number}")
    namespace = factory.SubFactory(GroupFactory)


class RecordFactory(factory.Factory[T]):
    """Makes records of a type; its sequences count by the number that the functions below are given."""

    class Meta:
        abstract = True

    @classmethod
    def create_on(cls, site: ReplicatingSite, number: int) -> T:
        """Make a record and its data on the primary; secondaries hear of it.

        Args:
            site: The primary.
            number: Tells the record from others; the same number makes the same data.

        Raises:
            InvalidRecordError: There are data of such a record already.
        """
        record: T = cls.build(__sequence=number)
        cls.create_data(site.replicator_of_record(record), number)
        with site.main.session() as session:
            session.add(record)
            session.commit()
        return record

    @classmethod
    def change_on(cls, site: ReplicatingSite, record: T) -> None:
        """Change the data of a record on the primary; secondaries hear of it.

        Args:
            site: The primary.
            record: The record.

        Raises:
            UnsupportedEventError: The data of this type never change.
        """
        replicator = site.replicator_of_record(record)
        if publishing.UPDATED not in replicator.supported_events:
            raise UnsupportedEventError(f"the data of {type(record).__name__} never change")
        cls.change_data(replicator)
        replicator.handle_after_update()

    @classmethod
    def destroy_on(cls, site: ReplicatingSite, record: T) -> None:
        """Destroy a record and its data on the primary; secondaries hear of it.

        Args:
            site: The primary.
            record: The record.
        """
        replicator = site.replicator_of_record(record)
        with site.main.session() as session:
            session.delete(session.get_one(type(record), record.id))
            session.flush()
            if not replicator.publishes_on_destroy:
                replicator.handle_after_destroy(session.connection())
            session.commit()
        cls.destroy_data(replicator)

    @classmethod
    def create_data(cls, replicator: Any, number: int) -> None:
        """Make the data of a record that is not saved yet; a strategy says how.

        Raises:
            InvalidRecordError: There are data already.
        """
        raise NotImplementedError

    @classmethod
    def change_data(cls, replicator: Any) -> None:
        """Make other data of what a record has; a strategy says how."""
        raise NotImplementedError

    @classmethod
    def destroy_data(cls, replicator: Any) -> None:
        """Remove the data of a record that is gone; a strategy says how."""
        raise NotImplementedError


class RepositoryFactory(RecordFactory[T]):
    """Makes records with a Git repository."""

    class Meta:
        abstract = True

    @classmethod
    def create_data(cls, replicator: RepositoryReplicator, number: int) -> None:
        """Make a repository with one commit."""
        repository = replicator.repository()
        _refuse(repository.path.exists(), replicator.full_path())
        repository.create()
        commit(repository, f"Number {number}")

    @classmethod
    def change_data(cls, replicator: RepositoryReplicator) -> None:
        """Add a commit."""
        repository = replicator.repository()
        count = int(repository.git("rev-list", "--count", BRANCH))
        commit(repository, f"Change {count}", parent=BRANCH)

    @classmethod
    def destroy_data(cls, replicator: RepositoryReplicator) -> None:
        """Remove the repository."""
        shutil.rmtree(replicator.repository().path, ignore_errors=True)


class BlobFactory(RecordFactory[T]):
    """Makes records with a file on the site's own disk."""

    class Meta:
        abstract = True

    @classmethod
    def create_data(cls, replicator: BlobReplicator, number: int) -> None:
        """Write a file of some kilobytes."""
        path = replicator.blob_path()
        _refuse(path.exists(), replicator.relative_path())
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(number))

    @classmethod
    def change_data(cls, replicator: BlobReplicator) -> None:
        """Make the file longer; only a type with an event for it may."""
        path = replicator.blob_path()
        path.write_bytes(path.read_bytes() + content(path.stat().st_size))

    @classmethod
    def destroy_data(cls, replicator: BlobReplicator) -> None:
        """Remove the file."""
        replicator.blob_path().unlink(missing_ok=True)


def commit(repository: Repository, text: str, *, reference: str = BRANCH, parent: str | None = None) -> None:
    """Add a commit with one file.

    Args:
        repository: Where.
        text: The message, and what the file holds.
        reference: What is to name the commit.
        parent: What names the commit before it; None: there is none.

    Raises:
        GitError: Git failed.
    """
    data = f"{text}\n".encode()
    block = b"data %d\n%s\n" % (len(data), data)
    after = f"from {parent}^0\n".encode() if parent else b""
    stream = b"commit %s\n%s%s%sM 100644 inline README.md\n%s" % (reference.encode(), _COMMITTER, block, after, block)
    repository.git("fast-import", "--quiet", "--date-format=raw", stdin=stream)


def content(number: int) -> bytes:
    """Return some kilobytes that a number stands for."""
    return hashlib.sha256(str(number).encode()).digest() * (64 + number % 64)


def _refuse(is_there: bool, path: str) -> None:
    if is_there:
        raise InvalidRecordError(f"{path} is there already: give another number")
