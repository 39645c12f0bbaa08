"""Active Support's inflector: the spellings that Rails makes of a name.

Rails finds classes, tables, factories and files by these rules, so a name that differs in one letter is not found. The
rules are those of Active Support 6.1 to 7.2, which are the same for the default rules: the inflections are frozen
upstream. Plurals come from the `inflect` library, which is taught the rules of Rails, because on its own it speaks
better English than Rails: `leaves`, where Rails says `leafs`.
"""

import importlib
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from geo_scaffold.errors import UsageError

if TYPE_CHECKING:
    import inflect

_Target = TypeVar("_Target")


class Rule(NamedTuple):
    """A rule as Rails writes it: the first match of the pattern anywhere in the word is replaced.

    Attributes:
        pattern: A regular expression.
        replacement: What replaces the match; a backslash and a digit stand for a group.
        ignore_case: Whether the pattern has Ruby's flag `i`.
    """

    pattern: str
    replacement: str
    ignore_case: bool = True


def irregular(singular: str, plural: str) -> tuple[Rule, ...]:
    """Return the rules of `inflect.irregular`, oldest first; the case of the first letter is kept."""
    if singular[0].upper() == plural[0].upper():
        ending = rf"\1{plural[1:]}"
        return tuple(Rule(f"({re.escape(word[0])}){re.escape(word[1:])}$", ending) for word in (singular, plural))
    return tuple(
        Rule(f"{re.escape(case(word[0]))}(?i:{re.escape(word[1:])})$", case(plural[0]) + plural[1:], ignore_case=False)
        for word in (singular, plural)
        for case in (str.upper, str.lower)
    )


# The plurals of active_support/inflections.rb, in its order: the last rule that matches wins.
_RAILS_PLURALS: Final = (
    Rule(r"$", "s"),
    Rule(r"s$", "s"),
    Rule(r"^(ax|test)is$", r"\1es"),
    Rule(r"(octop|vir)us$", r"\1i"),
    Rule(r"(octop|vir)i$", r"\1i"),
    Rule(r"(alias|status)$", r"\1es"),
    Rule(r"(bu)s$", r"\1ses"),
    Rule(r"(buffal|tomat)o$", r"\1oes"),
    Rule(r"([ti])um$", r"\1a"),
    Rule(r"([ti])a$", r"\1a"),
    Rule(r"sis$", "ses"),
    Rule(r"(?:([^f])fe|([lr])f)$", r"\1\2ves"),
    Rule(r"(hive)$", r"\1s"),
    Rule(r"([^aeiouy]|qu)y$", r"\1ies"),
    Rule(r"(x|ch|ss|sh)$", r"\1es"),
    Rule(r"(matr|vert|ind)(?:ix|ex)$", r"\1ices"),
    Rule(r"^(m|l)ouse$", r"\1ice"),
    Rule(r"^(m|l)ice$", r"\1ice"),
    Rule(r"^(ox)$", r"\1en"),
    Rule(r"^(oxen)$", r"\1"),
    Rule(r"(quiz)$", r"\1zes"),
    *irregular("person", "people"),
    *irregular("man", "men"),
    *irregular("child", "children"),
    *irregular("sex", "sexes"),
    *irregular("move", "moves"),
    *irregular("zombie", "zombies"),
)
_RAILS_UNCOUNTABLES: Final = (
    "equipment",
    "information",
    "rice",
    "money",
    "species",
    "series",
    "fish",
    "sheep",
    "jeans",
    "police",
)

# config/initializers_before_autoloader/000_inflections.rb of GitLab 16 to 18, without its uncountables: those are
# names of existing tables, which no new type has.
_GITLAB_ACRONYMS: Final = ("CDN", "EE", "JH", "CSP", "VSCode", "FIPS")
_GITLAB_IRREGULARS: Final = (("cache", "caches"),)

ACRONYM: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")

# Ruby's \d, \w and letter ranges are those of ASCII.
_FIRST_WORD: Final = re.compile(r"\A[a-z\d]*", re.ASCII)
_NEXT_WORD: Final = re.compile(r"(?:_|(/))([a-z\d]*)", re.ASCII | re.IGNORECASE)
_NEEDS_UNDERSCORES: Final = re.compile(r"[A-Z-]|::")
_WORD_END: Final = re.compile(r"([A-Z])(?=[A-Z][a-z])|([a-z\d])(?=[A-Z])", re.ASCII)
_ANY_WORD: Final = re.compile(r"[a-z\d]+", re.ASCII | re.IGNORECASE)
_TITLE_LETTER: Final = re.compile(r"\b(?<!\w['’`()])[a-z]", re.ASCII)  # noqa: RUF001 - Rails' own characters


@dataclass(frozen=True)
class Inflector:
    """The inflections of one application: Rails' own, changed by its declarations.

    Attributes:
        acronyms: Words with a fixed case, in the order of their declaration.
        plurals: The rules for plurals, oldest first; the newest that matches wins.
        uncountables: Words without a plural, in lower case. They match at a word boundary, and an underscore is no
            boundary: `police` has no plural, `cool_police` has.
        humans: The rules for `humanize`, oldest first.
        unreadable: Declarations of the initializer that need Ruby to be understood, and so are not honoured.
    """

    acronyms: tuple[str, ...] = ()
    plurals: tuple[Rule, ...] = _RAILS_PLURALS
    uncountables: tuple[str, ...] = _RAILS_UNCOUNTABLES
    humans: tuple[Rule, ...] = ()
    unreadable: tuple[str, ...] = ()

    @classmethod
    def plain(cls) -> "Inflector":
        """Return the inflections of Rails without any declaration."""
        return cls()

    @classmethod
    def gitlab(cls) -> "Inflector":
        """Return the inflections that GitLab declares, for use outside a checkout."""
        irregulars = (rule for pair in _GITLAB_IRREGULARS for rule in irregular(*pair))
        return cls(acronyms=_GITLAB_ACRONYMS, plurals=(*_RAILS_PLURALS, *irregulars))

    def with_acronyms(self, acronyms: Iterable[str]) -> "Inflector":
        """Return the same inflections with more acronyms.

        Args:
            acronyms: Words such as `DNS` or `OAuth`. One that differs from an earlier one only by its case replaces it.

        Raises:
            UsageError: A word is not made of letters and digits.
        """
        by_word = {acronym.lower(): acronym for acronym in self.acronyms}
        for acronym in acronyms:
            if not ACRONYM.fullmatch(acronym):
                raise UsageError(
                    f"{acronym[:60]!a} is not an acronym: letters and digits, first a letter",
                    remedy="Give it as it is written in a class name, for example --acronym DNS",
                )
            by_word[acronym.lower()] = acronym
        return replace(self, acronyms=tuple(by_word.values()))

    def pluralize(self, word: str) -> str:
        """Return the plural of the last word: `cool_widget` gives `cool_widgets`, `CoolPolicy` gives `CoolPolicies`."""
        if word not in self._plural_of:  # the spellings of a model ask for the same word several times
            self._plural_of[word] = self._engine.plural_noun(word) if word else word
        return self._plural_of[word]

    def camelize(self, term: str, first_letter_upper: bool = True) -> str:
        """Return the class spelling: `packages/nuget_symbol` gives `Packages::NugetSymbol`."""
        if first_letter_upper:
            term = _FIRST_WORD.sub(lambda match: self._capitalize(match[0]), term, count=1)
        else:
            term = self._acronyms_at_start.sub(lambda match: match[0].lower(), term, count=1)
        return _NEXT_WORD.sub(lambda match: ("::" if match[1] else "") + self._capitalize(match[2]), term)

    def underscore(self, term: str) -> str:
        """Return the file and table spelling: `Packages::NugetSymbol` gives `packages/nuget_symbol`."""
        if not _NEEDS_UNDERSCORES.search(term):
            return term
        word = self._acronyms_in_word.sub(_underscored_acronym, term.replace("::", "/"))
        return _WORD_END.sub(r"\g<0>_", word).replace("-", "_").lower()

    def humanize(self, term: str) -> str:
        """Return a phrase: `cool_widget_id` gives `Cool widget`."""
        for rule in reversed(self.humans):
            flags = re.IGNORECASE if rule.ignore_case else 0
            term, count = re.subn(rule.pattern, rule.replacement, term, count=1, flags=flags)
            if count:
                break
        words = term.lstrip("_").removesuffix("_id").replace("_", " ")
        words = _ANY_WORD.sub(lambda match: self._by_word.get(match[0].lower(), match[0].lower()), words)
        return words[:1].upper() + words[1:]

    def titleize(self, term: str) -> str:
        """Return a title: `cool_widget` and `CoolWidget` give `Cool Widget`."""
        return _TITLE_LETTER.sub(lambda match: match[0].upper(), self.humanize(self.underscore(term)))

    def tableize(self, class_name: str) -> str:
        """Return the table of a class without a namespace: `CoolWidget` gives `cool_widgets`."""
        return self.pluralize(self.underscore(class_name))

    def foreign_key(self, class_name: str) -> str:
        """Return the column that refers to a class: `Ci::SecureFile` gives `secure_file_id`."""
        return f"{self.underscore(self.demodulize(class_name))}_id"

    @staticmethod
    def demodulize(path: str) -> str:
        """Return the last name of a constant path: `Ci::SecureFile` gives `SecureFile`."""
        return path.rpartition("::")[2]

    @staticmethod
    def deconstantize(path: str) -> str:
        """Return a constant path without its last name: `Ci::SecureFile` gives `Ci`."""
        return path.rpartition("::")[0]

    def _capitalize(self, word: str) -> str:
        return self._by_word.get(word) or word.capitalize()

    @cached_property
    def _plural_of(self) -> dict[str, str]:
        return {}

    @cached_property
    def _by_word(self) -> dict[str, str]:
        return {acronym.lower(): acronym for acronym in self.acronyms}

    @cached_property
    def _acronyms_at_start(self) -> re.Pattern[str]:
        return re.compile(rf"\A(?:{self._any_acronym}(?=\b|[A-Z_])|\w)", re.ASCII)

    @cached_property
    def _acronyms_in_word(self) -> re.Pattern[str]:
        return re.compile(rf"(?:(?<=[A-Za-z\d])|\b){self._any_acronym}(?=\b|[^a-z])", re.ASCII)

    @cached_property
    def _any_acronym(self) -> str:
        # Without acronyms, as in Rails, a pattern that matches nothing.
        return f"(?:{'|'.join(self.acronyms)})" if self.acronyms else "(?=a)b"

    @cached_property
    def _engine(self) -> "inflect.engine":
        engine = _new_engine()
        for rule in self.plurals:
            engine.defnoun(*anchored(rule))
        if self.uncountables:  # newest, because Rails asks for them before any rule
            words = "|".join(re.escape(word) for word in self.uncountables)
            engine.defnoun(rf"(.*\b(?:{words}))", r"\1")
        return engine


def _underscored_acronym(match: re.Match[str]) -> str:
    before = match.string[match.start() - 1 : match.start()]
    return ("_" if before.isalnum() else "") + match[0].lower()


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


def _new_engine() -> "inflect.engine":
    """Return an engine of `inflect` that does nothing beyond the rules that it is taught."""
    library = _import_inflect()

    class RailsEngine(library.engine):  # type: ignore[name-defined, misc]
        """An engine without the two steps of `inflect` that Rails does not have."""

        def checkpat(self, pattern: str | None) -> None:
            """Check nothing: the rules are checked where they come from, and a check compiles each a second time."""

        def postprocess(self, orig: str, inflected: Any) -> str:
            """Keep the case that the rule gave: Rails says `APIs`, where `inflect` would say `APIS`."""
            return str(inflected)

    return RailsEngine()


def _import_inflect() -> ModuleType:
    """Import `inflect` without the second and a half that `typeguard` takes to instrument it.

    `inflect` decorates about twenty methods with `typeguard.typechecked`, which parses and recompiles their source at
    import. The checks find wrong types of arguments, which mypy finds here.
    """
    try:
        with _inert_typeguard():
            return importlib.import_module("inflect")
    except ImportError:  # an inflect that wants more of typeguard than its decorator
        return importlib.import_module("inflect")


_import_lock: Final = threading.RLock()


@contextmanager
def _inert_typeguard() -> Iterator[None]:
    """Let `import typeguard` find a stand-in whose decorator changes nothing; afterwards all is as it was."""

    def typechecked(target: _Target | None = None, **_options: object) -> _Target | Callable[[_Target], _Target]:
        return (lambda late: late) if target is None else target

    stand_in = ModuleType("typeguard", "Stands in for typeguard while inflect is imported.")
    stand_in.__dict__["typechecked"] = typechecked
    with _import_lock:
        original = sys.modules.get("typeguard")
        sys.modules["typeguard"] = stand_in
        try:
            yield
        finally:
            if original is None:
                del sys.modules["typeguard"]
            else:
                sys.modules["typeguard"] = original
