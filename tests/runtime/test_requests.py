"""What a request may hold: how much, how deep, how large a number, and who is believed; and how it ends."""

import base64
import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from geo_runtime.replication.registry import RegistryState
from geo_runtime.site import bodies, tokens
from geo_runtime.web import Server, create_app
from geo_runtime.web.sessions import cookie_name, issue_sign_in, sign_in
from waiting import PATIENCE_S

from .widgets import REGISTRY_TYPES
from .world import World

ROUTES_WITH_BODIES = {
    "/api/v4/geo/status": {"scope": tokens.API_SCOPE},
    "/group/w.git/git-upload-pack": {"scope": "group/w"},
}
"""Addresses for other sites that read what is sent to them, and what a token for each says."""


def header(world: World, data: dict[str, Any]) -> dict[str, str]:
    authorization = tokens.authorization(world.secondary, data)
    return {"authorization": authorization, "content-type": "application/x-git-upload-pack-request"}


class Endless:
    """A body in chunks that says nowhere how much it is, and counts how much of it was taken."""

    def __init__(self, size: int) -> None:
        self.size, self.taken = size, 0

    def __iter__(self) -> Iterator[bytes]:
        while self.taken < self.size:
            self.taken += 1 << 16
            yield b"0" * (1 << 16)


@pytest.mark.parametrize("path", ROUTES_WITH_BODIES)
def test_a_body_in_chunks_is_no_larger_than_its_endpoint_allows(world: World, path: str) -> None:
    world.widget()
    with Server(create_app(world.primary)) as server, httpx.Client(trust_env=False, timeout=PATIENCE_S) as client:
        body = Endless(64 << 20)
        with suppress(httpx.TransportError):  # where the connection ended before all was written
            answer = client.post(server.url + path, content=body, headers=header(world, ROUTES_WITH_BODIES[path]))
            assert answer.status_code == 413
        assert body.taken < 32 << 20


@pytest.mark.parametrize("path", ROUTES_WITH_BODIES)
@pytest.mark.parametrize("size", [(10 << 20) + 1, 10**17, 10**30])
def test_what_says_that_it_is_too_large_is_refused_unread(world: World, path: str, size: int) -> None:
    world.widget()
    port = httpx.URL(world.serve()).port
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        authorization = header(world, ROUTES_WITH_BODIES[path])["authorization"]
        head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {size}\r\nauthorization: {authorization}"
        connection.sendall(f"{head}\r\n\r\n".encode())
        assert connection.recv(1 << 16).split()[1] in {b"413", b"400"}  # the latter: h11 takes no more than 20 digits


@pytest.mark.parametrize("path", [*ROUTES_WITH_BODIES, "/api/graphql"])
def test_no_body_is_read_before_the_caller_is_known(world: World, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer comes while the body is still to come."""
    monkeypatch.setattr(bodies._Body, "receive", None)  # nobody may ask for a part of it
    app = create_app(world.primary, REGISTRY_TYPES)
    with Server(app) as server, socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as connection:
        head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\n0\r\n"
        connection.sendall(head.encode())
        assert connection.recv(1 << 16).split()[1] in {b"401", b"403"}


def test_every_address_that_takes_a_body_says_how_large(world: World) -> None:
    found = {
        route.path: [each.cls for each in _middleware(route)]
        for route in _routes(create_app(world.secondary, REGISTRY_TYPES).routes)
        if route.methods is None or not route.methods <= {"GET", "HEAD"}
    }
    assert found
    assert {path for path, those in found.items() if bodies.BodyLimit not in those} == set()


def _routes(routes: Any) -> Iterator[Any]:
    for route in routes:
        yield from _routes(route.routes) if getattr(route, "routes", None) else [route]


def _middleware(route: Any) -> list[Any]:
    """The middleware around an endpoint, as assembled by Starlette."""
    found, app = [], route.app
    while app is not None:
        found.append(type("Found", (), {"cls": type(app)}))
        app = getattr(app, "app", None)
    return found


def test_a_body_that_does_not_go_on_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies.BodyLimit.__init__, "__defaults__", (bodies.DEFAULT_LIMIT, 0.05))
    with (
        Server(create_app(world.primary)) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as connection,
    ):
        authorization = header(world, {"scope": tokens.API_SCOPE})["authorization"]
        head = f"POST /api/v4/geo/status HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: {authorization}"
        connection.sendall(f"{head}\r\ncontent-length: 9\r\n\r\n{{".encode())
        assert connection.recv(1 << 16).split()[1] == b"408"
        while connection.recv(1 << 16):
            pass  # and the connection ends


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nhost:"])
def test_a_connection_that_does_not_ask_ends(world: World, sent: bytes) -> None:
    with (
        Server(create_app(world.primary), request_timeout_s=0.05) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as connection,
    ):
        connection.sendall(sent)
        with suppress(ConnectionResetError):
            assert connection.recv(1) == b""


def test_a_connection_whose_other_end_is_gone_ends(world: World) -> None:
    with Server(create_app(world.primary)) as server, httpx.Client(trust_env=False) as client:
        client.get(server.url)
        [connection] = server._server.server_state.connections
        accepted = connection.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        if hasattr(socket, "TCP_KEEPIDLE"):
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) <= 120


@pytest.mark.parametrize(
    ("proxies", "said", "status"),
    [
        ((), "127.0.0.1", 404),
        ((), "10.1.2.3", 404),
        (("127.0.0.1",), "10.1.2.3", 200),
        (("127.0.0.0/8",), "10.1.2.3", 200),
        (("127.0.0.0/8",), "10.1.2.3, 192.0.2.1", 404),
        (("127.0.0.1",), "192.0.2.1", 404),
        (("127.0.0.1",), "nobody", 404),
        (("192.0.2.1",), "10.1.2.3", 404),
    ],
)
def test_only_named_proxies_say_for_whom_they_call(
    world: World, proxies: tuple[str, ...], said: str, status: int
) -> None:
    site = world.again(world.secondary, monitoring_ips=("10.0.0.0/8",), trusted_proxies=proxies)
    with Server(create_app(site)) as server:
        answer = httpx.get(f"{server.url}/-/metrics", headers={"x-forwarded-for": said}, trust_env=False)
    assert answer.status_code == status


RESYNC = "mutation($id: ID!) { geoRegistriesUpdate(input: {registryId: $id, action: RESYNC}) { errors } }"
DEEP = 100_000
NUMBERS = ["0", "-1", "9" * 18, "9" * 19, "9" * 20, "9" * 5000, "1e400", "\0", "%00", "%ff", "\u0661"]


def quoted(number: str) -> str:
    return number if "%" in number else quote(number)


def requests_of(world: World, csrf: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for number in NUMBERS:
        yield "GET", f"/admin/geo/sites/{quoted(number)}/replication/widgets", {}
        yield "GET", "/users/sign_in", {"params": {"token": number}}
        yield "GET", "/-/metrics", {"headers": {"accept": f"text/plain;version={quoted(number)};q={quoted(number)}"}}
        for query in (
            '{ geoNode { widgetRegistries(ids: ["gid://gitlab/Geo::WidgetRegistry/%s"]) { count } } }',
            "{ geoNode { widgetRegistries(first: %s) { nodes { id } } } }",
            '{ geoNode { widgetRegistries(keyword: "%s") { count } } }',
            '{ geoNode(name: "%s") { name } }',
        ):
            yield "POST", "/api/graphql", {"json": {"query": query % number}, "headers": {"x-csrf-token": csrf}}
        after = "query($a: String) { geoNode { widgetRegistries(after: $a) { nodes { id } } } }"
        cursor = base64.urlsafe_b64encode(f'{{"id": "{number}"}}'.encode()).decode()
        yield "POST", "/api/graphql", {
            "json": {"query": after, "variables": {"a": cursor}}, "headers": {"x-csrf-token": csrf},
        }  # fmt: skip
        yield "POST", "/api/graphql", {
            "json": {
                "query": RESYNC,
                "variables": {"id": f"gid://gitlab/Geo::WidgetRegistry/{number}"},
            },
            "headers": {"x-csrf-token": csrf},
        }  # fmt: skip
    for body in (
        b"[" * DEEP,
        b'{"query": "' + b"{a" * DEEP + b'"}',
        b'{"query": "{ geoNode(name: ' + b"[" * DEEP + b') { name } }"}',
        b'{"query": "' + b"{ geoNode { name } } " * 3 + b'"}',
        b'{"query": "query($a: ' + b"[" * DEEP + b'Int) { geoNode { name } }"}',
        b'{"query": "{ geoNode { name } }", "variables": ' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
        b'{"query": "\\ud800"}',
        b"\xff\xfe",
        b"1" * 5000,
        b"null",
    ):
        yield "POST", "/api/graphql", {
            "content": body, "headers": {"content-type": "application/json", "x-csrf-token": csrf},
        }  # fmt: skip
    yield "GET", "/api/graphql", {"params": {"query": "{a" * 10_000}}


def test_no_number_and_no_depth_breaks_a_page(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.set_registry(world.widget(), state=RegistryState.SYNCED)
    token = sign_in(world.secondary, issue_sign_in(world.secondary))
    assert token
    with (
        Server(create_app(world.secondary, REGISTRY_TYPES)) as server,
        httpx.Client(base_url=server.url, trust_env=False, timeout=PATIENCE_S) as client,
    ):
        client.cookies.set(cookie_name(world.secondary), token)
        csrf = client.get("/admin/geo/sites").text.split('"csrfToken": "')[1].split('"')[0]
        broken = []
        for method, path, options in requests_of(world, csrf):
            answer = client.request(method, path, **options)
            if answer.status_code >= 500:
                broken.append((method, path[:80], str(options)[:200]))
    assert broken == []
    assert [record for record in caplog.records if record.name.startswith("uvicorn") and record.exc_info] == []


def post_status(world: World, body: bytes) -> httpx.Response:
    url = f"{world.serve()}/api/v4/geo/status"
    return httpx.post(url, content=body, headers=header(world, {"scope": tokens.API_SCOPE}), trust_env=False)


@pytest.mark.parametrize(
    "changed",
    [
        {"db_replication_lag_seconds": 10**12}, {"last_event_id": 10**30}, {"cursor_last_event_id": -(10**30)},
        {"status": {"widgets_count": 10**400}}, {"status_message": "x\0y"}, {"status_message": "x" * 10**5},
        {"last_event_date": "9999-12-31T23:59:59-23:00"}, {"last_event_date": "1" * 5000}, {"status": [[]]},
    ],
)  # fmt: skip
def test_no_number_of_a_status_breaks_it(world: World, changed: dict[str, Any]) -> None:
    node = world.secondary.current_node()
    answer = post_status(world, json.dumps({"geo_node_id": node.id, **changed}).encode())
    assert answer.status_code == 201
    assert "geo_db_replication_lag_seconds" not in world.get("/-/metrics").text


@pytest.mark.parametrize("body", [b"[" * DEEP, b"1" * 5000, b"1e999", b"\xff", b""])
def test_what_is_no_status_is_refused(world: World, body: bytes) -> None:
    assert post_status(world, body).status_code == 400


@pytest.mark.parametrize("part", ["header", "claims", "data"])
def test_no_depth_of_a_token_breaks_an_address(world: World, part: str) -> None:
    node = world.secondary.current_node()
    deep = base64.urlsafe_b64encode(b"[" * 10_000).decode().rstrip("=")
    right = tokens.authorization(world.secondary, {"scope": tokens.API_SCOPE}).split(":")[1].split(".")
    if part == "header":
        right[0] = deep
    elif part == "claims":
        right[1] = deep
    else:
        right = tokens.sign(node, {"scope": "x" * 10_000}, world.timing.now()).split(":")[1].split(".")
    answer = world.get("/group/w.git/info/refs?service=git-upload-pack", f"GL-Geo {node.access_key}:{'.'.join(right)}")
    assert answer.status_code == 401


@pytest.mark.parametrize("number", NUMBERS)
def test_no_number_breaks_an_address_of_a_file(world: World, number: str) -> None:
    answer = world.get(
        f"/api/v4/geo/retrieve/widget_file/{quoted(number)}",
        header(world, {"replicable_name": "widget_file"})["authorization"],
    )
    assert answer.status_code in {401, 404}


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("{" + " ".join(f"a{number}: geoNode {{ name }}" for number in range(101)) + "}", "aliases"),
        ("{ geoNode { " + "name " * 6000 + "} }", "oken"),
    ],
)
def test_a_query_is_no_larger_than_people_need(world: World, query: str, reason: str) -> None:
    """Nobody need be signed in to have one parsed."""
    with Server(create_app(world.secondary, REGISTRY_TYPES)) as server:
        answer = httpx.get(f"{server.url}/api/graphql", params={"query": query}, trust_env=False)
    assert answer.status_code < 500
    assert reason in answer.json()["errors"][0]["message"]
