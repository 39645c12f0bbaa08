"""The strategy of types whose data are Git repositories (specification: points 5 to 9, 93 to 95)."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, final

from geo_runtime.errors import PathError
from geo_runtime.events import publishing
from geo_runtime.files.git import Repository
from geo_runtime.kinds.repository.kind import REPOSITORY
from geo_runtime.kinds.repository.sync import LEASE_TIMEOUT, RepositorySync, lease_key
from geo_runtime.replication.kind import Kind
from geo_runtime.replication.replicator import Replicator

log = logging.getLogger(__name__)


class RepositoryReplicator(Replicator):
    """A record whose data are a Git repository.

    The model has `repository_storage`, `disk_path` and `full_path`. Its push path and its destroy service must call
    `handle_after_update` and `handle_after_destroy`; nothing else does. A type with repositories elsewhere only
    overrides `disk_path`.

    Attributes:
        housekeeping_enabled: Whether a copy is cleaned up after synchronisations.
        housekeeping_period: After how many synchronisations.
    """

    kind: ClassVar[Kind] = REPOSITORY
    supported_events: ClassVar[frozenset[str]] = frozenset(
        {publishing.CREATED, publishing.UPDATED, publishing.DELETED, publishing.CHECKSUM_SUCCEEDED}
    )
    sync_event: ClassVar[str] = publishing.UPDATED
    sync_timeout: ClassVar[timedelta | None] = LEASE_TIMEOUT
    mutable: ClassVar[bool] = True
    housekeeping_enabled: ClassVar[bool] = True
    housekeeping_period: ClassVar[int] = 10

    def disk_path(self) -> str:
        """Return the path of the repository on its storage, without `.git`; override it if the repository is elsewhere.

        It is read from the record, for the last time before that is deleted: then the event contains the path.
        """
        return str(self.record.disk_path)

    def repository(self) -> Repository:
        """Return the repository of the record on this site, from `disk_path`.

        Raises:
            PathError: The record's path leaves its storage.
        """
        path = self.site.storages.repository(self.record.repository_storage, self.disk_path())
        return Repository(path, self.site.settings.ca_file)

    @final
    def data_path(self) -> Path:
        """Return the folder of the repository; errors as for `repository`."""
        return self.repository().path

    def full_path(self) -> str:
        """Return the path of the repository in URLs, without `.git`."""
        return str(self.record.full_path)

    def deleted_params(self) -> dict[str, Any]:
        """Return where the repository was, because the secondary can no longer read the record."""
        record = self.record
        return {
            **self.base_payload(),
            "repository_storage": record.repository_storage,
            "disk_path": self.disk_path(),
            "full_path": self.full_path(),
        }

    def sync(self) -> bool | None:
        """Copy the repository, without checking the scope again.

        Raises:
            InvalidTransitionError: By the registry a synchronisation is in progress, but no lease is held.
        """
        return RepositorySync(self).execute()

    def replicate_destroy(self, payload: Mapping[str, Any]) -> None:
        """Remove the registry, and also the repository if the event contains its path.

        Args:
            payload: The payload of the deleted event; empty if the record is only out of scope: then the repository is
                kept.

        Raises:
            OSError: The repository could not be removed; as in GitLab the registry was, but the event is not forgotten.
            LeaseTakenError: The repository is being copied.
        """
        repository = self._repository_of(payload)
        try:
            if repository is not None:
                repository.remove()
        except OSError:
            log.exception("the repository could not be removed", extra=self.identity())
            raise
        finally:
            self.remove_registry()
        if repository is not None and repository.path.exists():  # synced before the deletion
            repository.remove()
        if repository is not None:
            self.check_nobody_copies(lease_key(self))

    def resource_exists(self) -> bool:
        """Whether there is a repository."""
        return self.repository().exists()

    def calculate_checksum(self) -> str | None:
        """Calculate the checksum by the references.

        Raises:
            GitError: There is no valid repository.
        """
        return self.repository().checksum()

    def expire_caches(self) -> None:
        """Expire caches of the repository; nothing by default."""

    def before_housekeeping(self) -> None:
        """Do what a type needs before its copy is cleaned up."""

    def housekeeping(self, task: str) -> None:
        """Clean up the copy; a type with other housekeeping overrides this.

        Args:
            task: What to do; `gc` for a new copy, `incremental` when it is due.
        """
        self.repository().git("gc", "--quiet", "--auto")

    def keep_house(self, *, is_new: bool) -> None:
        """Clean up a new copy; count the others and clean up when due. Failures are logged.

        Args:
            is_new: Whether the repository was copied for the first time.
        """
        try:
            if not is_new and not self._is_housekeeping_due():
                return
            self.before_housekeeping()
            self.housekeeping("gc" if is_new else "incremental")
        except Exception:
            log.exception("housekeeping failed", extra=self.identity())

    def _is_housekeeping_due(self) -> bool:
        key = f"pushes_since_gc:{self.replicable_name()}:{self.model_record_id}"
        pushes = (self.site.store.read(key) or 0) + 1
        is_due = pushes >= self.housekeeping_period
        self.site.store.write(key, 0 if is_due else pushes)
        return is_due

    def _repository_of(self, payload: Mapping[str, Any]) -> Repository | None:
        """Return the repository that a deleted event names, or None if it names none, or none in a storage."""
        if not payload.get("full_path"):
            return None
        storage, disk_path = str(payload.get("repository_storage")), str(payload.get("disk_path"))
        try:
            return Repository(self.site.storages.repository(storage, disk_path))
        except PathError:
            log.exception("the repository could not be removed", extra=self.identity())
            return None
