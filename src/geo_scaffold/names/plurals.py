"""Plurals by the `inflect` library, which is taught the rules of Rails.

On its own it speaks better English than Rails: `leaves`, where Rails says `leafs`. So it is given all rules, and asked
for what they say and nothing else.
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
"""How many plurals a run keeps: a model has some, all types of a checkout a hundred, all its classes thousands."""


class Memory(Protocol):
    """Where plurals are kept for the next run, which then need not import `inflect`: a seventh of a short one."""

    def find(self, name: str) -> bytes | None:
        """Return what was kept under a name; None: nothing."""

    def keep(self, name: str, content: bytes) -> None:
        """Keep something, if that can be done."""


class Plurals:
    """The plurals of one application.

    Args:
        rules: Oldest first; the newest that matches wins.
        uncountables: Words without a plural, which win over every rule.
        memory: Where plurals are kept, by all that they depend on but `inflect` itself, or None if nowhere.
    """

    def __init__(self, rules: Iterable[Rule], uncountables: Iterable[str], memory: Memory | None = None) -> None:
        self._memory = memory
        self._looked = 0
        self._taught = [text for rule in rules for text in anchored(rule)]
        if words := "|".join(re.escape(word) for word in uncountables):
            self._taught += [rf"(.*\b(?:{words}))", r"\1"]
        self._known: dict[str, str] = {"": ""}

    def of(self, word: str) -> str:
        """Return the plural of the last part of a word; the spellings of a model ask for the same one several times."""
        if word not in self._known:
            self._known[word] = self._found(word)
        return self._known[word]

    def _found(self, word: str) -> str:
        if self._memory is None or self._looked >= _MOST_KEPT:
            return self._asked(word)
        self._looked += 1
        name = sha256("\n".join([word, *self._taught]).encode("utf-8", "surrogatepass")).hexdigest()
        if kept := self._memory.find(name):
            return kept.decode("utf-8", "surrogatepass")
        plural = self._asked(word)
        self._memory.keep(name, plural.encode("utf-8", "surrogatepass"))
        return plural

    def _asked(self, word: str) -> str:
        return _engine().ud_match(word, self._taught) or word


def anchored(rule: Rule) -> tuple[str, str]:
    """Return a rule that replaces a part of a word as one that replaces all of it, as `inflect` wants it.

    The groups before, all and after bring what the rule keeps; its own groups move up by two. `inflect` ignores case in
    every pattern, so a rule that minds it says so itself.
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
    at import. The checks find wrong types of arguments, which mypy finds here.
    """
    stand_in = ModuleType("typeguard", "Stands in for typeguard while inflect is imported.")
    stand_in.__dict__["typechecked"] = lambda target: target
    with _IMPORTING:
        known = sys.modules.get("typeguard")
        sys.modules["typeguard"] = stand_in
        try:
            library = import_module("inflect")
        except (ImportError, TypeError):  # an inflect that wants more of typeguard than a bare decorator
            library = None
        finally:
            if known is None:
                del sys.modules["typeguard"]
            else:
                sys.modules["typeguard"] = known
    engine: inflect.engine = (library or import_module("inflect")).engine()
    return engine
