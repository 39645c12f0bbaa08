"""A secondary whose main database is a standby of PostgreSQL, which says how far it is behind."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from geo_runtime.ground.timing import ScaledTiming
from geo_runtime.replication import metrics
from geo_runtime.site import lag
from ruby.postgres import USER, Cluster
from waiting import PATIENCE_S, wait_until

from .test_postgresql import url_of
from .world import World


@contextmanager
def standby_of(cluster: Cluster) -> Iterator[Cluster]:
    """Start a standby of a cluster, and remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="geo-pg-"))
    as_server = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_server:
        shutil.chown(folder, "postgres")

    def run(program: str, *arguments: str | Path) -> None:
        subprocess.run(
            [*as_server, cluster.programs / program, *arguments],
            cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True, timeout=2 * PATIENCE_S,
        )  # fmt: skip

    def start() -> None:
        settings = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c hot_standby=on"
        run("pg_ctl", "-D", data, "-l", folder / "log", "-w", "-t", str(PATIENCE_S), "-o", settings, "start")

    data = folder / "data"
    try:
        run("pg_basebackup", "-h", cluster.socket, "-U", USER, "-D", data, "-R", "-c", "fast", "--no-sync")
        start()
        try:
            yield Cluster(folder, cluster.programs, start)
        finally:
            run("pg_ctl", "-D", data, "-w", "-t", str(PATIENCE_S), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.mark.slow
def test_the_lag_of_a_standby_is_real(cluster: Cluster, world: World) -> None:
    cluster.psql("postgres", "CREATE TABLE IF NOT EXISTS of_the_standby (n int)")
    with standby_of(cluster) as standby:
        site = world.again(world.secondary, main_url=url_of(standby, "postgres"))

        def write() -> None:
            cluster.psql("postgres", "INSERT INTO of_the_standby VALUES (1)")

        def lag_s() -> int | None:
            return lag.lag_seconds(site)

        write()
        wait_until(lambda: standby.psql("postgres", "SELECT 1 FROM of_the_standby") != "")
        wait_until(lambda: lag_s() == 0, lag_s)
        standby.psql("postgres", "SELECT pg_wal_replay_pause()")
        write()
        wait_until(lambda: (lag_s() or 0) >= 1, lag_s)
        site.timing = ScaledTiming(world.timing.now(), 3600)
        assert (lag_s() or 0) >= 3600  # by the clock of the site, as all that it says
        site.timing = world.timing
        standby.psql("postgres", "SELECT pg_wal_replay_resume()")
        wait_until(lambda: lag_s() == 0, lag_s)
        # Cut off, it has replayed all that it received, and yet nobody knows what there is.
        standby.psql("postgres", "ALTER SYSTEM SET primary_conninfo = 'host=/nowhere'")
        standby.psql("postgres", "SELECT pg_reload_conf()")
        wait_until(lambda: (lag_s() or 0) >= 1, lag_s)
        site.close()


@pytest.mark.slow
def test_what_is_no_standby_is_asked_for_no_lag(cluster: Cluster, world: World) -> None:
    """The keeper of a copy knows it, as on SQLite."""
    site = world.again(world.secondary, main_url=url_of(cluster, "postgres"))
    assert lag.lag_seconds(site) is None
    lag.write_down(site.store, world.timing.now(), is_behind=False)
    assert lag.lag_seconds(site) == 0
    assert metrics.build_status(world.secondary)["db_replication_lag_seconds"] == 0
