"""Feature flags: what somebody set in the main database, else a default (specification: points 12 and 107)."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import bindparam, select

from geo_runtime.databases.database import Database
from geo_runtime.databases.main import FeatureGate
from geo_runtime.ground.memory import forget, remembered

DEFAULTS: Mapping[str, bool] = {
    "geo_selective_sync_by_organizations": False,
    "org_mover_extend_selective_sync_to_primary_checksumming": False,
    "geo_object_storage_verification": True,
    "geo_primary_verification_view": True,
    "geo_metrics_update_worker": True,
}
"""The flags that belong to no type; a type's flags are off until they are set."""
_VALUE: Final = select(FeatureGate.value).where(FeatureGate.feature_key == bindparam("name"))


class Flags:
    """The flags as seen by one site.

    Args:
        main: The main database, or its replica on a secondary.
        defaults: Defaults of flags, besides the library's own; a flag in neither is off.
    """

    def __init__(self, main: Database, defaults: Mapping[str, bool] | None = None) -> None:
        self.main = main
        self.defaults = {**DEFAULTS, **(defaults or {})}

    def enabled(self, name: str) -> bool:
        """Whether a flag is on."""
        value = remembered(self, name, lambda: self._read(name))
        return self.defaults.get(name, False) if value is None else value

    def set(self, name: str, value: bool) -> None:
        """Turn a flag on or off; on the primary only.

        Args:
            name: Its name, such as `geo_cool_widget_replication`.
            value: Whether it is on.
        """
        with self.main.session() as session, session.begin():
            session.merge(FeatureGate(feature_key=name, value=value))
        forget(self)

    def _read(self, name: str) -> bool | None:
        with self.main.connection() as connection:
            found: bool | None = connection.scalar(_VALUE, {"name": name})
        return found
