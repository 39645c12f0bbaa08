"""What a killed demonstration leaves goes at the next start, and nothing of one that lives."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from redis import Redis

import geo_scaffold
from geo_runtime.demo import leftovers
from geo_runtime.running.celery_queue import name_of_queue
from geo_runtime.testing.databases import Databases
from ruby.postgres import Cluster

from .servers import running_redis
from .test_demo import ENVIRONMENT
from .test_postgresql import url_of

HOLD = """
import sys
from pathlib import Path
from geo_runtime.demo.leftovers import alive
with alive(Path(sys.argv[1])):
    print("alive", flush=True)
    sys.stdin.read()
"""


def holding(folder: Path) -> subprocess.Popen[bytes]:
    """A demonstration in a folder, as far as the folder is concerned."""
    (folder / "sites").mkdir(parents=True)
    (folder / "sites" / "key").write_text("secret")
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout
    assert process.stdout.readline() == b"alive\n"
    return process


def test_folders_of_the_dead_go_and_those_of_the_living_stay(tmp_path: Path) -> None:
    living, dead = holding(tmp_path / "geo-demo-living"), holding(tmp_path / "geo-demo-dead")
    dead.send_signal(signal.SIGKILL)
    dead.communicate()
    for other in ("geo-demo-not-begun", "of-somebody-else", "geo-demo-new"):
        (tmp_path / other).mkdir()
    (tmp_path / "geo-demo-new").rmdir()  # it is made where it is not there yet
    (tmp_path / "geo-demo-link").symlink_to(tmp_path / "of-somebody-else")
    with leftovers.alive(tmp_path / "geo-demo-new"):
        found = {path.name for path in tmp_path.iterdir()}
        assert found == {"geo-demo-living", "geo-demo-not-begun", "geo-demo-link", "geo-demo-new", "of-somebody-else"}
        assert (tmp_path / "geo-demo-living" / "sites" / "key").exists()
    living.communicate()
    assert living.returncode == 0


def test_what_is_kept_is_not_looked_for(tmp_path: Path) -> None:
    dead = tmp_path / "geo-demo-dead"
    dead.mkdir()
    (dead / ".alive").touch()
    with leftovers.alive(None):
        assert dead.exists()


def test_queues_of_the_dead_go(tmp_path: Path) -> None:
    sites = tmp_path / "geo-demo-dead" / "sites"
    sites.mkdir(parents=True)
    (sites.parent / ".alive").touch()
    with running_redis(tmp_path) as url, Redis.from_url(url) as server:
        config = {"node_name": "primary", "store_url": "sqlite:///dead", "queue": url}
        (sites / "primary.json").write_text(json.dumps(config))
        (sites / "broken.json").write_text("{")
        name = name_of_queue("primary", "sqlite:///dead")
        server.rpush(name, "job")
        server.sadd(f"_kombu.binding.{name}", "x")
        server.set("of somebody else", 1)
        assert leftovers.remove_dead(tmp_path / "geo-demo-new") == [sites.parent]
        assert server.keys("*") == [b"of somebody else"]


def names(cluster: Cluster) -> set[str]:
    return {name for name in cluster.psql("postgres", "SELECT datname FROM pg_database").split() if "geo_demo" in name}


def test_databases_of_the_dead_go_and_those_of_the_living_stay(cluster: Cluster, tmp_path: Path) -> None:
    server = url_of(cluster, "postgres").replace("postgresql+psycopg", "postgresql")
    for dead in ("geo_demo_0123abcd_main", "geo_demo_0123abcd_tracking"):
        cluster.psql("postgres", f"CREATE DATABASE {dead}")
    cluster.psql("postgres", "CREATE DATABASE geo_demo_mine")  # which no demonstration has ever made
    with Databases(tmp_path, server) as living:
        living.create([])
        own = names(cluster) - {"geo_demo_mine"}
        assert len(own) == 5
        assert not any("0123abcd" in name for name in own)
        with Databases(tmp_path, server) as another:
            another.create([])
            assert own < names(cluster)
        assert names(cluster) == own | {"geo_demo_mine"}
    assert names(cluster) == {"geo_demo_mine"}
    cluster.psql("postgres", "DROP DATABASE geo_demo_mine")


def test_both_programs_call_the_folder_alike() -> None:
    text = (Path(geo_scaffold.__file__).parent / "cli" / "demo.py").read_text()
    assert f'prefix="{leftovers.PREFIX}"' in text
