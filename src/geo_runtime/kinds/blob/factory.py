"""Factories of records with a file."""

import hashlib

from geo_runtime.kinds.blob.replicator import BlobReplicator
from geo_runtime.kinds.factory import RecordFactory, T, refuse


class BlobFactory(RecordFactory[T]):
    """Makes records with a file on the site's own disk."""

    class Meta:
        abstract = True

    @classmethod
    def create_data(cls, replicator: BlobReplicator, number: int) -> None:
        """Write a file of some kilobytes."""
        path = replicator.blob_path()
        refuse(path.exists(), replicator.relative_path())
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(number))

    @classmethod
    def change_data(cls, replicator: BlobReplicator) -> None:
        """Make the file longer; only a type with an event for that may."""
        path = replicator.blob_path()
        path.write_bytes(path.read_bytes() + content(path.stat().st_size))

    @classmethod
    def damage_data(cls, replicator: BlobReplicator) -> str:
        """Cut off half of the file."""
        path = replicator.blob_path()
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        return "half of the file was cut off"

    @classmethod
    def destroy_data(cls, replicator: BlobReplicator) -> None:
        """Remove the file."""
        replicator.blob_path().unlink(missing_ok=True)


def content(number: int) -> bytes:
    """Return some kilobytes derived from a number."""
    return hashlib.sha256(str(number).encode()).digest() * (64 + number % 64)
