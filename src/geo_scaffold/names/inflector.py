"""Active Support's inflector: the spellings that Rails makes of a name.

Rails finds classes, tables, factories and files by these rules, so a name that differs in one letter is not found.
These are the default rules of Active Support 6.1 to 7.2, which are identical: upstream has frozen them.
"""

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Final

from geo_scaffold.errors import UsageError
from geo_scaffold.names.plurals import Memory, Plurals
from geo_scaffold.names.rules import (
    GITLAB_ACRONYMS,
    GITLAB_IRREGULARS,
    RAILS_PLURALS,
    RAILS_UNCOUNTABLES,
    Rule,
    irregular,
)
from geo_scaffold.records import dataclass, field, replace

# What `inflect.acronym` may declare.
ACRONYM: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")

# Ruby's \d, \w and letter ranges are ASCII only.
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
        uncountables: Words without a plural, in lower case. They match at a word boundary, and an underscore is not
            one: `police` has no plural, `cool_police` has.
        humans: The rules for `humanize`, oldest first.
        files: Names of files and folders, without `.rb`, with the constant that the autoloader expects there instead of
            the one by the rules.
        unreadable: Declarations of the initializer that are not applied because only Ruby can interpret them.
        memory: The cache of plurals for the next run, or None.
    """

    acronyms: tuple[str, ...] = ()
    plurals: tuple[Rule, ...] = RAILS_PLURALS
    uncountables: tuple[str, ...] = RAILS_UNCOUNTABLES
    humans: tuple[Rule, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    unreadable: tuple[str, ...] = ()
    memory: Memory | None = field(default=None, compare=False, repr=False)

    @classmethod
    def plain(cls) -> "Inflector":
        """Return the inflections of Rails without any declaration."""
        return cls()

    @classmethod
    def gitlab(cls) -> "Inflector":
        """Return the inflections that GitLab declares, for use outside a checkout."""
        irregulars = (rule for pair in GITLAB_IRREGULARS for rule in irregular(*pair))
        return cls(acronyms=GITLAB_ACRONYMS, plurals=(*RAILS_PLURALS, *irregulars))

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
                    f"{acronym[:60]!a} is not an acronym: it has only letters and digits, and begins with a letter",
                    remedy="Give it as it is written in a class name, for example --acronym DNS",
                )
            by_word[acronym.lower()] = acronym
        return replace(self, acronyms=tuple(by_word.values()))

    def pluralize(self, word: str) -> str:
        """Return the plural of the last word: `cool_widget` gives `cool_widgets`, `CoolPolicy` gives `CoolPolicies`."""
        return self._plurals.of(word)

    def camelize(self, term: str, first_letter_upper: bool = True) -> str:
        """Return the class spelling: `packages/nuget_symbol` gives `Packages::NugetSymbol`."""
        if first_letter_upper:
            term = _FIRST_WORD.sub(lambda match: self._capitalize(match[0]), term, count=1)
        else:
            term = self._acronyms_at_start.sub(lambda match: match[0].lower(), term, count=1)
        return _NEXT_WORD.sub(lambda match: ("::" if match[1] else "") + self._capitalize(match[2]), term)

    def constant_at(self, path: str) -> str:
        """Return the constant that Zeitwerk expects in a file: `ldap_key` is `LDAPKey`, if the application says so.

        Args:
            path: The path below an autoload path, without `.rb`.
        """
        return "::".join(self._by_file.get(part) or self.camelize(part) for part in path.split("/"))

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
        """Return the column that references a class: `Ci::SecureFile` gives `secure_file_id`."""
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
    def _plurals(self) -> Plurals:
        return Plurals(self.plurals, self.uncountables, self.memory)

    @cached_property
    def _by_word(self) -> dict[str, str]:
        return {acronym.lower(): acronym for acronym in self.acronyms}

    @cached_property
    def _by_file(self) -> dict[str, str]:
        return dict(self.files)

    @cached_property
    def _acronyms_at_start(self) -> re.Pattern[str]:
        return re.compile(rf"\A(?:{self._any_acronym}(?=\b|[A-Z_])|\w)", re.ASCII)

    @cached_property
    def _acronyms_in_word(self) -> re.Pattern[str]:
        return re.compile(rf"(?:(?<=[A-Za-z\d])|\b){self._any_acronym}(?=\b|[^a-z])", re.ASCII)

    @cached_property
    def _any_acronym(self) -> str:
        # Without acronyms, like Rails, a pattern that matches nothing.
        return f"(?:{'|'.join(self.acronyms)})" if self.acronyms else "(?=a)b"


def _underscored_acronym(match: re.Match[str]) -> str:
    before = match.string[match.start() - 1 : match.start()]
    return ("_" if before.isalnum() else "") + match[0].lower()
