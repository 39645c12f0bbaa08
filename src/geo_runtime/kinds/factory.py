"""Factories of records, with real data if a site is given; each kind creates its own data.

A type's factory derives from that of its kind and defines the attributes of a record. `build` makes one without a
database; the functions that take a site do the same as GitLab's services, so that events are published.
"""

from typing import TYPE_CHECKING, Any, TypeVar

import factory

from geo_runtime.errors import InvalidRecordError, UnsupportedEventError
from geo_runtime.events import publishing
from geo_runtime.replication.replicable import ReplicableModel

if TYPE_CHECKING:
    from geo_runtime.replication.catalogue import ReplicatingSite

T = TypeVar("T", bound=ReplicableModel)


class RecordFactory(factory.Factory[T]):
    """Makes records of a type; its sequences use the number passed to the functions below."""

    class Meta:
        abstract = True

    @classmethod
    def create_on(cls, site: "ReplicatingSite", number: int, **given: Any) -> T:
        """Create a record and its data on the primary, with an event for secondaries.

        Args:
            site: The primary.
            number: Identifies the record; the same number gives the same data.
            given: Attributes of the record, such as its owner, instead of the factory's.

        Raises:
            InvalidRecordError: Data of such a record exist already.
        """
        record: T = cls.build(__sequence=number, **given)
        cls.create_data(site.replicator_of_record(record), number)
        with site.main.session() as session:
            session.add(record)
            session.commit()
        return record

    @classmethod
    def change_on(cls, site: "ReplicatingSite", record: T) -> None:
        """Change the data of a record on the primary, with an event for secondaries.

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
    def destroy_on(cls, site: "ReplicatingSite", record: T) -> None:
        """Destroy a record and its data on the primary, with an event for secondaries.

        Args:
            site: The primary.
            record: The record.
        """
        replicator = site.replicator_of_record(record)
        with site.main.session() as session:
            session.delete(session.get_one(replicator.writer or replicator.model, record.id))
            session.flush()
            if not replicator.publishes_on_destroy:
                replicator.handle_after_destroy(session.connection())
            session.commit()
        cls.destroy_data(replicator)

    @classmethod
    def create_data(cls, replicator: Any, number: int) -> None:
        """Create the data of a record that is not saved yet; each kind implements this.

        Args:
            replicator: The replicator of the record.
            number: The number of the record, on which its content depends.

        Raises:
            InvalidRecordError: Data exist already.
        """
        raise NotImplementedError

    @classmethod
    def change_data(cls, replicator: Any) -> None:
        """Change the data of a record; each kind implements this."""
        raise NotImplementedError

    @classmethod
    def damage_data(cls, replicator: Any) -> str:
        """Damage a copy like a bad disk, in a way that its checksum detects; return what was done.

        Each kind implements this, for demonstrations and tests.
        """
        raise NotImplementedError

    @classmethod
    def destroy_data(cls, replicator: Any) -> None:
        """Remove the data of a deleted record; each kind implements this."""
        raise NotImplementedError


def refuse(is_there: bool, path: str) -> None:
    """Refuse to create data that exist already.

    Args:
        is_there: Whether they exist.
        path: Where they are in their storage.

    Raises:
        InvalidRecordError: They exist.
    """
    if is_there:
        raise InvalidRecordError(f"{path} is there already: give another number")
