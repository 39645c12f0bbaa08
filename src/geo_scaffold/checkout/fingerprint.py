"""What an audit read in a tree, by content: modification times say little after a fresh clone."""

from collections.abc import Mapping
from pathlib import Path

from geo_scaffold.commit import fingerprint
from geo_scaffold.records import dataclass
from geo_scaffold.tree import listing


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The files and folders that an audit looked at.

    Args:
        files: The SHA-256 of each file by its path; None: there was none.
        folders: The names in each folder by its path, sorted; none where there was no folder.
        merged: The commit up to which all is merged, empty where git knows none; None: nothing depends on it.
    """

    files: Mapping[str, str | None]
    folders: Mapping[str, tuple[str, ...]]
    merged: str | None = None

    def and_of(self, other: "Fingerprint") -> "Fingerprint | None":
        """Return what both of two looked at in one tree; None: it changed, so that they found different things.

        Args:
            other: The other; nothing depends in it on what is merged.
        """
        files, folders = {**self.files, **other.files}, {**self.folders, **other.folders}
        is_same = files == {**files, **self.files} and folders == {**folders, **self.folders}
        return Fingerprint(files, folders, self.merged) if is_same else None

    def is_still_so(self, root: Path) -> bool:
        """Tell whether a tree holds the same where the audit looked.

        Args:
            root: Of the tree.
        """
        from geo_scaffold.git import merged_commit  # noqa: PLC0415 - of few reports

        try:
            if self.merged is not None and merged_commit(root) != self.merged:
                return False
            # Of thousands of files: a path that is parsed costs as much as one that is looked at.
            return all(listing(f"{root}/{path}") == names for path, names in self.folders.items()) and all(
                fingerprint(f"{root}/{path}") == digest for path, digest in self.files.items()
            )
        except OSError:  # it cannot be read any more, which is a finding
            return False
