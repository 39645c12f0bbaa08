"""Opens PostgreSQL with as few queries as possible, because on a busy machine each answer waits for its turn."""

import time
from typing import Any, Final

from sqlalchemy import URL, Engine, PoolProxiedConnection, QueuePool, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

UNASKED_S = 1.0
"""How long after its last use a connection counts as alive without a check."""
_USED_AT = "geo_used_at"
_KEPT_ALIVE: Final = {
    "connect_timeout": 20, "keepalives_idle": 60, "keepalives_interval": 15, "keepalives_count": 4,
    "tcp_user_timeout": 120_000,
}  # fmt: skip
"""When a silent server counts as gone, in seconds, and the last in milliseconds; a URL may override this."""


WINDOW_S: Final = 10.0
"""How long a pool remembers how many connections were in use at once."""


class ShrinkingPool(QueuePool):
    """Keeps no more connections than were recently in use at once.

    A server usually allows a hundred connections, and the processes of two sites have fifteen pools. SQLAlchemy keeps
    in each as many as were ever in use at once, up to five.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._began_at = time.monotonic()
        self._peaks = (0, 0)  # for the last window and this one

    def _do_get(self) -> ConnectionPoolEntry:
        connection = super()._do_get()
        self._note(self.checkedout())
        return connection

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
    """Return an engine whose transactions write, unless that is forbidden, and a read-only one.

    Args:
        url: The URL of the database.
        read_only: Refuse every change.
    """
    kept_alive = {name: value for name, value in _KEPT_ALIVE.items() if name not in url.query}
    # Parameters would get into messages, and messages into logs and registries.
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
        """Check whether an idle connection is alive; if not, no idle one counts as alive."""
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
"""As in GitLab (`ee/lib/gitlab/geo/health_check.rb`), except that a standby that receives nothing is not up to date."""


def replay_lag_s(engine: Engine) -> float | None:
    """Return the replay lag of a standby, in seconds; 0 if it is up to date; None if it is not a standby, or unknown.

    While nothing is received it is unknown what is missing, so the age of the last change counts.

    Args:
        engine: The engine of any database.
    """
    if engine.dialect.name != "postgresql":
        return None
    with engine.connect() as connection:
        found = connection.scalar(_REPLAY_LAG)
    return None if found is None else max(float(found), 0.0)  # the clocks of two machines may differ


def is_standby(engine: Engine) -> bool | None:
    """Whether a database is a standby, or None if it is not PostgreSQL.

    Args:
        engine: The engine of any database.
    """
    with engine.connect() as connection:
        if engine.dialect.name != "postgresql":
            return None
        return bool(connection.scalar(text("SELECT pg_is_in_recovery()")))
