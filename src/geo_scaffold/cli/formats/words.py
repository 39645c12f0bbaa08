"""Words that several formats share."""

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from geo_scaffold.verbs.checklist.items import State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo_scaffold.verbs.checklist import Item, TypeReport

BEFORE: Final = "open before this branch"
"""The note on an item that was open before the branch."""


def stated(state: str) -> str:
    """Return a state in words."""
    return {"confirm": "to confirm", "not_applicable": "not needed"}.get(state, state)


def plain(markdown: str) -> str:
    """Return Markdown without its marks: the text of links, code without backquotes."""
    return re.sub(r"\[([^\[\]]*)\]\([^()]*\)", r"\1", markdown).replace("`", "")


def count_of(number: int, thing: str) -> str:
    """Return a number with its noun, in the singular or plural.

    Args:
        number: The number.
        thing: The noun, in the singular.
    """
    return f"{number} {thing}{'s' * (number != 1)}"


def counted(items: "Iterable[Item]", order: "Iterable[State]" = tuple(State)) -> str:
    """Return how many items are in each state, in words.

    Args:
        items: The items.
        order: The states in the order in which they are named.
    """
    found = Counter(item.state for item in items)
    return ", ".join(f"{found[state]} {stated(state)}" for state in order if found[state])


def released(report: "TypeReport") -> str:
    """Return whether a type is released."""
    return "released" if report.is_released else "not released yet"


def sentence(report: "TypeReport", item: "Item") -> str:
    """Return what is wrong with an item, in one line."""
    message = "; ".join(item.message.splitlines()) or plain(item.title)
    before = f" ({BEFORE})" if item.before else ""
    return f"Geo replication of {report.model}: {item.id} {is_stated(item.state)}{before}: {message}"


def is_stated(state: str) -> str:
    """Return a state as the predicate of a sentence about an item."""
    return state if state == "differs" else f"is {stated(state)}"
