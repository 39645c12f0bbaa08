"""How fast a secondary replicates and verifies Git repositories, as ratios to a plain loop in the same run.

Run it with the interpreter that geo-scaffold is installed for: `python benchmarks/replicate_repositories.py [COUNT]`.

Each repository has three commits, a branch and a tag. The floor is a loop of `git clone --mirror` and `git show-ref`:
it clones from the same primary over the same HTTP, with a token of its own for each. It goes one by one, and once more
with as many at once as the secondary has threads for jobs, so that both keep the same number of processors busy. The
secondary does all that the specification asks for: it finds the records, schedules them, takes leases, copies, and
compares checksums.

Times are wall time, and in brackets processor time of all processes, the primary's included, which a busy machine
disturbs less.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from geo_runtime.files import git
from geo_runtime.kinds.repository.factory import BRANCH, commit
from geo_runtime.site import tokens
from geo_runtime.site.jobs import THREADS, Queue
from geo_runtime.testing.databases import PRIMARY, SECONDARY
from sites import Sites, report

AT_ONCE = THREADS[Queue.SYNC]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", type=int, nargs="?", default=1000)
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory() as folder, Sites(Path(folder), "repository") as sites:
        records = sites.create(count, lambda record, number: add_commits(sites, record, number))
        sites.start(PRIMARY)
        node = sites.secondary.current_node()

        def copy(record: Any, target: Path) -> None:
            url = f"{sites.url(PRIMARY)}/{record.full_path}.git"
            header = tokens.sign(node, {"scope": record.full_path}, sites.primary.now(), tokens.GIT_VALIDITY)
            environment = git.environment({f"http.{url}.extraHeader": f"Authorization: {header}"})
            subprocess.run(["git", "clone", "--mirror", "--quiet", url, target], check=True, env=environment)
            subprocess.run(["git", "show-ref"], check=True, stdout=subprocess.DEVNULL, cwd=target, env=environment)

        floors = {
            "one by one": sites.plain_loop(copy, records, 1),
            f"{AT_ONCE} at once": sites.plain_loop(copy, records, AT_ONCE),
        }
        sites.start(SECONDARY)
        report(f"{count} times git clone --mirror and git show-ref", floors, sites.replicate(count), "1.5 x one by one")


def add_commits(sites: Sites, record: Any, number: int) -> None:
    """Add a second commit, and a third with a tag."""
    replicator: Any = sites.kind.of(sites.primary, record)
    repository = replicator.repository()
    commit(repository, f"Second of {number}", parent=BRANCH)
    commit(repository, f"Third of {number}", parent=BRANCH)
    repository.git("update-ref", "refs/tags/v1.0", BRANCH)


if __name__ == "__main__":
    main()
