"""Runs trees through the Ruby layers: `standins/run.rb` with a pair of databases for each core."""

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.ruby.postgres import USER, Cluster

STANDINS = Path(__file__).parent / "standins"
SIDES = ("main", "geo")
WORKERS = 2


@dataclass(frozen=True)
class Outcome:
    """What became of one tree.

    Attributes:
        failed: The layer that failed; None: all passed.
        message: What it said.
        dumps: The schema by database, as `pg_dump` writes it.
        examples: The number of passed examples by spec file.
    """

    failed: str | None
    message: str | None
    dumps: dict[str, str]
    examples: dict[str, int]


@dataclass(frozen=True)
class Runner:
    """Runs trees on a cluster that has a pair of databases for each worker."""

    cluster: Cluster

    def run(self, trees: Sequence[Path]) -> list[Outcome]:
        """Run each tree up to the first layer that fails."""
        request = {
            "server": {
                "host": str(self.cluster.socket),
                "user": USER,
                "pg_dump": str(self.cluster.programs / "pg_dump"),
            },
            "databases": [{side: f"{side}_{number}" for side in SIDES} for number in range(WORKERS)],
            "jobs": [{"tree": str(tree)} for tree in trees],
        }
        done = subprocess.run(
            ["ruby", "-W0", "run.rb"],
            cwd=STANDINS,
            input=json.dumps(request),
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        outcomes = []
        for answer in json.loads(done.stdout):
            outcomes.append(
                Outcome(
                    answer["failed"], answer["message"], answer.get("dumps", {}), answer.get("examples", {})
                )
            )
        return outcomes


def create_databases(cluster: Cluster) -> None:
    for number in range(WORKERS):
        for side in SIDES:
            cluster.psql("postgres", f"CREATE DATABASE {side}_{number}")


def structure_sql(dump: str) -> str:
    """Return a dump in the form of GitLab's `structure.sql`: no comments, no settings, no schema `public`."""
    text = re.sub(r"^(?:--|SET |SELECT pg_catalog\.set_config|\\(?:un)?restrict).*\n", "", dump, flags=re.MULTILINE)
    text = text.replace("public.", "")
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
