"""What the templates of each artifact may use in one run: the migrations of a step may have a version of their own."""

from collections.abc import Mapping
from typing import Any

from geo_scaffold.answers import Answers
from geo_scaffold.edition import Artifact, Surroundings, context_for
from geo_scaffold.names import Names
from geo_scaffold.records import replace


class Contexts:
    """What templates and paths may use, by artifact; each is built once.

    Args:
        answers: With a timestamp.
        names: The spellings.
        surroundings: What the checkout has around the model.
        versions: The versions of migrations by step, where they are not the timestamp.
        graphql_later: Whether the GraphQL part is left for later.
        factory_later: Whether the factory of the states is.
        former_name: The replicable name that the type had so far; empty: this one.
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
        """Return what those of an artifact may use."""
        return self.at(self._versions.get(artifact.step, ""))

    def at(self, timestamp: str = "") -> Mapping[str, Any]:
        """Return what they may use with a timestamp; empty: the answer."""
        if timestamp not in self._built:
            answers = replace(self._answers, timestamp=timestamp) if timestamp else self._answers
            self._built[timestamp] = context_for(answers, self._names, surroundings=self._surroundings, **self._later)
        return self._built[timestamp]
