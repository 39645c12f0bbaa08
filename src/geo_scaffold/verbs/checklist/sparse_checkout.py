"""The files of a checkout, including those that a sparse checkout leaves out."""

from collections.abc import Iterator

from geo_scaffold.errors import GeoScaffoldError
from geo_scaffold.git import indexed
from geo_scaffold.tree import Tree
from geo_scaffold.wording import first_few


class SparseCheckout:
    """A checkout, completed from its index where a sparse checkout leaves files out, which are not missing.

    Args:
        tree: The checkout.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._found: dict[str, bytes | None] = {}

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or None if there is none.

        Raises:
            GeoScaffoldError: It cannot be read, or is left out and git does not have it.
        """
        if path in self._found:
            return self._found[path]
        if path not in self._tree.left_out or (content := indexed(self._tree.root, path)) is None:
            return self._tree.read(path)  # which raises that it is left out
        self._found[path] = content
        return content

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the sorted names in a folder; empty if there is no folder.

        Raises:
            GeoScaffoldError: It cannot be read.
        """
        return self._tree.names(folder)

    @property
    def is_complete(self) -> bool:
        """Whether it is known that nothing is left out."""
        try:
            return not self._tree.left_out
        except GeoScaffoldError:
            return False

    def notes(self) -> Iterator[str]:
        """Yield notes about what is left out."""
        found = sorted(self._found)
        if found:
            yield f"Left out of this sparse checkout, and looked at as the index has it: {first_few(found)}."
