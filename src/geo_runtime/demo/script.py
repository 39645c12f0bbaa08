"""The steps of the demonstration, in order. Every step proves what it shows with the data themselves."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from geo_runtime.administration.graphql import global_id
from geo_runtime.demo.stage import DEADLINE_S, Stage
from geo_runtime.demo.steps import Say, Step
from geo_runtime.testing.databases import PRIMARY, SECONDARY
from geo_runtime.testing.errors import StepError

if TYPE_CHECKING:
    from geo_runtime.replication.registry import Registry

LAG: Final = timedelta(hours=6)
"""How far the replica may fall behind, by the clock of the sites: longer than any wait here."""
_SEEN_LAG_S: Final = 60
_PER_RECORD_S: Final = 1.0
Seen = Mapping[str, Any]


class Script:
    """The steps of one demonstration, which share the records that they create.

    Args:
        count: How many records to create at first.
        changes: Whether the data of a record can change.
    """

    def __init__(self, count: int, *, changes: bool) -> None:
        self.count = count
        self.changes = changes
        self.records: list[Any] = []
        self._others = 0

    def steps(self) -> list[Step]:
        """Return the steps in order."""
        found = [
            Step("start", "Two sites start, each as a process with its own databases", self.start),
            Step("create", f"{self.count} records are created, copied and verified", self.create),
            Step("damage", "A copy is damaged; verification finds it, and it is fetched again", self.damage),
            Step("network", "The network is cut; synchronisation fails, and recovers", self.network),
            Step("lag", "The replica of the main database lags, and catches up", self.lag),
            Step("kill", "Both sites are killed and started again, and nothing is lost", self.kill),
            Step("delete", "Records are deleted, and their copies removed", self.delete),
            Step("complete", "Every copy is compared with its original", self.complete),
        ]
        if self.changes:
            found.insert(2, Step("change", "Data change, and the copies follow", self.change))
        return found

    def start(self, stage: Stage, say: Say) -> Seen:
        """Start both sites, and wait until they answer and are healthy."""
        for name in (PRIMARY, SECONDARY):
            say(f"starting the {name}")
            stage.start(name)
        stage.wait("the secondary serves", stage.browser.is_answered, lambda: _last_words(stage))

        def health() -> dict[str, str]:
            with suppress(StepError):
                return {site["name"]: site["health_status"] for site in stage.browser.sites()}
            return {}

        well = {PRIMARY: "Healthy", SECONDARY: "Healthy"}
        stage.wait("both sites are healthy", lambda: health() == well, lambda: f"they are {health()}")
        return {"health": well, "processes": {name: stage.services[name].pid for name in well}}

    def create(self, stage: Stage, say: Say) -> Seen:
        """Create records, and wait until the secondary has all of them, verified."""
        self._others = stage.counts().total  # from an earlier run, and those that somebody created since
        for number in range(self.count):
            say(f"making record {number + 1} of {self.count}")
            self._create(stage)
            if number % 10 == 0:
                stage.counts()
        say("the secondary copies and verifies them")
        deadline_s = DEADLINE_S + _PER_RECORD_S * self.count
        stage.wait("all records are synced and verified", lambda: stage.counts().is_complete,
                   lambda: f"there are {stage.counts()}", deadline_s)  # fmt: skip
        counts = stage.counts()
        return {"records": counts.total, "synced": counts.synced, "verified": counts.verified}

    def change(self, stage: Stage, say: Say) -> Seen:
        """Change the data of a record; the copy has the new checksum."""
        record = self.records[-1]
        before = stage.checksum(stage.secondary, record)
        stage.change(record)
        say(f"record {record.id} changed on the primary")
        stage.wait_until_verified(record)
        after = stage.checksum(stage.secondary, record)
        if after == before:
            raise StepError(f"the checksum of record {record.id} is still {before}")
        return {"record": record.id, "checksum_before": before, "checksum_after": after}

    def damage(self, stage: Stage, say: Say) -> Seen:
        """Damage a copy; have it verified by the button on the page; see the mismatch, and the repair."""
        record = self.records[0]
        right = stage.checksum(stage.secondary, record)
        done = stage.damage(record)
        say(f"record {record.id}: {done}")
        damaged = stage.checksum(stage.secondary, record)
        if damaged == right:
            raise StepError("the damage does not change the checksum")
        registry = stage.registry(record)
        if registry is None:
            raise StepError(f"record {record.id} has no registry")
        message = stage.browser.press(str(global_id(registry)), "REVERIFY")
        failures: list[str] = []
        synced_at = registry.last_synced_at

        def is_found() -> bool:
            registry = stage.registry(record)
            if registry is not None and registry.checksum_mismatch and registry.last_sync_failure:
                failures.append(registry.last_sync_failure)
            # It may already be repaired: only a failed verification fetches it again.
            return bool(failures) or (registry is not None and registry.last_synced_at != synced_at)

        stage.wait("the damage is found", is_found, lambda: stage.described(record))
        say(failures[-1] if failures else "the damage was found")
        seconds = stage.wait_until_verified(record)
        return {
            "record": record.id,
            "damage": done,
            "button": message,
            "detected_as": failures[-1] if failures else None,
            "checksum_when_damaged": damaged,
            "repaired_after_s": round(seconds, 2),
        }

    def network(self, stage: Stage, say: Say) -> Seen:
        """Cut the cable, create a record; see its synchronisation fail; mend the cable, and see it succeed."""
        stage.cable.cut()
        try:
            say("the cable between the sites is cut")
            record = self._create(stage)

            failed: list[Registry] = []  # as observed: another attempt may begin at any time

            def is_failed() -> bool:
                registry = stage.registry(record)
                if registry is not None and registry.is_failed:
                    failed.append(registry)
                return bool(failed)

            stage.wait(f"synchronisation of record {record.id} fails", is_failed, lambda: stage.described(record))
            say(f"synchronisation of record {record.id} failed: {failed[-1].last_sync_failure}")
        finally:
            stage.cable.mend()
        say("the cable is repaired")
        seconds = stage.wait_until_verified(record)
        return {
            "record": record.id,
            "failure": failed[-1].last_sync_failure,
            "retry_count": failed[-1].retry_count,
            "recovered_after_s": round(seconds, 2),
        }

    def lag(self, stage: Stage, say: Say) -> Seen:
        """Let the replica fall behind; the secondary reports it and does not see new records until it catches up."""
        stage.replica.lag = LAG
        try:
            record = self._create(stage)
            say(f"the replica lags; the secondary cannot see record {record.id}")
            seen: list[int] = []

            def is_reported() -> bool:
                lag_s = _lag_s(stage)
                if stage.on(stage.secondary, record).find_record() is not None:
                    raise StepError(f"the secondary sees record {record.id}, though its replica lags")
                seen.append(lag_s or 0)
                return seen[-1] >= _SEEN_LAG_S

            stage.wait("the secondary reports the lag", is_reported, lambda: f"it reports {seen[-1]} s")
            if stage.registry(record) is not None:
                raise StepError(f"record {record.id} has a registry before it can be seen")
            say(f"the secondary reports a lag of {seen[-1]} s")
        finally:
            stage.replica.lag = timedelta(0)
        seconds = stage.wait_until_verified(record)
        stage.wait("the lag is over", lambda: (_lag_s(stage) or 0) < _SEEN_LAG_S, lambda: f"it is {_lag_s(stage)} s")
        return {"record": record.id, "reported_lag_s": seen[-1], "caught_up_after_s": round(seconds, 2)}

    def kill(self, stage: Stage, say: Say) -> Seen:
        """Kill each site during work; records created meanwhile arrive."""
        seen: dict[str, Any] = {}
        for name in (SECONDARY, PRIMARY):
            service = stage.services[name]
            before, starts = service.pid, service.starts
            service.kill()
            say(f"the {name} was killed")
            record = self._create(stage)
            stage.wait(f"the {name} is started again", lambda: service.starts > starts and service.pid is not None,  # noqa: B023
                       lambda: f"it was started {service.starts} times")  # noqa: B023 # fmt: skip
            say(f"the {name} runs again")
            seconds = stage.wait_until_verified(record, 2 * DEADLINE_S)
            seen[name] = {"killed": before, "started": service.pid, "record": record.id, "after_s": round(seconds, 2)}
        return seen

    def delete(self, stage: Stage, say: Say) -> Seen:
        """Delete records; the secondary removes their registries and data."""
        gone = [self.records.pop(0) for _ in range(min(2, len(self.records) - 1))]
        paths = {record.id: stage.data_path(stage.secondary, record) for record in gone}
        for record in gone:
            if not paths[record.id].exists():
                raise StepError(f"there are no data of record {record.id} to delete")
            stage.destroy(record)
            say(f"record {record.id} was deleted")
        for record in gone:
            stage.wait(
                f"the copy of record {record.id} goes",
                lambda: stage.registry(record) is None and not paths[record.id].exists(),  # noqa: B023
                lambda: f"{stage.described(record)}; its data are {'there' if paths[record.id].exists() else 'gone'}",  # noqa: B023
            )
        return {"records": list(paths)}

    def complete(self, stage: Stage, say: Say) -> Seen:
        """Calculate every checksum again on both sites, and compare with the Prometheus metrics."""
        # A synchronisation that was running when its site was killed is tried again after its timeout.
        timeout_s = stage.timing.machine_seconds(stage.kind.status_expiration())
        stage.wait("all records are synced and verified", lambda: stage.counts().is_complete,
                   lambda: f"there are {stage.counts()}", DEADLINE_S + timeout_s)  # fmt: skip
        for number, record in enumerate(self.records, 1):
            say(f"comparing record {number} of {len(self.records)}")
            checksums, ours = stage.checksum(stage.primary, record), stage.checksum(stage.secondary, record)
            if checksums != ours:
                raise StepError(f"record {record.id} has checksum {ours}, and {checksums} on the primary")
        prefix = f"geo_{stage.kind.names().plural}"
        names = (f"{prefix}_registry", f"{prefix}_synced", f"{prefix}_verified")
        wanted = dict.fromkeys(names, float(len(self.records) + self._others))

        def read() -> dict[str, float]:
            values = stage.browser.metrics()
            return {name: values.get(name, 0.0) for name in names}

        stage.wait("the metrics say the same", lambda: read() == wanted, lambda: f"they say {read()}")
        return {"compared": len(self.records), "metrics": wanted}

    def _create(self, stage: Stage) -> Any:
        record = stage.create(stage.next_number())
        self.records.append(record)
        return record


def _lag_s(stage: Stage) -> int | None:
    [found] = [site["db_replication_lag_seconds"] for site in stage.browser.sites() if site["name"] == SECONDARY]
    return None if found is None else int(found)


def _last_words(stage: Stage) -> str:
    return "; ".join(f"{name}: {stage.services[name].last_words()}" for name in (PRIMARY, SECONDARY))
