"""What a checkout has around a model already, which templates have to know."""

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from geo_scaffold.edition import OwnerKey, Surroundings
from geo_scaffold.names import Names

_MOUNT: Final = re.compile(r"^\s*mount_uploader\b\s*\(?\s*:(\w+)|^\s*mount_file_store_uploader\b(.*)", re.MULTILINE)
_FIELD: Final = re.compile(r"\bfile_field: :(\w+)")
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
        mounted=next(iter(mounts(text_of(read, names["model_file"]))), None),
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


def mounts(model: str) -> list[str]:
    """Return the attributes that a class mounts uploaders as, in the order of its lines.

    Args:
        model: Its file.
    """
    found = []
    for match in _MOUNT.finditer(model):
        field = _FIELD.search(match[2] or "")
        found.append(match[1] or (field[1] if field else "file"))
    return found


def text_of(read: Read, path: str) -> str:
    """Return the text of a file; empty where there is none."""
    return (read(path) or b"").decode("utf-8", "replace")


def _sharding_keys(dictionary: str) -> Iterator[OwnerKey]:
    block = _SHARDING_KEY.search(dictionary)
    for line in block[1].splitlines() if block else ():
        column, _, table = line.strip().partition(": ")
        yield OwnerKey(column, table)
