"""Nothing that comes from outside is run: a pickle is code, and so are a few other things that look like data."""

import ast
import base64
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

import geo_runtime
from geo_runtime.running.celery_queue import CeleryQueue, InProcessQueue, RedisQueue
from geo_runtime.site import tokens
from geo_runtime.web import Server, create_app
from geo_runtime.web.sessions import cookie_name, issue_sign_in

from .widgets import REGISTRY_TYPES
from .world import World

SOURCE: Final = Path(geo_runtime.__file__).parent
RUNS_CODE: Final = {
    "pickle",
    "_pickle",
    "cPickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "joblib",
    "jsonpickle",
    "code",
}
CALLS: Final = {"eval", "exec", "compile", "__import__", "yaml.load", "os.system", "os.popen"}
CONTENT_TYPES: Final = (
    "application/x-python-serialize",
    "application/python-pickle",
    "application/octet-stream",
    "application/x-yaml",
    "application/json",
    "application/graphql",
    "multipart/form-data; boundary=b",
)


class Bomb:
    """What makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
        return os.mkdir, (str(self.folder),)


def bombs(folder: Path) -> list[bytes]:
    """A pickle in every protocol, and what else would make the folder if somebody ran it."""
    found = [pickle.dumps(Bomb(folder), protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    return [
        *found,
        *map(base64.b64encode, found),
        f"!!python/object/apply:os.mkdir ['{folder}']".encode(),
        f"__import__('os').mkdir({str(folder)!r})".encode(),
    ]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder that nobody makes, though a bomb would."""
    tried = tmp_path / "tried"
    pickle.loads(bombs(tried)[0])
    assert tried.is_dir()
    place = tmp_path / "made by what came"
    yield place
    assert not place.exists()


def test_no_module_takes_data_for_code() -> None:
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [name.name.split(".")[0] for name in node.names if name.name.split(".")[0] in RUNS_CODE]
            elif isinstance(node, ast.ImportFrom):
                names = [each for each in [node.module or ""] if each.split(".")[0] in RUNS_CODE]
            elif isinstance(node, ast.Call):
                is_fixed = all(isinstance(arg, ast.Constant) for arg in node.args)
                names = [name for name in [ast.unparse(node.func)] if name in CALLS and not is_fixed]
            found += [f"{path.relative_to(SOURCE)}:{getattr(node, 'lineno', 0)}: {name}" for name in names]
    assert found == []


@pytest.mark.parametrize("make", [InProcessQueue, lambda site: RedisQueue(site, "redis://127.0.0.1:1/0")])
def test_queues_speak_json_alone(world: World, make: Callable[[Any], CeleryQueue]) -> None:
    conf = make(world.secondary).app.conf
    assert (set(conf.accept_content), conf.task_serializer) == ({"json"}, "json")


def test_no_page_and_no_address_runs_what_it_is_sent(world: World, place: Path) -> None:
    site = world.secondary
    token = tokens.authorization(site, {"scope": tokens.API_SCOPE})
    with (
        Server(create_app(site, REGISTRY_TYPES)) as server,
        httpx.Client(base_url=server.url, trust_env=False) as client,
    ):
        signed_in = client.get("/users/sign_in", params={"token": issue_sign_in(site)}).headers["set-cookie"]
        session = signed_in.split(";")[0]
        for bomb in bombs(place):
            text = base64.urlsafe_b64encode(bomb).decode()
            for name in (cookie_name(site), "session"):
                assert client.get("/admin/geo/sites", headers={"cookie": f"{name}={text}"}).status_code == 401
            for forged in (text, f"a:{text}", f"a:{text}.{text}.x"):
                headers = {"authorization": f"GL-Geo {forged}"}
                assert client.get("/api/v4/geo/retrieve/widget_file/1", headers=headers).status_code == 401
            for kind in CONTENT_TYPES:
                headers = {"authorization": token, "content-type": kind}
                assert client.post("/api/v4/geo/status", content=bomb, headers=headers).status_code == 400
                headers = {"cookie": session, "content-type": kind}
                assert 400 <= client.post("/api/graphql", content=bomb, headers=headers).status_code < 500
