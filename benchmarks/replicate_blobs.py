"""How fast a secondary replicates and verifies files, as ratios to a plain loop of downloads in the same run.

Run it with the interpreter that geo-scaffold and httpx (extra `dev`) are installed for:

    python benchmarks/replicate_blobs.py [COUNT] [--kib N] [--workers N]

Each file has 1 MiB, if nothing else is said: what the runtime adds it adds for each record, so that it is more in
proportion for a small file. Every floor downloads from the same primary, with a token of its own for each file. The
first is a loop of commands, one curl for each file, as that of `replicate_repositories.py` is one of git. The others
are loops of httpx with one client, which keeps its connections: one by one, and as many at once as the secondary has
threads for jobs, so that both keep the same number of processors busy. None of them looks at what came. The secondary
does all that the specification asks for: it finds the records, schedules them, takes leases, downloads, and compares
checksums twice, before a file is moved into its place and when it is verified.

With `--workers` so many processes run the secondary's jobs, which Redis (`redis-server`) carries to them; else its one
process does all.

Times are wall time, and in brackets processor time, which a busy machine disturbs less: of the primary, and of the
secondary, or else of what downloads in its place. A few hundred files say less than a thousand: what runs by the clock
has more weight then.
"""

import argparse
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import httpx

from geo_runtime.site import tokens
from geo_runtime.site.jobs import THREADS, Queue
from geo_runtime.testing.databases import PRIMARY, SECONDARY
from sites import Sites, report

_CHUNK = 1 << 20

AT_ONCE = THREADS[Queue.SYNC]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", type=int, nargs="?", default=1000)
    parser.add_argument("--kib", type=int, default=1024, help="size of each file")
    parser.add_argument("--workers", type=int, default=0, help="processes with Redis that run the secondary's jobs")
    arguments = parser.parse_args()
    count, size = arguments.count, arguments.kib * 1024
    with (
        tempfile.TemporaryDirectory() as folder,
        httpx.Client(trust_env=False) as client,
        Sites(Path(folder), "blob", arguments.workers) as sites,
    ):
        records = sites.create(count, lambda record, number: fill(sites, record, size))
        sites.start(PRIMARY)
        node, name = sites.secondary.current_node(), sites.kind.replicable_name()

        def request(record: Any) -> tuple[str, str]:
            token = tokens.sign(node, {"replicable_name": name, "replicable_id": record.id}, sites.primary.now())
            return f"{sites.url(PRIMARY)}/api/v4/geo/retrieve/{name}/{record.id}", token

        def run_curl(record: Any, target: Path) -> None:
            url, token = request(record)
            command = [
                "curl",
                "--silent",
                "--fail",
                "--header",
                f"Authorization: {token}",
                "--output",
                str(target),
                url,
            ]
            subprocess.run(command, check=True)

        def copy(record: Any, target: Path) -> None:
            url, token = request(record)
            with client.stream("GET", url, headers={"Authorization": token}) as response, target.open("wb") as file:
                response.raise_for_status()
                for chunk in response.iter_bytes(_CHUNK):
                    file.write(chunk)

        floors = {} if shutil.which("curl") is None else {"curl": sites.plain_loop(run_curl, records, 1)}
        floors |= {
            "httpx": sites.plain_loop(copy, records, 1),
            f"httpx, {AT_ONCE} at once": sites.plain_loop(copy, records, AT_ONCE),
        }
        sites.start(SECONDARY)
        what = f"{count} downloads of {arguments.kib} KiB"
        report(what, floors, sites.replicate(count), "1.3 x httpx")


def fill(sites: Sites, record: Any, size: int) -> None:
    """Write a file of the size, of bytes that cannot be compressed."""
    replicator: Any = sites.kind.of(sites.primary, record)
    replicator.blob_path().write_bytes(os.urandom(size))


if __name__ == "__main__":
    main()
