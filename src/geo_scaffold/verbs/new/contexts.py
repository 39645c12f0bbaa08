"""What the templates of each artifact may use in one run: each step's migrations may have their own version."""

from collections.abc import Mapping
from typing import Any

from geo_scaffold.answers import Answers
from geo_scaffold.edition import Artifact, Surroundings, context_for
from geo_scaffold.names import Names
from geo_scaffold.records import replace


class Contexts:
    """The values for templates and paths, by artifact; each is built once.

    Args:
        answers: The answers, with a timestamp.
        names: The spellings.
        surroundings: What the checkout has around the model.
        versions: The versions of migrations by step, if they differ from the timestamp.
        graphql_later: Whether the GraphQL part comes later.
        factory_later: Whether the states' factory comes later.
        former_name: The type's previous replicable name; empty if it is unchanged.
    """

    def __init__(
        self,
        answers: Answers,
        names: Names,
        surroundings: Surroundings,
        versions: Mapping[str, str],
        *,
        graphql_later: bool = False,
        factory_later: bool = False,
        former_name: str = "",
    ) -> None:
        self._answers, self._names, self._surroundings = answers, names, surroundings
        self._versions = versions
        self._later: dict[str, Any] = {
            "graphql_later": graphql_later,
            "factory_later": factory_later,
            "former_name": former_name,
        }
        self._built: dict[str, Mapping[str, Any]] = {}

    def of(self, artifact: Artifact) -> Mapping[str, Any]:
        """Return the values for an artifact."""
        return self.at(self._versions.get(artifact.step, ""))

    def at(self, timestamp: str = "") -> Mapping[str, Any]:
        """Return the values with a timestamp; empty for the one in the answers."""
        if timestamp not in self._built:
            answers = replace(self._answers, timestamp=timestamp) if timestamp else self._answers
            self._built[timestamp] = context_for(answers, self._names, surroundings=self._surroundings, **self._later)
        return self._built[timestamp]
