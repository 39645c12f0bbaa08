"""The strategy of types whose data are Git repositories (specification: event names, payloads, sync, removal)."""

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

    The model has `repository_storage`, `disk_path` and `full_path`. Its push path and its destroy service call
    `handle_after_update` and `handle_after_destroy`; nothing calls them by itself. A type whose repositories lie
    elsewhere overrides `disk_path`, and nothing else.

    Attributes:
        housekeeping_enabled: Whether a copy is cleaned up after synchronisations.
        housekeeping_period: After how many of them.
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
        """Return the path of the repository on its storage, without `.git`; what to override if it lies elsewhere.

        The record is asked, and it is asked for the last time before it is deleted: the event then carries the path.
        """
        return str(self.record.disk_path)

    def repository(self) -> Repository:
        """Return the repository of the record on this site: that of `disk_path`.

        Raises:
            PathError: The record's path leaves its storage.
        """
        path = self.site.storages.repository(self.record.repository_storage, self.disk_path())
        return Repository(path, self.site.settings.ca_file)

    @final
    def data_path(self) -> Path:
        """Return the folder of the repository; errors as of `repository`."""
        return self.repository().path

    def full_path(self) -> str:
        """Return the path of the repository in addresses, without `.git`."""
        return str(self.record.full_path)

    def deleted_params(self) -> dict[str, Any]:
        """Return where the repository was, because the secondary cannot ask the record any more."""
        record = self.record
        return {
            **self.base_payload(),
            "repository_storage": record.repository_storage,
            "disk_path": self.disk_path(),
            "full_path": self.full_path(),
        }

    def sync(self) -> bool | None:
        """Copy the repository; the scope is not looked at again.

        Raises:
            InvalidTransitionError: The registry says that a synchronisation is under way, and no lease is held.
        """
        return RepositorySync(self).execute()

    def replicate_destroy(self, payload: Mapping[str, Any]) -> None:
        """Remove the registry, and the repository too if the event says where it was.

        Args:
            payload: Of the deleted event; empty if the record merely is not kept: then the repository stays.

        Raises:
            OSError: The repository could not be removed; as in GitLab the registry is, but the event is not forgotten.
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
        if repository is not None and repository.path.exists():  # a synchronisation ended before it could see that
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
        """Forget what was cached of the repository; there is nothing unless a type has caches."""

    def before_housekeeping(self) -> None:
        """Do what a type needs before its copy is cleaned up."""

    def housekeeping(self, task: str) -> None:
        """Clean up the copy; a type whose housekeeping is elsewhere overrides this.

        Args:
            task: What to do; `gc` for a new copy, `incremental` when it is due.
        """
        self.repository().git("gc", "--quiet", "--auto")

    def keep_house(self, *, is_new: bool) -> None:
        """Clean up a new copy; count the others and clean up when it is due. What fails is logged.

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
        """Return the repository that a deleted event names; None if it names none, or none in a storage."""
        if not payload.get("full_path"):
            return None
        storage, disk_path = str(payload.get("repository_storage")), str(payload.get("disk_path"))
        try:
            return Repository(self.site.storages.repository(storage, disk_path))
        except PathError:
            log.exception("the repository could not be removed", extra=self.identity())
            return None
