"""What browsers and Prometheus ask of a site, over HTTP: who may, who may not, and what they get."""

import re
import socket
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from geo_runtime.command.app import app
from geo_runtime.databases.main import GeoNode
from geo_runtime.replication import metrics
from geo_runtime.replication.registry import RegistryState
from geo_runtime.running import configuration
from geo_runtime.site import lag
from geo_runtime.web import Server, create_app
from geo_runtime.web.sessions import LIFETIME, cookie_name, issue_sign_in

from .widgets import REGISTRY_TYPES, WidgetReplicator
from .world import World

RESYNC = "mutation($id: ID!) { geoRegistriesUpdate(input: {registryId: $id, action: RESYNC}) { message errors } }"
NAME = "{ geoNode { name } }"


class Browser:
    """A browser on the secondary, as far as cookies and addresses go."""

    def __init__(self, world: World, url: str) -> None:
        self.world = world
        self.client = httpx.Client(base_url=url, trust_env=False)
        self.csrf_token = ""

    def sign_in(self, token: str | None = None) -> httpx.Response:
        answer = self.client.get(
            "/users/sign_in", params={"token": issue_sign_in(self.world.secondary) if token is None else token}
        )
        if answer.is_success:
            page = self.client.get("/admin/geo/sites")
            found = re.search(r'"csrfToken": "([^"]+)"', page.text)
            assert found
            self.csrf_token = found[1]
        return answer

    def graphql(self, query: str = RESYNC, headers: dict[str, str] | None = None, **variables: Any) -> httpx.Response:
        own = {"x-csrf-token": self.csrf_token} if self.csrf_token else {}
        body = {"query": query, "variables": variables}
        return self.client.post("/api/graphql", json=body, headers={**own, **(headers or {})})


@pytest.fixture
def browser(world: World) -> Iterator[Browser]:
    with Server(create_app(world.secondary, REGISTRY_TYPES)) as server:
        browser = Browser(world, server.url)
        yield browser
        browser.client.close()


@pytest.fixture
def registry_id(world: World) -> str:
    found = world.set_registry(world.widget(), state=RegistryState.SYNCED)
    return f"gid://gitlab/Geo::WidgetRegistry/{found.id}"


def is_unchanged(world: World) -> bool:
    return world.secondary.jobs.waiting() == []


def test_who_is_signed_in_sees_and_changes(world: World, browser: Browser, registry_id: str) -> None:
    signed_in = browser.sign_in()
    cookie = signed_in.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert browser.graphql(NAME).json() == {"data": {"geoNode": {"name": "secondary"}}}
    answer = browser.graphql(id=registry_id, headers={"origin": str(browser.client.base_url).rstrip("/")})
    expected = {"message": "Registry entry enqueued to be resynced", "errors": []}
    assert answer.json()["data"]["geoRegistriesUpdate"] == expected
    assert [name for name, _ in world.secondary.jobs.waiting()] == ["EventWorker"]


def test_an_address_to_sign_in_by_works_once(world: World, browser: Browser) -> None:
    token = issue_sign_in(world.secondary)
    assert browser.sign_in(token).status_code == 200
    browser.client.cookies.clear()
    assert browser.sign_in(token).status_code == 401
    assert not browser.client.cookies
    assert browser.client.get("/admin/geo/sites").status_code == 401
    late = issue_sign_in(world.secondary)
    world.timing.time += LIFETIME + timedelta(seconds=1)
    assert browser.sign_in(late).status_code == 401


def test_a_link_survives_who_asks_for_its_head(world: World, browser: Browser) -> None:
    """What shows previews of links, or looks whether they are safe, asks for nothing else."""
    token = issue_sign_in(world.secondary)
    for method in ("HEAD", "OPTIONS", "PUT"):
        answer = browser.client.request(method, "/users/sign_in", params={"token": token})
        assert answer.status_code < 500
        assert "set-cookie" not in answer.headers
    assert browser.sign_in(token).status_code == 200


def test_no_head_changes_anything(world: World) -> None:
    """Starlette answers HEAD wherever GET is answered."""
    token = issue_sign_in(world.secondary)
    app = create_app(world.secondary, REGISTRY_TYPES)
    with Server(app) as server, httpx.Client(base_url=server.url, trust_env=False) as client:
        before = contents(world)
        for path in ("/", "/admin/geo", "/admin/geo/sites", "/users/sign_in", "/-/metrics", "/api/v4/geo_sites/status"):
            assert client.head(path, params={"token": token}).status_code < 500
        assert contents(world) == before


def contents(world: World) -> list[Any]:
    with world.secondary.store.database.connection() as connection:
        return list(connection.execute(text("SELECT * FROM cache_entries ORDER BY 1")).all())


def test_who_signs_out_is_out_everywhere(world: World, browser: Browser) -> None:
    browser.sign_in()
    cookies = dict(browser.client.cookies)
    refused = browser.client.post("/users/sign_out")
    assert (refused.status_code, browser.client.get("/admin/geo/sites").status_code) == (403, 200)
    answer = browser.client.post("/users/sign_out", headers={"x-csrf-token": browser.csrf_token})
    assert answer.status_code == 200
    assert not browser.client.cookies
    for name, value in cookies.items():  # another window, or somebody who has copied it
        browser.client.cookies.set(name, value, domain="127.0.0.1")
    assert browser.client.get("/admin/geo/sites").status_code == 401
    assert browser.sign_in().status_code == 200


def test_another_address_to_sign_in_by(
    world: World, browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "secondary.toml"
    types = {"types": ["runtime.widgets:TYPES"], "path": Path(__file__).parent.parent}
    timing = {"origin": world.timing.now().isoformat(), "speed": 1}
    settings = {**asdict(world.secondary.settings), **types, **timing, "log_level": "info", "log_format": "json"}
    config.write_text(configuration.written(settings))
    world.set_node("secondary", url=str(browser.client.base_url))
    app(["sign-in", "--settings", str(config)], standalone_mode=False)
    printed = capsys.readouterr().out.strip()
    assert browser.client.get(printed).status_code == 200
    assert browser.client.get("/admin/geo/sites").status_code == 200


def test_no_token_is_kept_that_opens_anything(world: World, browser: Browser) -> None:
    token = issue_sign_in(world.secondary)
    browser.sign_in()
    kept = (world.folder / "secondary" / "store.sqlite3").read_bytes()
    kept += b"".join(path.read_bytes() for path in (world.folder / "secondary").glob("store.sqlite3-*"))
    for secret in (token, browser.client.cookies[cookie_name(world.secondary)]):
        assert secret.encode() not in kept
    assert browser.csrf_token.encode() in kept  # which opens nothing without the cookie


def test_a_session_that_nobody_uses_ends(world: World, browser: Browser) -> None:
    browser.sign_in()
    for _ in range(3):
        world.timing.time += LIFETIME - timedelta(hours=2)
        assert browser.client.get("/admin/geo/sites").status_code == 200
    world.timing.time += LIFETIME + timedelta(seconds=1)
    assert browser.client.get("/admin/geo/sites").status_code == 401


def test_without_a_session_nothing_is_seen_and_nothing_changes(
    world: World, browser: Browser, registry_id: str
) -> None:
    answer = browser.graphql(id=registry_id)
    assert (answer.status_code, "nobody is signed in" in answer.text) == (403, True)
    assert browser.client.get("/api/graphql", params={"query": NAME}).json() == {"data": {"geoNode": None}}
    node = world.secondary.current_node()
    for path in ("/admin/geo/sites", f"/admin/geo/sites/{node.id}/replication/widgets", "/-/graphql-explorer"):
        assert browser.client.get(path).status_code == 401, path
    assert browser.client.get("/api/v4/geo_sites/status").status_code == 401
    browser.client.cookies.set(cookie_name(world.secondary), "forged", domain="127.0.0.1")
    assert browser.graphql(id=registry_id).status_code == 403
    assert is_unchanged(world)


@pytest.mark.parametrize("token", [None, "", "forged"])
def test_without_the_second_token_nothing_changes(
    world: World, browser: Browser, registry_id: str, token: str | None
) -> None:
    browser.sign_in()
    browser.csrf_token = ""
    answer = browser.graphql(id=registry_id, headers={} if token is None else {"x-csrf-token": token})
    assert (answer.status_code, "CSRF" in answer.text) == (403, True)
    assert is_unchanged(world)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_from_another_origin_nothing_changes(
    world: World, browser: Browser, registry_id: str, headers: dict[str, str]
) -> None:
    browser.sign_in()
    answer = browser.graphql(id=registry_id, headers=headers)
    assert (answer.status_code, "another origin" in answer.text) == (403, True)
    assert "access-control-allow-origin" not in answer.headers
    assert is_unchanged(world)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example"])
def test_under_a_name_of_somebody_else_nothing_is_answered(
    world: World, browser: Browser, registry_id: str, host: str
) -> None:
    browser.sign_in()
    headers = {"host": host, "origin": f"http://{host}"}
    assert browser.graphql(id=registry_id, headers=headers).status_code == 400
    for path in ("/admin/geo/sites", "/api/v4/geo_sites/status", "/-/metrics", "/api/graphql?query={geoNode{name}}"):
        assert browser.client.get(path, headers=headers).status_code == 400, path
    token = issue_sign_in(world.secondary)
    assert browser.client.get("/users/sign_in", params={"token": token}, headers=headers).status_code == 400
    assert is_unchanged(world)


def test_reading_changes_nothing(world: World, browser: Browser, registry_id: str) -> None:
    browser.sign_in()
    query = RESYNC.replace("$id)", f'"{registry_id}")').replace("($id: ID!)", "").replace("$id", f'"{registry_id}"')
    answer = browser.client.get("/api/graphql", params={"query": query})
    assert answer.status_code == 400
    assert is_unchanged(world)


def test_a_page_is_one_answer_that_reaches_no_other_host(world: World, browser: Browser) -> None:
    browser.sign_in()
    node = world.secondary.current_node()
    for path in ("/admin/geo/sites", f"/admin/geo/sites/{node.id}/replication/widgets", "/-/graphql-explorer"):
        page = browser.client.get(path)
        assert page.status_code == 200
        assert not re.search(r'(src|href)="(https?:)?//', page.text), path
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["cache-control"] == "no-store"
        [nonce] = set(re.findall(r'nonce="([^"]+)"', page.text))
        assert f"script-src 'nonce-{nonce}'" in page.headers["content-security-policy"]
    assert browser.client.get(f"/admin/geo/sites/{node.id}/replication/gadgets").status_code == 404
    assert browser.client.get("/", follow_redirects=True).url.path == "/admin/geo/sites"


def test_what_a_name_holds_does_not_end_the_script(world: World) -> None:
    name = "</script><script>alert(1)</script>"
    world.add(GeoNode(name=name))
    site = world.again(world.secondary, node_name=name)
    with Server(create_app(site, REGISTRY_TYPES)) as server:
        client = httpx.Client(base_url=server.url, trust_env=False)
        client.get("/users/sign_in", params={"token": issue_sign_in(site)})
        page = client.get("/-/graphql-explorer").text
        client.close()
    assert page.count("</script>") == page.count("<script") == 2


def test_the_status_of_the_sites(world: World, browser: Browser) -> None:
    world.serve()
    world.cursor()
    record = world.widget()
    world.work()
    browser.sign_in()
    primary, secondary = browser.client.get("/api/v4/geo_sites/status").json()
    assert (primary["primary"], secondary["primary"], secondary["current"]) == (True, False, True)
    assert (primary["health_status"], secondary["health_status"]) == ("Healthy", "Healthy")
    [widgets] = [replicable for replicable in secondary["replicables"] if replicable["name"] == "widget"]
    assert (widgets["synced_count"], widgets["verified_in_percentage"]) == (1, "100.00%")
    assert [replicable["checksummed_count"] for replicable in primary["replicables"]] == [1, 0]
    assert secondary["cursor_last_event_id"] == secondary["last_event_id"] == world.log_size()
    assert secondary["cursor_last_event_timestamp"] == world.events()[-1].created_at.isoformat()
    world.set_registry(record, state=RegistryState.FAILED)
    world.timing.time += timedelta(hours=2)
    assert {each["health_status"] for each in browser.client.get("/api/v4/geo_sites/status").json()} == {"Offline"}
    world.set_node("secondary", enabled=False)
    assert browser.client.get("/api/v4/geo_sites/status").json()[1]["health_status"] == "Disabled"


def samples(text: str) -> dict[tuple[str, str | None], float]:
    found = re.findall(r'^(\w+)(?:\{name="(\w+)",url="(\w+)"\})? (\S+)$', text, re.MULTILINE)
    assert all(name == url for _, name, url, _ in found)
    return {(metric, name or None): float(value) for metric, name, _, value in found}


@pytest.mark.point(112)
def test_prometheus_reads_the_secondary(world: World, browser: Browser) -> None:
    world.serve()
    world.cursor()
    world.widget()
    world.work()
    answer = browser.client.get("/-/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    values = samples(answer.text)
    expected = {"geo_widgets_synced": 1, "geo_widgets_failed": 0, "geo_widgets_registry": 1, "geo_widgets_verified": 1}
    assert {name: values[name, "secondary"] for name in expected} == expected
    assert values["geo_cursor_last_event_id", "secondary"] == world.log_size()
    assert ("geo_widgets_synced", "primary") not in values
    assert values["geo_status_failed_total", None] == 0
    world.cut()
    metrics.update_metrics(world.secondary)
    assert samples(browser.client.get("/-/metrics").text)["geo_status_failed_total", None] == 1


def test_prometheus_reads_every_enabled_site_from_the_primary(world: World) -> None:
    world.serve()
    world.cursor()
    world.widget()
    world.work()
    values = samples(world.get("/-/metrics").text)
    assert values["geo_widgets", "primary"] == values["geo_widgets_checksummed", "primary"] == 1
    assert values["geo_widgets_synced", "secondary"] == 1
    documented = {metrics.gauge_name(field) for field in metrics.fields_of(WidgetReplicator)}
    assert documented == {name for name, _ in values if re.match(r"geo_widgets(_|$)", name)}
    world.set_node("secondary", enabled=False)
    assert ("geo_widgets_synced", "secondary") not in samples(world.get("/-/metrics").text)


def test_only_the_monitoring_networks_read_metrics(world: World) -> None:
    site = world.again(world.secondary, monitoring_ips=("10.0.0.0/8",))
    with Server(create_app(site)) as server:
        assert httpx.get(f"{server.url}/-/metrics", trust_env=False).status_code == 404


def test_no_page_without_types(world: World) -> None:
    assert world.get("/admin/geo/sites").status_code == 404
    assert world.get("/api/graphql").status_code == 404


def test_the_lag_of_the_replica_is_reported(world: World, browser: Browser) -> None:
    store, now = world.secondary.store, world.timing.now()
    assert lag.lag_seconds(world.secondary) is None
    lag.write_down(store, now - timedelta(minutes=5), is_behind=True)
    metrics.update_metrics(world.secondary)
    assert samples(browser.client.get("/-/metrics").text)["geo_db_replication_lag_seconds", "secondary"] == 300
    lag.write_down(store, now - timedelta(minutes=5), is_behind=False)
    assert metrics.build_status(world.secondary)["db_replication_lag_seconds"] == 0


def test_answers_do_not_wait_for_acknowledgements(world: World) -> None:
    """Else each answer in two parts, as all of Git's are, takes 40 ms more."""
    with Server(create_app(world.primary)) as server, httpx.Client(trust_env=False) as client:
        client.get(server.url)
        [connection] = server._server.server_state.connections
        accepted = connection.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
