"""How fast a secondary replicates and verifies Git repositories, as a ratio to a plain loop in the same run.

Run it with the interpreter that geo-scaffold is installed for: `python benchmarks/replicate_repositories.py [COUNT]`.

Each repository has three commits, a branch and a tag. The floor is a loop of `git clone --mirror` and `git show-ref`:
it clones from the same primary over the same HTTP with a token of its own for each. As many clones of the loop go on at
once as the secondary has threads for jobs, so both keep the same number of processors busy. The secondary does all that
the specification asks for: it finds the records, schedules them, takes leases, copies, and compares checksums.

Times are wall time, and in brackets processor time of all processes, the primary's included, which a busy machine
disturbs less.
"""

import argparse
import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from geo_runtime import git, tokens
from geo_runtime.demo.databases import PRIMARY, SECONDARY
from geo_runtime.factories import BRANCH, commit
from geo_runtime.jobs import WORKERS
from new import Time
from sites import Sites, report

REACH = 1.5
"""How many times the floor replication may take."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", type=int, nargs="?", default=1000)
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory() as folder, Sites(Path(folder), "repository") as sites:
        records = sites.create(count, lambda record, number: add_commits(sites, record, number))
        sites.start(PRIMARY)
        floor = plain_loop(sites, records)
        sites.start(SECONDARY)
        replicated, verified = sites.replicate(count)
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"floor: {count} times git clone --mirror and git show-ref, {WORKERS} at once", end="")
    print(f" {floor.wall:.1f} s ({floor.processor:.1f}), load {load}")
    report("all replicated", floor, replicated)
    report("all replicated and verified", floor, verified, f"  (to reach: {REACH} x)")


def add_commits(sites: Sites, record: Any, number: int) -> None:
    """Add a second commit, and a third with a tag."""
    repository = sites.kind.of(sites.primary, record).repository()  # type: ignore[attr-defined]
    commit(repository, f"Second of {number}", parent=BRANCH)
    commit(repository, f"Third of {number}", parent=BRANCH)
    repository.git("update-ref", "refs/tags/v1.0", BRANCH)


def plain_loop(sites: Sites, records: list[Any]) -> Time:
    """Clone every repository and list its references; return what it took."""
    node, target = sites.secondary.current_node(), sites.folder / "loop"
    target.mkdir()

    def copy(record: Any) -> None:
        url, clone = f"{sites.url(PRIMARY)}/{record.full_path}.git", target / str(record.id)
        header = tokens.sign(node, {"scope": record.full_path}, sites.primary.now(), tokens.GIT_VALIDITY)
        environment = git.environment(git.remote_config(url, header))
        subprocess.run(["git", "clone", "--mirror", "--quiet", url, clone], check=True, env=environment)
        subprocess.run(["git", "show-ref"], check=True, stdout=subprocess.DEVNULL, cwd=clone, env=environment)

    with sites.measured() as elapsed:
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(copy, records))
        return elapsed()


if __name__ == "__main__":
    main()
