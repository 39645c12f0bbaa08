"""Geo's own class that covers the files of another one: `undo` and `release` accept either."""

from pathlib import Path

from geo_scaffold.answers import Answers
from geo_scaffold.checkout.target import find_checkout
from geo_scaffold.tree import Tree


def own_class_for(model: str, folder: Path) -> str | None:
    """Return the class of an existing type that covers the files of a class, or None if there is none, or no checkout.

    Args:
        model: The class whose files these are.
        folder: The folder given to the verb, an absolute path.

    Raises:
        UndecidedError: Several types cover them.
    """
    root = find_checkout(folder)
    if root is None:
        return None
    from geo_scaffold.checkout import Checkout, Sources, inflections_for  # noqa: PLC0415 - of few models
    from geo_scaffold.checkout.partitions import existing_type_of  # noqa: PLC0415

    tree = Tree(root)
    inflector, _ = inflections_for(Answers(model=""), tree.read)
    return existing_type_of(model.strip().removeprefix("::"), Checkout(Sources(tree, ""), inflector))
