"""Refuses names that are not a Ruby class, taken, too long, or that Rails or Geo would not find again."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from geo_scaffold.errors import InvalidNameError
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.names.names import Names
from geo_scaffold.names.reserved import (
    APPLICATION_CONSTANTS,
    DANGEROUS_ASSOCIATIONS,
    EDITION_NAMESPACES,
    FRAMEWORK_CLASSES,
    REGISTRY_ATTRIBUTES,
    RUBY_CONSTANTS,
    RUBY_KEYWORDS,
)
from geo_scaffold.names.spellings import CONSTANT, PATH, SPELLINGS, Spelling

MAX_NAME_LENGTH: Final = 54
"""The longest replicable name: its registry table, `<name>_registry`, must fit PostgreSQL's 63 bytes."""

OPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "name": "--name",
        "name_plural": "--plural",
        "title": "--title",
        "title_plural": "--title-plural",
        "table": "--table",
        "factory": "--factory",
    }
)
"""The option for each spelling, by key; the others have `--set`."""

# Spellings that must differ because they share a namespace: tables, classes, files, factories, flags. For an EE-only
# model, the file of Geo's code is the model's own.
_TABLES: Final = ("table", "registry_table", "state_table")
_CLASSES: Final = tuple(
    spelling.key for spelling in SPELLINGS if spelling.shape is CONSTANT and "class" in spelling.key
)
_FILES: Final = tuple(spelling.key for spelling in SPELLINGS if spelling.shape is PATH)
_FACTORIES: Final = ("factory", "registry_factory", "state_factory")
_FLAGS: Final = ("replication_flag", "checksumming_flag")

# Where Zeitwerk finds each class, so that a given file and its class stay consistent.
_FILE_OF_CLASS: Final[Mapping[str, str]] = MappingProxyType(
    {key: file for key in _CLASSES if (file := f"{key.removesuffix('_class')}_file") in _FILES}
)


def checked_model(text: str, inflector: Inflector) -> str:
    """Return the model's constant path, or refuse it.

    Args:
        text: The user's input.
        inflector: The inflector for its names.

    Raises:
        InvalidNameError: No Geo class could be derived from it.
    """
    model = text.strip().removeprefix("::")
    first, *more = model.split("::")
    if not CONSTANT.pattern.fullmatch(model.replace("_", "")) or not model[0].isupper():
        raise InvalidNameError(
            f"{shown(text)} is not the name of a Ruby class",
            remedy=f"Give the class name, for example {_class_spelling(model, inflector)}",
        )
    _check_round_trip(model, inflector)
    if first in EDITION_NAMESPACES and more:
        raise InvalidNameError(
            f"{shown(model)} is in the namespace of GitLab's {first} mixins, which holds no models of its own",
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
    """Refuse a model that Rails would not find again, by the name of its file."""
    underscored = inflector.underscore(model)
    camelized = inflector.constant_at(underscored)
    if camelized == model:
        return
    remedy = f"Use {camelized}"
    acronyms = re.findall(r"[A-Z]{2,}(?=[A-Z][a-z]|(?![A-Za-z]))", model)
    if acronyms:
        taught = inflector.with_acronyms(acronyms)
        if taught.constant_at(taught.underscore(model)) == model:
            remedy = f"Declare {' '.join(f'--acronym {word}' for word in dict.fromkeys(acronyms))}, or use {camelized}"
    raise InvalidNameError(
        f"{shown(model)} does not survive the round trip to its file name: Rails turns it into {underscored},"
        f" then {camelized}",
        remedy=remedy,
    )


def check_shape(spelling: Spelling, value: str, *, is_given: bool) -> None:
    """Refuse a value without the shape of its spelling.

    Args:
        spelling: The spelling.
        value: Its value.
        is_given: Whether the user gave it.

    Raises:
        InvalidNameError: It has another shape.
    """
    if spelling.shape.accepts(value) or (spelling.may_be_empty and not value):
        return
    raise InvalidNameError(
        f"{spelling.key} {'is' if is_given else 'would be'} {shown(value)}, which is not {spelling.shape.description}",
        remedy=f"Give {option_of(spelling.key)} such as {spelling.shape.example}",
    )


def check_replicable_name(name: str, inflector: Inflector) -> None:
    """Refuse a replicable name that is too long, or that Geo would not find again.

    Args:
        name: The replicable name, in snake case.
        inflector: The inflector for its names.

    Raises:
        InvalidNameError: It is one of the two.
    """
    if len(name) > MAX_NAME_LENGTH:
        raise InvalidNameError(
            f"the replicable name {name} has {len(name)} characters, {MAX_NAME_LENGTH} is the most whose registry table"
            " fits PostgreSQL",
            remedy="Give a shorter one with --name, for example the last words:"
            f" --name {_last_words(name, MAX_NAME_LENGTH)}",
        )
    back = inflector.underscore(inflector.camelize(name))
    if back != name:
        raise InvalidNameError(
            f"the replicable name {name} is not the one that Geo derives from its replicator, Geo::"
            f"{inflector.camelize(name)}Replicator: {back}",
            remedy=f"Give --name {back}",
        )


def check_together(names: Names, inflector: Inflector, *, ee_only: bool) -> None:
    """Refuse spellings that Geo, Zeitwerk or Active Record would not find, that are taken, or that are equal.

    Args:
        names: All spellings.
        inflector: The inflector for its names.
        ee_only: Whether the model exists in GitLab EE only.

    Raises:
        InvalidNameError: A spelling is refused.
    """
    _check_classes(names, inflector)
    _check_association(names)
    for keys in (("model", *_CLASSES), _TABLES, _files(ee_only=ee_only), _FACTORIES, _FLAGS):
        _check_distinct(names, keys)


def _check_classes(names: Names, inflector: Inflector) -> None:
    """Refuse classes that Geo or Zeitwerk would not find, or that exist already."""
    derived = inflector.underscore(inflector.demodulize(names["replicator_class"]).replace("Replicator", "", 1))
    if derived != names["name"]:
        raise InvalidNameError(
            f"Geo derives the replicable name {shown(derived)} from {names['replicator_class']}, not {names['name']}",
            remedy="Give another --name, without the word replicator, and leave replicator_class as it is derived",
        )
    for key, file_key in _FILE_OF_CLASS.items():
        path, expected = names[file_key], inflector.underscore(inflector.demodulize(names[key]))
        if path.rpartition("/")[2] != f"{expected}.rb" or inflector.constant_at(expected) != inflector.demodulize(
            names[key]
        ):
            raise InvalidNameError(
                f"Zeitwerk would not find {names[key]} in {path}",
                remedy=f"Give {option_of(file_key)} ending in {expected}.rb, or another {key}",
            )
    for key in _CLASSES:
        if names[key] in FRAMEWORK_CLASSES:
            raise InvalidNameError(
                f"{key} would be {names[key]}, which is a part of Geo's framework",
                remedy=f"Give another replicable name, for example --name {names['name']}_record",
            )


def _check_association(names: Names) -> None:
    """Refuse associations that Active Record refuses, or that would hide a registry's own methods."""
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
        f"the registry's association to the model would be {association}, which {reason}",
        remedy=f"Give another replicable name, for example --name {association}_record",
    )


def _check_distinct(names: Names, keys: tuple[str, ...]) -> None:
    seen: dict[str, str] = {}
    for key in keys:
        if value := names[key]:
            if value in seen:
                raise InvalidNameError(
                    f"{seen[value]} and {key} are both {value}",
                    remedy=f"Give one of them another value, for example with {option_of(key)}",
                )
            seen[value] = key


def _files(*, ee_only: bool) -> tuple[str, ...]:
    return tuple(key for key in _FILES if not (ee_only and key == "ee_model_file"))


def option_of(key: str) -> str:
    """Return the option that gives a spelling."""
    return OPTIONS.get(key, f"--set {key}=VALUE")


def _class_spelling(text: str, inflector: Inflector) -> str:
    """Return the class that somebody may have meant, or an example."""
    words = re.sub(r"[^A-Za-z0-9/]+", "_", text.replace("::", "/"))
    parts = filter(None, (part.strip("_") for part in words.split("/")))
    guess = inflector.camelize("/".join(inflector.underscore(part[:1].upper() + part[1:]) for part in parts))
    is_model = CONSTANT.accepts(guess) and inflector.camelize(inflector.underscore(guess)) == guess
    return guess if is_model else "CoolWidget"


def _last_words(name: str, length: int) -> str:
    """Return as many whole words from the end as fit, or a part of the last one if even that does not."""
    if len(name) <= length:
        return name
    start = name.find("_", len(name) - length - 1) + 1
    while start and not name[start].isalpha():
        start = name.find("_", start) + 1
    return name[start:] if start else name[:length].rstrip("_")


def shown(text: str) -> str:
    """Return user input as one harmless line."""
    return ascii(text if len(text) <= 60 else f"{text[:57]}...")
