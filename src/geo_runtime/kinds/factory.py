"""Factories of records with real data where a site is given, which each kind of types makes its own way.

A type's factory derives from that of its kind and says what a record looks like. `build` makes one without a database;
the functions that take a site do what GitLab's services do there, so that events are published.
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
    """Makes records of a type; its sequences count by the number that the functions below are given."""

    class Meta:
        abstract = True

    @classmethod
    def create_on(cls, site: "ReplicatingSite", number: int, **given: Any) -> T:
        """Make a record and its data on the primary; secondaries hear of it.

        Args:
            site: The primary.
            number: Tells the record from others; the same number makes the same data.
            given: Attributes of the record, such as its owner, in place of the factory's.

        Raises:
            InvalidRecordError: There are data of such a record already.
        """
        record: T = cls.build(__sequence=number, **given)
        cls.create_data(site.replicator_of_record(record), number)
        with site.main.session() as session:
            session.add(record)
            session.commit()
        return record

    @classmethod
    def change_on(cls, site: "ReplicatingSite", record: T) -> None:
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
    def destroy_on(cls, site: "ReplicatingSite", record: T) -> None:
        """Destroy a record and its data on the primary; secondaries hear of it.

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
    def damage_data(cls, replicator: Any) -> str:
        """Damage a copy as a bad disk does, in a way that its checksum can tell; say what was done.

        A kind says how; demonstrations and tests use it.
        """
        raise NotImplementedError

    @classmethod
    def destroy_data(cls, replicator: Any) -> None:
        """Remove the data of a record that is gone; a strategy says how."""
        raise NotImplementedError


def refuse(is_there: bool, path: str) -> None:
    """Refuse to make data where there are some.

    Raises:
        InvalidRecordError: There are.
    """
    if is_there:
        raise InvalidRecordError(f"{path} is there already: give another number")
