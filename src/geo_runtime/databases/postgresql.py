"""How PostgreSQL is opened: with as few queries as possible, as on a busy machine each answer waits for its turn."""

import time
from typing import Any, Final

from sqlalchemy import URL, Engine, PoolProxiedConnection, QueuePool, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

UNASKED_S = 1.0
"""So long after its last use a connection counts as alive without being asked."""
_USED_AT = "geo_used_at"
_KEPT_ALIVE: Final = {
    "connect_timeout": 20, "keepalives_idle": 60, "keepalives_interval": 15, "keepalives_count": 4,
    "tcp_user_timeout": 120_000,
}  # fmt: skip
"""When a server that says nothing counts as gone, in seconds, and the last in milliseconds; a URL may say otherwise."""


WINDOW_S: Final = 10.0
"""How long a pool remembers how many connections were in use at once."""


class ShrinkingPool(QueuePool):
    """Keeps no more connections than were in use at once in the last moments.

    A server has a hundred connections to give as a rule, and the processes of two sites have fifteen pools. SQLAlchemy
    keeps in each as many as were ever in use at once, up to five.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._began_at = time.monotonic()
        self._peaks = (0, 0)  # of the last window, and of this one

    def _do_get(self) -> ConnectionPoolEntry:
        found = super()._do_get()
        self._note(self.checkedout())
        return found

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        self._note(0)
        if self.checkedin() < max(self._peaks):
            super()._do_return_conn(record)
            return
        try:
            record.close()
        finally:
            self._dec_overflow()

    def _note(self, in_use: int) -> None:
        last, this = self._peaks
        elapsed_s = time.monotonic() - self._began_at
        if elapsed_s >= WINDOW_S:
            self._began_at += elapsed_s
            # What is in use now has been since before this window.
            last, this = (this if elapsed_s < 2 * WINDOW_S else 0), self.checkedout()
        self._peaks = last, max(this, in_use)


def engines(url: URL, *, read_only: bool) -> tuple[Engine, Engine]:
    """Return an engine whose transactions write, unless that is forbidden, and one that only reads.

    Args:
        url: Of the database.
        read_only: Refuse every change.
    """
    kept_alive = {name: value for name, value in _KEPT_ALIVE.items() if name not in url.query}
    # Parameters would be in messages, and messages in logs and registries.
    engine = create_engine(
        url, connect_args=kept_alive, hide_parameters=True, poolclass=ShrinkingPool, pool_use_lifo=True
    )

    @event.listens_for(engine, "connect")
    def connected(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        if read_only:
            connection.cursor().execute("SET default_transaction_read_only = on")
            connection.commit()

    @event.listens_for(engine, "checkin")
    def given_back(connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info[_USED_AT] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def taken(connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: PoolProxiedConnection) -> None:
        """Ask an idle connection whether it is alive; if not, none that is idle counts as alive."""
        if time.monotonic() - record.info.get(_USED_AT, time.monotonic()) < UNASKED_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    # By default each statement sees what is committed when it begins, in a transaction or not.
    return engine, engine.execution_options(isolation_level="AUTOCOMMIT")


_REPLAY_LAG = text("""
    SELECT CASE
      WHEN NOT pg_is_in_recovery() THEN NULL
      WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0
      ELSE EXTRACT(EPOCH FROM clock_timestamp() - pg_last_xact_replay_timestamp())
    END
""")
"""As GitLab asks (`ee/lib/gitlab/geo/health_check.rb`), but that a standby which receives nothing is not up to date."""


def replay_lag_s(engine: Engine) -> float | None:
    """Return how old what a standby shows is, in seconds; 0 if it shows all; None if it is no standby, or cannot say.

    While nothing is received nobody knows what there would be, so that the age of the last change counts.

    Args:
        engine: Of any database.
    """
    if engine.dialect.name != "postgresql":
        return None
    with engine.connect() as connection:
        found = connection.scalar(_REPLAY_LAG)
    return None if found is None else max(float(found), 0.0)  # the clocks of two machines may differ


def is_standby(engine: Engine) -> bool | None:
    """Whether a database is a standby; None if it is none of PostgreSQL's.

    Args:
        engine: Of any database.
    """
    with engine.connect() as connection:
        if engine.dialect.name != "postgresql":
            return None
        return bool(connection.scalar(text("SELECT pg_is_in_recovery()")))
