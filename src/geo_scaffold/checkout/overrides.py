"""Finds a target's own templates, which replace ours."""

from geo_scaffold.checkout.target import Target, is_strange
from geo_scaffold.edition import NO_OVERRIDES, Overrides, find_overrides
from geo_scaffold.tree import Tree


def overrides_for(target: Target, tree: Tree) -> Overrides:
    """Find the overrides of a target: those in its root, else, for a standalone folder, those next to it.

    Those of another user are ignored.

    Next to it is where they can be put before anything is generated, and where several types can share them.

    Args:
        target: The target.
        tree: Its files.

    Raises:
        GeoScaffoldError: An override cannot be used, with what to do about it.
    """
    found = NO_OVERRIDES if is_strange(target.root) else find_overrides(tree.names, tree.read)
    if found or target.checkout or is_strange(target.root.parent):
        return found
    parent = Tree(target.root.parent)
    return find_overrides(parent.names, parent.read)
