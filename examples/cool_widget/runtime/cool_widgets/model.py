"""The model, and the mixin that makes it replicable and verifiable."""

from typing import Any

from sqlalchemy import Select, String
from sqlalchemy.orm import Mapped, mapped_column
import geo_runtime


class CoolWidgetReplication(geo_runtime.ReplicableModel):
    """What Geo needs of the model. All records can be replicated, unless `available_replicables` restricts them."""

    repository_storage: Mapped[str] = mapped_column(String(255), default="default")
    disk_path: Mapped[str] = mapped_column(String(255), unique=True)
    full_path: Mapped[str] = mapped_column(String(255), unique=True)

    @classmethod
    def selective_sync_scope(
        cls,
        selection: geo_runtime.SelectiveSync,
        primary_key_in: geo_runtime.IdRange | None,
        replicables: Select[Any],
    ) -> Select[Any]:
        """Keep the records that a secondary selects; all of them if it selects nothing.

        Raises:
            NotImplementedError: The secondary selects, and the type does not define yet what a record belongs to.
        """
        if selection.is_off:
            return replicables
        # A secondary can select namespaces, storages or organizations, and what that means for a record depends on what
        # it belongs to. `selection` has the usual filters: `by_project`, `by_group`, `by_organization`. If all
        # records are in scope, return `replicables`.
        raise NotImplementedError(
            "Select the records to sync to this node: run `geo-scaffold new CoolWidget` again with --owner,"
            " or write CoolWidgetReplication.selective_sync_scope"
        )


class CoolWidget(CoolWidgetReplication, geo_runtime.MainBase):
    """One of the Cool Widgets, with what replication needs."""

    __tablename__ = "cool_widgets"
