"""Which spellings of Ruby mean the same, and what a file is missing compared to a rendered one."""

from collections.abc import Callable, Iterator
from typing import Final

from geo_scaffold.outline.construct import Construct, Gap
from geo_scaffold.outline.keys import Call, Class, Constant, Key, Method
from geo_scaffold.outline.options import option_difference, with_values
from geo_scaffold.outline.outline import Outline
from geo_scaffold.outline.ruby import constant
from geo_scaffold.records import replace

_OPTIONS: Final = frozenset({"class_name", "class", "foreign_key", "factory", "resolver"})
"""Keyword arguments that change the meaning of a call; another value is an error, a missing one is the default."""
_BY_METHOD: Final = {"MODEL_CLASS": "model_class", "MODEL_FOREIGN_KEY": "model_foreign_key"}
"""Constants that became methods of the class."""
_CONSTANTS: Final = {method: name for name, method in _BY_METHOD.items()}


def ruby_gaps(wanted: Outline, outline: Outline, *, matters: Callable[[Key], bool] = lambda _: True) -> list[Gap]:
    """Return what a file is missing compared to a rendered one, in the rendered order.

    Args:
        wanted: The constructs of the rendered file.
        outline: The constructs of the file.
        matters: Tells by its key whether a construct of the rendered file is required.
    """
    wanted, outline = with_values(wanted, keep=False), with_values(outline)
    gaps, lost = [], ""
    classes = [class_.key.path for class_ in wanted.classes()]
    for key, construct in wanted.items():
        if not matters(key) or _is_namespace(construct, classes):
            continue
        if lost and key.is_in(lost):
            continue  # reported with the class around it
        same = next((outline[each] for each in _keys(key) if each in outline), None)
        if same is None:
            gaps.append(Gap(f"`{construct.shown}`", construct.text))
            if isinstance(key, Class):
                lost = key.path
        elif other := _difference(construct, same):
            gaps.append(Gap(other, construct.text, same.line))
    return gaps


def _is_namespace(construct: Construct[Key], classes: list[str]) -> bool:
    """Tell whether a construct is a module around a class, already part of the class's full name."""
    if not isinstance(construct.key, Class) or not construct.shown.startswith("module "):
        return False
    inside = f"{construct.key.path}::"
    return any(class_.startswith(inside) for class_ in classes)


def _keys(key: Key) -> Iterator[Key]:
    """Yield the keys of equivalent constructs."""
    yield key
    match key:
        case Constant(scope, name) if name in _BY_METHOD:
            yield Method(scope, _BY_METHOD[name], is_static=True)
        case Method(scope, name, is_static=True):
            if name in _CONSTANTS:
                yield Constant(scope, _CONSTANTS[name])
            yield Call(scope, "scope", name)
        case Method(scope, "change"):  # a reversible migration
            yield replace(key, name="up")
        case Call(scope, "scope", first):
            yield Method(scope, first, is_static=True)


def _difference(wanted: Construct[Key], construct: Construct[Key]) -> str | None:
    is_class = isinstance(wanted.key, Class)
    if wanted.value is not None and not _alike(wanted.value, construct.value, may_be_unknown=not is_class):
        what = "inherits from" if is_class else "is"
        return f"`{wanted.shown}` {what} {construct.value or 'nothing'} instead of {wanted.value}"
    if construct.is_empty and not wanted.is_empty:
        return f"`{wanted.shown}` is empty"
    if isinstance(wanted.key, Call) and wanted.key.is_of_table:
        return option_difference(wanted, construct)
    actual = dict(construct.options)
    for key, value in wanted.options:
        if key in _OPTIONS and key in actual and not _alike(value, actual[key], may_be_unknown=True):
            return f"`{wanted.shown}` has {key} {actual[key]} instead of {value}"
    return None


def _alike(wanted: str, value: str | None, *, may_be_unknown: bool) -> bool:
    """Tell whether two values are the same; a constant equals the end of its full path."""
    if value is None:
        return may_be_unknown
    one, other = constant(wanted), constant(value)
    return one == other or one.endswith(f"::{other}") or other.endswith(f"::{one}")
