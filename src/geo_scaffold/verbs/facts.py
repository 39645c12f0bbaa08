"""`facts`: what a checkout says about models, each fact with its source."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from geo_scaffold.answers import Answers
from geo_scaffold.checkout import Checkout, Facts, Refusal, Sources, inflections_for, refusal_of
from geo_scaffold.checkout.target import find_checkout, folder_of
from geo_scaffold.errors import InvalidNameError, UsageError
from geo_scaffold.records import dataclass
from geo_scaffold.tree import Tree

# An item of `classes` in db/docs/*.yml that is a constant.
_CLASS: Final = re.compile(r"[A-Z]\w*(?:::[A-Z]\w*)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The facts of a checkout about one model, and why it cannot have a type, if so."""

    facts: Facts
    refused: Refusal | None


def facts_of(
    models: Sequence[str], into: Path, *, every: bool = False, progress: Callable[[int, int], None] | None = None
) -> list[ModelFacts]:
    """Return the facts of a checkout about models.

    Args:
        models: The classes.
        into: A folder of the checkout.
        every: Use every class of the database dictionary.
        progress: Receives how many classes of how many are done.

    Raises:
        InvalidNameError: A name cannot be a class.
        ReadError: A file cannot be read.
        UsageError: There is no checkout, or no class was given.
    """
    checkout = open_checkout(into)
    classes = checkout.dictionary.classes()  # also for given ones: it may name a class that the tree does not have
    names = list(classes) if every else [model.strip().removeprefix("::") for model in models]
    if not names:
        raise UsageError("no class was named", remedy="Name one, or give --all for every class of db/docs")
    for name in names:
        if not _CLASS.fullmatch(name):
            raise InvalidNameError(
                f"{name[:80]!a} is not the name of a class", remedy="Name one as Ruby does: Packages::Nuget::Symbol"
            )
    models_facts = []
    for number, name in enumerate(names, 1):
        facts = checkout.facts(name)
        models_facts.append(ModelFacts(facts, refusal_of(facts)))
        if progress:
            progress(number, len(names))
    checkout.sources.require_readable()
    return models_facts


def open_checkout(into: Path) -> Checkout:
    """Return the reader of the checkout that a folder is in.

    Raises:
        UsageError: It is in none.
    """
    root = find_checkout(folder_of(into))
    if root is None:
        raise UsageError(
            f"{into} is not in a GitLab checkout", remedy="Change to one, or name one of its folders with --into"
        )
    tree = Tree(root)
    inflector, _ = inflections_for(Answers(model=""), tree.read)
    return Checkout(Sources(tree, ""), inflector)
