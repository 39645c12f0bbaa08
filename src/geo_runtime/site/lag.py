"""How far a secondary's copy of the main database is behind.

A PostgreSQL standby is queried for it; for any other copy, whoever maintains it writes it to the secondary's store.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from geo_runtime.databases import postgresql

if TYPE_CHECKING:
    from geo_runtime.databases.store import Store
    from geo_runtime.site.site import Site

_KEY: Final = "geo:database_replication"


def write_down(store: "Store", replayed_at: datetime, *, is_behind: bool) -> None:
    """Record how far a copy has come.

    Args:
        store: The secondary's store.
        replayed_at: When the last change in the copy was made.
        is_behind: Whether a later change was received and is not visible yet.
    """
    store.write(_KEY, {"replayed_at": replayed_at.isoformat(), "is_behind": is_behind})


def lag_seconds(site: "Site") -> int | None:
    """Return the lag of what the secondary sees, in seconds: 0 if it is up to date, None if unknown."""
    measured = postgresql.replay_lag_s(site.main.reading_engine)
    if measured is not None:
        return int(site.timing.of_machine(timedelta(seconds=measured)).total_seconds())
    known = site.store.read(_KEY)
    if known is None:
        return None
    if not known["is_behind"]:
        return 0
    return int((site.now() - datetime.fromisoformat(known["replayed_at"])).total_seconds())
