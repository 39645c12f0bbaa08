"""A demonstration that idles: what it takes of the disk, of memory, of connections and of rows, sampled as it goes on.

In the folder `tests`: `python -m runtime.idling MINUTES [--kind WIDGET_FILE] [--count 20] [--database URL]
[--queue URL]`. The clock of the sites runs 60 times as fast as the machine's. A line of JSON tells each sample; at the
end the highest figures of the second quarter of the time are compared with those of the last one: what is bounded does
not grow from one to the other. Exit code 1 says that something did.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import inspect, make_url, text

from geo_runtime.databases.database import Database
from geo_runtime.demo.options import Options
from geo_runtime.demo.script import Script
from geo_runtime.demo.stage import Stage
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.testing.databases import NAMES

Sample = dict[str, float]
TOLERANCE: Final = 1.05
"""How many times its earlier highest value a figure may reach later, memory and disks above all; or `SLACK` more."""
SLACK: Final = {"rss": 4 << 20, "disk": 8 << 20, "files": 8, "threads": 4, "rows": 10, "server": 8 << 20}


def rows_of(databases: Mapping[str, Database]) -> Sample:
    """The rows of every table."""
    found: Sample = {}
    for name, database in databases.items():
        with database.connection() as connection:
            for table in inspect(connection).get_table_names():
                found[f"rows {name} {table}"] = connection.scalar(text(f'SELECT count(*) FROM "{table}"')) or 0
    return found


def databases_of(*sites: ReplicatingSite) -> dict[str, Database]:
    """The databases that sites write to, by name."""
    found = {}
    for site in sites:
        name = site.settings.node_name
        found[f"{name} store"] = site.store.database
        if site.tracking is not None:
            found["tracking"] = site.tracking
        else:
            found["main"] = site.main
    return found


def processes_of(stage: Stage) -> Iterator[tuple[str, int]]:
    """The processes of a demonstration by name, this one included."""
    yield "demonstration", int(Path("/proc/self").resolve().name)
    for name in stage.services.names():
        pid = stage.services[name].pid
        if pid is not None:
            yield name, pid


def process_sample(name: str, pid: int) -> Sample:
    """The memory of a process in bytes, its threads and open files, as Linux tells them."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return {
        f"rss {name}": int(status["VmRSS"].split()[0]) * 1024,
        f"threads {name}": int(status["Threads"]),
        f"files {name}": len(list(Path(f"/proc/{pid}/fd").iterdir())),
    }


def disk_sample(folder: Path) -> Sample:
    """The bytes of each file in a folder, and of each folder below it."""
    found: Sample = {}
    for path in folder.rglob("*"):
        try:
            if path.is_file():
                name = f"disk {path.relative_to(folder).parts[0]}"
                found[name] = found.get(name, 0) + path.stat().st_size
        except FileNotFoundError:
            continue
    return {**found, "disk total": sum(found.values())}


def server_sample(stage: Stage) -> Sample:
    """What a PostgreSQL and a Redis server have of a demonstration."""
    found: Sample = {}
    if stage.options.database is not None:
        with stage.primary.main.connection() as connection:
            for name in NAMES:
                database = make_url(stage.databases.url(name)).database
                found[f"server bytes {name}"] = connection.scalar(text(f"SELECT pg_database_size('{database}')")) or 0
                asked = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name")
                found[f"files connections {name}"] = connection.scalar(asked, {"name": database}) or 0
    if stage.options.queue is not None:
        from redis import Redis

        with Redis.from_url(stage.options.queue) as server:
            info: Any = server.info()
            found |= {"server bytes redis": info["used_memory"], "files clients of redis": info["connected_clients"]}
            size: Any = server.dbsize()
            found["rows keys of redis"] = size
    return found


def sample(stage: Stage) -> Sample:
    """Everything."""
    found: Sample = {}
    for name, pid in processes_of(stage):
        found |= process_sample(name, pid)
    return {
        **found,
        **disk_sample(stage.options.folder),
        **server_sample(stage),
        **rows_of(databases_of(stage.primary, stage.secondary)),
    }


def idle(stage: Stage, seconds: float, every_s: float) -> Iterator[Sample]:
    """Run an idle demonstration; yield samples."""
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        if stage.services.problem is not None:
            raise stage.services.problem
        yield sample(stage)
        time.sleep(every_s)


def grown(samples: Sequence[Sample]) -> dict[str, tuple[float, float]]:
    """What is higher in the last quarter of the samples than it was in the second one, with both highest values."""
    quarter = len(samples) // 4
    before, after = samples[quarter : 2 * quarter], samples[-quarter:]
    found = {}
    for name in sorted({name for each in after for name in each}):
        old, new = (max(each.get(name, 0) for each in some) for some in (before, after))
        if new > max(old * TOLERANCE, old + SLACK[name.partition(" ")[0]]):
            found[name] = (old, new)
    return found


def summary(samples: Sequence[Sample]) -> Iterator[str]:
    """The first value of each figure, the highest one of each half, and the last one."""
    half = len(samples) // 2
    yield f"{'':45} {'first':>12} {'1st half':>12} {'2nd half':>12} {'last':>12}"
    for name in sorted({name for each in samples for name in each}):
        values = [each.get(name, 0) for each in samples]
        shown = (values[0], max(values[:half]), max(values[half:]), values[-1])
        yield f"{name:45} " + " ".join(f"{value:12,.0f}" for value in shown)


def main(arguments: Sequence[str]) -> int:
    """Run an idle demonstration, and print what it uses."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("minutes", type=float)
    parser.add_argument("--kind", default="WIDGET_FILE", choices=("WIDGET", "WIDGET_FILE"))
    parser.add_argument("--count", type=int, default=20, help="records that are made before")
    parser.add_argument("--every", type=float, default=60.0, help="seconds between two samples")
    parser.add_argument("--database", help="URL of a PostgreSQL server")
    parser.add_argument("--queue", help="URL of a Redis server")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="geo-idle-") as folder:
        options = Options(
            f"runtime.widgets:{given.kind}", None, Path(folder), given.count,
            database=given.database, queue=given.queue,
        )  # fmt: skip
        with Stage(options) as stage:
            script = Script(given.count, changes=False)
            for act in (script.start, script.create):
                act(stage, lambda text: None)
            samples = []
            for each in idle(stage, given.minutes * 60, given.every):
                samples.append(each)
                print(json.dumps({name: round(value) for name, value in each.items()}), flush=True)
    print("\n".join(summary(samples)))
    found = grown(samples)
    print("\n".join(f"grown: {name}, from {old:,.0f} to {new:,.0f}" for name, (old, new) in found.items()) or "bounded")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
