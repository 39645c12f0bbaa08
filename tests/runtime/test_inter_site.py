"""Requests between sites (points 120 to 122)."""

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest

from geo_runtime import git, tokens, verifier
from geo_runtime.errors import GitError, PathError, TokenError
from geo_runtime.storage import confined

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


def forged(world: World, **changes: Any) -> str:
    """A header signed with the right secret, with other claims; a None takes a claim away."""
    node, now = world.secondary.current_node(), world.timing.now().timestamp()
    claims = {"data": json.dumps({"scope": "group/w"}), "jti": "1", "iat": now, "nbf": now, "exp": now + 60, **changes}
    claims = {key: value for key, value in claims.items() if value is not None}
    return f"GL-Geo {node.access_key}:{jwt.encode(claims, node.secret_access_key, algorithm='HS256')}"


def wrong_tokens(world: World) -> dict[str, str | None]:
    node, now = world.secondary.current_node(), world.timing.now()
    right = git_token(world)
    secret, key = node.secret_access_key, node.access_key
    node.secret_access_key = "x" * 40
    wrong_secret = tokens.sign(node, {"scope": "group/w"}, now)
    node.secret_access_key, node.access_key = secret, "unknown"
    unknown = tokens.sign(node, {"scope": "group/w"}, now)
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
        "unknown site": unknown,
        "data is no object": forged(world, data=json.dumps(["group/w"])),
        "data is no JSON": forged(world, data="{"),
        "data is no string": forged(world, data={"scope": "group/w"}),
        "no end": forged(world, exp=None),
        "end is no time": forged(world, exp="never"),
        "scope is no string": git_token(world, ["group/w"]),
        "wrong scope": git_token(world, "group/other"),
        "prefix": git_token(world, "group"),
        "with .git": git_token(world, "group/w.git"),
    }


@pytest.mark.point(120)
def test_wrong_tokens_are_refused(world: World) -> None:
    world.widget()
    for name, header in wrong_tokens(world).items():
        response = refs(world, header)
        assert response.status_code == 401, name
        expected = "Unauthorized scope" if "scope" in name or name in ("prefix", "with .git") else "Bad token"
        assert response.text == f"Geo JWT authentication failed: {expected}", name
    assert refs(world, forged(world)).status_code == 200  # the forger works


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


@pytest.mark.point(121)
@pytest.mark.parametrize("path", ["../../../secret", "/etc/hostname", "link/secret"])
def test_no_file_outside_the_storage_is_served(world: World, path: str) -> None:
    (world.folder / "secret").write_bytes(b"secret")
    root = world.upload(world.primary, "")
    root.mkdir(exist_ok=True)
    (root / "link").symlink_to(world.folder)
    record = world.widget_file(path, content=None)
    response = world.get(f"/api/v4/geo/retrieve/widget_file/{record.id}", file_token(world, record.id))
    assert (response.status_code, response.json().get("geo_code")) == (404, "FILE_NOT_FOUND")


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
        ours.git("push", url, "refs/heads/main:refs/heads/pushed", config=git.remote_config(url, git_token(world)))


def test_a_large_repository_is_streamed(world: World) -> None:
    record = world.widget(commits=0)
    world.commit("group/w", "x" * 3_000_000)
    world.serve()
    assert world.replicator(record).sync() is True


@pytest.mark.parametrize("path", ["", ".", "..", "a/../..", "/a", "a/../b", "a\0b"])
def test_paths_stay_in_their_folder(world: World, path: str) -> None:
    with pytest.raises(PathError):
        confined(world.folder, path)


def test_a_token_is_bound_to_the_sites_clock(world: World) -> None:
    header = git_token(world)
    assert tokens.decode(world.primary, header).data == {"scope": "group/w"}
    world.wait(days=timedelta(days=1).days)
    with pytest.raises(TokenError):
        tokens.decode(world.primary, header)
