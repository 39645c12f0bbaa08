"""Compares the options of a table's columns and indexes in a migration."""

import re
from typing import Final

from geo_scaffold.outline.construct import Construct
from geo_scaffold.outline.keys import Call, Constant, Key
from geo_scaffold.outline.outline import Outline
from geo_scaffold.records import replace

# Ruby: a constant in capitals, such as `STATUS_VALUE`.
_CONSTANT: Final = re.compile(r"\b[A-Z][A-Z0-9_]*[A-Z0-9]\b")
_UNKNOWN: Final = re.compile(r"<<|[A-Z]\w*$|.*#\{")
"""Values that only Ruby could compute: a heredoc, a constant of another file, an interpolated string."""
# Conditions of an index in a migration, `state IN (0, 1)`, and in a schema, `(state = ANY (ARRAY[0, 1]))`.
_ONE_OF: Final = re.compile(
    r"\b(\w++)\s*+(?:\bIN\s*\(|=\s*ANY\s*\(++\s*+(?:ARRAY\s*\[)?)([\w',\s]+)[\])]+", re.IGNORECASE
)
# `order: { created_at: "DESC" }`, which means the same as `order: "DESC"` if the index has one column.
_ORDER_OF_ONE: Final = re.compile(r"\{ \w+: ([^,{}]*) \}")
_NOT_ASKED_FOR: Final = {"where": None, "unique": "true", "null": "false"}
"""Options that restrict a column or index, so none may be added: the value that does so, or None for any."""


def with_values(outline: Outline, *, keep: bool = True) -> Outline:
    """Return an outline in which a migration's constants in the options of its tables are replaced by their values.

    Args:
        outline: The outline of a whole file.
        keep: Whether to keep the constants themselves; a table may have their values without them.
    """
    if not any(isinstance(key, Call) and key.is_of_table for key in outline):
        return outline
    values = {
        key.name: construct.value for key, construct in outline.items() if isinstance(key, Constant) and construct.value
    }

    def known(text: str) -> str:
        # A condition or a name that only looks like a constant is not one of this file.
        return _CONSTANT.sub(lambda match: values.get(match[0], match[0]), text)

    def with_known(each: Construct[Key]) -> Construct[Key]:
        if not (isinstance(each.key, Call) and each.key.is_of_table):
            return each
        options = tuple((name, known(value)) for name, value in each.options)
        return replace(each, key=replace(each.key, label=known(each.key.label)), options=options)

    return Outline(
        with_known(construct)
        for construct in outline.values()
        if keep or not (isinstance(construct.key, Constant) and construct.value)
    )


def option_difference(wanted: Construct[Key], construct: Construct[Key]) -> str | None:
    """Return how the options of a column or an index differ in meaning, or None if they do not.

    Args:
        wanted: The construct of the rendered file.
        construct: The existing construct, which may have more options, but not restrictive ones.
    """
    asked, actual = dict(wanted.options), dict(construct.options)
    for name, value in asked.items():
        if name not in actual:
            return f"`{wanted.shown}` has no `{name}: {value}`"
        if _meaning(name, value) != _meaning(name, actual[name]) and not _UNKNOWN.match(actual[name]):
            return f"`{wanted.shown}` has `{name}: {actual[name]}` instead of `{name}: {value}`"
    for name, value in actual.items():
        if name in _NOT_ASKED_FOR and name not in asked and _NOT_ASKED_FOR[name] in {None, value}:
            return f"`{wanted.shown}` has `{name}: {value}`, which it should not have"
    return None


def _meaning(name: str, value: str) -> object:
    if name == "where":
        return _condition(value)
    if name == "order":
        return _ORDER_OF_ONE.sub(r"\1", value).removeprefix("ASC ")
    return value.replace("_", "") if value.replace("_", "").isdigit() else value


def _condition(text: str) -> frozenset[frozenset[str]]:
    """Return a condition as a conjunction of sets of alternatives."""

    def alternatives(match: re.Match[str]) -> str:
        return " OR ".join(f"{match[1]} = {value.strip()}" for value in match[2].split(","))

    # The condition of an index in db/structure.sql.
    spelled = _ONE_OF.sub(alternatives, text)
    return frozenset(
        frozenset(re.sub(r"[()\s]", "", each) for each in re.split(r"\bOR\b", part, flags=re.IGNORECASE))
        for part in re.split(r"\bAND\b", spelled, flags=re.IGNORECASE)
    )
