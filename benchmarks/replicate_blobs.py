"""How fast a secondary replicates and verifies files, as a ratio to a plain loop of downloads in the same run.

Run it with the interpreter that geo-scaffold is installed for: `python benchmarks/replicate_blobs.py [COUNT]`.

Each file has 64 KiB. The floor is a loop of httpx with one client, which keeps its connections and streams each file to
the disk; it downloads from the same primary with a token of its own for each file. As many downloads of the loop go on
at once as the secondary has threads for jobs, so both keep the same number of processors busy. The secondary does all
that the specification asks for: it finds the records, schedules them, takes leases, downloads, and compares checksums
twice, before a file is moved into its place and when it is verified.

Times are wall time, and in brackets processor time of all processes, the primary's included, which a busy machine
disturbs less.
"""

import argparse
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from geo_runtime import tokens
from geo_runtime.demo.databases import PRIMARY, SECONDARY
from geo_runtime.jobs import WORKERS
from new import Time
from sites import Sites, report

REACH = 1.5
"""How many times the floor replication may take."""
SIZE = 64 * 1024
_CHUNK = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", type=int, nargs="?", default=1000)
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory() as folder, Sites(Path(folder), "blob") as sites:
        records = sites.create(count, lambda record, number: fill(sites, record))
        sites.start(PRIMARY)
        floor = plain_loop(sites, records)
        sites.start(SECONDARY)
        replicated, verified = sites.replicate(count)
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"floor: {count} downloads of {SIZE // 1024} KiB, {WORKERS} at once", end="")
    print(f" {floor.wall:.1f} s ({floor.processor:.1f}), load {load}")
    report("all replicated", floor, replicated)
    report("all replicated and verified", floor, verified, f"  (to reach: {REACH} x)")


def fill(sites: Sites, record: Any) -> None:
    """Write a file of the size, of bytes that cannot be compressed."""
    sites.kind.of(sites.primary, record).blob_path().write_bytes(os.urandom(SIZE))  # type: ignore[attr-defined]


def plain_loop(sites: Sites, records: list[Any]) -> Time:
    """Download every file; return what it took."""
    node, target = sites.secondary.current_node(), sites.folder / "loop"
    target.mkdir()
    name = sites.kind.replicable_name()

    def download(client: httpx.Client, record: Any) -> None:
        data = {"replicable_name": name, "replicable_id": record.id}
        headers = {"Authorization": tokens.sign(node, data, sites.primary.now())}
        url = f"{sites.url(PRIMARY)}/api/v4/geo/retrieve/{name}/{record.id}"
        with client.stream("GET", url, headers=headers) as response, (target / str(record.id)).open("wb") as file:
            response.raise_for_status()
            for chunk in response.iter_bytes(_CHUNK):
                file.write(chunk)

    with sites.measured() as elapsed:
        with httpx.Client(trust_env=False) as client, ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(lambda record: download(client, record), records))
        return elapsed()


if __name__ == "__main__":
    main()
