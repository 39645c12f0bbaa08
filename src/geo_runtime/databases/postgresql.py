"""How PostgreSQL is opened: as little as can be is asked, because on a busy machine each answer waits for a turn."""

import time

from sqlalchemy import URL, Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

UNASKED_S = 1.0
"""So long after its last use a connection counts as alive without being asked."""
_USED_AT = "geo_used_at"


def engines(url: URL, *, read_only: bool) -> tuple[Engine, Engine]:
    """Return an engine whose transactions write, unless that is forbidden, and one that only reads.

    Args:
        url: Of the database.
        read_only: Refuse every change.
    """
    engine = create_engine(url, hide_parameters=True)  # they would be in messages, and messages in logs and registries

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
