"""How SQLite is opened: writers queue and always give up their turn; readers begin no transaction, change nothing."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from unittest.mock import patch

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from geo_runtime.databases import sqlite
from geo_runtime.databases.database import Database
from waiting import PATIENCE_S

INSERT = text("INSERT INTO numbers (number) VALUES (:number)")
COUNT = text("SELECT count(*) FROM numbers")


def wait_for_others(patch: pytest.MonkeyPatch, seconds: float) -> None:
    """Set how long SQLite itself waits for other processes."""
    arguments = {**sqlite._OPTIONS["connect_args"], "timeout": seconds}
    patch.setattr(sqlite, "_OPTIONS", {**sqlite._OPTIONS, "connect_args": arguments})


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    wait_for_others(monkeypatch, 0.1)
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 2 * PATIENCE_S)  # nobody goes on without a turn while a test looks
    database = Database(f"sqlite:///{tmp_path}/numbers.sqlite3")
    with database.transaction() as connection:
        connection.execute(text("CREATE TABLE others (number INTEGER PRIMARY KEY)"))
        reference = "REFERENCES others DEFERRABLE INITIALLY DEFERRED"
        connection.execute(text(f"CREATE TABLE numbers (number INTEGER PRIMARY KEY, other INTEGER {reference})"))
    yield database
    database.close()


def write(database: Database, number: int) -> Thread:
    """Begin to write in a thread."""
    thread = Thread(target=database.changed, args=(INSERT, {"number": number}), daemon=True)
    thread.start()
    return thread


def count(connection: Connection) -> int:
    return int(connection.scalar(COUNT) or 0)


def test_writers_of_a_process_queue(database: Database) -> None:
    with database.transaction() as first:
        others = [write(database, number) for number in (1, 2)]
        others[0].join(0.5)  # longer than SQLite itself would wait
        assert count(first) == 0
        assert all(other.is_alive() for other in others)
    for other in others:
        other.join(PATIENCE_S)
    with database.connection() as reader:
        assert count(reader) == 2


def fail_to_begin(database: Database) -> None:
    other = sqlite3.connect(str(database.engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(OperationalError, match="database is locked"), database.transaction():
            pass
    finally:
        other.close()


def fail_in_the_middle(database: Database) -> None:
    with pytest.raises(IntegrityError, match="UNIQUE"), database.transaction() as connection:
        connection.execute(INSERT, [{"number": 7}, {"number": 7}])


def fail_to_commit(database: Database) -> None:
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), database.transaction() as connection:
        connection.execute(text("INSERT INTO numbers (number, other) VALUES (7, 7)"))


def fail_to_commit_objects(database: Database) -> None:
    """SQLAlchemy's sessions close such a transaction without rolling it back."""
    with database.session() as session:
        session.execute(text("INSERT INTO numbers (number, other) VALUES (7, 7)"))
        with pytest.raises(IntegrityError, match="FOREIGN KEY"):
            session.commit()


def lose_the_connection(database: Database) -> None:
    def write_after_the_end(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.close()
        connection.execute(COUNT)

    with pytest.raises(DBAPIError, match="closed"), database.transaction() as connection:
        write_after_the_end(connection)


def be_invalidated(database: Database) -> None:
    with suppress(SQLAlchemyError), database.transaction() as connection:
        connection.execute(INSERT, {"number": 7})
        connection.invalidate()


def be_detached(database: Database) -> None:
    with database.transaction() as connection:
        connection.detach()


def be_told_to_exit(database: Database) -> None:
    with (
        patch.object(database.engine.dialect, "do_execute", side_effect=SystemExit),
        suppress(SystemExit),
        database.transaction() as connection,
    ):
        connection.execute(COUNT)


def forget_to_end(database: Database) -> None:
    session = database.session()
    session.execute(COUNT)
    session.close()


ENDS = [
    fail_to_begin,
    fail_in_the_middle,
    fail_to_commit,
    fail_to_commit_objects,
    lose_the_connection,
    be_invalidated,
    be_detached,
    be_told_to_exit,
    forget_to_end,
]


@pytest.mark.parametrize("end", ENDS)
def test_a_writer_gives_up_its_turn_however_it_ends(database: Database, end: Callable[[Database], None]) -> None:
    end(database)
    after = write(database, 1)
    after.join(PATIENCE_S)
    assert not after.is_alive()
    with database.connection() as reader:
        assert count(reader) == 1


def test_a_reader_sees_each_commit_and_changes_nothing(database: Database) -> None:
    with database.connection() as reader:
        assert count(reader) == 0
        write(database, 1).join(PATIENCE_S)
        assert count(reader) == 1
        with pytest.raises(OperationalError, match="readonly"):
            reader.execute(INSERT, {"number": 2})
    forbidden = Database(database.url, read_only=True)
    with pytest.raises(OperationalError, match="readonly"):
        forbidden.changed(INSERT, {"number": 2})
    forbidden.close()


def test_a_file_that_is_being_switched_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite refuses the second of two connections that switch it, however long its time limit."""
    wait_for_others(monkeypatch, 0)
    path = tmp_path / "numbers.sqlite3"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY, other INTEGER)")
    other.execute("BEGIN EXCLUSIVE")
    database = Database(f"sqlite:///{path}")
    writer = write(database, 1)
    writer.join(0.5)
    assert writer.is_alive()
    other.execute("ROLLBACK")
    writer.join(PATIENCE_S)
    with database.connection() as reader:
        assert count(reader) == 1
    other.close()
    database.close()


def test_a_file_that_stays_busy_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wait_for_others(monkeypatch, 0)
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0)
    path = tmp_path / "numbers.sqlite3"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
    other.execute("BEGIN EXCLUSIVE")
    database = Database(f"sqlite:///{path}")
    with pytest.raises(OperationalError, match="database is locked"):
        database.changed(INSERT, {"number": 1})
    other.close()
    database.close()
