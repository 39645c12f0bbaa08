"""The strategy of types whose records are rows of a partition of `uploads`, each with a file, written by another class.

GitLab's are blobs too (ee/app/replicators/geo/*_upload_replicator.rb), and `Upload` writes the rows.
"""

from dataclasses import replace
from typing import ClassVar, Final

from geo_runtime.kinds.blob.kind import BLOB
from geo_runtime.kinds.blob.replicator import BlobReplicator
from geo_runtime.replication.kind import Kind
from geo_runtime.replication.replicable import ReadOnlyModel, ReplicableModel

UPLOAD: Final = replace(BLOB, name="upload")
"""Copied like all files, within the same capacity."""


class UploadReplicator(BlobReplicator):
    """A row of a partition, with its file: the model only reads it; the class that writes it publishes the events."""

    kind: ClassVar[Kind] = UPLOAD
    model: ClassVar[type[ReadOnlyModel]]
    writer: ClassVar[type[ReplicableModel]]
