"""Downloads a file from the primary (specification: points 96 to 102)."""

import contextlib
import hashlib
import json
import logging
import secrets
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin

from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError
from urllib3 import BaseHTTPResponse

from geo_runtime.errors import RegistryRemovedError, TransferError
from geo_runtime.files import checksums, pace
from geo_runtime.ground import interruption
from geo_runtime.ground.interruption import Interrupted
from geo_runtime.replication.registry import Registry
from geo_runtime.site import tokens

if TYPE_CHECKING:
    from geo_runtime.kinds.blob.replicator import BlobReplicator

log = logging.getLogger(__name__)
LEASE_TIMEOUT = timedelta(hours=8)
FILE_NOT_FOUND = "FILE_NOT_FOUND"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BUFFER = 1 << 20
_LARGEST_ERROR = 1 << 16


class BlobDownload:
    """One download of one file.

    Args:
        replicator: The replicator of the record.
    """

    def __init__(self, replicator: "BlobReplicator") -> None:
        self.replicator = replicator
        self.site = replicator.site
        self._was_verified_on_primary = False

    def execute(self) -> bool | None:
        """Copy the file from the primary, unless that is in progress already.

        Failures are recorded in the registry and not raised.

        Returns:
            Whether the registry is synced; None if somebody else holds the lease, or the record no longer exists at the
            end.

        Raises:
            OSError: The record no longer exists, and its file could not be removed again.
        """
        with self.site.store.lease(lease_key(self.replicator), LEASE_TIMEOUT) as lease:
            if lease is None:
                log.info("Cannot obtain an exclusive lease", extra=self.replicator.identity())
                return None
            with self.site.tracking_database().session() as session:
                registry = self.replicator.registry_class.started(session, self.replicator.model_record_id)
                session.commit()
                try:
                    return self._recorded(session, registry)
                except (RegistryRemovedError, StaleDataError, ObjectDeletedError):
                    session.rollback()
                    self._take_back()
                    return None

    def _recorded(self, session: Session, registry: Registry) -> bool:
        is_ended = False
        try:
            size = self._download(registry)
            registry.synced(is_verified_on_primary=self._is_verified_on_primary)
            session.commit()
            is_ended = True
            log.debug("blob downloaded", extra={"bytes": size, **self.replicator.identity()})
        except RegistryRemovedError:
            is_ended = True
            raise
        except TransferError as error:
            registry.fail(error.reason, missing_on_primary=error.missing_on_primary)
            session.commit()
            is_ended = True
            return False
        except Interrupted as error:
            session.rollback()
            registry.fail("Interrupted", error)
            session.commit()
            is_ended = True
            raise
        except Exception as error:
            log.exception("blob download", extra=self.replicator.identity())
            session.rollback()
            registry.fail("Error while attempting to sync", error)
            session.commit()
            is_ended = True
            return False
        finally:
            if not is_ended:
                session.rollback()
                registry.fail("Unknown system error")
                session.commit()
        return True

    def _is_verified_on_primary(self) -> bool:
        """Whether the primary has a good checksum; one that came after the file is seen only by asking again."""
        return self._was_verified_on_primary or self.replicator.primary_verification_succeeded()

    def _take_back(self) -> None:
        """Remove a file that arrived after the record was removed."""
        log.info("the record was removed while its file was copied", extra=self.replicator.identity())
        path = self.replicator.blob_path() if self.replicator.is_local() else None
        unlink(self.replicator, path, self.replicator.relative_path())

    def _download(self, registry: Registry) -> int:
        """Fetch the file and return how many bytes were received.

        Raises:
            TransferError: It should not or could not be fetched.
        """
        url, destination = self._checked_url(), self._checked_destination()
        if registry.is_brand_new_pending() and self._is_there():
            return 0
        folder = destination and destination.parent
        with self._temporary_file(folder, is_first=registry.is_first_attempt) as (path, file):
            try:
                received = self._fetch(url, file)
                file.close()
                self._check(received)
                self._move(path, destination)
            except TransferError:
                raise
            except Exception as error:
                raise TransferError(f"Error downloading file: {error}") from error
        return received.size

    def _checked_url(self) -> str:
        if not self.site.is_secondary():
            raise TransferError("Skipping transfer as this is not a Secondary node")
        primary = self.site.primary_node()
        if primary is None:
            raise TransferError("Skipping transfer as there is no Primary node to download from")
        problem = self.replicator.validation_error()
        if problem:
            raise TransferError(f"Skipping transfer due to validation error: {problem}")
        record_id = self.replicator.model_record_id
        return f"{primary.internal_url}/api/v4/geo/retrieve/{self.replicator.replicable_name()}/{record_id}"

    def _checked_destination(self) -> Path | None:
        """Return the path of the file here, creating its folder; None if it goes to the object storage.

        Raises:
            TransferError: The file cannot be put in its place.
        """
        if not self.replicator.is_local():
            self._check_object_storage()
            return None
        destination = self.replicator.blob_path()
        if destination.is_dir():
            raise TransferError("Skipping transfer as destination exist and is a directory")
        try:
            destination.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TransferError("Skipping transfer as we cannot create the destination directory") from error
        return destination

    def _check_object_storage(self) -> None:
        if not self.site.current_node().sync_object_storage:
            raise TransferError(
                "Skipping transfer as this secondary node is not allowed to replicate content on Object Storage"
            )
        if self.site.object_storage is None:
            name = self.replicator.replicable_name()
            raise TransferError(
                f"Skipping transfer as this secondary node is not configured to store {name} on Object Storage"
            )

    def _is_there(self) -> bool:
        """Whether a file that never changes is already here by other means, and will be verified."""
        return (
            not self.replicator.mutable
            and self.replicator.resource_exists()
            and self.replicator.verification_enabled(self.site)
            and self.replicator.in_verifiables()
        )

    @contextlib.contextmanager
    def _temporary_file(self, folder: Path | None, *, is_first: bool) -> Iterator[tuple[Path, IO[bytes]]]:
        """Open a file to download to.

        Args:
            folder: The folder for the file here, or None if it will be in the object storage.
            is_first: Whether the record was never downloaded before, so that no killed download can have left anything.
        """
        path = (folder or Path(tempfile.gettempdir())) / f"{_prefix(self.replicator)}{secrets.token_hex(8)}"
        try:
            if folder is not None and not is_first:
                remove_leftovers(self.replicator, folder)
            file = path.open("xb", buffering=_BUFFER)
        except OSError as error:
            raise TransferError("Error creating temporary file") from error
        try:
            with file:
                yield path, file
        finally:
            path.unlink(missing_ok=True)

    def _fetch(self, url: str, file: IO[bytes]) -> "_Received":
        data = {
            "replicable_name": self.replicator.replicable_name(),
            "replicable_id": self.replicator.model_record_id,
        }
        headers = {"Authorization": tokens.authorization(self.site, data), "X-Sendfile-Type": "X-Sendfile"}
        with self.site.http.request("GET", url, headers=headers, preload_content=False) as response:
            location = response.headers.get("location") if response.status in _REDIRECTS else None
            if location is None:
                return self._save(response, file)
        # The token is for the primary, not for where the file is.
        with self.site.http.request("GET", urljoin(url, location), preload_content=False) as response:
            return self._save(response, file)

    def _save(self, response: BaseHTTPResponse, file: IO[bytes]) -> "_Received":
        if not 200 <= response.status < 300:
            if response.status == 404 and _geo_code(response) == FILE_NOT_FOUND:
                raise TransferError("The file is missing on the Geo primary site", missing_on_primary=True)
            raise TransferError(f"Non-success HTTP response status code {response.status}")
        size, digest, speed = 0, hashlib.new(checksums.FILE_DIGEST), pace.Pace()
        while chunk := response.read1(_BUFFER):
            interruption.check()
            if speed.is_too_slow(len(chunk)):
                raise TransferError(f"Fewer than {speed.least} bytes a second came for {speed.window_s:.0f} s")
            file.write(chunk)
            size += len(chunk)
            digest.update(chunk)
        return _Received(size, digest.hexdigest())

    def _check(self, received: "_Received") -> None:
        self._was_verified_on_primary, expected = self.replicator.primary_state()
        if expected is None:
            return
        if self.replicator.is_local():
            checksum = received.checksum
        elif self.site.flags.enabled("geo_object_storage_verification"):
            checksum = checksums.size_checksum(received.size)
        else:
            return
        if checksum != expected:
            raise TransferError("Downloaded file checksum mismatch")

    def _move(self, path: Path, destination: Path | None) -> None:
        """Put the file in its place, without touching the record."""
        if destination is not None:
            path.replace(destination)
        elif self.site.object_storage is not None:
            self.site.object_storage.put(self.replicator.relative_path(), path.read_bytes())


class _Received(NamedTuple):
    """What was received.

    Attributes:
        size: The size in bytes.
        checksum: The checksum of the content, calculated while writing it.
    """

    size: int
    checksum: str


def _geo_code(response: BaseHTTPResponse) -> object:
    try:
        found = json.loads(response.read(_LARGEST_ERROR))
    except ValueError:
        return None
    return found.get("geo_code") if isinstance(found, dict) else None


def remove_leftovers(replicator: "BlobReplicator", folder: Path) -> None:
    """Remove what a killed download of a record left; nobody else may be downloading it.

    Args:
        replicator: The replicator of the record.
        folder: The folder of its file, existing or not.

    Raises:
        OSError: The disk refuses.
    """
    for path in folder.glob(f"{_prefix(replicator)}*"):
        path.unlink(missing_ok=True)


def lease_key(replicator: "BlobReplicator") -> str:
    """Return the key of the lease that a download of a record holds."""
    return f"geo/blob_download_service:{replicator.replicable_name()}:{replicator.model_record_id}"


def _prefix(replicator: "BlobReplicator") -> str:
    """Return the prefix of the names of a record's temporary files."""
    return f"tmp_{replicator.replicable_name()}_{replicator.model_record_id}_"


def unlink(replicator: "BlobReplicator", path: Path | None, relative_path: str | None) -> None:
    """Remove the file of a deleted record, locally or, if allowed, in the object storage.

    Args:
        replicator: The replicator of the record.
        path: The path of the file on this site's disk, or None if unknown.
        relative_path: Its path in the object storage, or None if unknown.

    Raises:
        OSError: The disk refuses; this is logged too.
    """
    site = replicator.site
    try:
        if path is not None:
            remove_leftovers(replicator, path.parent)
        if path is not None and path.is_file():
            path.unlink()
            return
    except OSError:
        log.exception("the file could not be removed", extra=replicator.identity())
        raise
    if site.object_storage is not None and relative_path is not None:
        if site.current_node().sync_object_storage:
            site.object_storage.delete(relative_path)
        return
    if path is None:
        log.warning("a file may be orphaned", extra=replicator.identity())
