"""The path from the top of a structure to a value, key by key."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from geo_scaffold.editors.failures import blocked

N = TypeVar("N")


def follow(root: N, keys: Sequence[str], values_of: Callable[[N, str], list[N] | None], holder: str) -> N:
    """Return the value at a path of keys.

    Args:
        root: The structure.
        keys: The keys from the top; empty for the whole structure.
        values_of: Returns the values of a node under a key, or None if it cannot have keys.
        holder: What can have keys, for the message.

    Raises:
        LocatorError: A key does not exist exactly once.
    """
    node = root
    for depth, key in enumerate(keys):
        shown = ".".join(keys[: depth + 1])
        values = values_of(node, key)
        if values is None:
            raise blocked(f"the key `{shown}` was expected, and there is no {holder} that could hold it")
        if len(values) != 1:
            raise blocked(f"the key `{shown}` was expected once, but appears {len(values)} times")
        node = values[0]
    return node
