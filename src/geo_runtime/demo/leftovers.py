"""Removes what killed demonstrations left: their folders of keys and databases, and their keys on a Redis server.

A demonstration locks a file in its folder while it lives, so whoever gets the lock knows that it is dead. Databases on
a server are removed in the same way (`testing/databases.py`). Folders that the user wants to keep are not searched for.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

PREFIX: Final = "geo-demo-"
"""The prefix of temporary folders; the command that creates them uses it too."""
_LOCK: Final = ".alive"
_SITES: Final = "sites"


@contextmanager
def alive(scratch: Path | None) -> Iterator[None]:
    """Hold the lock of a folder for a block, and first remove sibling folders of dead demonstrations.

    Args:
        scratch: The temporary folder, or None if the user keeps the result.
    """
    if scratch is None:
        yield
        return
    scratch.mkdir(parents=True, exist_ok=True)
    fresh = scratch / f"{_LOCK}.new"
    with fresh.open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fresh.rename(scratch / _LOCK)  # it is never visible unlocked
        remove_dead(scratch)
        yield


def remove_dead(scratch: Path) -> list[Path]:
    """Remove what this user's dead demonstrations left next to a folder, and return their folders."""
    removed = []
    for folder in sorted(scratch.parent.glob(f"{PREFIX}*")):
        if folder == scratch or folder.is_symlink() or not folder.is_dir() or folder.stat().st_uid != os.geteuid():
            continue
        with suppress(OSError), (folder / _LOCK).open("rb") as lock:  # without a lock it is not one, or has no keys yet
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove_queues(folder / _SITES)
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(folder)
    return removed


def _remove_queues(folder: Path) -> None:
    """Remove what the sites of a folder kept on a Redis server, if there was one and it answers."""
    for path in folder.glob("*.json"):
        with suppress(ValueError, KeyError, OSError):
            config = json.loads(path.read_text())
            if config.get("queue"):
                _forget(config["queue"], config["node_name"], config["store_url"])


def _forget(url: str, node_name: str, store_url: str) -> None:
    from redis import Redis, RedisError  # noqa: PLC0415 - another extra

    from geo_runtime.demo.queues import PATIENCE_S, remove_keys  # noqa: PLC0415
    from geo_runtime.running.celery_queue import name_of_queue  # noqa: PLC0415

    with (
        suppress(RedisError),
        Redis.from_url(url, socket_connect_timeout=PATIENCE_S, socket_timeout=PATIENCE_S) as client,
    ):
        remove_keys(client, [name_of_queue(node_name, store_url)])
