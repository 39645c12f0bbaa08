"""What it costs per record to look after registries, from 1,000 to 100,000 of them, in the same run.

Run it with the interpreter that geo-scaffold is installed for: `python benchmarks/registries.py [SIZE ...]
[--database URL]`. Without a URL it uses SQLite, with one databases of its own on that PostgreSQL server.

The tables are those of a type that `new` has just rendered. Of each hundred registries one waits to be synchronised,
one failed and is due, one failed and is not, one waits to be verified, one failed verification and is due, one is not,
and the rest are right; the primary's verification states are alike. Each operation handles as many records as it does
at work, all that wait up to its limit, and what it changed is changed back; what goes through the table is divided by
the number of rows. The sizes take turns, and the cost is the median of the turns: wall time, and in brackets processor
time of this process, which a busy machine disturbs less. With SQLite that is all; PostgreSQL's server is not in it.

`tests/runtime/test_queries.py` proves by the plans of the same operations that none of them goes through a table, but
for those that say so here.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import insert, text, update

from geo_runtime.administration import graphql
from geo_runtime.administration.users import User
from geo_runtime.authoring.replicable_type import ReplicableType
from geo_runtime.databases.main import GeoEvent, GeoEventLog
from geo_runtime.events.log_cursor import LogCursor
from geo_runtime.replication import metrics, verifier
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.replication.registry import RegistryState, fail_timed_out_syncs, find_needs_sync_again, find_pending
from geo_runtime.replication.verification import BATCH_SIZE, VerificationState
from geo_runtime.testing.databases import PRIMARY, SECONDARY, Databases
from geo_runtime.workers import consistency, verification
from geo_runtime.workers.scheduler import LOAD_LIMIT
from new import Time
from sites import load_rendered, site_at

SIZES = (1_000, 10_000, 100_000)
REACH = 1.2
"""How many times the cost per record of the smallest size that of the largest may be."""
TURNS = 15
PAGE = 20
RANGE = 1_000
_INSERTED = 10_000
_ADMINISTRATOR = User("root", is_admin=True)


class Scene:
    """Both sites with so many registries.

    Args:
        folder: An empty folder.
        server: The URL of a PostgreSQL server; None: SQLite.
        type_: The type.
        size: How many records, registries and events there are.
    """

    def __init__(self, folder: Path, server: str | None, type_: ReplicableType, size: int) -> None:
        self.size = size
        self.type = type_
        self.kind = type_.replicator
        self.databases = Databases(folder, server)
        self.databases.create([type_])
        self.databases.add_sites()
        self.primary = site_at(self.databases, folder, PRIMARY, type_)
        self.secondary = site_at(self.databases, folder, SECONDARY, type_)
        self.primary.flags.set(self.kind.replication_flag(), True)
        self.cursor = LogCursor(self.secondary)
        self.fill()

    def close(self) -> None:
        """Give up the databases."""
        self.secondary.close()
        self.primary.close()
        self.databases.__exit__()

    def fill(self) -> None:
        """Make all rows, and have PostgreSQL know what is in them."""
        for first in range(1, self.size + 1, _INSERTED):
            ids = range(first, min(first + _INSERTED, self.size + 1))
            self._insert(self.primary, self.kind.model, [self._record(each) for each in ids])
            self._insert(self.primary, self.kind.state_model, [self._state(each) for each in ids])
            self._insert(self.primary, GeoEvent, [self._event(each) for each in ids])
            self._insert(self.primary, GeoEventLog, [self._log_row(each) for each in ids])
            self._insert(self.secondary, self.kind.registry_class, [self._registry(each) for each in ids])
        self.move_cursor()
        if self.databases.kind == "postgresql":  # which does so by itself after a while
            for database in (self.primary.main, self.secondary.tracking_database()):
                with database.transaction() as connection:
                    connection.execute(text("ANALYZE"))

    def move_cursor(self) -> None:
        """Set the cursor to the middle of the log."""
        self.cursor._save(self.size // 2)

    def page(self, sort: str, *, is_first: bool, **params: Any) -> int:
        """Read a page of the pages for people, the first or one from the middle on."""
        after = None if is_first else self._place(sort)
        return len(self._connection(sort, PAGE, after, params).edges)

    def _place(self, sort: str) -> str | None:
        page = self._connection(sort, 1, None, {"ids": [self.size // 2]})
        found: str | None = page.page_info.end_cursor
        return found

    def _connection(self, sort: str, first: int, after: str | None, params: dict[str, Any]) -> graphql.Connection[Any]:
        registry_type = self.type.registry_type
        found = registry_type.finder_class(self.secondary, _ADMINISTRATOR, {**params, "sort": sort})
        return graphql.connection_of(
            self.secondary, registry_type, found.execute(), sort=sort, first=first, after=after
        )

    @staticmethod
    def _insert(site: ReplicatingSite, table: type[Any], rows: Sequence[dict[str, Any]]) -> None:
        database = site.tracking_database() if site.tracking is not None else site.main
        with database.transaction() as connection:
            connection.execute(insert(table), rows)

    # Rows

    def _record(self, number: int) -> dict[str, Any]:
        path = f"cool_widgets/{number}"
        return {"id": number, "repository_storage": "default", "disk_path": path, "full_path": path}

    def _verification(self, number: int, now: datetime) -> dict[str, Any]:
        """Return the columns of verification of a state or a registry."""
        old, retry_at = now - timedelta(days=1), now + timedelta(days=1 if number % 100 == 5 else -1)
        verified_at = old + timedelta(seconds=number % 3600)
        if number % 100 == 3:
            state = VerificationState.PENDING
        elif number % 100 in (4, 5):
            state = VerificationState.FAILED
        else:
            state = VerificationState.SUCCEEDED
        is_failed = state == VerificationState.FAILED
        return {
            "verification_state": state,
            "verification_checksum": None if is_failed else f"{number:08x}",
            "verification_failure": "failed" if is_failed else None,
            "verification_retry_count": 1 if is_failed else 0,
            "verification_retry_at": retry_at if is_failed else None,
            "verification_started_at": old,
            "verified_at": verified_at,
        }

    def _state(self, number: int) -> dict[str, Any]:
        return {self.kind.state_model.MODEL_FOREIGN_KEY: number, **self._verification(number, self.primary.now())}

    def _registry(self, number: int) -> dict[str, Any]:
        now = self.secondary.now()
        if number % 100 == 0:
            state = RegistryState.PENDING
        elif number % 100 in (1, 2):
            state = RegistryState.FAILED
        else:
            state = RegistryState.SYNCED
        is_failed = state == RegistryState.FAILED
        return {
            self.kind.registry_class.MODEL_FOREIGN_KEY: number,
            "state": state,
            "created_at": now,
            "last_synced_at": now - timedelta(days=2) + timedelta(seconds=number % 3600),
            "retry_count": 1 if is_failed else 0,
            "retry_at": now + timedelta(days=1 if number % 100 == 2 else -1) if is_failed else None,
            "last_sync_failure": "failed" if is_failed else None,
            **self._verification(number, now),
        }

    def _event(self, number: int) -> dict[str, Any]:
        name = self.kind.replicable_name()
        return {
            "id": number, "replicable_name": name, "event_name": "updated",
            "payload": {"model_record_id": number}, "created_at": self.primary.now(),
        }  # fmt: skip

    def _log_row(self, number: int) -> dict[str, Any]:
        return {"id": number, "geo_event_id": number, "created_at": self.primary.now()}


class Operation(NamedTuple):
    """What is measured.

    Attributes:
        label: What it is called.
        act: Does it, and returns how many records it handled, or their ids.
        undo: Changes back what it changed of these records.
        goes_through: Why it needs a whole table; None if it must not.
    """

    label: str
    act: Callable[[Scene], int | list[int]]
    undo: Callable[[Scene, list[int]], None] = lambda scene, ids: None
    goes_through: str | None = None


def find(finder: Callable[..., list[int]]) -> Callable[[Scene], list[int]]:
    def act(scene: Scene) -> list[int]:
        with scene.secondary.tracking_database().reading() as session:
            return finder(session, scene.kind.registry_class, LOAD_LIMIT, set())

    return act


def time_out_syncs(scene: Scene) -> int:
    with scene.secondary.tracking_database().session() as session, session.begin():
        fail_timed_out_syncs(session, scene.kind.registry_class, timedelta(hours=3))
    return 1


def check_range(scene: Scene) -> int:
    if consistency.check_next_range(scene.secondary, scene.kind, RANGE):
        raise AssertionError("registries and records differ")
    return RANGE


def backfill(scene: Scene) -> int:
    if verification.verification_state_backfill(scene.primary, scene.kind.replicable_name(), RANGE):
        raise AssertionError("states and records differ")
    return RANGE


def set_back(name: str, state: VerificationState) -> Callable[[Scene, list[int]], None]:
    def undo(scene: Scene, ids: list[int]) -> None:
        site = scene.primary if name == PRIMARY else scene.secondary
        row: Any = verifier.rows_of(scene.kind, site)
        database = site.main if name == PRIMARY else site.tracking_database()
        with database.transaction() as connection:
            connection.execute(update(row).where(row.model_key().in_(ids)).values(verification_state=state))

    return undo


def read_events(scene: Scene) -> int:
    scene.secondary.jobs.clear()
    scene.move_cursor()
    rows = scene.cursor._batch(scene.size // 2)
    scene.cursor._save(rows[-1].id)
    return len(rows)


def remaining(name: str) -> Callable[[Scene], int]:
    def act(scene: Scene) -> int:
        site = scene.primary if name == PRIMARY else scene.secondary
        return verifier.needs_verification_count(site, scene.kind, BATCH_SIZE)

    return act


def count_all(name: str) -> Callable[[Scene], int]:
    def act(scene: Scene) -> int:
        metrics.counters(scene.primary if name == PRIMARY else scene.secondary)
        return scene.size

    return act


def time_out_verifications(name: str) -> Callable[[Scene], int]:
    def act(scene: Scene) -> int:
        verifier.fail_timed_out(scene.primary if name == PRIMARY else scene.secondary, scene.kind)
        return 1 if name == PRIMARY else scene.size

    return act


def reverify(scene: Scene) -> int:
    verifier.reverify_batch(scene.primary, scene.kind)
    verifier.remaining_reverification_batches(scene.primary, scene.kind, 1)
    return scene.size


def sorted_page(sort: str, *, is_first: bool) -> Callable[[Scene], int]:
    def act(scene: Scene) -> int:
        scene.page(sort, is_first=is_first)
        return scene.size

    return act


NO_INDEX = "GitLab's tables have no index for it"
COUNTS = "it counts everything"
PENDING, FAILED = VerificationState.PENDING, VerificationState.FAILED
OPERATIONS = (
    Operation("find registries to sync", find(find_pending)),
    Operation("find registries to retry", find(find_needs_sync_again)),
    Operation("look for syncs that take too long", time_out_syncs),
    Operation("compare a range of ids", check_range),
    Operation("claim registries to verify", lambda scene: verifier.claim_pending(scene.secondary, scene.kind),
              set_back(SECONDARY, PENDING)),
    Operation("claim registries to verify again", lambda scene: verifier.claim_failed(scene.secondary, scene.kind),
              set_back(SECONDARY, FAILED)),
    Operation("count registries to verify", remaining(SECONDARY)),
    Operation("read a batch of events", read_events),
    Operation("first page", lambda scene: scene.page("id_asc", is_first=True)),
    Operation("page from the middle on", lambda scene: scene.page("id_desc", is_first=False)),
    Operation("page of one state", lambda scene: scene.page("id_asc", is_first=False, replication_state="synced")),
    Operation("page of a rare state", lambda scene: scene.page("id_asc", is_first=True, replication_state="pending")),
    Operation("page of failed ones", lambda scene: scene.page("id_asc", is_first=True, verification_state="failed")),
    Operation("claim states to verify", lambda scene: verifier.claim_pending(scene.primary, scene.kind),
              set_back(PRIMARY, PENDING)),
    Operation("claim states to verify again", lambda scene: verifier.claim_failed(scene.primary, scene.kind),
              set_back(PRIMARY, FAILED)),
    Operation("count states to verify", remaining(PRIMARY)),
    Operation("look for checksums that take too long", time_out_verifications(PRIMARY)),
    Operation("backfill a range of ids", backfill),
    Operation("counters of the secondary", count_all(SECONDARY), goes_through=COUNTS),
    Operation("counters of the primary", count_all(PRIMARY), goes_through=COUNTS),
    Operation("look for verifications that take too long", time_out_verifications(SECONDARY), goes_through=NO_INDEX),
    Operation("look for old checksums", reverify, goes_through=NO_INDEX),
    Operation("first page by time", sorted_page("verified_at_desc", is_first=True), goes_through=NO_INDEX),
    Operation("later page by time", sorted_page("last_synced_at_asc", is_first=False), goes_through=NO_INDEX),
)  # fmt: skip
"""What the schedulers and the pages do."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES, metavar="SIZE")
    parser.add_argument("--database", help="the URL of a PostgreSQL server, with a user who may create databases")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        type_ = load_rendered(Path(folder), "repository")
        scenes: list[Scene] = []
        try:
            for size in arguments.sizes:
                (Path(folder) / str(size)).mkdir()
                scenes.append(Scene(Path(folder) / str(size), arguments.database, type_, size))
            report(scenes, [measure(operation, scenes) for operation in OPERATIONS])
        finally:
            for scene in scenes:
                scene.close()


def measure(operation: Operation, scenes: Sequence[Scene]) -> list[Time]:
    """Return what an operation costs per record at each size."""
    costs: list[list[Time]] = [[] for _ in scenes]
    for turn in range(TURNS + 1):
        for scene, taken in zip(scenes, costs, strict=True):
            start, before = time.perf_counter(), time.process_time()
            found = operation.act(scene)
            wall, processor = time.perf_counter() - start, time.process_time() - before
            records = len(found) if isinstance(found, list) else found
            if not records:
                sys.exit(f"{operation.label}: nothing was found among {scene.size}")
            if isinstance(found, list):
                operation.undo(scene, found)
            if turn:  # the first one warms up
                taken.append(Time(wall / records, processor / records))
    return [Time(*map(statistics.median, zip(*each, strict=True))) for each in costs]


def report(scenes: Sequence[Scene], found: Sequence[Sequence[Time]]) -> None:
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    sizes = "".join(f"{scene.size:>20,}" for scene in scenes)
    print(f"{scenes[0].databases.kind}, µs per record, load {load}; growth to reach: at most {REACH} x")
    print(f"{'':42}{sizes}   growth")
    for operation, costs in zip(OPERATIONS, found, strict=True):
        each = "".join(f"{f'{cost.wall * 1e6:.2f} ({cost.processor * 1e6:.2f})':>20}" for cost in costs)
        growth = f"{costs[-1].wall / costs[0].wall:.2f} x ({costs[-1].processor / costs[0].processor:.2f})"
        reason = f"  through the table: {operation.goes_through}" if operation.goes_through else ""
        print(f"{operation.label:42}{each}   {growth}{reason}")


if __name__ == "__main__":
    main()
