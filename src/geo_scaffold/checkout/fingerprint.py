"""What an audit read in a tree, by content: modification times mean little after a fresh clone."""

from collections.abc import Mapping
from pathlib import Path

from geo_scaffold.commit import fingerprint
from geo_scaffold.records import dataclass
from geo_scaffold.tree import listing


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The files and folders that an audit read.

    Args:
        files: The SHA-256 of each file by its path, or None if there was none.
        folders: The sorted names in each folder, by its path; empty if there was no folder.
        merged: The commit up to which everything is merged; empty if git knows none, None if nothing depends on it.
    """

    files: Mapping[str, str | None]
    folders: Mapping[str, tuple[str, ...]]
    merged: str | None = None

    def and_of(self, other: "Fingerprint") -> "Fingerprint | None":
        """Return the union with another fingerprint of the same tree, or None if they contradict each other.

        Args:
            other: The other one; nothing in it depends on what is merged.
        """
        files, folders = {**self.files, **other.files}, {**self.folders, **other.folders}
        is_same = files == {**files, **self.files} and folders == {**folders, **self.folders}
        return Fingerprint(files, folders, self.merged) if is_same else None

    def is_unchanged(self, root: Path) -> bool:
        """Tell whether a tree is unchanged wherever the audit looked.

        Args:
            root: The root of the tree.
        """
        from geo_scaffold.git import merged_commit  # noqa: PLC0415 - of few reports

        try:
            if self.merged is not None and merged_commit(root) != self.merged:
                return False
            # There are thousands of files, and parsing a path costs as much as reading it.
            return all(listing(f"{root}/{path}") == names for path, names in self.folders.items()) and all(
                fingerprint(f"{root}/{path}") == digest for path, digest in self.files.items()
            )
        except OSError:  # it cannot be read any more, which the audit has to report
            return False
