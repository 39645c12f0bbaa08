"""Jobs that run again, in another order, or never: a queue promises at least once, and sometimes less happens."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.site.jobs import STATUS_EXPIRATION, Claimed, Jobs
from sizes import sized

from .convergence import begin, converge
from .widgets import Widget
from .world import World


class Unreliable(Jobs):
    """Jobs run in any order; some run again at once, some again much later, some never."""

    def __init__(self, site: ReplicatingSite, chance: Random, *, again: float, lost: float) -> None:
        super().__init__(site.store, site.jobs.kinds, site)
        self.chance, self.again, self.lost = chance, again, lost
        self.past: list[tuple[str, tuple[Any, ...]]] = []
        self.counts = {"again": 0, "late": 0, "lost": 0}

    def enqueue(self, name: str, *arguments: Any, **options: Any) -> int | None:
        self.past.append((name, arguments))
        if self._happens("lost", self.lost):
            return -1
        return super().enqueue(name, *arguments, **options)

    def enqueue_all(
        self, name: str, each: Sequence[Sequence[Any]], expiration: timedelta = STATUS_EXPIRATION
    ) -> list[int]:
        return [self.enqueue(name, *one, expiration=expiration) or -1 for one in each]

    def _next(self) -> int | None:
        due = self.overdue()
        return self.chance.choice(due) if due else None

    def _run(self, row: Claimed) -> bool:
        result = super()._run(row)
        if self._happens("again", self.again):
            super()._run(row)
        if self._happens("late", self.again):
            name, arguments = self.chance.choice(self.past)
            super().enqueue(name, *arguments)
        return result

    def _happens(self, what: str, probability: float) -> bool:
        happens = self.chance.random() < probability
        self.counts[what] += happens
        return happens


def data_path(world: World, record: Any) -> Path:
    if isinstance(record, Widget):
        return world.repository_at(world.secondary, record.full_path).path
    return world.upload(world.secondary, record.blob_path)


@pytest.mark.parametrize(("again", "lost"), sized([(0.3, 0.3)], [(0.4, 0.0), (0.0, 0.4), (0.3, 0.3)]))
def test_sites_converge_whatever_the_queue_does(world: World, again: float, lost: float) -> None:
    begin(world)
    chance = Random(f"{again} {lost}")
    sites = (world.primary, world.secondary)
    reliable = [site.jobs for site in sites]
    queues = [Unreliable(site, chance, again=again, lost=lost) for site in sites]
    for site, unreliable in zip(sites, queues, strict=True):
        site.jobs = unreliable
    records: list[Any] = []
    gone: list[Any] = []
    for number in range(3):
        records += [world.widget(f"w{number}"), world.widget_file(f"{number}.bin", chance.randbytes(10))]
        changed = chance.choice([each for each in records if isinstance(each, Widget)])
        world.commit(changed.full_path, f"change {number}")
        world.replicator(changed, world.primary).handle_after_update()
        if number:
            gone.append(records.pop(chance.randrange(len(records))))
            if isinstance(gone[-1], Widget):
                world.replicator(gone[-1], world.primary).handle_after_destroy()
            world.remove(gone[-1])
        world.work(rounds=1)
    counts = {what: sum(queue.counts[what] for queue in queues) for what in queues[0].counts}
    assert [counts["again"] > 0, counts["late"] > 0, counts["lost"] > 0] == [again > 0, again > 0, lost > 0], counts
    for site, queue in zip(sites, reliable, strict=True):
        site.jobs = queue
    # If no job told of a change, the next verification of the original does; what failed until then waits its time.
    world.wait(days=91)
    world.work(rounds=6)
    converge(world, records, rounds=6, days=1)
    for record in () if lost else gone:  # only the event has the location of a deleted record's data
        assert not data_path(world, record).exists()
