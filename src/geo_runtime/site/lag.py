"""How far a secondary's copy of the main database is behind (specification: lag).

A standby of PostgreSQL knows it of itself, and is asked; of a copy that something else keeps, the keeper writes it down
in the secondary's store.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from geo_runtime.databases import postgresql

if TYPE_CHECKING:
    from geo_runtime.databases.store import Store
    from geo_runtime.site.site import Site

_KEY: Final = "geo:database_replication"


def write_down(store: "Store", replayed_at: datetime, *, is_behind: bool) -> None:
    """Note how far a copy has come.

    Args:
        store: Of the secondary.
        replayed_at: When the last change was made that the copy has.
        is_behind: Whether a later change was received and is not shown yet.
    """
    store.write(_KEY, {"replayed_at": replayed_at.isoformat(), "is_behind": is_behind})


def lag_seconds(site: "Site") -> int | None:
    """Return how old what the secondary sees is, in seconds: 0 if it sees all; None if nobody knows."""
    measured = postgresql.replay_lag_s(site.main.reading_engine)
    if measured is not None:
        return int(site.timing.of_machine(timedelta(seconds=measured)).total_seconds())
    known = site.store.read(_KEY)
    if known is None:
        return None
    if not known["is_behind"]:
        return 0
    return int((site.now() - datetime.fromisoformat(known["replayed_at"])).total_seconds())
