"""Whose templates apply: those of the target, else ours."""

from geo_scaffold.checkout.target import Target, is_strange
from geo_scaffold.edition import NO_OVERRIDES, Overrides, find_overrides
from geo_scaffold.tree import Tree


def overrides_for(target: Target, tree: Tree) -> Overrides:
    """Find the overrides of a target: those in its root, else, of a standalone folder, those beside it.

    Those of another user are not looked at.

    Beside it is where somebody can put them who has generated nothing yet, and where several types share them.

    Args:
        target: The target.
        tree: Its files.

    Raises:
        GeoScaffoldError: An override cannot be used, with what to do about it.
    """
    found = NO_OVERRIDES if is_strange(target.root) else find_overrides(tree.names, tree.read)
    if found or target.checkout or is_strange(target.root.parent):
        return found
    around = Tree(target.root.parent)
    return find_overrides(around.names, around.read)
