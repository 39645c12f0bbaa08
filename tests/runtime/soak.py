"""Two sites to which accidents happen at random, while records are made, changed and destroyed; then they must agree.

In the folder `tests`: `python -m runtime.soak MINUTES [--seed N] [--kind WIDGET_FILE] [--database URL] [--queue URL]`
says what it does, and at the end what came of it. Whatever happened, in the end every record is synced and verified,
each copy has the checksum of its original, calculated anew, and nothing is left of what is gone. Exit code 1 says that
this is not so.
"""

import argparse
import os
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatch
from pathlib import Path
from random import Random
from typing import Any, Final
from unittest.mock import patch

from sqlalchemy import insert, text, update

from geo_runtime.databases.main import GeoNode
from geo_runtime.demo import processes
from geo_runtime.demo.options import Options
from geo_runtime.demo.stage import Stage
from geo_runtime.errors import GeoRuntimeError
from geo_runtime.events.publishing import UPDATED
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.running.celery_queue import queue_name
from geo_runtime.running.ending import FAILED
from geo_runtime.site.jobs import JobRow, Queue
from geo_runtime.testing.databases import PRIMARY, SECONDARY
from geo_runtime.testing.errors import StepError

from .convergence import LEFTOVERS
from .servers import Stalling

UNKNOWN: Final = "a job that nobody knows"
CHANGES: Final = "changes of records"
MESSAGES: Final = (b"", b"\xff", b"[]", b"nonsense", b'{"headers": {}}', b"[" * 5000, b"cos\nsystem\n(S'false'\ntR.")
APART_S: Final = 16.0
"""So long nobody kills the same process again: it needs some time to start."""
MOST_RECORDS: Final = 150
OF_ACCIDENTS: Final = {-signal.SIGKILL, -signal.SIGTERM, 0, FAILED}
"""What a process exits with that is killed, told to end, also while it starts, or finds no room when it does."""
_LOOK_S: Final = 0.1
_PROGRAM: Final = "geo soak"


@dataclass(frozen=True)
class Size:
    """How much happens.

    Attributes:
        seconds: For how long.
        apart_s: How long it is from one accident to the next, at most.
        lasting_s: How long an accident lasts, at most.
        work_apart_s: How long it is from one change of the records to the next, at most.
        forward: How far the clock is set forward when it is over: what a killed process had begun counts as lost then.
        patience_s: How long the sites may take to agree then.
    """

    seconds: float
    apart_s: float = 12.0
    lasting_s: float = 30.0
    work_apart_s: float = 2.0
    forward: timedelta = timedelta(0)
    patience_s: float = 1200.0


class Soak:
    """Accidents and work on a stage whose sites are started; each accident happens before any happens again.

    Args:
        stage: The sites.
        network: Between them, besides the stage's own cable.
        chance: What decides.
        say: Receives what happens.
    """

    def __init__(self, stage: Stage, network: Stalling, chance: Random, say: Callable[[str], None]) -> None:
        self.stage = stage
        self.network = network
        self.chance = chance
        self.say = say
        self.records: list[Any] = []
        self.gone: list[Path] = []
        self.damaged: set[int] = set()
        self.counts: Counter[str] = Counter()
        self._number = 0
        self._seen_codes: Counter[str] = Counter()
        self.deaths: list[str] = []
        self._killed_at: dict[str, float] = {}
        self._next: list[str] = []
        self._healing: dict[str, tuple[float, Callable[[], object]]] = {}
        self.accidents: dict[str, Callable[[], Callable[[], object] | None]] = {
            "kill": self.kill,
            "end": self.end,
            "cut": self.cut,
            "slow": self.slow,
            "full disk": self.full_disk,
            "gap": self.gap,
            "bad message": self.bad_message,
            "lag": self.lag,
            "damage": self.damage,
        }
        if stage.options.database:
            self.accidents["lost connections"] = self.lose_connections
        if stage.options.queue:
            self.accidents["lost messages"] = self.lose_messages

    def run(self, size: Size) -> None:
        """Cause accidents and change records for some time, each at least once, then repair everything."""
        ends_at = time.monotonic() + size.seconds
        next_accident = next_work = time.monotonic()
        while time.monotonic() < ends_at or not {*self.accidents, CHANGES} <= {*self.counts}:
            if self.stage.services.problem is not None:
                raise self.stage.services.problem
            now = time.monotonic()
            self._heal(lambda until: until <= now)  # noqa: B023 - called at once
            self.note_deaths()
            if now >= next_work:
                self.work()
                next_work = now + self.chance.uniform(0, size.work_apart_s)
            if now >= next_accident:
                self._let_happen(now + self.chance.uniform(0.2, size.lasting_s))
                next_accident = now + self.chance.uniform(0, size.apart_s)
            time.sleep(_LOOK_S)
        self._heal(lambda until: True)
        self.note_deaths()
        self.say(f"accidents are over: {dict(self.counts)}; there are {len(self.records)} records")

    def start(self) -> None:
        """Start the sites; PostgreSQL tells the connections of their processes from those of this one."""
        os.environ["PGAPPNAME"] = _PROGRAM
        try:
            for name in (PRIMARY, SECONDARY):
                self.stage.start(name)
        finally:
            del os.environ["PGAPPNAME"]
        self.stage.wait("the secondary serves", self.stage.browser.is_answered, lambda: "it does not")

    # The work

    def work(self) -> None:
        """Make, change or destroy a record."""
        changes = UPDATED in self.stage.kind.supported_events
        share = self.chance.random()
        if share < 0.4 and len(self.records) < MOST_RECORDS:
            self._number += 1
            self.records.append(self.stage.create(self._number))
        elif share < 0.8 and self.records and changes:
            self.stage.change(self.chance.choice(self.records))
        elif share >= 0.8 and len(self.records) > 3:
            record = self.records.pop(self.chance.randrange(len(self.records)))
            self.gone.append(self.stage.data_path(self.stage.secondary, record))
            self.stage.destroy(record)
        else:
            return
        self.counts[CHANGES] += 1

    # The accidents; each returns what ends it, if it lasts

    def kill(self) -> None:
        """Kill a process, and all that it has started."""
        name = self._a_process()
        if name is not None:
            self.stage.services[name].kill()
            self.say(f"kill: {name}")

    def end(self) -> None:
        """Tell a process to end."""
        name = self._a_process()
        pid = None if name is None else self.stage.services[name].pid
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            self.say(f"end: {name}")

    def cut(self) -> Callable[[], object]:
        """Cut the network."""
        self.stage.cable.cut()
        self.say("cut: the network")
        return self.stage.cable.mend

    def slow(self) -> Callable[[], object]:
        """Stall answers, or slow them down."""
        rate = self.chance.choice((0, 0, 200, 2000))
        self.network.stall(rate)
        self.say(f"slow: {rate} bytes a second")
        return self.network.release

    def full_disk(self) -> Callable[[], object]:
        """Limit the size of a process's files, as if the disk were full."""
        name = self.chance.choice(self.stage.services.names())
        pid, room = self.stage.services[name].pid, self.chance.choice((0, 4096, 1 << 20))

        def limit(soft: int) -> None:
            if pid is not None and self.stage.services[name].pid == pid:
                with suppress(ProcessLookupError):
                    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if soft < 0 else soft, hard))

        limit(room)
        self.say(f"full disk: {name} may write {room} bytes")
        return lambda: limit(-1)

    def gap(self) -> None:
        """Have the next event's id be far off."""
        width = self.chance.choice((1, 3, 1000, 50_000))
        with self.stage.primary.main.transaction() as connection:
            if self.stage.options.database:
                sequence = "pg_get_serial_sequence('geo_event_log', 'id')"
                connection.execute(text(f"SELECT setval({sequence}, nextval({sequence}) + {width})"))
            else:
                statement = "UPDATE sqlite_sequence SET seq = seq + :width WHERE name = 'geo_event_log'"
                connection.execute(text(statement), {"width": width})
        self.say(f"gap: {width} ids of events")

    def bad_message(self) -> None:
        """Put invalid jobs into a queue: unknown ids, wrong arguments, other messages."""
        site = self._a_site()
        kind = self.chance.choice(("unknown", "arguments", "message"))
        if kind == "message" and self.stage.options.queue:
            with _redis(self.stage) as server:
                server.lpush(f"{queue_name(site)}-{self.chance.choice(list(Queue))}", self.chance.choice(MESSAGES))
        else:
            name, arguments = (UNKNOWN, []) if kind == "unknown" else ("EventWorker", [None, {"a": 1}, "x"])
            now = site.now()
            row = {"name": name, "arguments": arguments, "run_at": now, "attempts": 0, "status_expires_at": now}
            with site.store.database.transaction() as connection:
                connection.execute(insert(JobRow).values(**row))
        self.say(f"bad message: {kind}, {site.settings.node_name}")

    def lag(self) -> Callable[[], object]:
        """Make the secondary see the main database as it was."""
        self.stage.replica.lag = timedelta(minutes=self.chance.uniform(1, 60))
        self.say(f"lag: {self.stage.replica.lag}")

        def end() -> None:
            self.stage.replica.lag = timedelta(0)

        return end

    def damage(self) -> None:
        """Damage a copy, and have it verified some time."""
        if not self.records:
            return
        record = self.chance.choice(self.records)
        with suppress(GeoRuntimeError, OSError):  # there may be none yet, or none that is whole
            done = self.stage.damage(record)
            self.damaged.add(record.id)
            self.say(f"damage: record {record.id}, {done}")
            self.have_verified(record.id)

    def lose_connections(self) -> None:
        """End some connections of the sites to PostgreSQL."""
        statement = "SELECT pid FROM pg_stat_activity WHERE application_name = :name AND datname LIKE 'geo_demo_%'"
        with self.stage.primary.main.transaction() as connection:
            pids = list(connection.scalars(text(statement), {"name": _PROGRAM}))
            for pid in self.chance.sample(pids, len(pids) // 2):
                connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        self.say(f"lost connections: {len(pids) // 2}")

    def lose_messages(self) -> None:
        """Have the Redis server forget everything."""
        with _redis(self.stage) as server:
            server.flushdb()
        self.say("lost messages: all")

    # In the end

    def have_verified(self, record_id: int) -> None:
        """Have the copy of a record verified again, if it counts as right."""
        with self.stage.secondary.tracking_database().session() as session, session.begin():
            registry = self.stage.kind.registry_class.find(session, record_id)
            if registry is not None and registry.is_synced:
                registry.verification_pending()

    def set_forward(self, duration: timedelta) -> None:
        """Kill the processes, which start again when so much time has passed by their clock."""
        stage = self.stage
        stage.timing.origin -= duration / (stage.timing.speed - 1)
        for name in stage.services.names():
            stage.services.write(name, {**stage.services.settings[name], "origin": stage.timing.origin.isoformat()})
        for name in stage.services.names():
            stage.services[name].kill()

    def agree(self, patience_s: float) -> float:
        """Wait until both sites agree; return after how many seconds they did.

        Raises:
            StepError: They do not.
        """
        for record in self.records:
            if record.id in self.damaged:
                self.have_verified(record.id)
        seen: list[str] = []

        def is_so() -> bool:
            seen[:] = self.shortcomings()
            return not seen

        return self.stage.wait("the sites agree", is_so, lambda: "; ".join(seen[:5]), patience_s)

    def shortcomings(self) -> list[str]:
        """What is not as it must be, in words; what takes long is looked at last."""
        stage = self.stage
        if not stage.counts().is_complete:
            return [f"there are {stage.counts()}"]
        found = [
            f"record {record.id}: {stage.described(record)}" for record in self.records if not stage.is_verified(record)
        ]
        if found:  # the right number, but of others: those of deleted records still exist
            return found
        found = [
            f"record {record.id} has another checksum"
            for record in self.records
            if stage.checksum(stage.primary, record) != stage.checksum(stage.secondary, record)
        ]
        found += [f"{path.name} is not removed" for path in self.gone if path.exists()]
        for _, folders, files in os.walk(stage.options.folder / SECONDARY):
            found += [
                f"{name} is left" for name in folders + files if any(fnmatch(name, leftover) for leftover in LEFTOVERS)
            ]
        return found

    def _let_happen(self, until: float) -> None:
        if not self._next:
            self._next = self.chance.sample(list(self.accidents), len(self.accidents))
        name = self._next.pop()
        if name in self._healing:
            return
        heal = self.accidents[name]()
        self.counts[name] += 1
        if heal is not None:
            self._healing[name] = (until, heal)

    def _heal(self, is_due: Callable[[float], bool]) -> None:
        for name, (until, heal) in list(self._healing.items()):
            if is_due(until):
                del self._healing[name]
                heal()
                self.say(f"{name} is over")

    def note_deaths(self) -> None:
        """Note which processes have died by themselves since the last time."""
        for name in self.stage.services.names():
            service = self.stage.services[name]
            codes = service.exit_codes[self._seen_codes[name] :]
            self._seen_codes[name] += len(codes)
            for code in codes:
                if code not in OF_ACCIDENTS:
                    self.deaths.append(f"{name} died with code {code}: {service.last_words()}")
                    self.say(self.deaths[-1])

    def _a_process(self) -> str | None:
        """Choose a process that has not been killed for a while, or None."""
        now = time.monotonic()
        names = [name for name in self.stage.services.names() if now - self._killed_at.get(name, -APART_S) >= APART_S]
        if not names:
            return None
        name = self.chance.choice(names)
        self._killed_at[name] = now
        return name

    def _a_site(self) -> ReplicatingSite:
        return self.chance.choice((self.stage.primary, self.stage.secondary))


def _redis(stage: Stage) -> Any:
    from redis import Redis

    return Redis.from_url(stage.options.queue or "")


def soak(options: Options, size: Size, seed: int, say: Callable[[str], None]) -> Counter[str]:
    """Make two sites, let accidents happen to them, and see that they agree; return how often what happened.

    Raises:
        StepError: They do not agree, or a process died that no accident happened to.
        DemoError: A process does not stay alive.
    """
    with ExitStack() as stack:
        stack.enter_context(patch.object(processes, "_QUICK_S", 0.0))  # many deaths do not mean a defect here
        stage = stack.enter_context(Stage(options))
        network = stack.enter_context(Stalling(stage.cable.port, after=1000))
        network.release()
        with stage.primary.main.session() as session, session.begin():
            session.execute(update(GeoNode).where(GeoNode.primary).values(internal_url_column=network.url))
        soaked = Soak(stage, network, Random(seed), say)
        soaked.start()
        soaked.run(size)
        if size.forward:
            soaked.set_forward(size.forward)
        say(f"the sites agree after {soaked.agree(size.patience_s):.0f} s")
        soaked.note_deaths()
        if soaked.deaths:
            raise StepError(f"processes died by themselves: {'; '.join(soaked.deaths)}")
        say(f"{len(soaked.records)} records compared, {len(soaked.gone)} are gone, {waiting_jobs(stage)} jobs are left")
        return soaked.counts


def waiting_jobs(stage: Stage) -> int:
    """How many jobs of both sites are waiting, except unknown ones."""
    return sum(name != UNKNOWN for site in (stage.primary, stage.secondary) for name, _ in site.jobs.waiting())


def main(arguments: Sequence[str]) -> int:
    """Cause accidents for some minutes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("minutes", type=float)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", default="WIDGET_FILE", choices=("WIDGET", "WIDGET_FILE"))
    parser.add_argument("--database", help="URL of a PostgreSQL server")
    parser.add_argument("--queue", help="URL of a Redis server, which loses everything now and then")
    parser.add_argument("--forward", type=float, default=0, help="hours by which the clock is set forward in the end")
    parser.add_argument("--folder", type=Path, help="where the sites are made, and stay")
    given = parser.parse_args(arguments)
    began = time.monotonic()

    def say(message: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {message}", flush=True)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        folder = given.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="geo-soak-")))
        options = Options(f"runtime.widgets:{given.kind}", None, folder, database=given.database, queue=given.queue)
        say(f"seed {given.seed}")
        try:
            soak(options, Size(given.minutes * 60, forward=timedelta(hours=given.forward)), given.seed, say)
        except StepError as error:
            say(str(error))
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
