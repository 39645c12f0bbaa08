"""Applies the declarations of a Rails initializer (`inflect.acronym 'CDN'`) to the inflections."""

import re
import warnings
from collections.abc import Iterable
from typing import Final

from geo_scaffold.names.backtracking import ways
from geo_scaffold.names.inflector import ACRONYM, Inflector
from geo_scaffold.names.plurals import anchored
from geo_scaffold.names.rules import Rule, irregular
from geo_scaffold.records import dataclass, replace

METHODS: Final = frozenset({"acronym", "human", "irregular", "plural", "singular", "uncountable", "clear"})
"""The methods with which `ActiveSupport::Inflector::Inflections` declares something."""
# A replacement of `inflect.plural` in Ruby: text with `\1`, and nothing that only Ruby or only Python understands.
_REPLACEMENT: Final = re.compile(r"(?:[^\\$\n]|\\[0-9])*")
_WAYS: Final = 50_000
"""How many ways the patterns of one initializer may have to match a word, in total. GitLab's own has no pattern, and
those of Rails have less than a hundred ways; two unbounded repetitions have 40,000, and may take some hundredths of a
second on the longest word."""
_MOST: Final = 1_000
"""How many declarations are applied: GitLab has eight. Each rule is compiled and tried on each word."""


@dataclass(frozen=True, slots=True)
class Regexp:
    """A Ruby regular expression: its source and its flags."""

    source: str
    flags: str


Value = str | Regexp


@dataclass(frozen=True, slots=True)
class Declaration:
    """One call such as `inflect.irregular 'cache', 'caches'`.

    Attributes:
        method: The method's name, one of `METHODS`.
        arguments: Its arguments, lists flattened, or None if they are not literals.
        line: The line's number in the initializer, from 1.
        text: The first line of the call.
    """

    method: str
    arguments: tuple[Value, ...] | None
    line: int
    text: str


def declare_all(inflector: Inflector, declarations: Iterable[Declaration]) -> Inflector:
    """Return the inflections after some declarations; those that only Ruby could apply are in its `unreadable`.

    Args:
        inflector: The earlier inflections: Rails' own.
        declarations: The declarations, in order.
    """
    left = _WAYS
    for number, declaration in enumerate(declarations):
        if number == _MOST:
            rest = f"line {declaration.line} and what follows: more than {_MOST} declarations"
            return replace(inflector, unreadable=(*inflector.unreadable, rest))
        cost = _cost(declaration, left)
        declared = _declare(inflector, declaration) if cost <= left else None
        if declared:
            inflector, left = declared, left - cost
        else:
            line = f"line {declaration.line}: {declaration.text}"
            inflector = replace(inflector, unreadable=(*inflector.unreadable, line))
    return inflector


def _cost(declaration: Declaration, limit: int) -> int:
    """Return in how many ways a pattern can match a word; 0 without a pattern that Python could run."""
    patterns = [argument for argument in declaration.arguments or () if isinstance(argument, Regexp)]
    rules = filter(None, (_rule(pattern, "") for pattern in patterns))
    return sum(ways(rule.pattern, limit=limit) for rule in rules)


def _declare(inflector: Inflector, declaration: Declaration) -> Inflector | None:
    """Return the inflections after a declaration, or None if it cannot be interpreted."""
    match declaration.method, declaration.arguments:
        case "acronym", (str(word),) if ACRONYM.fullmatch(word):
            return inflector.with_acronyms([word])
        case "irregular", (str(singular), str(plural)) if singular and plural and not re.search(r"[\\$]", plural):
            countable = _without(inflector.uncountables, singular, plural)
            return replace(
                inflector, uncountables=countable, plurals=(*inflector.plurals, *irregular(singular, plural))
            )
        case "uncountable", (*words,) if words and all(isinstance(word, str) and word for word in words):
            lowered = tuple(str(word).lower() for word in words)
            return replace(inflector, uncountables=(*inflector.uncountables, *lowered))
        case "plural" | "singular" | "human", (pattern, str(replacement)):
            return _declare_rule(inflector, declaration.method, pattern, replacement)
    return None


def _declare_rule(inflector: Inflector, kind: str, pattern: Value, replacement: str) -> Inflector | None:
    rule = _rule(pattern, replacement)
    if rule is None:
        return None
    if kind == "human":
        return replace(inflector, humans=(*inflector.humans, rule))
    countable = _without(inflector.uncountables, pattern, replacement)
    plurals = (*inflector.plurals, rule) if kind == "plural" else inflector.plurals
    return replace(inflector, uncountables=countable, plurals=plurals)


def _without(uncountables: tuple[str, ...], *words: Value) -> tuple[str, ...]:
    return tuple(word for word in uncountables if word not in words)


def _rule(pattern: Value, replacement: str) -> Rule | None:
    """Return a Ruby rule as a Python one, or None if Python could not run it the same way."""
    if not _REPLACEMENT.fullmatch(replacement):
        return None
    if not isinstance(pattern, Regexp):
        return Rule(re.escape(pattern), replacement, ignore_case=False) if pattern else None
    if pattern.flags not in {"", "i"} or "[[:" in pattern.source or "#{" in pattern.source:
        return None
    source = (
        pattern.source.replace(r"\z", r"\Z").replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!")
    )
    rule = Rule(source, replacement, pattern.flags == "i")
    try:
        with warnings.catch_warnings():  # syntax that may change in a future Python does not concern users
            warnings.simplefilter("ignore")
            groups = re.compile(source).groups
            re.compile(anchored(rule)[0])
    except (re.error, OverflowError, RecursionError):  # a number that is too large, or too deep nesting
        return None
    return rule if all(int(digit) <= groups for digit in re.findall(r"\\(\d)", replacement)) else None
