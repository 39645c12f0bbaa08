"""Storage of data: repositories on named storages, local files in the uploads folder, and object storage."""

import os
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path
from typing import Protocol

from geo_runtime.errors import PathError


class ObjectStorage(Protocol):
    """What the runtime requires of a store for files that are not local."""

    def size(self, path: str) -> int | None:
        """Return the size of a file in bytes, or None if it does not exist."""
        ...

    def put(self, path: str, content: bytes) -> None:
        """Store a file.

        Args:
            path: Its path in the storage, relative.
            content: Its bytes.
        """
        ...

    def delete(self, path: str) -> None:
        """Delete a file, if it exists."""
        ...

    def url(self, path: str) -> str:
        """Return a URL from which the file can be downloaded without a token of this site."""
        ...


class Storages:
    """The folders of one site; no path can leave them.

    Args:
        repositories: The folder of each named repository storage.
        uploads: The folder of local files, if the site has any.
    """

    def __init__(self, repositories: Mapping[str, Path], uploads: Path | None) -> None:
        self.repositories = {name: path.resolve() for name, path in repositories.items()}
        self.uploads = uploads.resolve() if uploads else None

    def repository(self, storage: str, disk_path: str) -> Path:
        """Return the folder of a repository.

        Args:
            storage: The name of its storage.
            disk_path: Its path on it, without `.git`.

        Raises:
            PathError: There is no such storage, or the path leaves it.
        """
        if storage not in self.repositories:
            raise PathError(f"no such repository storage: {storage}")
        return confined(self.repositories[storage], f"{disk_path}.git")

    def upload(self, relative_path: str) -> Path:
        """Return the path of a local file.

        Raises:
            PathError: The site has no local files, or the path leaves their folder.
        """
        if self.uploads is None:
            raise PathError("this site has no folder for uploads")
        return confined(self.uploads, relative_path)


def confined(root: Path, relative_path: str) -> Path:
    """Join a path to a folder.

    Args:
        root: The folder.
        relative_path: A POSIX path below it.

    Raises:
        PathError: The path is empty or absolute, leaves the folder, also by a link, or is the folder itself.
    """
    if not relative_path or "\0" in relative_path or Path(relative_path).is_absolute():
        raise PathError(f"not a path below a storage: {relative_path!r}")
    path = root / relative_path
    below = path.parts[len(root.parts) :]
    # The root was resolved before, and to resolve a path without links would cost three times as much.
    is_linked = any(map(os.path.islink, accumulate(below, os.path.join, initial=str(root))))
    if not below or ".." in below or (is_linked and not _is_below(root, os.path.realpath(path))):
        raise PathError(f"the path leaves its storage: {relative_path!r}")
    return path


def _is_below(root: Path, resolved: str) -> bool:
    return resolved != str(root) and os.path.commonpath((root, resolved)) == str(root)
