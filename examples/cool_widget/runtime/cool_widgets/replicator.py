"""The replicator: publishes, copies and verifies one record."""

import geo_runtime

from .model import CoolWidget
from .registry import CoolWidgetRegistry
from .state import CoolWidgetState


class CoolWidgetReplicator(geo_runtime.RepositoryReplicator):
    """One record, as Geo sees it."""

    model = CoolWidget
    state_model = CoolWidgetState
    registry_class = CoolWidgetRegistry
    title = "Cool Widget"
    title_plural = "Cool Widgets"
    # Remove this once these repositories have housekeeping.
    housekeeping_enabled = False
    spelled = geo_runtime.ReplicableNames(
        replicable_name="cool_widget",
        plural="cool_widgets",
        registry_class="CoolWidgetRegistry",
        finder_class="CoolWidgetRegistryFinder",
        graphql_field="coolWidgetRegistries",
        graphql_type="CoolWidgetRegistry",
        enum_key="COOL_WIDGET_REGISTRY",
        model_id_field="coolWidgetId",
    )
