"""Mixins for a type's model and its verification state: scopes, and where its data are."""

from typing import Any, NoReturn

from sqlalchemy import Select, event, inspect, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from geo_runtime.databases.columns import BigId
from geo_runtime.errors import ReadOnlyError
from geo_runtime.replication.verification import VerificationColumns
from geo_runtime.site.selective_sync import IdRange, SelectiveSync
from geo_runtime.site.site import Site

LOCAL, REMOTE = 1, 2
"""The values of a file's `file_store`: the site's own disk, or object storage."""


class ReplicableModel:
    """A mixin for a type's model; scopes are statements that select its rows."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)

    @classmethod
    def available_replicables(cls) -> Select[Any]:
        """Select the records that have data at all."""
        return select(cls)

    @classmethod
    def with_files_stored_locally(cls, replicables: Select[Any]) -> Select[Any]:
        """Keep records whose data are on the site's own disk; all of them by default."""
        return replicables

    @classmethod
    def selective_sync_scope(
        cls, selection: SelectiveSync, primary_key_in: IdRange | None, replicables: Select[Any]
    ) -> Select[Any]:
        """Keep what the secondary selects; every type implements this.

        Args:
            selection: What the secondary selects.
            primary_key_in: First and last id of the records; None for all.
            replicables: The records, already restricted to the ids.

        Raises:
            NotImplementedError: The type does not implement it.
        """
        raise NotImplementedError(f"{cls.__name__} has no selective_sync_scope")

    @classmethod
    def within(cls, replicables: Select[Any], primary_key_in: IdRange | None) -> Select[Any]:
        """Keep records of a range of ids."""
        return replicables if primary_key_in is None else replicables.where(cls.id.between(*primary_key_in))

    @classmethod
    def replicables_for_secondary(cls, site: Site, primary_key_in: IdRange | None = None) -> Select[Any]:
        """Select what this secondary keeps."""
        node = site.current_node()
        replicables = cls.within(cls.available_replicables(), primary_key_in)
        if not node.sync_object_storage:
            replicables = cls.with_files_stored_locally(replicables)
        return cls.selective_sync_scope(SelectiveSync(node, site.flags), primary_key_in, replicables)

    @classmethod
    def available_verifiables(cls) -> Select[Any]:
        """Select the records that can be verified; all available ones by default."""
        return cls.available_replicables()

    @classmethod
    def verifiables(cls, site: Site, primary_key_in: IdRange | None = None) -> Select[Any]:
        """Select what this site verifies."""
        records = cls.within(cls.available_verifiables(), primary_key_in)
        node = site.current_node()
        is_remote_verified = (
            site.flags.enabled("geo_object_storage_verification") if node.primary else node.sync_object_storage
        )
        if not is_remote_verified:
            records = cls.with_files_stored_locally(records)
        if site.flags.enabled("org_mover_extend_selective_sync_to_primary_checksumming"):
            records = cls.selective_sync_scope(SelectiveSync(node, site.flags), primary_key_in, records)
        return records

    @classmethod
    def search(cls, keyword: str) -> Select[Any]:
        """Select records that match a keyword; a type that supports it overrides this.

        Raises:
            NotImplementedError: The type does not support it.
        """
        raise NotImplementedError


class ReadOnlyModel(ReplicableModel):
    """A mixin for a model that Geo only reads; rows are written through another class, the replicator's `writer`.

    GitLab's models of partitions are read-only by convention (ee/app/models/geo/*_upload.rb): their hooks never run.
    Here an attempt to write through one is an error.
    """

    @classmethod
    def refuse_writing(cls) -> NoReturn:
        """Refuse to write.

        Raises:
            ReadOnlyError: Always.
        """
        raise ReadOnlyError(
            f"{cls.__name__} only reads {inspect(cls).local_table}: write through the `writer` of its replicator"
        )


def _refuse_writing(mapper: object, connection: object, record: ReadOnlyModel) -> None:
    record.refuse_writing()


for _writing in ("before_insert", "before_update", "before_delete"):
    event.listen(ReadOnlyModel, _writing, _refuse_writing, propagate=True)


class StateModel(VerificationColumns):
    """A mixin for a type's verification state; the class adds the table, and the column of the record's id."""

    @classmethod
    def verification_state_model_key(cls) -> str:
        """Return the name of the column from which claims read the ids of records; the primary key by default.

        The class of a table with its own id must override this, otherwise ids of state rows are taken for ids of
        records.
        """
        (key,) = inspect(cls).primary_key
        return str(key.key)

    @classmethod
    def model_key(cls) -> InstrumentedAttribute[int]:
        """Return the column from which claims read the ids of records."""
        column: InstrumentedAttribute[int] = getattr(cls, cls.verification_state_model_key())
        return column
