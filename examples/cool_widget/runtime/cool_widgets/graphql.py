"""The GraphQL type of a registry; the field of a site resolves to the result of the finder."""

from typing import ClassVar

import strawberry

import geo_runtime

from .finder import CoolWidgetRegistryFinder


@strawberry.type(
    name="CoolWidgetRegistry",
    description="Represents the Geo replication and verification state of a cool_widget",
)
class CoolWidgetRegistryType(geo_runtime.RegistryType):
    """A registry in GraphQL."""

    finder_class: ClassVar[type[geo_runtime.RegistryFinder]] = CoolWidgetRegistryFinder
    cool_widget_id: strawberry.ID = strawberry.field(description="ID of the Cool Widget.")
