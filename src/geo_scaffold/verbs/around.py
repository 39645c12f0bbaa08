"""What a checkout has around a model already, which templates have to know."""

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from geo_scaffold.edition import OwnerKey, Surroundings
from geo_scaffold.names import Names

_MOUNT: Final = re.compile(r"^\s*mount(?:_file_store)?_uploader\b", re.MULTILINE)
_TRAIT: Final = re.compile(r"^ *trait[ (]:(\w+)", re.MULTILINE)
_SCHEMA: Final = re.compile(r"^gitlab_schema: (\w+)$", re.MULTILINE)
_SHARDING_KEY: Final = re.compile(r"^sharding_key:\n((?:  \w+: \w+\n?)+)", re.MULTILINE)

Read: TypeAlias = Callable[[str], bytes | None]
"""Returns what a file of the checkout holds; None: there is none."""


def surroundings_of(names: Names, read: Read) -> Surroundings:
    """Look around a model.

    Args:
        names: Its spellings.
        read: Reads a file of the checkout.
    """
    path, factory = factory_file(names, read)
    dictionary = text_of(read, f"db/docs/{names['table']}.yml")
    schema = _SCHEMA.search(dictionary)
    return Surroundings(
        factory_exists=bool(path),
        factory_traits=frozenset(_TRAIT.findall(factory)),
        has_uploader=_MOUNT.search(text_of(read, names["model_file"])) is not None,
        gitlab_schema=schema[1] if schema else None,
        owner_keys=tuple(_sharding_keys(dictionary)),
    )


def factory_file(names: Names, read: Read) -> tuple[str, str]:
    """Return the path of the factory below `spec/factories` and its text; people call the file by the plural or not.

    Args:
        names: The spellings of the model.
        read: Reads a file of the checkout.
    """
    usual = [] if names.origin("model_path_plural") == "given" else [names["model_path"]]
    for path in (names["model_path_plural"], *usual):
        if text := text_of(read, f"spec/factories/{path}.rb"):
            return path, text
    return "", ""


def text_of(read: Read, path: str) -> str:
    """Return the text of a file; empty where there is none."""
    return (read(path) or b"").decode("utf-8", "replace")


def _sharding_keys(dictionary: str) -> Iterator[OwnerKey]:
    block = _SHARDING_KEY.search(dictionary)
    for line in block[1].splitlines() if block else ():
        column, _, table = line.strip().partition(": ")
        yield OwnerKey(column, table)
