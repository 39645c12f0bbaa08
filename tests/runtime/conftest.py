from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from forks import Forks
from ruby.conftest import unavailable
from ruby.postgres import Cluster, bin_folder, running_cluster

if TYPE_CHECKING:
    from .world import World


@pytest.fixture(scope="session", autouse=True)
def trusted_once() -> Iterator[None]:
    """Read the certificates of the world once: clients of tests talk to this machine, and each would read them anew."""
    with pytest.MonkeyPatch.context() as patch:
        transport = import_module("httpx._transports.default")
        patch.setattr(transport, "create_ssl_context", cache(transport.create_ssl_context))
        yield


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    programs = bin_folder()
    if programs is None:
        unavailable("initdb is not installed (Debian package postgresql)")
    with running_cluster(programs) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    from .forks import geo_runtime

    with geo_runtime() as forks:
        yield forks


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[Callable[..., "World"]]:
    from .world import World  # here: without the runtime's packages each file of tests skips itself, and says why

    made: list[World] = []

    def make(**options: Any) -> "World":
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(World(folder, **options))
        return made[-1]

    yield make
    for world in made:
        world.close()


@pytest.fixture
def world(make_world: Callable[..., "World"]) -> "World":
    return make_world()


@pytest.fixture(params=["widget", "widget_file"])
def make_record(world: "World", request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Makes records of one kind, then of the other; `make_record()` needs no repository and no file."""

    def make(number: int = 0, **values: Any) -> Any:
        if request.param == "widget":
            return world.widget(f"w{number}", **{"repository": False, **values})
        return world.widget_file(f"{number}.bin", **{"content": None, **values})

    return make


@pytest.fixture
def record(make_record: Callable[..., Any]) -> Any:
    return make_record()
