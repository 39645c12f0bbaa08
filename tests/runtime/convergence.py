"""What two sites must come to after whatever happened to them: nothing is lost, and nothing is left over."""

import os
from collections.abc import Iterable
from fnmatch import fnmatch
from itertools import chain
from typing import Any

from geo_runtime.errors import GitError
from geo_runtime.files.git import Repository
from geo_runtime.replication.registry import RegistryState
from geo_runtime.replication.verification import VerificationState

from .widgets import REPLICATORS, Widget
from .world import World

LEFTOVERS = ("tmp_*", ".tmp-*", "*.lock", "*.new", "*.old")


def leftovers(world: World) -> list[str]:
    """The temporary files of the secondary; a folder that goes while somebody looks has none."""
    names = (name for _, *found in os.walk(world.folder / "secondary") for name in chain(*found))
    return [name for name in names if any(fnmatch(name, pattern) for pattern in LEFTOVERS)]


def damage_of(repository: Repository) -> str | None:
    """What git says when it reads everything that references lead to."""
    try:
        objects = repository.git("rev-list", "--objects", "--all", "--no-object-names")
        repository.git("cat-file", "--batch", stdin=objects)
    except GitError as error:
        return str(error)
    return None


def shortcomings(world: World, records: Iterable[Any]) -> list[str]:
    """What is not as it must be, in words: registries, data compared with the originals, and leftovers."""
    records, found = list(records), [f"{name} is left" for name in leftovers(world)]
    for kind in REPLICATORS:
        wanted = sorted(record.id for record in records if isinstance(record, kind.model))
        if sorted(world.registries(kind.registry_class)) != wanted:
            found.append(f"registries of {kind.replicable_name()}: {world.registries(kind.registry_class)}")
    for record in records:
        name, registry = f"{type(record).__name__} {record.id}", world.registry(record)
        if registry is None:
            continue
        if (registry.state, registry.verification_state) != (RegistryState.SYNCED, VerificationState.SUCCEEDED):
            failure = registry.last_sync_failure or registry.verification_failure
            found.append(f"{name}: {registry.state}, {registry.verification_state}, {failure}")
            continue
        theirs = world.replicator(record, world.primary).calculate_checksum()
        checksums = {
            "registry": registry.verification_checksum,
            "state": world.state(record).verification_checksum,
            "copy": world.replicator(record).calculate_checksum(),
        }
        found += [f"{name}: {place} has {each}, not {theirs}" for place, each in checksums.items() if each != theirs]
        if isinstance(record, Widget):
            damage = damage_of(world.replicator(record).repository())
            found += [f"{name}: {damage}"] if damage else []
    return found


def begin(world: World) -> World:
    """Make the primary serve and the secondary listen; limits of concurrency make no sense if jobs run one by one."""
    world.serve()
    for name in ("primary", "secondary"):
        world.set_node(name, files_max_capacity=1000, repos_max_capacity=1000, verification_max_capacity=1)
    world.cursor()
    return world


def converge(world: World, records: Iterable[Any], *, rounds: int = 3, **after: float) -> None:
    """Let time pass while both sites work; then everything must be right.

    Args:
        world: The sites.
        records: All that the primary has.
        rounds: How many minutes they work.
        after: How long nothing happens first, as `timedelta` takes it.
    """
    world.wait(**after)
    world.work(rounds=rounds)
    problems = shortcomings(world, records)
    assert problems == [], problems
