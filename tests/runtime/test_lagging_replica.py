"""The copy of the main database that tests and the demonstration keep: right, late, and no larger than it must be."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_runtime.ground.timing import ManualTiming
from geo_runtime.testing.lagging_replica import LaggingReplica

PAGE = 4096
PAGES = 1000
"""So many in the journal, and SQLite moves them into the file, unless it is kept from that."""
SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE nodes (id INTEGER PRIMARY KEY, name TEXT UNIQUE, "order" BLOB);
CREATE TABLE flags (key TEXT PRIMARY KEY, value NUMERIC);
CREATE TABLE logs (id INTEGER PRIMARY KEY AUTOINCREMENT, node_id INTEGER REFERENCES nodes(id), text TEXT);
"""


@pytest.fixture
def source(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "source", isolation_level=None)) as connection:
        connection.executescript(SCHEMA)
        yield connection


def replica_of(source: sqlite3.Connection, timing: ManualTiming | None = None) -> LaggingReplica:
    path = Path(source.execute("PRAGMA database_list").fetchone()[2])
    return LaggingReplica(path, path.with_name("replica"), timing or ManualTiming())


def content(path: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(path)) as connection:
        names = ("nodes", "flags", "logs")
        return {name: connection.execute(f"SELECT rowid, * FROM {name} ORDER BY 1").fetchall() for name in names}


def test_what_idles_takes_no_room(source: sqlite3.Connection) -> None:
    """What an idle site does: its status, once a minute of its clock; here for as long as fills the journal twice."""
    source.executemany("INSERT INTO nodes VALUES (?, ?, ?)", [(n, f"n{n}", b"x" * 1000) for n in range(400)])
    source.execute("INSERT INTO flags VALUES ('status', 0)")
    with closing(replica_of(source)) as replica, closing(sqlite3.connect(replica.target)) as reader:
        journal = replica.target.with_name("replica-wal")
        reader.execute("SELECT count(*) FROM nodes").fetchall()  # a site that has the copy open, as sites have
        replica.advance()
        sizes = [journal.stat().st_size]
        for number in range(1, 2 * PAGES):
            source.execute("UPDATE flags SET value = ?", (number,))
            replica.advance()
            sizes.append(journal.stat().st_size)
        assert reader.execute("SELECT value FROM flags").fetchone() == (number,)
        whole = replica.target.stat().st_size
        assert whole > 100 * PAGE
        assert max(after - before for before, after in pairwise(sizes)) < 10 * PAGE  # a commit does not copy it all
        assert max(sizes) < (PAGES + 100) * (PAGE + 24)  # a frame has its page, and a head


VALUES = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.text(max_size=3), st.binary(max_size=3))
NODE = st.tuples(st.integers(1, 4), st.sampled_from("ab"), VALUES)
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just('INSERT OR REPLACE INTO nodes (id, name, "order") VALUES (?, ?, ?)'), NODE),
        st.tuples(st.just("INSERT OR REPLACE INTO flags VALUES (?, ?)"), st.tuples(st.sampled_from("ab"), VALUES)),
        st.tuples(st.just("INSERT INTO logs (node_id, text) VALUES (?, ?)"), st.tuples(VALUES, VALUES)),
        st.tuples(st.just("UPDATE nodes SET id = id + ?"), st.tuples(st.integers(5, 6))),
        st.tuples(st.just("DELETE FROM nodes WHERE id = ?"), st.tuples(st.integers(1, 12))),
        st.tuples(st.just("DELETE FROM logs WHERE id > ?"), st.tuples(st.integers(0, 3))),
        st.just(("ADVANCE", ())), st.just(("ALTER", ())),
    ),
    max_size=12,
)  # fmt: skip


@given(changes=CHANGES)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_copy_is_the_source_at_one_moment(tmp_path_factory: pytest.TempPathFactory, changes: list[Any]) -> None:
    path = tmp_path_factory.mktemp("replica") / "source"
    timing = ManualTiming()
    with closing(sqlite3.connect(path, isolation_level=None)) as source:
        source.executescript(SCHEMA)
        with closing(replica_of(source, timing)) as replica:
            for number, (statement, values) in enumerate(changes):
                if statement == "ALTER":
                    source.execute(f"ALTER TABLE nodes ADD COLUMN more_{number} TEXT")
                elif statement != "ADVANCE":
                    source.execute(statement, values)
                    continue
                replica.advance()
                assert content(replica.target) == content(path)
            replica.lag = timedelta(minutes=1)
            replica.advance()
            before = content(replica.target)
            source.execute("INSERT OR REPLACE INTO flags VALUES ('late', 1)")
            replica.advance()
            assert content(replica.target) == before
            assert replica.is_behind
            timing.time += timedelta(minutes=1)
            replica.advance()
            assert not replica.is_behind
            assert content(replica.target) == content(path)
