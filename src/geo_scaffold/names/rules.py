"""The rules of inflections: their record, those of Rails, and GitLab's additions; data."""

import re
from typing import Final, NamedTuple


class Rule(NamedTuple):
    """A rule as Rails writes it: the first match of the pattern anywhere in the word is replaced.

    Attributes:
        pattern: A regular expression.
        replacement: The replacement of the match; a backslash and a digit refer to a group.
        ignore_case: Whether the pattern has Ruby's flag `i`.
    """

    pattern: str
    replacement: str
    ignore_case: bool = True


def irregular(singular: str, plural: str) -> tuple[Rule, ...]:
    """Return the rules of `inflect.irregular`, oldest first; they keep the case of the first letter."""
    if singular[0].upper() == plural[0].upper():
        ending = rf"\1{plural[1:]}"
        return tuple(Rule(f"({re.escape(word[0])}){re.escape(word[1:])}$", ending) for word in (singular, plural))
    return tuple(
        Rule(f"{re.escape(case(word[0]))}(?i:{re.escape(word[1:])})$", case(plural[0]) + plural[1:], ignore_case=False)
        for word in (singular, plural)
        for case in (str.upper, str.lower)
    )


# The plurals of active_support/inflections.rb, in its order: the last rule that matches wins.
RAILS_PLURALS: Final = (
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
RAILS_UNCOUNTABLES: Final = (
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
GITLAB_ACRONYMS: Final = ("CDN", "EE", "JH", "CSP", "VSCode", "FIPS")
GITLAB_IRREGULARS: Final = (("cache", "caches"),)
