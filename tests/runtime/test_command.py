"""`geo-runtime` on the sites of a world: tables, checks, probes, TLS."""

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from geo_runtime.command.app import app
from geo_runtime.databases.database import Database
from geo_runtime.demo.ports import Reservation
from geo_runtime.errors import ConfigurationError
from geo_runtime.ground.timing import SystemTiming
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.running import configuration
from geo_runtime.running.checks import require_databases
from geo_runtime.tables.migrating import library_version_table
from geo_runtime.web import Server, create_app
from waiting import PATIENCE_S, wait_until

from .test_configuration import certificate
from .world import World

TESTS = Path(__file__).parent.parent


@pytest.fixture
def written(world: World) -> Callable[..., Path]:
    """Writes the settings of a site, with others."""
    world.note_versions()

    def write(site: ReplicatingSite, **others: Any) -> Path:
        path = world.folder / f"{site.settings.node_name}.toml"
        types = {"types": ["runtime.widgets:TYPES"], "path": TESTS}
        path.touch(mode=0o600)
        path.write_text(configuration.written(asdict(site.settings) | types | others))
        return path

    return write


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def checked(path: Path) -> dict[str, tuple[bool, str, str | None]]:
    code, output = run("check", "--json", "--settings", path)
    document = json.loads(output)
    assert document["schema"] == 1
    assert (code == 0) == document["is_right"] == all(check["is_right"] for check in document["checks"])
    return {check["name"]: (check["is_right"], check["seen"], check["remedy"]) for check in document["checks"]}


def test_a_site_from_nothing(world: World, written: Callable[..., Path]) -> None:
    urls = {f"{name}_url": f"sqlite:///{world.folder}/new_{name}.sqlite3" for name in ("main", "tracking", "store")}
    of_primary, of_secondary = {**urls, "tracking_url": None}, {**urls, "store_url": f"sqlite:///{world.folder}/other"}
    path = written(world.primary, **of_primary)
    assert checked(path)["main database"][1] == "tables are missing or old: geo_runtime, widget, widget_file"
    assert run("migrate", "--settings", path) == (0, "main: up to date\nstore: up to date\n")
    result = checked(path)
    assert result["main database"][0]
    assert result["site"] == (
        False, "no site is named primary",
        "geo-runtime site add primary, on the primary, or set node_name to one that is",
    )  # fmt: skip
    path = written(world.secondary, **of_secondary)
    code, output = run("migrate", "--settings", path)
    assert output == "main: a standby, whose tables the primary makes\ntracking: up to date\nstore: up to date\n"
    assert code == 0


def test_tables_that_no_migration_of_ours_has_made(world: World, written: Callable[..., Path]) -> None:
    url = f"sqlite:///{world.folder}/newer"
    path = written(world.primary, main_url=url)
    assert run("migrate", "--settings", path)[0] == 0
    database = Database(url)
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic__main SET version_num = '29990101000000'"))
    with pytest.raises(ConfigurationError, match="a database has an unknown version"):
        run("migrate", "--settings", path)
    database.close()
    (world.folder / "foreign").touch()
    foreign = Database(url := f"sqlite:///{world.folder}/foreign")
    with foreign.transaction() as connection:
        connection.execute(text("CREATE TABLE geo_nodes (name text)"))
    foreign.close()
    with pytest.raises(ConfigurationError, match="were not made by this library"):
        run("migrate", "--settings", written(world.primary, main_url=url))


def test_what_is_not_installed(world: World, written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(world.primary, queue="redis://localhost:1/0")
    monkeypatch.setattr("geo_runtime.running.configured.find_spec", lambda name: None)
    for command in ("serve", "worker"):
        with pytest.raises(ConfigurationError, match="queue: the package redis is not installed"):
            run(command, "--settings", path)
    program = "import sys; sys.modules['sqlalchemy'] = None; from geo_runtime.command import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        2, "error: sqlalchemy is not installed\n  pip install 'geo-scaffold[runtime,queue]'\n"
    )  # fmt: skip


def test_a_site_that_has_all(world: World, written: Callable[..., Path]) -> None:
    world.keep_time_by(SystemTiming())
    for name in ("primary", "secondary"):
        world.set_node(name, url="http://localhost:1")
    world.set_node("primary", internal_url_column=world.serve())
    world.set_node("primary", url="http://localhost:1")
    code, output = run("check", "--settings", written(world.primary))
    assert code == 0, output
    result = checked(written(world.secondary))
    assert {name for name, (is_right, *_) in result.items() if not is_right} == set()
    assert result["types"][1] == "widget, widget_file"
    assert result["primary"][1] == f"{world.serve()} knows this site"


@pytest.mark.parametrize(
    ("others", "name", "said"),
    [
        ({"uploads": "/no/where"}, "folders", "uploads: /no/where is not a folder"),
        ({"types": ["nowhere:TYPE"]}, "types", "types: there is no nowhere:TYPE"),
        ({"types": ["runtime.widgets:TYPES", "runtime.widgets:TYPES"]}, "types", "types: widget is there twice"),
        ({"tracking_url": "sqlite:////no/where"}, "tracking database", "unable to open database file"),
        ({"node_name": "tertiary"}, "site", "no site is named tertiary"),
        ({"tracking_url": None}, "site", "secondary is a secondary, and has no tracking database"),
        ({"hosts": ["other"]}, "addresses", "browsers call it localhost, but hosts only has other"),
        ({"queue": "redis://:s3cret@127.0.0.1:1/0"}, "queue", "redis://:***@127.0.0.1:1/0: "),
        ({}, "primary", "http://127.0.0.1:1 does not answer: NewConnectionError"),
    ],
)
def test_what_is_wrong_is_found(
    world: World, written: Callable[..., Path], others: dict[str, Any], name: str, said: str
) -> None:
    world.set_node("secondary", url="http://localhost:1")
    world.set_node("primary", url="http://localhost:1", internal_url_column="http://127.0.0.1:1")
    is_right, seen, remedy = checked(written(world.secondary, **others))[name]
    assert (is_right, seen[: len(said)]) == (False, said)
    assert remedy
    assert "s3cret" not in seen + remedy


def test_a_primary_that_does_not_know_us(world: World, written: Callable[..., Path]) -> None:
    world.keep_time_by(SystemTiming())
    world.serve()
    world.set_node("secondary", url="http://localhost:1", enabled=False)
    is_right, seen, _ = checked(written(world.secondary))["primary"]
    assert not is_right
    assert "answered 401" in seen


def test_databases_that_are_one(world: World, written: Callable[..., Path]) -> None:
    settings = world.secondary.settings
    result = checked(written(world.secondary, store_url=settings.tracking_url))
    assert result["databases of its own"][0] is False


def test_sites_are_added_and_paused(world: World, written: Callable[..., Path]) -> None:
    path = written(world.primary)
    address = "https://paris.example:8443"
    assert run("site", "add", "paris", "--url", address, "--files", 3, "-s", path) == (0, "paris: added\n")
    assert run("site", "add", "paris", "--repositories", 4, "-s", path) == (0, "paris: changed\n")
    [paris] = [node for node in world.primary.secondary_nodes() if node.name == "paris"]
    assert (paris.url, paris.files_max_capacity, paris.repos_max_capacity, paris.primary) == (address, 3, 4, False)
    assert run("site", "pause", "paris", "-s", path) == (0, "paris: paused\n")
    shown = {site["name"]: site for site in json.loads(run("site", "list", "--json", "-s", path)[1])["sites"]}
    assert list(shown) == ["primary", "secondary", "paris"]
    assert (shown["paris"]["health_status"], shown["paris"]["enabled"]) == ("Disabled", False)
    assert run("site", "pause", "paris", "--resume", "-s", path) == (0, "paris: resumed\n")
    [line] = [line for line in run("site", "list", "-s", path)[1].splitlines() if line.startswith("paris")]
    assert line.startswith(f"paris  secondary  unknown  {address}  widget 0.00% synced, 0.00% verified  ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "other", "--primary"), "there is a primary: primary"),
        (("add", "secondary", "--primary"), "secondary is a secondary, and stays that way"),
        (("add", "a" * 256), "the name of a site must have 1 to 255 characters"),
        (("add", "paris", "--url", "paris.example"), "not the address of a site: paris.example"),
        (("add", "paris", "--url", "https://u:s3cret@paris.example"), "not the address of a site: paris.example"),
        (("add", "paris", "--internal-url", "https://paris:port"), "not the address of a site: https://paris:port"),
        (("pause", "primary"), "a primary cannot be disabled"),
        (("pause", "paris"), "no site is named paris; there are primary, secondary"),
    ],
)
def test_what_no_site_can_be(world: World, written: Callable[..., Path], arguments: Any, said: str) -> None:
    before = [(node.name, node.enabled) for node in world.primary._nodes()]
    with pytest.raises(ConfigurationError) as raised:
        run("site", *arguments, "-s", written(world.primary))
    assert str(raised.value).startswith(said)
    assert [(node.name, node.enabled) for node in world.primary._nodes()] == before


def test_flags(world: World, written: Callable[..., Path]) -> None:
    path, name = written(world.primary), "geo_widget_force_primary_checksumming"
    assert run("flag", name, "-s", path) == (0, f"{name}: off\n")
    assert run("flag", name, "on", "-s", path) == (0, f"{name}: on\n")
    assert f"{name}: on\n" in run("flag", "-s", path)[1]
    assert world.primary.flags.enabled(name)
    assert run("flag", name, "maybe", "-s", path)[0] == 2
    code, output = run("flag", "geo_widgets_force_primary_checksumming", "on", "-s", path)
    assert code == 2
    assert name in "".join(output.split("│")).replace("\n", "").replace(" ", "")
    path = written(world.secondary)
    for command in (("flag", name, "off"), ("site", "add", "paris"), ("site", "pause", "secondary")):
        with pytest.raises(ConfigurationError, match="the main database is a standby"):
            run(*command, "-s", path)


def test_records_are_made_by_hand(world: World, written: Callable[..., Path]) -> None:
    path = written(world.primary)
    assert run("record", "add", "widget", "--count", 2, "-s", path) == (0, "widget 1: added\nwidget 2: added\n")
    assert run("record", "change", "widget", 1, "-s", path) == (0, "widget 1: changed\n")
    assert run("record", "delete", "widget", 2, "-s", path) == (0, "widget 2: deleted\n")
    assert run("record", "add", "widget", "-s", path) == (0, "widget 2: added\n")
    said = [(event.event_name, event.payload["model_record_id"]) for event in world.events()]
    assert said == [("created", 1), ("created", 2), ("updated", 1), ("deleted", 2), ("created", 2)]
    assert run("record", "add", "widgets", "-s", path)[0] == 2
    assert run("record", "add", "widget_file", "-s", path)[0] == 0
    world.upload(world.primary, "2.bin").write_bytes(b"of somebody")
    for arguments, message in [
        (("change", "widget", 9), "there is no widget 9"),
        (("change", "widget_file", 1), "the data of WidgetFile never change"),
        (("add", "widget_file"), "2.bin is there already"),
    ]:
        with pytest.raises(ConfigurationError, match=message):
            run("record", *arguments, "-s", path)
    with pytest.raises(ConfigurationError, match="secondary is no primary"):
        run("record", "add", "widget", "-s", written(world.secondary))


def test_a_worker_needs_a_queue(written: Callable[..., Path], world: World) -> None:
    assert run("worker", "--queue", "sink")[0] == 2
    with pytest.raises(ConfigurationError, match="queue is missing"):
        run("worker", "--settings", written(world.secondary))


@pytest.mark.parametrize("command", ["serve", "worker"])
@pytest.mark.parametrize(
    ("others", "said"),
    [
        (
            {"main_url": "sqlite:///{folder}/new.sqlite"},
            "main database: tables are missing or old: geo_runtime, widget",
        ),
        ({"tracking_url": "sqlite:////no/where"}, "tracking database: unable to open database file"),
        ({"store_url": "sqlite:////no/where"}, "store database: unable to open database file"),
    ],
)
def test_no_process_starts_on_databases_that_it_cannot_use(
    world: World, written: Callable[..., Path], command: str, others: dict[str, str], said: str
) -> None:
    (world.folder / "new.sqlite").touch()
    given = {key: value.format(folder=world.folder) for key, value in others.items()}
    path = written(world.secondary, queue="redis://127.0.0.1:1/0", **given)
    with pytest.raises(ConfigurationError) as raised:
        run(command, "--settings", path)
    ((message, remedy),) = raised.value.problems
    assert message.startswith(said)
    assert remedy


def test_a_process_starts_on_a_database_that_is_upgraded_before_it(world: World, written: Callable[..., Path]) -> None:
    settings = configuration.read(written(world.primary))
    with world.primary.main.transaction() as connection:
        connection.execute(text(f"UPDATE {library_version_table('main')} SET version_num = '99999999999999'"))
    require_databases(settings)
    with world.primary.main.transaction() as connection:
        connection.execute(text(f"UPDATE {library_version_table('main')} SET version_num = '00000000000000'"))
    with pytest.raises(ConfigurationError, match="main database: tables are missing or old: geo_runtime"):
        require_databases(settings)


def test_probes(world: World) -> None:
    site = world.secondary
    with Server(create_app(site)) as server, httpx.Client(base_url=server.url, trust_env=False) as client:
        for path in ("/-/liveness", "/-/readiness"):  # by any name, as probes ask for an address
            assert client.get(path, headers={"host": "10.0.0.7:8080"}).json()["status"] == "ok", path
        ready = client.get("/-/readiness")
        names = {"db_check", "tracking_db_check", "store_check", "queue_check", "site_check"}
        assert (ready.status_code, ready.json().keys() - {"status"}) == (200, names)
        world.drop_secondaries()
        site.jobs.problem = lambda: "no route to redis://:s3cret@host"  # type: ignore[method-assign]
        (world.folder / "secondary/tracking.sqlite3").unlink()
        (world.folder / "secondary/tracking.sqlite3").mkdir()
        site.tracking_database().close()
        ready = client.get("/-/readiness")
        failed = {name for name, each in ready.json().items() if each == [{"status": "failed"}]}
        assert (ready.status_code, ready.json()["status"]) == (503, "failed")
        assert failed == {"tracking_db_check", "queue_check", "site_check"}
        assert "s3cret" not in ready.text
        assert client.get("/-/liveness").json() == {"status": "ok"}


def test_only_the_monitoring_networks_may_probe(world: World) -> None:
    site = world.again(world.secondary, monitoring_ips=("10.0.0.0/8",))
    with Server(create_app(site)) as server:
        for path in ("/-/liveness", "/-/readiness"):
            answer = httpx.get(server.url + path, trust_env=False)
            assert (answer.status_code, answer.text) == (404, "Not Found")


def test_an_address_of_both_worlds(world: World) -> None:
    """A server at `::` is called from IPv4 by addresses that are written as IPv6."""
    with Server(create_app(world.primary), address="::") as server:
        assert httpx.get(f"http://127.0.0.1:{server.port}/-/liveness", trust_env=False).status_code == 200
        assert httpx.get(f"http://[::1]:{server.port}/-/liveness", trust_env=False).status_code == 200


def log_text(world: World) -> str:
    return (world.folder / "log").read_text()


@pytest.mark.slow
def test_serving_by_tls(world: World, written: Callable[..., Path]) -> None:
    """The program itself: it serves by TLS on its address, takes nobody's port, and ends when stopped."""
    pem, key = certificate(world.folder)
    with Reservation() as reservation, (world.folder / "log").open("wb") as log:
        path = written(world.primary, port=reservation.port, tls_certificate=pem, tls_key=key, log_format="json")
        command = [sys.executable, "-m", "geo_runtime.command", "serve"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "GEO_RUNTIME_SETTINGS": str(path)}
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        trusting = ssl.create_default_context(cafile=str(pem))
        try:
            with httpx.Client(
                base_url=f"https://localhost:{reservation.port}", verify=trusting, trust_env=False
            ) as web:
                wait_until(lambda: is_ready(web), (world.folder / "log").read_text)
                assert web.get("/-/metrics").status_code == 200
                # Its address is logged even if only warnings are.
                wait_until(lambda: f'"address": "https://127.0.0.1:{reservation.port}"' in log_text(world))
            second = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            assert (second.returncode, len(second.stderr.splitlines())) == (4, 2), second.stderr
            assert f"port {reservation.port}: Address already in use" in second.stderr
            process.terminate()
            assert process.wait(PATIENCE_S) == 0, (world.folder / "log").read_text()
        finally:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_a_primary_whose_certificate_nobody_knows(world: World) -> None:
    """Files, repositories and statuses come by TLS, but only from who is vouched for."""
    pair = certificate(world.folder)
    # In the stack: TLS waits half a minute for a peer that does not hang up, which a site does when it is closed.
    server = world.stack.enter_context(Server(create_app(world.primary), tls=pair))
    records = [world.widget(), world.widget_file()]
    world.set_node("primary", url=f"https://localhost:{server.port}")
    for site, is_synced in ((world.secondary, False), (world.again(world.secondary, ca_file=pair[0]), True)):
        for record in records:
            world.replicator(record, site).sync()
            registry = world.registry(record)
            assert registry.is_synced == is_synced, registry.last_sync_failure
            if not is_synced:
                assert "certificate" in registry.last_sync_failure.lower()


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/-/readiness").status_code == 200
    except httpx.TransportError:
        return False
