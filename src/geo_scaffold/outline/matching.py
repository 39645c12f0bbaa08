"""Which spellings of Ruby mean the same, and what a file lacks of a rendered one."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from geo_scaffold.outline.construct import TABLE, Construct, Gap
from geo_scaffold.outline.options import option_difference, with_values
from geo_scaffold.outline.ruby import constant

Outline = Mapping[tuple[str, ...], Construct]

_OPTIONS: Final = frozenset({"class_name", "class", "foreign_key", "factory", "resolver"})
"""Keyword arguments that change what a call means; another value is an error, none is the default."""
_BY_METHOD: Final = {"MODEL_CLASS": "model_class", "MODEL_FOREIGN_KEY": "model_foreign_key"}
"""Constants that became methods of the class."""
_CONSTANTS: Final = {method: name for name, method in _BY_METHOD.items()}


def ruby_gaps(wanted: Outline, found: Outline, *, matters: Callable[[Construct], bool] = lambda _: True) -> list[Gap]:
    """Return what a file lacks of a rendered one, in the rendered order.

    Args:
        wanted: The constructs of the rendered file.
        found: The constructs of the file.
        matters: Tells whether a construct of the rendered file has to be there.
    """
    wanted, found = with_values(wanted, keep=False), with_values(found)
    gaps, lost = [], ""
    classes = [construct.key[1] for construct in wanted.values() if construct.sort == "class"]
    for construct in wanted.values():
        if not matters(construct) or _is_namespace(construct, classes):
            continue
        if lost and (construct.key[1] == lost or construct.key[1].startswith(f"{lost}::")):
            continue  # it goes with the class around it
        same = next((found[key] for key in _keys(construct) if key in found), None)
        if same is None:
            gaps.append(Gap(f"`{construct.shown}`", construct.text))
            if construct.sort == "class":
                lost = construct.key[1]
        elif other := _difference(construct, same):
            gaps.append(Gap(other, construct.text, same.line))
    return gaps


def _is_namespace(construct: Construct, classes: list[str]) -> bool:
    """Tell whether a construct is a module around a class, which the class's full name has as well."""
    return construct.shown.startswith("module ") and any(each.startswith(f"{construct.key[1]}::") for each in classes)


def _keys(construct: Construct) -> Iterator[tuple[str, ...]]:
    yield construct.key
    if construct.sort == "constant" and construct.key[2] in _BY_METHOD:
        yield ("method", construct.key[1], ".", _BY_METHOD[construct.key[2]])
    elif construct.sort == "method" and construct.key[2] == ".":
        if construct.key[3] in _CONSTANTS:
            yield ("constant", construct.key[1], _CONSTANTS[construct.key[3]])
        yield ("call", construct.key[1], "scope", construct.key[3])
    elif construct.sort == "call" and construct.key[2] == "scope":
        yield ("method", construct.key[1], ".", construct.key[3])
    elif construct.key[2:] == ("#", "change"):  # a migration that says both ways
        yield ("method", construct.key[1], "#", "up")


def _difference(wanted: Construct, found: Construct) -> str | None:
    if wanted.value is not None and not _alike(wanted.value, found.value, may_be_unknown=wanted.sort != "class"):
        what = "inherits from" if wanted.sort == "class" else "is"
        return f"`{wanted.shown}` {what} {found.value or 'nothing'} instead of {wanted.value}"
    if found.is_empty and not wanted.is_empty:
        return f"`{wanted.shown}` is empty"
    if wanted.key[1].startswith(TABLE):
        return option_difference(wanted, found)
    there = dict(found.options)
    for key, value in wanted.options:
        if key in _OPTIONS and key in there and not _alike(value, there[key], may_be_unknown=True):
            return f"`{wanted.shown}` has {key} {there[key]} instead of {value}"
    return None


def _alike(wanted: str, found: str | None, *, may_be_unknown: bool) -> bool:
    """Tell whether two values are the same; a constant is the end of its full path."""
    if found is None:
        return may_be_unknown
    one, other = constant(wanted), constant(found)
    return one == other or one.endswith(f"::{other}") or other.endswith(f"::{one}")
