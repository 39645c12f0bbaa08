"""The newest types of a checkout, by their migrations and not by Git, and renaming between types."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from geo_scaffold.verbs.checklist.subject import Subject

MOST: Final = 10
"""How many types are the newest ones."""
FEWEST: Final = 3
"""How many must have something for it not to be an accident."""
SHARE: Final = 0.9
_SHORTEST: Final = 4
"""The minimum length of a name to replace in a text."""


def newest_of(subjects: Sequence[Subject]) -> list[Subject]:
    """Return the types, newest first; those whose migrations are squashed are too old to matter.

    Args:
        subjects: All types of the checkout.
    """
    dated = [(max(subject.timestamps.values()), subject) for subject in subjects if subject.timestamps]
    return [subject for _, subject in sorted(dated, key=lambda pair: pair[0], reverse=True)][:MOST]


def renaming(names: Mapping[str, str], to: Mapping[str, str]) -> Callable[[str], str]:
    """Return a function that replaces the names of one type by another's.

    Args:
        names: The spellings to replace.
        to: The replacements.
    """
    named = {
        one: other
        for key, value in names.items()
        if isinstance(to.get(key), str) and len(value) >= _SHORTEST
        for one, other in ((value, to[key]), (_words(value), _words(to[key])))
    }
    if not named:
        return lambda text: text
    # The longest first, because one spelling may be a part of another.
    pattern = re.compile("|".join(map(re.escape, sorted(named, key=len, reverse=True))))
    return lambda text: pattern.sub(lambda match: named[match[0]], text)


def without_keys(subject: Subject) -> Callable[[str], str]:
    """Return a function that replaces the sharding keys of a type, which differ from type to type, by `KEY`.

    Args:
        subject: The type.
    """
    columns = sorted(subject.answers.sharding_keys or (), key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<![a-z0-9]){re.escape(column)}" for column in columns))
    return lambda text: pattern.sub("KEY", text) if columns else text


def _words(name: str) -> str:
    """Return a name as in a sentence, except for its case."""
    return name.replace("_", " ").lower()


def is_common(count: int, of: int) -> bool:
    """Tell whether a number of the newest types is nearly all of them."""
    return of >= FEWEST and count >= FEWEST and count >= of * SHARE


def common(sets: Sequence[frozenset[str]]) -> dict[str, int]:
    """Return what nearly all of some sets contain, sorted, and in how many it is."""
    counts = Counter(each for found in sets for each in found)
    return {each: count for each, count in sorted(counts.items()) if is_common(count, len(sets))}
