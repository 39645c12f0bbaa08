"""Plurals by the `inflect` library, configured with the rules of Rails.

By itself it speaks better English than Rails: `leaves` instead of Rails' `leafs`. So it gets all rules of Rails, and
only these are used.
"""

import re
import sys
import threading
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Final, Protocol

from geo_scaffold.names.rules import Rule

if TYPE_CHECKING:
    import inflect

_IMPORTING: Final = threading.Lock()
_MOST_KEPT: Final = 128
"""How many plurals a run caches: a model has a few, all types of a checkout a hundred, all its classes thousands."""


class Memory(Protocol):
    """A cache of plurals for the next run, which then need not import `inflect`, a seventh of a short run."""

    def find(self, name: str) -> bytes | None:
        """Return what was cached under a name, or None."""

    def keep(self, name: str, content: bytes) -> None:
        """Cache something, if possible.

        Args:
            name: A name that can be that of a file.
            content: What to cache.
        """


class Plurals:
    """The plurals of one application.

    Args:
        rules: Oldest first; the newest that matches wins.
        uncountables: Words without a plural, which win over every rule.
        memory: The cache of plurals, keyed by everything they depend on except `inflect` itself, or None.
    """

    def __init__(self, rules: Iterable[Rule], uncountables: Iterable[str], memory: Memory | None = None) -> None:
        self._memory = memory
        self._looked = 0
        self._taught = [text for rule in rules for text in anchored(rule)]
        if words := "|".join(re.escape(word) for word in uncountables):
            self._taught += [rf"(.*\b(?:{words}))", r"\1"]
        self._known: dict[str, str] = {"": ""}

    def of(self, word: str) -> str:
        """Return the plural of the last part of a word; memoised, because a model's spellings need it several times."""
        if word not in self._known:
            self._known[word] = self._plural(word)
        return self._known[word]

    def _plural(self, word: str) -> str:
        if self._memory is None or self._looked >= _MOST_KEPT:
            return self._from_engine(word)
        self._looked += 1
        name = sha256("\n".join([word, *self._taught]).encode("utf-8", "surrogatepass")).hexdigest()
        if cached := self._memory.find(name):
            return cached.decode("utf-8", "surrogatepass")
        plural = self._from_engine(word)
        self._memory.keep(name, plural.encode("utf-8", "surrogatepass"))
        return plural

    def _from_engine(self, word: str) -> str:
        return _engine().ud_match(word, self._taught) or word


def anchored(rule: Rule) -> tuple[str, str]:
    """Turn a rule that replaces a part of a word into one that replaces all of it, as `inflect` requires.

    The groups before, all and after hold what the rule keeps; its own group numbers increase by two. `inflect` ignores
    case in every pattern, so a case-sensitive rule switches that off itself.
    """
    pattern = re.sub(r"\\(?:([1-9])|.)", lambda match: rf"\{int(match[1]) + 2}" if match[1] else match[0], rule.pattern)
    if not rule.ignore_case:
        pattern = f"(?-i:{pattern})"
    replacement = re.sub(r"\\(\d)", lambda match: rf"\g<{int(match[1]) + 2}>", rule.replacement)
    # The lazy group finds the leftmost match, which is the one that Rails replaces.
    return rf"(?P<before>.*?)(?P<all>{pattern})(?P<after>.*)", rf"\g<before>{replacement}\g<after>"


@cache
def _engine() -> "inflect.engine":
    """Import `inflect` without the two seconds that `typeguard` takes to instrument it.

    `inflect` decorates about twenty methods with `typeguard.typechecked`, which parses and compiles their source again
    at import. The checks detect wrong argument types, as mypy does here.
    """
    stand_in = ModuleType("typeguard", "Stands in for typeguard while inflect is imported.")
    stand_in.__dict__["typechecked"] = lambda target: target
    with _IMPORTING:
        known = sys.modules.get("typeguard")
        sys.modules["typeguard"] = stand_in
        try:
            library = import_module("inflect")
        except (ImportError, TypeError):  # an inflect that needs more of typeguard than a bare decorator
            library = None
        finally:
            if known is None:
                del sys.modules["typeguard"]
            else:
                sys.modules["typeguard"] = known
    engine: inflect.engine = (library or import_module("inflect")).engine()
    return engine
