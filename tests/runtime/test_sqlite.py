"""The queue of writers: however a transaction ends, the next one gets its turn."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from geo_runtime.database import Database
from geo_runtime.sqlite import BUSY_TIMEOUT_S


def fails_to_commit(connection: Connection) -> None:
    connection.execute(text("INSERT INTO parts VALUES (1, 99)"))


def is_invalidated(connection: Connection) -> None:
    connection.execute(text("INSERT INTO parts VALUES (1, NULL)"))
    connection.invalidate()


def is_detached(connection: Connection) -> None:
    connection.execute(text("INSERT INTO parts VALUES (1, NULL)"))
    connection.detach()


def is_closed(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.close()
    connection.execute(text("SELECT 1"))


def is_told_to_exit(connection: Connection) -> None:
    with patch.object(connection.dialect, "do_execute", side_effect=SystemExit):
        connection.execute(text("SELECT 1"))


@pytest.mark.parametrize("end", [fails_to_commit, is_invalidated, is_detached, is_closed, is_told_to_exit])
def test_a_turn_ends_with_its_transaction(tmp_path: Path, end: Callable[[Connection], None]) -> None:
    database = Database(f"sqlite:///{tmp_path}/a.db")
    whole = "whole INTEGER REFERENCES parts (id) DEFERRABLE INITIALLY DEFERRED"
    database.changed(text(f"CREATE TABLE parts (id INTEGER PRIMARY KEY, {whole})"))
    with suppress(SQLAlchemyError, SystemExit), database.transaction() as connection:
        end(connection)
    begun = time.monotonic()
    assert database.changed(text("INSERT INTO parts VALUES (2, NULL)")) == 1
    assert time.monotonic() - begun < BUSY_TIMEOUT_S / 2
    database.close()
