"""The indefinite article before a name, for the sentences that people read."""

import re
from typing import Final

# Vowels that sound like consonants: a user, a unit, a url, a eu_region, a one_time_code.
_LIKE_A_CONSONANT: Final = re.compile(r"u(?:ni(?![mn])|s[aeu]|ti|r[il]|u|i|k\b|sb\b|ml\b)|eu|ewe|one|once")

# A silent h: an hour.
_SILENT_H: Final = re.compile(r"h(?:our|ono|eir|ones)")

# The letters whose own names begin with a vowel, as in "an LFS object".
_SPELLED_LIKE_A_VOWEL: Final = frozenset("aefhilmnorsx")


def with_article(name: str) -> str:
    """Return a name with the article that fits its pronunciation: `a cool_widget`, `an upload`, `an lfs_object`.

    Only the first word counts. A word without a vowel is spelled out when spoken. A word that begins with a digit,
    which none of our names does, gets an `a`. There is no library for this, because it would cost more start-up time
    than one sentence is worth.

    Args:
        name: A name in snake case, or a title: `NPM metadata cache`.
    """
    word = re.split(r"[_\d\s]", name, maxsplit=1)[0].lower()
    if not re.search(r"[aeiouy]", word):
        is_vowel = word[:1] in _SPELLED_LIKE_A_VOWEL
    elif word[0] in "aeiou":
        is_vowel = not _LIKE_A_CONSONANT.match(word)
    else:
        is_vowel = _SILENT_H.match(word) is not None
    return f"{'an' if is_vowel else 'a'} {name}"
