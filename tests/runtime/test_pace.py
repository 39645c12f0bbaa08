"""A transfer that hardly moves does not hold a worker for hours: it fails, and is begun again."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from threading import Timer
from unittest.mock import patch

import pytest
from starlette.responses import StreamingResponse

from geo_runtime.files import pace
from geo_runtime.files.pace import Pace
from geo_runtime.replication.registry import RegistryState

from .servers import Stalling
from .test_blob_sync import answering
from .world import World


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The machine's clock, stopped."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ([100] * 30, []),  # just fast enough
        ([99] * 30, [9, 19, 29]),
        ([1000] + [0] * 19, [19]),  # a fast beginning does not make up for what follows
        ([0] * 9 + [1000] * 5, []),  # nor a slow one for a window that was fast enough
    ],
)
def test_too_little_in_a_whole_window(clock: list[float], received: list[int], expected: list[int]) -> None:
    pace = Pace(least=100, window_s=10)
    slow = []
    for second, each in enumerate(received):
        clock[0] += 1
        if pace.is_too_slow(each):
            slow.append(second)
    assert slow == expected


async def drops() -> AsyncIterator[bytes]:
    while True:
        yield b"."
        await asyncio.sleep(0.01)


def test_a_file_that_comes_too_slowly_fails_and_is_tried_again(world: World) -> None:
    """It would come for ever, and each piece in time."""
    record = world.widget_file("a.bin", b"content")
    with (
        answering(world, StreamingResponse(drops())),
        patch.object(pace, "Pace", partial(Pace, least=10**12, window_s=0.2)),
    ):
        assert world.replicator(record).sync() is False
    row = world.registry(record)
    assert row.state == RegistryState.FAILED
    assert row.last_sync_failure == "Fewer than 1000000000000 bytes a second came for 0 s"
    assert row.retry_at is not None
    assert [path.name for path in world.upload(world.secondary, "a.bin").parent.iterdir()] == []


def test_a_repository_that_comes_too_slowly_fails_and_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "SLOW_GIT_S", 1.0)
    world.serve()
    record = world.widget()
    assert world._server is not None
    with Stalling(world._server.port, after=100) as network:
        world.set_node("primary", url=network.url)
        giving_up = Timer(60, network.release)  # else this test would wait as long as git
        giving_up.start()
        assert world.replicator(record).sync() is False
        assert giving_up.is_alive()
        giving_up.cancel()
    row = world.registry(record)
    assert row.state == RegistryState.FAILED
    assert "Operation too slow" in row.last_sync_failure
    assert row.retry_at is not None
