"""Synchronises a Git repository (specification: points 86 to 92)."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy.orm.exc import StaleDataError

from geo_runtime.errors import GitError, NoRepositoryError, PathError, RecordNotFoundError, RegistryRemovedError
from geo_runtime.events import publishing
from geo_runtime.ground.interruption import Interrupted
from geo_runtime.site import tokens

if TYPE_CHECKING:
    from geo_runtime.files.git import Repository
    from geo_runtime.kinds.repository.replicator import RepositoryReplicator
    from geo_runtime.replication.registry import Registry

log = logging.getLogger(__name__)
LEASE_TIMEOUT = timedelta(hours=3)


def lease_key(replicator: "RepositoryReplicator") -> str:
    """Return the key of the lease that a synchronisation of a record holds."""
    return f"geo_sync_ssf_service:{replicator.replicable_name()}:{replicator.model_record_id}"


class RepositorySync:
    """One synchronisation of one repository.

    Args:
        replicator: The replicator of the record.
    """

    def __init__(self, replicator: "RepositoryReplicator") -> None:
        self.replicator = replicator
        self.site = replicator.site
        self.is_new = False
        self.reschedules = False
        self.is_synced = False
        self.is_removed = False

    def execute(self) -> bool | None:
        """Copy the repository from the primary, unless that is in progress already.

        A change that was announced meanwhile leads to another synchronisation after the lease is released.

        Returns:
            Whether the registry is synced; None if somebody else holds the lease.

        Raises:
            InvalidTransitionError: By the registry a synchronisation is in progress, but no lease is held.
            OSError: The disk refuses: the registry stays started until it times out, or the record no longer exists and
                its repository could not be removed again.
        """
        with self.site.store.lease(lease_key(self.replicator), LEASE_TIMEOUT) as lease:
            if lease is None:
                log.info("Cannot obtain an exclusive lease", extra=self.replicator.identity())
                return None
            is_synced = self._sync()
        if self.reschedules:
            self.site.jobs.enqueue(
                "EventWorker", self.replicator.replicable_name(), publishing.UPDATED, self.replicator.base_payload()
            )
        return is_synced

    def _sync(self) -> bool:
        with self.site.tracking_database().session() as session, session.begin():
            self.replicator.registry_class.started(session, self.replicator.model_record_id)
        keeps_house = True
        try:
            self._copy()
            return self._synced(missing=False)
        except NoRepositoryError:
            log.warning("no repository on the primary", extra=self.replicator.identity())
            keeps_house = False
            return self._synced(missing=True)
        except Interrupted as error:
            keeps_house = False
            self._failed("Interrupted", error)
            raise
        except (GitError, PathError) as error:
            self._failed("Error syncing repository", error)
            return False
        finally:
            self._clean_up(keeps_house=keeps_house and not self.is_removed)

    def _copy(self) -> None:
        primary = self.site.primary_node()
        if primary is None:
            raise RecordNotFoundError("there is no primary site")
        full_path = self.replicator.full_path()
        url = f"{primary.internal_url}/{quote(full_path)}.git"
        header = tokens.authorization(self.site, {"scope": full_path}, tokens.GIT_VALIDITY)
        repository = self.replicator.repository()
        if not repository.exists():
            repository.clone_mirror(url, header)  # includes HEAD, so the remote is not queried again
            self.is_new = True
            return
        try:
            self._fetch(repository, url, header)
        except GitError:
            if not self._is_to_be_replaced(repository, url, header):
                raise
            log.warning("the copy cannot be read, and is made anew", extra=self.replicator.identity())
            repository.clone_mirror(url, header)
            self.is_new = True

    def _fetch(self, repository: "Repository", url: str, header: str) -> None:
        repository.fetch_mirror(url, header)
        head = repository.remote_head(url, header)
        if head is None:
            log.info("Unknown HEAD", extra=self.replicator.identity())
        else:
            repository.set_head(head)

    def _is_to_be_replaced(self, repository: "Repository", url: str, header: str) -> bool:
        """Whether a fetch failed because of the local copy, so that only a new copy can repair it.

        A deliberate addition to the specification: GitLab 18.9 fetches again and again, and a damaged copy stays failed
        until a person removes it. The primary is queried first: while it does not answer there is nothing to copy, and
        no reason to read the whole local copy.

        Raises:
            GitError: The primary does not answer.
        """
        repository.remote_head(url, header)
        return not repository.is_readable()

    def _synced(self, *, missing: bool) -> bool:
        def succeed(registry: "Registry") -> None:
            if hasattr(registry, "missing_on_primary"):
                registry.missing_on_primary = missing
            is_verified = self.replicator.primary_verification_succeeded
            self.is_synced = registry.synced(is_verified_on_primary=is_verified)
            self.reschedules = not self.is_synced

        self._note(succeed)
        return self.is_synced

    def _failed(self, message: str, error: BaseException) -> None:
        self._note(lambda registry: registry.fail(message, error))

    def _note(self, how: Callable[["Registry"], None]) -> None:
        """Record the result in the registry; if that and its record no longer exist, remove the copy too."""
        try:
            with self.replicator.persisted_registry() as registry:
                if registry is not None:
                    how(registry)
                    return
        except (RegistryRemovedError, StaleDataError):
            self.is_synced = False
        self.is_removed = True
        if self.replicator.find_record() is None:  # otherwise it is only out of scope, and is kept
            log.info("the record was removed while it was copied", extra=self.replicator.identity())
            self.replicator.repository().remove()

    def _clean_up(self, *, keeps_house: bool) -> None:
        self.replicator.expire_caches()
        if keeps_house and self.replicator.housekeeping_enabled:
            self.replicator.keep_house(is_new=self.is_new)
