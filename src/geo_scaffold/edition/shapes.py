"""The shapes of the values in a manifest, as data: the schema, the editors and the conditions are tables of these."""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeAlias, get_args

from geo_scaffold.editors.order import Order


class Plain(NamedTuple):
    """A value without named parts.

    Args:
        said: What it has to be, for messages.
        fits: Tells whether a value is of this shape.
    """

    said: str
    fits: Callable[[object], bool]


class Choice(NamedTuple):
    """One of several texts.

    Args:
        choices: The texts.
        said: What they are, such as `phase`.
    """

    choices: tuple[str, ...]
    said: str


class Table(NamedTuple):
    """Keys with values.

    Args:
        said: What has these keys, for messages: `an artifact`.
        needs: The required keys.
        takes: The optional keys.
        name: The key whose value identifies one table among others, for messages.
    """

    said: str
    needs: "Mapping[str, Shape]"
    takes: "Mapping[str, Shape]"
    name: str = ""


class Variants(NamedTuple):
    """A table whose keys depend on one of them.

    Args:
        said: What it is, for messages: `editor`.
        key: The key that names the variant.
        tables: The other keys, by the name of the variant.
        takes: The keys that all variants may have.
    """

    said: str
    key: str
    tables: Mapping[str, Table]
    takes: "Mapping[str, Shape]"


class ListOf(NamedTuple):
    """A list of values of one shape."""

    each: "Plain | Choice | Table | Variants"


Shape: TypeAlias = Plain | Choice | Table | Variants | ListOf
"""Any shape."""


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_path(value: object) -> bool:
    return isinstance(value, str) and not {"", ".", ".."} & set(value.split("/"))


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_pattern(value: object) -> bool:
    try:
        return isinstance(value, str) and re.compile(value.replace("{{", "{").replace("}}", "}")) is not None
    except re.error:
        return False


def _are_by_box(value: object) -> bool:
    return isinstance(value, dict) and all(
        key.isascii() and key.isdigit() and isinstance(each, str) for key, each in value.items()
    )


ANYTHING: Final[Shape] = Plain("anything", lambda _value: True)
TEXT: Final[Shape] = Plain("a text", lambda value: isinstance(value, str))
VERSION: Final[Shape] = Plain(
    "a version such as `18` or `18.9`",
    lambda value: isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?", value, re.ASCII) is not None,
)
ID: Final[Shape] = Plain(
    "words in lower case, joined by hyphens",
    lambda value: isinstance(value, str) and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value) is not None,
)
PATH: Final[Shape] = Plain("a path below GitLab's root, such as `lib/{name}.rb`", _is_path)
PATTERN: Final[Shape] = Plain("a regular expression", _is_pattern)
TEXTS: Final[Shape] = Plain("a list of texts", _are_texts)
FLAG: Final[Shape] = Plain("true or false", lambda value: isinstance(value, bool))
NUMBER: Final[Shape] = Plain("a whole number", _is_number)
NUMBERS: Final[Shape] = Plain(
    "a list of whole numbers", lambda value: isinstance(value, list) and all(map(_is_number, value))
)
BY_BOX: Final[Shape] = Plain("texts by the number of their box", _are_by_box)
TITLES: Final[Shape] = Plain(
    "texts by their name",
    lambda value: isinstance(value, dict) and all(isinstance(each, str) for each in value.values()),
)
ORDER: Final[Shape] = Choice(get_args(Order), "order")
