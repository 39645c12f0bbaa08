"""A site that idles: what it keeps does not grow, however long it does."""

import gc
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, func, select

from sizes import sized

from .world import World

STEP_MINUTES = sized(60, 5)
EACH_HOUR = 60 // STEP_MINUTES
HOURS = sized(3, 22)
"""How many follow the first two, after which all that grows at first is there."""


def rows(world: World) -> dict[str, int]:
    """The rows of every table of both sites."""
    found = {}
    databases: dict[str, Any] = {
        "main": world.primary.main,
        "primary store": world.primary.store.database,
        "secondary store": world.secondary.store.database,
        "tracking": world.secondary.tracking,
    }
    for name, database in databases.items():
        metadata = MetaData()
        metadata.reflect(database.engine)
        with database.connection() as connection:
            for table in metadata.sorted_tables:
                found[f"{name}: {table.name}"] = connection.scalar(select(func.count()).select_from(table)) or 0
    return found


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def blocks() -> int:
    """The blocks of memory that Python has given to what is not garbage."""
    gc.collect()
    return sys.getallocatedblocks()


def idle(world: World, hours: int) -> None:
    for _ in range(hours * EACH_HOUR):
        world.work(rounds=1)
        world.wait(minutes=STEP_MINUTES - 1)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the system does not say which files are open")
def test_a_day_of_idling_leaves_no_more_than_an_hour(world: World) -> None:
    world.serve()
    world.cursor()
    for number in range(3):
        world.widget(f"w{number}")
        world.widget_file(f"{number}.bin")
    world.work()
    idle(world, 2)
    before, files, bytes_before = rows(world), open_files(), size(world.folder)
    for _ in range(2):  # what a thread of another test takes, or something that happens once, is no leak: that goes on
        blocks_before = blocks()
        idle(world, HOURS)
        blocks_taken = blocks() - blocks_before
        if blocks_taken < 1000:
            break
    after = rows(world)
    grown = {name: (before[name], count) for name, count in after.items() if count > before[name]}
    assert grown == {}
    assert open_files() <= files + 8  # connections of a moment; one for each hour would be more
    assert size(world.folder) < bytes_before + (8 << 20)  # SQLite keeps a journal of up to 4 MB for each database
    assert blocks_taken < 1000
