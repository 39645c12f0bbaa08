"""Both sites at work, and their state as seen from outside."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import func, select

from geo_runtime.administration.sites import put_site
from geo_runtime.demo.browser import Browser
from geo_runtime.demo.network import Cable
from geo_runtime.demo.options import DEFAULT_SPEED, Options
from geo_runtime.demo.ports import Reservation
from geo_runtime.demo.processes import Services
from geo_runtime.demo.queues import Queues
from geo_runtime.demo.replica import Follower, PostgresReplica, Replica
from geo_runtime.ground.timing import ScaledTiming
from geo_runtime.replication import metrics
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.replication.registry import Registry, RegistryState
from geo_runtime.replication.verification import VerificationState
from geo_runtime.running.celery_queue import queue_name
from geo_runtime.running.configured import load_types
from geo_runtime.running.open_site import open_site
from geo_runtime.site.jobs import THREADS
from geo_runtime.testing.databases import PRIMARY, SECONDARY, Databases
from geo_runtime.testing.errors import DemoError, StepError
from geo_runtime.testing.lagging_replica import LaggingReplica
from geo_runtime.testing.sites import settings_in

DEADLINE_S: Final = 120.0
"""How long something may take, in seconds of the machine, at the clock's default speed."""
_LOOK_S: Final = 0.2
_WORKERS: Final = 2


@dataclass(frozen=True)
class Counts:
    """The secondary's progress.

    Attributes:
        total: Records on the primary.
        synced: Registries whose data are synced.
        verified: Registries whose data are verified.
        failed: Registries whose last synchronisation failed.
    """

    total: int = 0
    synced: int = 0
    verified: int = 0
    failed: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether everything is synced and verified."""
        return self.total == self.synced == self.verified

    def __str__(self) -> str:
        return f"{self.synced} synced, {self.verified} verified, {self.failed} failed of {self.total}"


class Stage:
    """The sites, set up in a folder; used in `with`, which ends them.

    Args:
        options: The options.
        watch: Receives the secondary's progress on every check.

    Attributes:
        primary: The primary as its own processes see it: changes made through it publish events.
        secondary: The secondary as its own processes see it; only used for reading.
        replica: The secondary's copy of the main database.
        cable: The cable between the sites.
        services: The processes of the sites.
    """

    primary: ReplicatingSite
    secondary: ReplicatingSite
    replica: Replica
    cable: Cable
    services: Services
    browser: Browser

    def __init__(self, options: Options, watch: Callable[[Counts], None] = lambda counts: None) -> None:
        self.options = options
        [self.type] = load_types(options.type_name, str(options.path) if options.path else None)
        self.kind = self.type.replicator
        self.timing = ScaledTiming(datetime.now(UTC), options.speed)
        self.databases = Databases(options.folder, options.database)
        self.ports: dict[str, int] = {}
        self._watch = watch
        self._numbers = count(1)
        self._stack = ExitStack()

    def url(self, site: str) -> str:
        """Return the URL of a site."""
        return f"http://127.0.0.1:{self.ports[site]}"

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._set_up(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def _set_up(self, stack: ExitStack) -> None:
        for number, name in enumerate((SECONDARY, PRIMARY)):
            self.ports[name] = stack.enter_context(self._reserve(number)).port
        self.options.folder.mkdir(parents=True, exist_ok=True)
        queues = stack.enter_context(Queues(self.options.queue))
        stack.enter_context(self.databases)
        self.databases.create([self.type])
        self.databases.add_sites()
        self.primary, self.secondary = self._site(PRIMARY), self._site(SECONDARY)
        if self.options.queue:
            queues.names = [queue_name(site) for site in (self.primary, self.secondary)]
        self.primary.flags.set(self.kind.replication_flag(), True)
        self.cable = stack.enter_context(Cable(self.ports[PRIMARY]))
        self._set_addresses()
        self.replica = self._replica()
        stack.callback(self.secondary.close)
        stack.callback(self.primary.close)
        stack.enter_context(Follower(self.replica, self.secondary.store))
        self.services = stack.enter_context(Services(self.options.folder))
        self.browser = stack.enter_context(Browser(self.secondary, self.url(SECONDARY)))

    def start(self, name: str) -> None:
        """Start the processes of a site."""
        site = self.primary if name == PRIMARY else self.secondary
        config: dict[str, Any] = asdict(site.settings) | {
            "types": [self.options.type_name],
            "path": self.options.path,
            "port": self.ports[name],
            "speed": self.options.speed,
            "origin": self.timing.origin.isoformat(),
            "queue": self.options.queue,
            "follows": True,
        }
        self.services.add(name, "serve", config)
        if self.options.queue:
            # Together they run as many jobs at once as one process would, and use no more connections.
            fewer = {str(queue): max(threads // _WORKERS, 1) for queue, threads in THREADS.items()}
            for number in range(1, _WORKERS + 1):
                self.services.add(f"{name}-worker-{number}", "worker", {**config, "threads": fewer})

    # Records

    def next_number(self) -> int:
        """Return a number that no record has used yet."""
        return next(self._numbers)

    def create(self, number: int) -> Any:
        """Create a record with its data on the primary."""
        return self.type.factory.create_on(self.primary, number)

    def change(self, record: Any) -> None:
        """Change the data of a record on the primary."""
        self.type.factory.change_on(self.primary, record)

    def destroy(self, record: Any) -> None:
        """Destroy a record on the primary."""
        self.type.factory.destroy_on(self.primary, record)

    def on(self, site: ReplicatingSite, record: Any) -> Any:
        """Return the replicator of a record on a site."""
        return self.kind(site, record.id)

    def data_path(self, site: ReplicatingSite, record: Any) -> Path:
        """Return the path of a record's data on a site."""
        return self.kind(site, record.id, record).data_path()

    def checksum(self, site: ReplicatingSite, record: Any) -> str | None:
        """Calculate the checksum of a record's data on a site, ignoring the databases."""
        return self.kind(site, record.id, record).calculate_checksum()

    def damage(self, record: Any) -> str:
        """Damage the secondary's copy like a bad disk, in a way that its checksum detects; return what was done."""
        return self.type.factory.damage_data(self.on(self.secondary, record))

    # State

    def registry(self, record: Any) -> Registry | None:
        """Return the registry of a record."""
        with self.secondary.tracking_database().reading() as session:
            return self.kind.registry_class.find(session, record.id)

    def described(self, record: Any) -> str:
        """Describe the secondary's state of a record."""
        registry = self.registry(record)
        if registry is None:
            return "it has no registry"
        text = f"its registry is {RegistryState(registry.state).name.lower()}"
        text += f", verification {VerificationState(registry.verification_state).name.lower()}"
        failure = registry.last_sync_failure or registry.verification_failure
        return f"{text}: {failure}" if failure else text

    def is_verified(self, record: Any) -> bool:
        """Whether the secondary has the data of a record, equal to the primary's current data."""
        registry = self.registry(record)
        if registry is None or not registry.is_synced or not registry.is_verification_succeeded:
            return False
        return registry.verification_checksum == self.checksum(self.primary, record)

    def counts(self) -> Counts:
        """Return the secondary's progress."""
        model, plural = self.kind.model, self.kind.names().plural
        with self.primary.main.reading() as session:
            total = session.scalar(select(func.count()).select_from(model.available_replicables().subquery())) or 0
        counters = metrics.counters(self.secondary)
        suffixes = ("synced_count", "verified_count", "failed_count")
        counts = Counts(total, *(counters[f"{plural}_{suffix}"] or 0 for suffix in suffixes))
        self._watch(counts)
        return counts

    def wait(
        self, what: str, is_so: Callable[[], bool], seen: Callable[[], str], deadline_s: float = DEADLINE_S
    ) -> float:
        """Wait for a condition; return after how many seconds it held.

        Args:
            what: What to wait for, in words.
            is_so: The condition.
            seen: Describes the current state.
            deadline_s: How long to wait at the clock's default speed; longer if the clock is slower.

        Raises:
            StepError: It does not hold in time.
            DemoError: A process does not stay alive.
        """
        deadline_s *= max(1.0, DEFAULT_SPEED / self.options.speed)
        began = time.monotonic()
        while not is_so():
            if self.services.problem is not None:
                raise self.services.problem
            if time.monotonic() - began > deadline_s:
                raise StepError(f"{what}: not within {deadline_s:.0f} s; {seen()}")
            self.counts()
            time.sleep(_LOOK_S)
        return time.monotonic() - began

    def wait_until_verified(self, record: Any, deadline_s: float = DEADLINE_S) -> float:
        """Wait until the secondary has a record, verified; return after how many seconds.

        Raises:
            StepError: It does not hold in time.
        """
        seconds = self.wait(
            f"record {record.id} is synced and verified",
            lambda: self.is_verified(record),
            lambda: self.described(record),
            deadline_s,
        )
        if self.checksum(self.secondary, record) != self.checksum(self.primary, record):
            raise StepError(f"record {record.id} counts as verified, and its data differ from the primary's")
        return seconds

    # Setup

    def _reserve(self, number: int) -> Reservation:
        """Reserve the requested port plus a number; any free one if none is requested."""
        port = self.options.port and self.options.port + number
        try:
            return Reservation(port)
        except OSError as error:
            raise DemoError(f"port {port} is taken", "Give another --port, or none") from error

    def _site(self, name: str) -> ReplicatingSite:
        return open_site(settings_in(self.options.folder, self.databases, name, replica=True), [self.kind], self.timing)

    def _set_addresses(self) -> None:
        """Set the sites' URLs: the secondary reaches the primary through the cable; people reach both directly."""
        put_site(self.primary.main, PRIMARY, primary=True, url=self.url(PRIMARY), internal_url=self.cable.url)
        put_site(self.primary.main, SECONDARY, url=self.url(SECONDARY))

    def _replica(self) -> Replica:
        if self.options.database is None:
            return LaggingReplica(self.databases.file("main"), self.databases.file("replica"), self.timing)
        return PostgresReplica(self.databases.url("main"), self.databases.url("replica"), self.timing)
