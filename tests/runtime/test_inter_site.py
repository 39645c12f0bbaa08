"""Requests between sites (points 120 to 122)."""

import base64
import http.client
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import jwt
import pytest
from sqlalchemy import select
from starlette.types import Message, Receive, Scope, Send

from geo_runtime.databases.main import GeoNodeStatus
from geo_runtime.errors import GitError, PathError, TokenError
from geo_runtime.files.storage import confined
from geo_runtime.ground.timing import ScaledTiming, SystemTiming
from geo_runtime.replication import verifier
from geo_runtime.site import tokens
from geo_runtime.web import Server, create_app

from .world import World


def refs(world: World, header: str | None, path: str = "group/w", query: str = "service=git-upload-pack") -> Any:
    return world.get(f"/{path}.git/info/refs?{query}", header)


def git_token(world: World, scope: Any = "group/w") -> str:
    return tokens.authorization(world.secondary, {"scope": scope}, tokens.GIT_VALIDITY)


def file_token(world: World, record_id: Any, **data: Any) -> str:
    return tokens.authorization(world.secondary, {"replicable_name": "widget_file", "replicable_id": record_id, **data})


@pytest.mark.point(120)
def test_a_valid_token_is_accepted(world: World) -> None:
    world.widget()
    record = world.widget_file()
    assert refs(world, git_token(world)).status_code == 200
    assert world.get(f"/api/v4/geo/retrieve/widget_file/{record.id}", file_token(world, record.id)).status_code == 200


@pytest.mark.point(120)
def test_a_request_has_its_minute_where_the_clock_is_fast(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = datetime.now(UTC)
    monkeypatch.setattr(SystemTiming, "now", lambda _: machine)
    world.keep_time_by(ScaledTiming(machine, 60))
    record = world.widget_file()
    path, header = f"/api/v4/geo/retrieve/widget_file/{record.id}", file_token(world, record.id)
    machine += timedelta(seconds=59)
    assert world.get(path, header).status_code == 200
    machine += timedelta(seconds=3)  # the leeway, by the site's own clock, is one of them
    assert world.get(path, header).status_code == 401


SCOPE = {"scope": "group/w"}


def forged(world: World, signed: dict[str, Any] = SCOPE, **changes: Any) -> str:
    """A header signed with the right secret, with other claims; a None takes a claim away."""
    node, now = world.secondary.current_node(), world.timing.now().timestamp()
    claims = {"data": json.dumps(signed), "jti": "1", "iat": now, "nbf": now, "exp": now + 60, **changes}
    claims = {key: value for key, value in claims.items() if value is not None}
    return f"GL-Geo {node.access_key}:{jwt.encode(claims, node.secret_access_key, algorithm='HS256')}"


def wrong_tokens(world: World, data: dict[str, Any] = SCOPE) -> dict[str, str | None]:
    node, primary, now = world.secondary.current_node(), world.primary.current_node(), world.timing.now()
    right = tokens.sign(node, data, now)
    secret, key = node.secret_access_key, node.access_key
    node.secret_access_key = "x" * 40
    wrong_secret = tokens.sign(node, data, now)
    node.secret_access_key = primary.secret_access_key
    other_secret = tokens.sign(node, data, now)
    node.secret_access_key, node.access_key = secret, "unknown"
    unknown = tokens.sign(node, data, now)
    head, body, _ = right.split(":")[1].split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode().rstrip("=")
    return {
        "missing": None,
        "empty": "GL-Geo",
        "no key": f"GL-Geo :{right.split(':')[1]}",
        "no token": f"GL-Geo {key}:",
        "no colon": "GL-Geo abc",
        "other scheme": right.replace("GL-Geo", "Bearer"),
        "garbage": f"GL-Geo {key}:a.b.c",
        "no signature": f"GL-Geo {key}:{head}.{body}.",
        "algorithm none": f"GL-Geo {key}:{none}.{body}.",
        "wrong secret": wrong_secret,
        "secret of another site": other_secret,
        "unknown site": unknown,
        "data is no object": forged(world, data=json.dumps([data])),
        "data is no JSON": forged(world, data="{"),
        "data is no string": forged(world, data=data),
        "no end": forged(world, data, exp=None),
        "end is no time": forged(world, data, exp="never"),
    }


@pytest.mark.point(120)
def test_wrong_tokens_are_refused(world: World) -> None:
    world.widget()
    for name, header in wrong_tokens(world).items():
        response = refs(world, header)
        assert (response.status_code, response.text) == (401, "Geo JWT authentication failed: Bad token"), name
    for scope in (["group/w"], "group/other", "group", "group/w.git", None):
        response = refs(world, git_token(world, scope))
        assert (response.status_code, response.text) == (401, "Geo JWT authentication failed: Unauthorized scope")
    assert refs(world, forged(world)).status_code == 200  # the forger works


ENDPOINTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "references": ("GET", "/group/w.git/info/refs?service=git-upload-pack", SCOPE),
    "objects": ("POST", "/group/w.git/git-upload-pack", SCOPE),
    "file": ("GET", "/api/v4/geo/retrieve/widget_file/1", {"replicable_name": "widget_file", "replicable_id": 1}),
    "status": ("POST", "/api/v4/geo/status", {"scope": tokens.API_SCOPE}),
}
"""Every address for other sites, and what a token for it says."""


@pytest.mark.point(120)
@pytest.mark.parametrize("name", ENDPOINTS)
def test_every_address_refuses_every_wrong_token(world: World, name: str) -> None:
    """The answer repeats nothing of the request, and nothing has changed."""
    world.widget()
    assert world.widget_file().id == 1
    method, path, data = ENDPOINTS[name]
    now = world.timing.now().timestamp()
    headers = wrong_tokens(world, data) | {
        "expired": forged(world, data, exp=now - 61),
        "not yet valid": forged(world, data, nbf=now + 61),
        "made in the future": forged(world, data, iat=now + 61),
        **{other: forged(world, each) for other, (_, _, each) in ENDPOINTS.items() if each != data},
    }
    body = json.dumps({"geo_node_id": 2}) if name == "status" else None

    def ask(header: str | None) -> httpx.Response:
        own = {"Authorization": header} if header else {}
        return httpx.request(method, f"{world.serve()}{path}", headers=own, content=body, trust_env=False)

    for wrong, header in headers.items():
        response = ask(header)
        assert response.status_code == 401, wrong
        text = response.text.removeprefix("Geo JWT authentication failed: ")
        assert text in (
            '{"message":"401 Unauthorized"}', json.dumps({"message": tokens.TIME_MESSAGE}, separators=(",", ":")),
            "Bad token", "Invalid signature time", "Unauthorized scope",
        ), wrong  # fmt: skip
    with world.primary.main.reading() as session:
        assert session.scalars(select(GeoNodeStatus)).all() == []
    assert ask(forged(world, data)).status_code != 401


@pytest.mark.point(120)
def test_a_paused_site_is_refused(world: World) -> None:
    world.widget()
    header = git_token(world)
    world.set_node("secondary", enabled=False)
    assert refs(world, header).status_code == 401


@pytest.mark.point(120)
def test_another_address_is_refused(world: World) -> None:
    world.widget()
    record = world.widget_file()
    world.primary.settings = world.again(world.primary, allowed_ips=("10.0.0.0/8",)).settings
    response = refs(world, git_token(world))
    assert (response.status_code, response.text) == (401, "Request from this IP is not allowed")
    assert world.get(f"/api/v4/geo/retrieve/widget_file/{record.id}", file_token(world, record.id)).status_code == 401


@pytest.mark.point(120)
@pytest.mark.parametrize(
    ("later", "status"),
    [(-61, 401), (-60, 200), (0, 200), (119, 200), (121, 401), (100_000, 401)],
)
def test_skew_of_a_minute_is_tolerated(world: World, later: int, status: int) -> None:
    """Both clocks are one here, so the primary's is moved between signing and checking."""
    record = world.widget_file()
    header = file_token(world, record.id)
    world.wait(seconds=later)
    response = world.get(f"/api/v4/geo/retrieve/widget_file/{record.id}", header)
    assert response.status_code == status
    if status == 401:
        assert response.json()["message"] == tokens.TIME_MESSAGE


@pytest.mark.point(120)
def test_a_git_token_holds_two_hours(world: World) -> None:
    world.widget()
    header = git_token(world)
    world.wait(minutes=120)
    assert refs(world, header).status_code == 200
    world.wait(seconds=61)
    response = refs(world, header)
    assert (response.status_code, response.text) == (401, "Geo JWT authentication failed: Invalid signature time")


@pytest.mark.point(120)
def test_another_resource_is_refused(world: World) -> None:
    record = world.widget_file()
    address = f"/api/v4/geo/retrieve/widget_file/{record.id}"
    for header in (
        file_token(world, record.id + 1),
        file_token(world, str(record.id)),  # ids are compared as integers
        file_token(world, True),
        file_token(world, record.id, replicable_name="widget"),
        git_token(world),
        None,
    ):
        assert world.get(address, header).status_code == 401


@pytest.mark.point(121)
def test_retrieve(world: World) -> None:
    record = world.widget_file(content=b"hello")
    address = f"/api/v4/geo/retrieve/widget_file/{record.id}"
    found = world.get(address, file_token(world, record.id))
    assert (found.content, found.headers["content-type"]) == (b"hello", "application/octet-stream")
    missing = world.get("/api/v4/geo/retrieve/widget_file/999", file_token(world, 999))
    assert (missing.status_code, missing.json()["message"]) == (404, "widget_file not found")
    assert "geo_code" not in missing.json()
    verifier.verify(world.replicator(record, world.primary))
    checksum = world.state(record).verification_checksum
    assert world.get(address, file_token(world, record.id, checksum=checksum)).status_code == 200
    differs = world.get(address, file_token(world, record.id, checksum="00"))
    assert (differs.status_code, differs.json()["message"]) == (404, "Checksum mismatch")
    world.upload(world.primary, "a.bin").unlink()
    gone = world.get(address, file_token(world, record.id))
    assert (gone.status_code, gone.json()["geo_code"]) == (404, "FILE_NOT_FOUND")


def test_a_file_is_sent_in_large_pieces(world: World) -> None:
    app, content, pieces = create_app(world.primary), bytes(range(256)) * 10_000, list[int]()
    record = world.widget_file(content=content)

    async def listened_to(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_on(message: Message) -> None:
            pieces.append(len(message.get("body", b"")))
            await send(message)

        await app(scope, receive, send_on)

    with Server(listened_to) as server:
        header = {"Authorization": file_token(world, record.id)}
        address = f"{server.url}/api/v4/geo/retrieve/widget_file/{record.id}"
        assert httpx.get(address, headers=header, trust_env=False).content == content
    assert pieces == [0, 1 << 20, 1 << 20, len(content) - (2 << 20)]  # the first is the head


@pytest.mark.point(121)
@pytest.mark.parametrize(
    "path",
    [
        "../../../secret",
        "/etc/hostname",
        "link/secret",
        "linked",
        "..%2f..%2f..%2fsecret",
        "x/../../../../secret",
        "a\0b",
    ],
)
def test_no_file_outside_the_storage_is_served(world: World, path: str) -> None:
    (world.folder / "secret").write_bytes(b"secret")
    root = world.upload(world.primary, "")
    root.mkdir(exist_ok=True)
    (root / "link").symlink_to(world.folder)
    (root / "linked").symlink_to(world.folder / "secret")
    record = world.widget_file(path, content=None)
    response = world.get(f"/api/v4/geo/retrieve/widget_file/{record.id}", file_token(world, record.id))
    assert (response.status_code, response.json().get("geo_code")) == (404, "FILE_NOT_FOUND")


def exactly(world: World, path: str, header: str) -> tuple[int, bytes]:
    """Request a path exactly as written; other clients normalise it first."""
    connection = http.client.HTTPConnection("127.0.0.1", int(world.serve().rpartition(":")[2]))
    connection.putrequest("GET", path)
    connection.putheader("Authorization", header)
    connection.endheaders()
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body


@pytest.mark.point(122)
@pytest.mark.parametrize(
    "path",
    [
        "/../secret", "/group/../../secret", "/%2e%2e/secret", "/group/%2e%2e/%2e%2e/secret", "/..%2fsecret",
        "//secret", "/%252e%252e/secret", "/group//../../secret", "/group/./link", "/group/link", "/group/away",
        "/secret%00",
    ],
)  # fmt: skip
def test_no_repository_outside_the_storage_is_served(world: World, path: str) -> None:
    """Not to a site that signs for just this path either, and not if a record says that its data are there."""
    secret = world.repository_at(world.primary, "../../secret")
    secret.create()
    world.commit("../../secret", "secret")
    world.widget()
    (world.repository_at(world.primary, "group/link").path).symlink_to(secret.path)
    world.widget("link", repository=False)
    world.widget("away", repository=False, disk_path="../../secret")
    for decoded in (path, unquote(path), unquote(unquote(path))):
        for scope in (decoded, decoded.removeprefix("/"), decoded.strip("/"), "secret"):
            status, body = exactly(world, f"{path}.git/info/refs?service=git-upload-pack", git_token(world, scope))
            assert status in (401, 404), (scope, body)
            assert b"refs/" not in body


@pytest.mark.point(122)
def test_names_are_decoded_once(world: World) -> None:
    record = world.widget("100%41")
    world.serve()
    assert world.replicator(record).sync() is True


def files_around(world: World) -> list[Path]:
    """What is in the folders of both sites but for databases, and in those around them."""
    return sorted(path for path in world.folder.rglob("*") if "sqlite3" not in path.name)


@pytest.mark.parametrize("path", ["../../outside/new", "a/../../../outside/new", "link/new", "linked", "a\0b"])
def test_nothing_is_written_or_removed_outside_the_storages(world: World, path: str) -> None:
    """The secondary believes no path of a record or an event, and fails as it does for any other reason."""
    world.serve()
    outside = world.folder / "outside"
    outside.mkdir()
    for name in ("kept.git", "kept"):
        (outside / name).mkdir()
        (outside / name / "file").write_bytes(b"kept")
    for root in (world.secondary.settings.storages["default"], world.upload(world.secondary, "")):
        root.mkdir(exist_ok=True)
        (root / "link").symlink_to(outside)
        (root / "linked").symlink_to(outside / "kept")
        (root / "linked.git").symlink_to(outside / "kept.git")
    before = files_around(world)
    records = [world.widget("w", repository=False, disk_path=path), world.widget_file(path, content=None)]
    for record in records:
        assert world.replicator(record).sync() is False
        assert world.registry(record).is_failed
        assert world.registry(record).retry_at is not None
        payload = world.replicator(record, world.primary).deleted_params()
        world.replicator(record).consume("deleted", payload)
        assert world.registry(record) is None
    assert files_around(world) == before
    assert (outside / "kept/file").read_bytes() == (outside / "kept.git/file").read_bytes() == b"kept"


@pytest.mark.point(122)
def test_a_token_opens_one_repository(world: World) -> None:
    world.widget("w")
    world.widget("w.wiki")
    assert refs(world, git_token(world, "group/w"), "group/w.wiki").status_code == 401
    assert refs(world, git_token(world, "group/w.wiki"), "group/w").status_code == 401
    assert refs(world, git_token(world, "group/w.wiki"), "group/w.wiki").status_code == 200


@pytest.mark.point(122)
def test_a_missing_repository(world: World) -> None:
    world.widget("w", repository=False)
    for path in ("group/w", "group/unknown"):
        assert refs(world, git_token(world, path), path).status_code == 404


@pytest.mark.point(122)
def test_hidden_references_are_seen(world: World) -> None:
    record = world.widget()
    repository = world.repository_at(world.primary, "group/w")
    repository.git("update-ref", "refs/keep-around/1", "refs/heads/main")
    repository.git("update-ref", "refs/tmp/2", "refs/heads/main")
    repository.git("config", "transfer.hideRefs", "refs/keep-around")
    repository.git("config", "--add", "uploadpack.hideRefs", "refs/tmp")
    world.serve()
    assert world.replicator(record).sync() is True
    assert world.repository_at(world.secondary, "group/w").references() == repository.references()


@pytest.mark.point(122)
def test_nothing_can_be_pushed(world: World) -> None:
    record = world.widget()
    world.serve()
    world.replicator(record).sync()
    assert refs(world, git_token(world), query="service=git-receive-pack").status_code == 403
    assert refs(world, git_token(world), query="").status_code == 403
    ours = world.repository_at(world.secondary, "group/w")
    url = f"{world.serve()}/group/w.git"
    with pytest.raises(GitError):
        ours.git("push", url, "refs/heads/main:refs/heads/pushed", authorization=(url, git_token(world)))


def test_a_large_repository_is_streamed(world: World) -> None:
    record = world.widget(commits=0)
    world.commit("group/w", "x" * 3_000_000)
    world.serve()
    assert world.replicator(record).sync() is True


@pytest.mark.parametrize("path", ["", ".", "..", "a/../..", "/a", "a/../b", "a\0b"])
def test_paths_stay_in_their_folder(world: World, path: str) -> None:
    with pytest.raises(PathError):
        confined(world.folder, path)


def test_a_link_may_not_leave_its_folder(world: World) -> None:
    root = world.folder.resolve() / "root"
    (root / "a" / "b").mkdir(parents=True)
    for name, target in {"inside": "a", "itself": ".", "above": "..", "beside": "../root2", "far": "a/up"}.items():
        (root / name).symlink_to(target)
    (root / "a" / "up").symlink_to("../..")
    assert confined(root, "inside/b") == root / "inside/b"
    for path in ("itself", "above", "above/root2", "beside", "beside/x", "far", "far/x", "a/up/x"):
        with pytest.raises(PathError):
            confined(root, path)
    root.rename(world.folder / "moved")
    root.symlink_to("moved")
    with pytest.raises(PathError):
        confined(root, "a/b")


def test_a_token_is_bound_to_the_sites_clock(world: World) -> None:
    header = git_token(world)
    assert tokens.decode(world.primary, header).data == {"scope": "group/w"}
    world.wait(days=timedelta(days=1).days)
    with pytest.raises(TokenError):
        tokens.decode(world.primary, header)
