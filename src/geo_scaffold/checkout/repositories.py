"""Finds out whether the records of a class have their own Git repository, not one reached through another record."""

import re
from typing import Final, NamedTuple

from geo_scaffold.checkout.classes import Classes
from geo_scaffold.checkout.literals import word

_CONCERN: Final = "HasRepository"  # app/models/concerns/has_repository.rb
# Methods of models: `Gitlab::GlRepository::SNIPPET.repository_for(self)` in app/models/snippet.rb; and a repository of
# another record: `project.repository` in app/models/merge_request_diff.rb.
_MAKES: Final = re.compile(r"\b\w*Repository\.new\b|\.repository_for\(self\)")
_THROUGH: Final = re.compile(r"\A\s*(\w+)(?:\.|&\.)repository\s*\Z")


class Evidence(NamedTuple):
    """What shows that there is a repository, and where, `path:line`."""

    what: str
    source: str


def repository_of(name: str, classes: Classes) -> Evidence | None:
    """Return what gives the records of a class their own repository, or None if nothing does.

    Args:
        name: The class.
        classes: The classes of the tree.
    """
    for declaration in classes.everything(name):
        if declaration.name == "mixed in" and declaration.value == _CONCERN:
            return Evidence(f"include {_CONCERN}", declaration.source)
        if declaration.name == "def repository" and _MAKES.search(declaration.value):
            return Evidence("def repository", declaration.source)
    return None


def reached_through(name: str, classes: Classes) -> str | None:
    """Return the class to whose repository the records of a class delegate, or None.

    Args:
        name: The class.
        classes: The classes of the tree.
    """
    association = None
    # `delegate :repository, to: :project` in app/models/release.rb.
    for declaration in classes.everything(name):
        if declaration.name == "delegate" and ":repository" in declaration.arguments:
            association = word(declaration.option("to") or "")
        elif declaration.name == "def repository" and (through := _THROUGH.match(declaration.value)):
            association = through[1]
        if association:
            break
    return _class_of(association, name, classes) if association else None


def _class_of(association: str, name: str, classes: Classes) -> str | None:
    for declaration in classes.everything(name):
        if (
            declaration.name in {"belongs_to", "has_one"}
            and declaration.arguments
            and word(declaration.arguments[0]) == association
        ):
            given = word(declaration.option("class_name") or "")
            return classes.constants.resolve(given or classes.constants.camelize(association), declaration.nesting)
    return None
