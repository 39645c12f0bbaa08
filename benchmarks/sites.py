"""A primary and a secondary at work, for benchmarks: each a process of its own, of a type that `new` has just rendered.

Both do all that a site does: they serve, follow the clock, read the event log and run jobs. Only the minutes that pass
until a clock has the next job done are not waited for: the benchmark enqueues that job. The primary has every checksum
before the measurement begins. The secondary reads the primary's main database itself: what a copy of that costs is not
Geo's.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple, Self

import httpx
from sqlalchemy import func, select

from geo_runtime.authoring.replicable_type import ReplicableType
from geo_runtime.databases.main import GeoNode
from geo_runtime.demo.ports import Reservation
from geo_runtime.demo.processes import Service, Services
from geo_runtime.replication import verifier
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.replication.registry import RegistryState, synced_condition, verification_condition
from geo_runtime.replication.verification import VerificationState
from geo_runtime.running.celery_queue import queue_of
from geo_runtime.running.configured import load_types
from geo_runtime.running.open_site import open_site
from geo_runtime.testing.databases import PRIMARY, SECONDARY, Databases
from geo_runtime.testing.sites import settings_in
from new import NEW, Time

TYPE = "cool_widgets:TYPE"
CAPACITY = 200
"""How many synchronisations may go on, so that the scheduler, which adds as many a round, never lacks one."""
_LOOK_S = 0.1
_DEADLINE_S = 1800.0


def load_rendered(folder: Path, kind: str) -> ReplicableType:
    """Make the type as users get it, below a folder, and load it."""
    words = ["new", "CoolWidget", "--kind", kind, "--owner", "none", "--timestamp", "20230101000000"]
    subprocess.run([sys.executable, "-c", NEW, *words], check=True, stdout=subprocess.DEVNULL, cwd=folder)
    [found] = load_types(TYPE, str(package_of(folder)))
    return found


def package_of(folder: Path) -> Path:
    """Return where the package of a rendered type lies."""
    return folder / "cool_widget" / "runtime"


def site_at(databases: Databases, folder: Path, name: str, type_: ReplicableType) -> ReplicatingSite:
    """Return a site with its files in a folder."""
    return open_site(settings_in(folder, databases, name), [type_.replicator])


class Counts(NamedTuple):
    """How far the secondary is, in registries."""

    total: int
    synced: int
    verified: int
    failed: int


class Sites:
    """Both sites in a folder, and records on the primary; used by `with`.

    Args:
        folder: An empty folder.
        kind: `repository` or `blob`.
        workers: How many processes with Redis run the secondary's jobs; 0 if it runs them in its own.

    Attributes:
        primary: The primary as its process sees it.
        secondary: The secondary as its process sees it; used to look, and to enqueue what its clock would.
        type: The type.
    """

    def __init__(self, folder: Path, kind: str, workers: int = 0) -> None:
        self.folder = folder
        self.workers = workers
        self.type = load_rendered(folder, kind)
        self.kind = self.type.replicator
        self._processes: list[Service] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            databases = stack.enter_context(Databases(self.folder, None))
            databases.create([self.type])
            databases.add_sites()
            self.primary = site_at(databases, self.folder, PRIMARY, self.type)
            self.secondary = site_at(databases, self.folder, SECONDARY, self.type)
            stack.callback(self.secondary.close)
            stack.callback(self.primary.close)
            self.queue = stack.enter_context(_redis(self.folder)) if self.workers else None
            self.secondary.jobs = queue_of(self.secondary, self.queue) if self.queue else self.secondary.jobs
            self.ports = {name: stack.enter_context(Reservation()).port for name in (PRIMARY, SECONDARY)}
            with self.primary.main.session() as session, session.begin():
                for node in session.scalars(select(GeoNode)):
                    node.url = self.url(node.name)
                    node.files_max_capacity, node.repos_max_capacity = CAPACITY, CAPACITY * 10
            # Replication is off until the measurement begins.
            self.primary.flags.set(self.kind.force_primary_checksumming_flag(), True)
            self.services = stack.enter_context(Services(self.folder))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def url(self, name: str) -> str:
        """Return where a site serves."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def create(self, count: int, add_data: Callable[[Any, int], None]) -> list[Any]:
        """Make records on the primary, with checksums; return them.

        Args:
            count: How many.
            add_data: What is done with each record that is made, and its number.
        """
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            records = list(pool.map(lambda number: self.type.factory.create_on(self.primary, number), range(count)))
            list(pool.map(lambda number: add_data(records[number], number), range(count)))
        while verifier.verify_batch(self.primary, self.kind):
            pass
        return records

    def start(self, name: str) -> None:
        """Start the processes of a site and wait until they are ready."""
        site = self.primary if name == PRIMARY else self.secondary
        config = asdict(site.settings) | {
            "types": [TYPE],
            "path": package_of(self.folder),
            "port": self.ports[name],
            "queue": self.queue if name == SECONDARY else None,
            "follows": True,
        }
        self._processes.append(self.services.add(name, "serve", config))
        _wait_until(lambda: self._is_serving(name), name)
        for number in range(self.workers if name == SECONDARY else 0):
            worker = self.services.add(f"{name}-worker-{number}", "worker", config)
            self._processes.append(worker)
            _wait_until(partial(_is_working, worker.log), worker.name)

    def _is_serving(self, name: str) -> bool:
        try:
            httpx.get(self.url(name), trust_env=False)
        except httpx.ConnectError:
            return False
        return True

    def counts(self) -> Counts:
        """Return how far the secondary is."""
        with self.secondary.tracking_database().connection() as connection:
            return Counts._make(connection.execute(self._counting).one())

    @cached_property
    def _counting(self) -> Any:
        """Return the statement that counts, built once."""
        row = self.kind.registry_class
        conditions = (
            row.id.is_not(None),
            synced_condition(row),
            verification_condition(row, VerificationState.SUCCEEDED),
            row.state == RegistryState.FAILED,
        )
        return select(*(func.count().filter(condition) for condition in conditions)).select_from(row)

    def plain_loop(self, copy: Callable[[Any, Path], None], records: Sequence[Any], at_once: int) -> Time:
        """Copy records by a loop that knows nothing of Geo; return what it took.

        Args:
            copy: Copies one, given where to.
            records: Which ones.
            at_once: How many go on at once.
        """
        target = Path(tempfile.mkdtemp(prefix="loop-", dir=self.folder))
        with ThreadPoolExecutor(at_once) as pool, self.measured(is_own_work=True) as elapsed:
            list(pool.map(lambda record: copy(record, target / str(record.id)), records))
            return elapsed()

    def replicate(self, count: int) -> dict[str, Time]:
        """Turn replication on, wait until all is there and right, and return what it took so far."""
        with self.measured(is_own_work=False) as elapsed:
            self.primary.flags.set(self.kind.replication_flag(), True)
            self._work("RegistryConsistencyWorker", lambda found: found.total == count)
            self._work(self.kind.kind.job, lambda found: found.synced == count)
            replicated = elapsed()
            self._work("VerificationCronWorker", lambda found: found.verified == count)
            return {"all replicated": replicated, "all replicated and verified": elapsed()}

    def _work(self, job: str, is_done: Callable[[Counts], bool]) -> None:
        """Have the secondary do what its clock would, whenever it has nothing to do, and wait for what comes."""
        began = time.monotonic()
        while not is_done(found := self.counts()):
            if not self.secondary.jobs.waiting():
                self.secondary.jobs.enqueue(job)
            if self.services.problem is not None:
                raise self.services.problem
            if found.failed or time.monotonic() - began > _DEADLINE_S:
                sys.exit(f"after {job} the secondary has {found}")
            time.sleep(_LOOK_S)

    @contextmanager
    def measured(self, *, is_own_work: bool) -> Iterator[Callable[[], Time]]:
        """Measure a block; what is given tells what it took so far, processor time of both sites included.

        Args:
            is_own_work: Whether this process, with what it starts, does part of the work; else it only looks on.
        """

        def processor() -> float:
            return self._processor() + (sum(os.times()[:4]) if is_own_work else 0.0)

        start, before = time.perf_counter(), processor()
        yield lambda: Time(time.perf_counter() - start, processor() - before)

    def _processor(self) -> float:
        """Return the processor time of the sites' processes and of what they started, in seconds."""
        return sum(_processor_of(process.pid) for process in self._processes if process.pid)


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """Run a Redis server, of Debian's package of that name, and return its URL."""
    with Reservation() as reservation:
        options = ["--bind", "127.0.0.1", "--port", str(reservation.port), "--save", "", "--dir", str(folder)]
        process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
        try:
            yield f"redis://127.0.0.1:{reservation.port}/0"
        finally:
            process.terminate()
            process.wait()


def _is_working(log: Path) -> bool:
    return "the worker is ready" in log.read_text()


def _wait_until(is_ready: Callable[[], bool], name: str) -> None:
    """Wait until a process is ready."""
    began = time.monotonic()
    while not is_ready():
        if time.monotonic() - began > _DEADLINE_S:
            sys.exit(f"the {name} does not start")
        time.sleep(_LOOK_S)


def _processor_of(pid: int) -> float:
    """Return the processor time of a process and of those that it has waited for, in seconds, as Linux tells it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def report(what: str, floors: Mapping[str, Time], taken: Mapping[str, Time], reach: str) -> None:
    """Print what took how long, and how many times each of the floors that is.

    Args:
        what: The floors do.
        floors: What they took, by how they go about it.
        taken: What the secondary took, by how far it came.
        reach: How many times which floor it may take.
    """
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"floor: {what}, load {load}")
    for how, floor in floors.items():
        print(f"  {how:30} {floor.wall:7.1f} s ({floor.processor:.1f})")
    for label, found in taken.items():
        ratios = ", ".join(
            f"{found.wall / floor.wall:.2f} x ({found.processor / floor.processor:.2f}) {how}"
            for how, floor in floors.items()
        )
        print(f"{label:32} {found.wall:7.1f} s ({found.processor:.1f}): {ratios}")
    print(f"to reach: {reach}")
