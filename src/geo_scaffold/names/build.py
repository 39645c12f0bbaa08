"""Every spelling of one model's name, built once and validated."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from geo_scaffold.errors import UsageError
from geo_scaffold.kinds import DEFAULT, KINDS, Kind
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.names.names import Names
from geo_scaffold.names.refusals import (
    OPTIONS,
    check_replicable_name,
    check_shape,
    check_together,
    checked_model,
    shown,
)
from geo_scaffold.names.spellings import SPELLINGS, Draft

_KEYS: Final = tuple(spelling.key for spelling in SPELLINGS)


def build_names(
    model: str,
    *,
    inflector: Inflector,
    name: str | None = None,
    plural: str | None = None,
    title: str | None = None,
    title_plural: str | None = None,
    table: str | None = None,
    factory: str | None = None,
    overrides: Mapping[str, str] = MappingProxyType({}),
    ee_only: bool = False,
    kind: Kind = KINDS[DEFAULT],
) -> Names:
    """Return every spelling of a model's name.

    Args:
        model: The Active Record class, such as `Packages::Nuget::Symbol`.
        inflector: The inflections of the model's application.
        name: The replicable name, if it is not the model's full path in snake case.
        plural: The plural of the replicable name, if it is not Rails' plural.
        title: The title of one record, for people.
        title_plural: Its plural.
        table: The model's table.
        factory: The model's factory.
        overrides: Any other spellings by key. Spellings derived from them change too.
        ee_only: Whether the model exists in GitLab EE only.
        kind: The kind of the type.

    Raises:
        InvalidNameError: No Geo class could be derived from the model or a spelling.
        UsageError: An override has an unknown key or contradicts another option.
    """
    options = {
        "name": name,
        "name_plural": plural,
        "title": title,
        "title_plural": title_plural,
        "table": table,
        "factory": factory,
    }
    given = _given(options, overrides)
    model = checked_model(model, inflector)
    ee_only = ee_only or kind.has_own_class
    draft = Draft(inflector, ee_only, {"model": model}, given, kind)
    for spelling in SPELLINGS:
        value = given[spelling.key] if spelling.key in given else spelling.rule(draft)
        check_shape(spelling, value, is_given=spelling.key in given)
        if spelling.key == "name":
            check_replicable_name(value, inflector)
        draft.values[spelling.key] = value
    names = Names(MappingProxyType(draft.values), frozenset(given))
    check_together(names, inflector, ee_only=ee_only)
    return names


def _given(options: Mapping[str, str | None], overrides: Mapping[str, str]) -> dict[str, str]:
    """Return the given spellings by key, from options and overrides alike."""
    for key in overrides:
        if key not in _KEYS:
            raise UsageError(f"{shown(key)} is not the key of a spelling", remedy=_known_keys(key))
        if key == "model":
            raise UsageError("the model cannot be overridden", remedy="Give another model as the argument")
    given = dict(overrides)
    for key, value in options.items():
        if value is None:
            continue
        if given.setdefault(key, value) != value:
            raise UsageError(
                f"{OPTIONS[key]} says {shown(value)}, --set {key} says {shown(overrides[key])}",
                remedy=f"Leave one of them out: {OPTIONS[key]} and --set {key} mean the same",
            )
    return given


def _known_keys(key: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only for this message

    close = get_close_matches(key, _KEYS, n=3)
    return f"Use one of the keys that `geo-scaffold names` shows{', perhaps ' * bool(close)}{' or '.join(close)}"
