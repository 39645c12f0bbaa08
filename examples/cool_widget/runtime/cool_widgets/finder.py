"""The finder of registries, which filters and orders them."""

from geo_runtime import finder

from .replicator import CoolWidgetReplicator


class CoolWidgetRegistryFinder(finder.RegistryFinder):
    """Finds registries of Cool Widgets."""

    replicator_class = CoolWidgetReplicator
