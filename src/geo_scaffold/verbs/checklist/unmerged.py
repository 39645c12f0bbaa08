"""Determines what in a checkout is not merged yet: only there can an answer still change."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from geo_scaffold.errors import GeoScaffoldError

if TYPE_CHECKING:
    from geo_scaffold.git import Merged


class Unmerged:
    """What is not in the merge base with the default branch; git is only started if needed.

    Args:
        root: The checkout, or None if there is none, or its files are those of a commit.
    """

    def __init__(self, root: Path | None) -> None:
        self._root = root

    def __call__(self, path: str) -> bool | None:
        """Return whether a file is unmerged, or None if that is unknown.

        Args:
            path: The path, relative to the root of the checkout.
        """
        is_merged = self._base.has_file(path) if self._base is not None else None
        return None if is_merged is None else not is_merged

    @property
    def commit(self) -> str | None:
        """The merge base, if the report depends on it: empty if there is none, None if git was not started."""
        if "_base" not in self.__dict__ or self._root is None:
            return None
        return self._base.commit.id if self._base and self._base.is_sure and self._base.commit else ""

    def close(self) -> None:
        """Stop git, if it was started."""
        if (base := self.__dict__.get("_base")) and base.commit:
            base.commit.__exit__()

    @cached_property
    def _base(self) -> "Merged | None":
        from geo_scaffold.git import merged_in  # noqa: PLC0415 - runs git

        if self._root is None:
            return None
        try:
            return merged_in(self._root)
        except GeoScaffoldError:  # then it is unknown what is merged, and nothing is reported
            return None
