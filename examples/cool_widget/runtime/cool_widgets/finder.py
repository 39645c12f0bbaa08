"""The finder of registries, which filters and orders them."""

import geo_runtime

from .replicator import CoolWidgetReplicator


class CoolWidgetRegistryFinder(geo_runtime.RegistryFinder):
    """Finds registries of Cool Widgets."""

    replicator_class = CoolWidgetReplicator
