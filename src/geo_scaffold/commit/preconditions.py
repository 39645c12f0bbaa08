"""What a plan was based on, and whether it is unchanged: one run sees one state."""

import os
import stat
from collections.abc import Mapping

from geo_scaffold.commit import files
from geo_scaffold.commit.confine import Root
from geo_scaffold.commit.failure import changed
from geo_scaffold.commit.places import OWN_FOLDER, OWN_TEMPORARY
from geo_scaffold.errors import GeoScaffoldError, WriteError
from geo_scaffold.records import dataclass, field


@dataclass(frozen=True, slots=True)
class Preconditions:
    """The files and folders that a plan read, by their path from the root.

    Args:
        files: The content of each file (None if there was none) and its metadata (None if not read).
        folders: The sorted names in each folder; empty if there was no folder.
    """

    files: Mapping[str, tuple[bytes | None, os.stat_result | None]] = field(default_factory=dict)
    folders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def check(self, root: Root) -> None:
        """Check that all of it is unchanged, while no other run can change it.

        Args:
            root: The root.

        Raises:
            WriteError: Something has changed; nothing was written.
        """
        for path, (content, status) in self.files.items():
            try:
                target = root.confine(path)
                if status is not None and _is_same(target.lstat(), status):
                    continue
                found = files.read(target)
            except (OSError, GeoScaffoldError) as error:
                if isinstance(error, OSError) and isinstance(error, (FileNotFoundError, NotADirectoryError)):
                    found = None
                else:
                    raise changed(path) from error
            if (found[0] if found else None) != content:
                raise changed(path, "was deleted" if found is None else "appeared" if content is None else "changed")
        for folder, names in self.folders.items():
            if _names_in(root, folder) != {*names} - _own_names(folder):
                raise changed(folder or ".", "gained or lost files")


def _is_same(found: os.stat_result, status: os.stat_result) -> bool:
    """Tell whether a file was not touched, without reading it: every change updates its ctime."""
    return stat.S_ISREG(found.st_mode) and all(
        getattr(found, name) == getattr(status, name)
        for name in ("st_dev", "st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")
    )


def _names_in(root: Root, folder: str) -> set[str]:
    try:
        with os.scandir(root.path / folder) as entries:
            return {entry.name for entry in entries} - _own_names(folder)
    except (FileNotFoundError, NotADirectoryError):
        return set()
    except OSError as error:
        raise WriteError(
            f"cannot look into {folder}: {error.strerror}; nothing was written",
            path=folder,
            remedy="Make it readable for this user",
        ) from error


def _own_names(folder: str) -> set[str]:
    """Return the names that the lock itself may have created."""
    return {"": {OWN_FOLDER}, OWN_FOLDER: {OWN_TEMPORARY.rpartition("/")[2]}}.get(folder, set())
