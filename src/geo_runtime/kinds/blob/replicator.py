"""The strategy of types with one file per record (specification: points 9, 72, 96 to 104)."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, final

from geo_runtime.errors import InvalidRecordError, LeaseTakenError, NotCheckedError, PathError, RecordNotFoundError
from geo_runtime.events import publishing
from geo_runtime.files import checksums
from geo_runtime.ground.texts import LIMIT, truncate_left
from geo_runtime.kinds.blob.download import LEASE_TIMEOUT, BlobDownload, lease_key, unlink
from geo_runtime.kinds.blob.kind import BLOB
from geo_runtime.replication.kind import Kind
from geo_runtime.replication.replicable import LOCAL
from geo_runtime.replication.replicator import Replicator

if TYPE_CHECKING:
    from geo_runtime.site.site import Site

log = logging.getLogger(__name__)
REMOVAL_LEASE = timedelta(hours=8)


class BlobReplicator(Replicator):
    """A record that has one file.

    The model has `blob_path`, relative to its uploader's folder, and `file_store`. A type with files elsewhere only
    overrides `relative_path`: serving, copying, verifying and deleting follow it.

    Attributes:
        uploader_class: The name of the uploader, which is in deleted events.
        uploader_folder: Its folder below the site's folder of uploads.
    """

    kind: ClassVar[Kind] = BLOB
    supported_events: ClassVar[frozenset[str]] = frozenset(
        {publishing.CREATED, publishing.DELETED, publishing.CHECKSUM_SUCCEEDED}
    )
    sync_event: ClassVar[str] = publishing.CREATED
    sync_timeout: ClassVar[timedelta | None] = LEASE_TIMEOUT
    mutable: ClassVar[bool] = False
    publishes_on_destroy: ClassVar[bool] = True
    uploader_class: ClassVar[str]
    uploader_folder: ClassVar[str]

    def relative_path(self) -> str:
        """Return the path of the file in its storage, the same on every site; override it if the file is elsewhere.

        It is read from the record, for the last time before that is deleted: then the event contains the path.
        """
        return f"{self.uploader_folder}/{self.record.blob_path}"

    @final
    def blob_path(self) -> Path:
        """Return the path of the file on this site's disk, from `relative_path`.

        Raises:
            PathError: The record's path leaves the folder.
        """
        return self.site.storages.upload(self.relative_path())

    @final
    def data_path(self) -> Path:
        """Return the path of the file on this site's disk; errors as for `blob_path`."""
        return self.blob_path()

    def is_local(self) -> bool:
        """Whether the file is on the site's own disk, not in object storage."""
        return bool(self.record.file_store == LOCAL)

    def validation_error(self) -> str | None:
        """Return why the file should not be fetched; a type with a reason overrides this."""
        return None

    def deleted_params(self) -> dict[str, Any]:
        """Return where the file was, because the secondary can no longer read the record.

        As in GitLab the path is relative to the folder of the uploader. For a file elsewhere it is relative to the
        uploads folder, and no uploader is named.
        """
        path, folder = self.relative_path(), f"{self.uploader_folder}/"
        if path.startswith(folder):
            place = {"uploader_class": self.uploader_class, "blob_path": path.removeprefix(folder)}
        else:
            place = {"blob_path": path}
        return {"model_record_id": self.model_record_id, **place}

    @classmethod
    def bulk_create_delete_events_async(cls, site: "Site", deleted_params: list[dict[str, Any]]) -> None:
        """Publish the deletion of many records, by a job.

        Args:
            site: The primary.
            deleted_params: The parameters of each record, collected before it was deleted.

        Raises:
            NotImplementedError: It is called on the strategy, not on a type.
            InvalidRecordError: A record has no id, or the parameters are not plain JSON.
        """
        if cls is BlobReplicator:
            raise NotImplementedError("bulk events belong to a type")
        if not deleted_params:
            return
        rows = []
        for params in deleted_params:
            if params.get("model_record_id") is None:
                raise InvalidRecordError("model_record_id can not be nil")
            payload = {**params, "correlation_id": publishing.current_correlation_id()}
            publishing.check_event(
                {"replicable_name": cls.replicable_name(), "event_name": publishing.DELETED, "payload": payload}
            )
            rows.append(payload)
        site.jobs.enqueue("BatchEventCreateWorker", cls.replicable_name(), publishing.DELETED, rows)

    def bulk_deleted_params(self) -> dict[str, Any] | None:
        """Return what a bulk event will need, read before the record is deleted, or None if events have no reader."""
        return self.deleted_params() if publishing.can_publish(self.site) else None

    def sync(self) -> bool | None:
        """Copy the file, unless the record is out of scope.

        Raises:
            InvalidTransitionError: By the registry a download is in progress, but no lease is held.
        """
        if not self.in_replicables_for_secondary():
            return None
        return BlobDownload(self).execute()

    def replicate_destroy(self, payload: Mapping[str, Any]) -> None:
        """Remove file and registry.

        Args:
            payload: The payload of the deleted event; empty if the record is only out of scope.

        Raises:
            OSError: The file could not be removed; the registry is kept.
            LeaseTakenError: The file is being downloaded; or another removal is in progress, which may not know where
                the file is, unlike this event.
        """
        key = f"file_registry_removal_service:{self.replicable_name()}:{self.model_record_id}"
        with self.site.store.lease(key, REMOVAL_LEASE) as lease:
            if lease is None:
                log.info("Cannot obtain an exclusive lease", extra=self.identity())
                if payload.get("blob_path"):
                    raise LeaseTakenError("another removal of this record is under way")
                return
            path, relative_path = self._removal_paths(payload)
            unlink(self, path, relative_path)
            self.remove_registry()
            if path is not None and path.is_file():  # from a download that ended before it could notice the deletion
                unlink(self, path, relative_path)
            if relative_path is not None:
                self.check_nobody_copies(lease_key(self))

    def resource_exists(self) -> bool:
        """Whether there is a file."""
        if self.is_local():
            return self.blob_path().is_file()
        storage = self.site.object_storage
        return storage is not None and storage.size(self.relative_path()) is not None

    def calculate_checksum(self) -> str | None:
        """Hash a local file, or take the size of a remote one.

        Raises:
            NotCheckedError: The record is not verified here, or its file does not exist.
        """
        reason = "File is not checksummable - "
        if not self.in_verifiables():
            name = f"{self.model.__name__} {self.model_record_id}"
            raise NotCheckedError(f"{reason}{name} is excluded from verification")
        if not self.resource_exists():
            start = f"{reason}file does not exist at: "
            room = LIMIT - len("Error during verification: ") - len(start)
            raise NotCheckedError(start + truncate_left(self._shown_path(), room))
        if self.is_local():
            return checksums.file_checksum(self.blob_path())
        storage = self.site.object_storage
        size = storage.size(self.relative_path()) if storage else None
        return None if size is None else checksums.size_checksum(size)

    def _shown_path(self) -> str:
        if not self.record.blob_path:
            return "(path unavailable)"
        return str(self.blob_path()) if self.is_local() else self.relative_path()

    def _removal_paths(self, payload: Mapping[str, Any]) -> tuple[Path | None, str | None]:
        """Return the paths of the file on disk and in the object storage, from the event, else from the record."""
        given = payload.get("blob_path")
        if given and payload.get("uploader_class"):
            given = f"{self.uploader_folder}/{given}"
        if not given:
            try:
                given = self.relative_path()
            except RecordNotFoundError:
                return None, None
        try:
            return self._local_path(str(given)), str(given)
        except PathError:
            log.warning("the path is not in the storage", extra=self.identity())
            return None, None

    def _local_path(self, given: str) -> Path:
        """Return a path below the uploads; in old events it may be absolute, but must be there too."""
        root = self.site.storages.uploads
        if root is not None and Path(given).is_absolute():
            resolved = Path(given).resolve()
            if not resolved.is_relative_to(root):
                raise PathError("the path leaves its storage")
            return self.site.storages.upload(str(resolved.relative_to(root)))
        return self.site.storages.upload(given)
