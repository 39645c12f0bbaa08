"""Every spelling of one model's name, built once, validated and frozen.

No value of `Names` needs quoting anywhere: derived or given, each has the shape that `spellings.SPELLINGS` says.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from geo_scaffold.errors import InvalidNameError, UsageError
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.names.reserved import (
    APPLICATION_CONSTANTS,
    DANGEROUS_ASSOCIATIONS,
    EDITION_NAMESPACES,
    FRAMEWORK_CLASSES,
    REGISTRY_ATTRIBUTES,
    RUBY_CONSTANTS,
    RUBY_KEYWORDS,
)
from geo_scaffold.names.spellings import CONSTANT, PATH, SPELLINGS, Draft, Spelling

MAX_NAME_LENGTH: Final = 54
"""The longest replicable name: its registry table, `<name>_registry`, must fit PostgreSQL's 63 bytes."""

Origin = Literal["derived", "given"]

_BY_KEY: Final[Mapping[str, Spelling]] = MappingProxyType({spelling.key: spelling for spelling in SPELLINGS})

_OPTIONS: Final = MappingProxyType(
    {
        "name": "--name",
        "name_plural": "--plural",
        "title": "--title",
        "title_plural": "--title-plural",
        "table": "--table",
        "factory": "--factory",
    }
)

# What must differ because it lies in one place: tables, classes, files, factories, flags. Of an EE-only model the file
# of Geo's code is the model's own.
_TABLES: Final = ("table", "registry_table", "state_table")
_CLASSES: Final = tuple(
    spelling.key for spelling in SPELLINGS if spelling.shape is CONSTANT and "class" in spelling.key
)
_FILES: Final = tuple(spelling.key for spelling in SPELLINGS if spelling.shape is PATH)
_FACTORIES: Final = ("factory", "registry_factory", "state_factory")
_FLAGS: Final = ("replication_flag", "checksumming_flag")

# Where Zeitwerk finds each class, so that a given file or class cannot part from the other.
_FILE_OF_CLASS: Final = MappingProxyType(
    {key: f"{key.removesuffix('_class')}_file" for key in _CLASSES if f"{key.removesuffix('_class')}_file" in _BY_KEY}
)


@dataclass(frozen=True, slots=True, eq=False)
class Names(Mapping[str, str]):
    """The spellings of one model's name by key, in the order of `SPELLINGS`.

    `build_names` makes them; nothing changes them afterwards.
    """

    _values: Mapping[str, str]
    _given: frozenset[str]

    def __getitem__(self, key: str) -> str:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(tuple(self._values.items()))

    def origin(self, key: str) -> Origin:
        """Return whether the spelling was derived from the model or given by the user."""
        if key not in self._values:
            raise KeyError(key)
        return "given" if key in self._given else "derived"

    def groups(self) -> dict[str, tuple[Spelling, ...]]:
        """Return the spellings by their group, both in the order in which a table shows them."""
        groups: dict[str, tuple[Spelling, ...]] = {}
        for spelling in SPELLINGS:
            groups[spelling.group] = (*groups.get(spelling.group, ()), spelling)
        return groups


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
) -> Names:
    """Return every spelling of a model's name.

    Args:
        model: The Active Record class, such as `Packages::Nuget::Symbol`.
        inflector: The inflections of the application that has the model.
        name: The replicable name, where it is not the model's whole path in snake case.
        plural: The plural of the replicable name, where Rails' plural is not meant.
        title: The title of one record, for people.
        title_plural: The title of many.
        table: The model's table.
        factory: The model's factory.
        overrides: Any other spellings by key. What is derived from them follows them.
        ee_only: Whether the model exists in GitLab EE only.

    Raises:
        InvalidNameError: The model, or a spelling, is nothing that Geo's classes could be built on.
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
    model = _checked_model(model, inflector)
    draft = Draft(inflector, ee_only, {"model": model}, frozenset(given))
    for spelling in SPELLINGS:
        value = given[spelling.key] if spelling.key in given else spelling.rule(draft)
        _check_shape(spelling, value, is_given=spelling.key in given)
        if spelling.key == "name":
            _check_replicable_name(value, inflector)
        draft.values[spelling.key] = value
    names = Names(MappingProxyType(draft.values), draft.given)
    _check_classes(names, inflector)
    _check_association(names)
    for keys in (("model", *_CLASSES), _TABLES, _files(ee_only=ee_only), _FACTORIES, _FLAGS):
        _check_distinct(names, keys)
    return names


def _given(options: Mapping[str, str | None], overrides: Mapping[str, str]) -> dict[str, str]:
    """Return the given spellings by key, from options and overrides alike."""
    for key in overrides:
        if key not in _BY_KEY:
            raise UsageError(f"{_shown(key)} is not the key of a spelling", remedy=_known_keys(key))
        if key == "model":
            raise UsageError("The model cannot be overridden", remedy="Give another model as the argument")
    given = dict(overrides)
    for key, value in options.items():
        if value is None:
            continue
        if given.setdefault(key, value) != value:
            raise UsageError(
                f"{_OPTIONS[key]} says {_shown(value)}, --set {key} says {_shown(overrides[key])}",
                remedy=f"Leave one of them out: {_OPTIONS[key]} and --set {key} mean the same",
            )
    return given


def _known_keys(key: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only for this message

    close = get_close_matches(key, _BY_KEY, n=3)
    return f"Use one of the keys that `geo-scaffold names` shows{', perhaps ' * bool(close)}{' or '.join(close)}"


def _checked_model(text: str, inflector: Inflector) -> str:
    """Return the model's constant path, or say why no model can be called so."""
    model = text.strip().removeprefix("::")
    first, *more = model.split("::")
    if not CONSTANT.pattern.fullmatch(model.replace("_", "")) or not model[0].isupper():
        raise InvalidNameError(
            f"{_shown(text)} is not the name of a Ruby class",
            remedy=f"Give the class name, for example {_class_spelling(model, inflector)}",
        )
    _check_round_trip(model, inflector)
    if first in EDITION_NAMESPACES and more:
        raise InvalidNameError(
            f"{_shown(model)} is in the namespace of GitLab's {first} mixins, which holds no models of its own",
            remedy=f"Give the model that the mixin extends: {'::'.join(more)}",
        )
    if first in RUBY_CONSTANTS:
        raise InvalidNameError(
            f"{first} is a class or module of Ruby; {'a namespace' if more else 'a model'} of that name would hide it",
            remedy=f"Choose a name with another word, for example {'::'.join([f'Cool{first}', *more])}",
        )
    if model in APPLICATION_CONSTANTS:
        raise InvalidNameError(
            f"{model} is a class or module of GitLab or of a library that it uses",
            remedy=f"Choose a name with another word, for example Cool{model}",
        )
    return model


def _check_round_trip(model: str, inflector: Inflector) -> None:
    """Refuse a model that Rails does not find again: Geo camelizes what it once underscored."""
    underscored = inflector.underscore(model)
    found = inflector.camelize(underscored)
    if found == model:
        return
    remedy = f"Use {found}"
    acronyms = re.findall(r"[A-Z]{2,}(?=[A-Z][a-z]|(?![A-Za-z]))", model)
    if acronyms:
        taught = inflector.with_acronyms(acronyms)
        if taught.camelize(taught.underscore(model)) == model:
            remedy = f"Declare {' '.join(f'--acronym {word}' for word in dict.fromkeys(acronyms))}, or use {found}"
    raise InvalidNameError(
        f"{_shown(model)} does not survive the way to its file and back: Rails makes {underscored} of it, then {found}",
        remedy=remedy,
    )


def _check_shape(spelling: Spelling, value: str, *, is_given: bool) -> None:
    if spelling.shape.accepts(value) or (spelling.may_be_empty and not value):
        return
    raise InvalidNameError(
        f"{spelling.key} {'is' if is_given else 'would be'} {_shown(value)}, which is not {spelling.shape.description}",
        remedy=f"Give {_option(spelling.key)} such as {spelling.shape.example}",
    )


def _check_replicable_name(name: str, inflector: Inflector) -> None:
    if len(name) > MAX_NAME_LENGTH:
        raise InvalidNameError(
            f"The replicable name {name} has {len(name)} characters, {MAX_NAME_LENGTH} is the most whose registry table"
            " fits PostgreSQL",
            remedy="Give a shorter one with --name, for example the last words:"
            f" --name {_last_words(name, MAX_NAME_LENGTH)}",
        )
    back = inflector.underscore(inflector.camelize(name))
    if back != name:
        raise InvalidNameError(
            f"The replicable name {name} is not the one that Geo derives from its replicator, Geo::"
            f"{inflector.camelize(name)}Replicator: {back}",
            remedy=f"Give --name {back}",
        )


def _check_classes(names: Names, inflector: Inflector) -> None:
    """Refuse classes that Geo or Zeitwerk would not find, or that exist already."""
    found = inflector.underscore(inflector.demodulize(names["replicator_class"]).replace("Replicator", "", 1))
    if found != names["name"]:
        raise InvalidNameError(
            f"Geo derives the replicable name {_shown(found)} from {names['replicator_class']}, not {names['name']}",
            remedy="Give a --name without the word replicator, and leave replicator_class as it is derived",
        )
    for key, file_key in _FILE_OF_CLASS.items():
        path, expected = names[file_key], inflector.underscore(inflector.demodulize(names[key]))
        if path.rpartition("/")[2] != f"{expected}.rb" or inflector.camelize(expected) != inflector.demodulize(
            names[key]
        ):
            raise InvalidNameError(
                f"Zeitwerk would not find {names[key]} in {path}",
                remedy=f"Give {_option(file_key)} ending in {expected}.rb, or another {key}",
            )
    for key in _CLASSES:
        if names[key] in FRAMEWORK_CLASSES:
            raise InvalidNameError(
                f"{key} would be {names[key]}, which is a part of Geo's framework",
                remedy=f"Give another replicable name, for example --name {names['name']}_record",
            )


def _check_association(names: Names) -> None:
    """Refuse associations that Active Record refuses, or that hide what a registry itself has."""
    association = names["registry_association"]
    if association in RUBY_KEYWORDS:
        reason = "is a keyword of Ruby"
    elif association in DANGEROUS_ASSOCIATIONS:
        reason = "is a method that every Active Record object has"
    elif association in REGISTRY_ATTRIBUTES:
        reason = "is an attribute of every registry"
    else:
        return
    raise InvalidNameError(
        f"The registry's association to the model would be {association}, which {reason}",
        remedy=f"Give another replicable name, for example --name {association}_record",
    )


def _check_distinct(names: Names, keys: tuple[str, ...]) -> None:
    seen: dict[str, str] = {}
    for key in keys:
        if value := names[key]:
            if value in seen:
                raise InvalidNameError(
                    f"{seen[value]} and {key} are both {value}",
                    remedy=f"Give one of them another value, for example with {_option(key)}",
                )
            seen[value] = key


def _files(*, ee_only: bool) -> tuple[str, ...]:
    return tuple(key for key in _FILES if not (ee_only and key == "ee_model_file"))


def _option(key: str) -> str:
    return _OPTIONS.get(key, f"--set {key}=VALUE")


def _class_spelling(text: str, inflector: Inflector) -> str:
    """Return the class that someone may have meant, or an example."""
    words = re.sub(r"[^A-Za-z0-9/]+", "_", text.replace("::", "/"))
    parts = filter(None, (part.strip("_") for part in words.split("/")))
    guess = inflector.camelize("/".join(inflector.underscore(part[:1].upper() + part[1:]) for part in parts))
    is_model = CONSTANT.accepts(guess) and inflector.camelize(inflector.underscore(guess)) == guess
    return guess if is_model else "CoolWidget"


def _last_words(name: str, length: int) -> str:
    """Return as many whole words from the end as fit; a part of the last one when even that does not."""
    if len(name) <= length:
        return name
    start = name.find("_", len(name) - length - 1) + 1
    while start and not name[start].isalpha():
        start = name.find("_", start) + 1
    return name[start:] if start else name[:length].rstrip("_")


def _shown(text: str) -> str:
    """Return a text from outside as one harmless line."""
    return ascii(text if len(text) <= 60 else f"{text[:57]}...")
