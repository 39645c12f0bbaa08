"""A disk without room: under downloads and fetches, and under the databases themselves.

The room is taken by the limit on the size of files that a process may write. It needs no rights and no file system of
its own, and a write beyond it fails as on a full disk; git, which is not told to bear it, dies of it at once.
"""

import random
import resource
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy.exc import OperationalError

from geo_runtime.errors import GitError
from geo_runtime.files import git
from geo_runtime.files.git import Repository
from geo_runtime.kinds.blob.download import BlobDownload
from geo_runtime.workers import tick

from .convergence import begin, converge, damage_of, leftovers
from .test_killed import AFTER_ALL
from .world import World

SIZE = 6 << 20
ROOM = SIZE - 1
"""For the databases there is enough."""


class Disk:
    def fill(self, room: int = 0) -> None:
        """Limit the size of files."""
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))

    def free(self) -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


@pytest.fixture
def disk() -> Iterator[Disk]:
    disk = Disk()
    yield disk
    disk.free()


def test_no_room_for_data(world: World, disk: Disk) -> None:
    begin(world)
    fetched = world.widget("fetched")
    converge(world, [fetched])
    kept = world.replicator(fetched).repository().references()
    content = random.Random(1).randbytes(SIZE)
    world.repository_at(world.primary, "group/cloned").create()
    for path in ("group/fetched", "group/cloned"):
        world.commit(path, content, "refs/heads/big")
    world.replicator(fetched, world.primary).handle_after_update()
    records = [fetched, world.widget("cloned", repository=False), world.widget_file("downloaded", content)]
    disk.fill(ROOM)
    world.work()
    failures = [world.registry(record).last_sync_failure for record in records]
    assert [failure.partition(":")[0] for failure in failures] == [
        "Error syncing repository", "Error syncing repository", "Error downloading file",
    ]  # fmt: skip
    assert "File too large" in failures[2]
    assert world.replicator(fetched).repository().references() == kept
    assert damage_of(world.replicator(fetched).repository()) is None
    assert not world.replicator(records[1]).repository().path.exists()
    assert not world.upload(world.secondary, "downloaded").exists()
    assert [name for name in leftovers(world) if not name.startswith("tmp_obj_")] == []  # of a git that died
    disk.free()
    converge(world, records, minutes=10)


def try_to_work(world: World) -> None:
    """Do what processes do again and again, whatever comes of it."""
    for site in (world.primary, world.secondary):
        for act in (partial(tick, site), site.jobs.run_due):
            with suppress(OperationalError):
                act()
    world.cursor()


def test_no_room_for_the_databases(world: World, disk: Disk) -> None:
    """Neither side can write anything; what was begun is begun again when it has expired."""
    begin(world)
    records: list[Any] = [world.widget(), world.widget_file()]
    converge(world, records)
    disk.fill()
    with pytest.raises(OperationalError):
        world.widget_file("refused", content=None)
    for _ in range(3):
        try_to_work(world)
        world.wait(minutes=1)
    disk.free()
    assert [event.event_name for event in world.events("created")] == ["created"] * 2
    records.append(world.widget_file("accepted"))
    converge(world, records)


def test_half_a_copy_takes_no_room(world: World) -> None:
    """Git tidies up itself if it can; what it leaves, or fails at after the copying, must go too."""
    begin(world)
    record = world.widget()
    real = git.run

    def run(*arguments: str, **options: Any) -> bytes:
        done = real(*arguments, **options)
        if arguments[0] == "clone":
            raise GitError("error: could not write config file config: No space left on device", 4)
        return done

    with patch.object(git, "run", run):
        assert world.replicator(record).sync() is False
    assert leftovers(world) == []
    converge(world, [record], minutes=2)


MOMENTS: dict[str, tuple[type, str]] = {
    "a download": (BlobDownload, "_check"),
    "a clone": (Repository, "clone_mirror"),
    "a fetch": (Repository, "remote_head"),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_room_ends_before_the_outcome_is_recorded(world: World, disk: Disk, moment: str) -> None:
    begin(world)
    record = world.widget_file() if moment == "a download" else world.widget()
    if moment == "a fetch":
        converge(world, [record])
        world.commit("group/w", "newest")
        world.replicator(record, world.primary).handle_after_update()
    kind, name = MOMENTS[moment]
    real: Callable[..., Any] = getattr(kind, name)

    def filled(*arguments: Any) -> Any:
        result = real(*arguments)
        disk.fill()
        return result

    with patch.object(kind, name, filled):
        world.cursor()
        with suppress(OperationalError):
            world.secondary.jobs.run_due()
    try_to_work(world)
    disk.free()
    assert world.registry(record).is_started
    converge(world, [record], seconds=AFTER_ALL.total_seconds())
