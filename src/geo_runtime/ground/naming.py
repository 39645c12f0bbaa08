"""The names derived from a replicator's class name, with the generator's version of Rails' inflections."""

import re
from dataclasses import dataclass
from functools import cache

from geo_scaffold.names.inflector import Inflector

_SUFFIX = "Replicator"


@dataclass(frozen=True)
class ReplicableNames:
    """The spellings of one type.

    Attributes:
        replicable_name: Snake case, singular.
        plural: Snake case, plural; the prefix of its counters.
        registry_class: The class of its registry.
        finder_class: The class of its finder.
        graphql_field: The field of its registries.
        graphql_type: The type of one registry.
        enum_key: Its value among the registry classes.
        model_id_field: The GraphQL field of the record's id.
    """

    replicable_name: str
    plural: str
    registry_class: str
    finder_class: str
    graphql_field: str
    graphql_type: str
    enum_key: str
    model_id_field: str


@cache
def names_of(replicator_class: str) -> ReplicableNames:
    """Derive every spelling from the name of a replicator class.

    Raises:
        ValueError: The name does not end in `Replicator`.
    """
    base = replicator_class.rsplit(".", 1)[-1].removesuffix(_SUFFIX)
    if not base or base == replicator_class:
        raise ValueError(f"not the name of a replicator class: {replicator_class}")
    inflector = Inflector.gitlab()
    name = inflector.underscore(base)
    camel = re.sub(r"_(\w)", lambda match: match[1].upper(), name)
    return ReplicableNames(
        replicable_name=name,
        plural=inflector.pluralize(name),
        registry_class=f"{base}Registry",
        finder_class=f"{base}RegistryFinder",
        graphql_field=f"{camel}Registries",
        graphql_type=f"{base}Registry",
        enum_key=f"{name}_registry".upper(),
        model_id_field=f"{camel}Id",
    )
