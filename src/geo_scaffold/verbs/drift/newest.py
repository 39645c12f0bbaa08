"""The newest types of a checkout, told by their migrations and not by Git, and their names in place of ours."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from geo_scaffold.verbs.checklist.subject import Subject

MOST: Final = 10
"""How many types are the newest ones."""
FEWEST: Final = 3
"""How many must have something for it to be no accident."""
SHARE: Final = 0.9
_SHORTEST: Final = 4
"""Of what is taken for a name in a text."""


def newest_of(subjects: Sequence[Subject]) -> list[Subject]:
    """Return the newest types first; those whose migrations are squashed are too old to say anything.

    Args:
        subjects: All types of the checkout.
    """
    dated = [(max(each.timestamps.values()), each) for each in subjects if each.timestamps]
    return [each for _, each in sorted(dated, key=lambda pair: pair[0], reverse=True)][:MOST]


def renaming(names: Mapping[str, str], to: Mapping[str, str]) -> Callable[[str], str]:
    """Return what puts the names of one type in place of another's.

    Args:
        names: The spellings of the one.
        to: Those of the other.
    """
    named = {
        one: other
        for key, value in names.items()
        if isinstance(to.get(key), str) and len(value) >= _SHORTEST
        for one, other in ((value, to[key]), (_words(value), _words(to[key])))
    }
    if not named:
        return lambda text: text
    # The longest first, as one spelling may be a part of another.
    pattern = re.compile("|".join(map(re.escape, sorted(named, key=len, reverse=True))))
    return lambda text: pattern.sub(lambda match: named[match[0]], text)


def without_keys(subject: Subject) -> Callable[[str], str]:
    """Return what puts `KEY` in place of the sharding keys of a type, which differ from type to type.

    Args:
        subject: The type.
    """
    columns = sorted(subject.answers.sharding_keys or (), key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<![a-z0-9]){re.escape(each)}" for each in columns))
    return lambda text: pattern.sub("KEY", text) if columns else text


def _words(name: str) -> str:
    """Return a name as it stands in a sentence, but for its case."""
    return name.replace("_", " ").lower()


def is_common(count: int, of: int) -> bool:
    """Tell whether so many of the newest types are nearly all of them."""
    return of >= FEWEST and count >= FEWEST and count >= of * SHARE


def common(seen: Sequence[frozenset[str]]) -> dict[str, int]:
    """Return what nearly all of some sets hold, with how many do."""
    counts = Counter(each for found in seen for each in found)
    return {each: count for each, count in counts.items() if is_common(count, len(seen))}
