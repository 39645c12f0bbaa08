"""The state of both sites as plain values: their progress, and the history of one record.

It polls, and remembers changes: the registry only has its current state.
"""

import threading
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import pairwise
from typing import Any, Final, Self

from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload

from geo_runtime.databases.main import GeoEventLog, GeoNode
from geo_runtime.demo.stage import Stage
from geo_runtime.events.gaps import GAPS_KEY, Gap
from geo_runtime.events.log_cursor import events_behind, last_event_id, last_processed_id
from geo_runtime.replication.registry import RegistryState
from geo_runtime.replication.verification import VerificationState
from geo_runtime.site import lag
from geo_runtime.site.jobs import JobRow, Queue
from geo_runtime.testing.databases import PRIMARY, SECONDARY
from geo_runtime.workers import in_progress

PERIOD_S: Final = 0.5
_POINTS: Final = 600
"""How many samples the plots go back: five minutes."""
_CHANGES: Final = 50
"""How many changes of one record are remembered."""
_RECORDS: Final = 500
"""How many of the newest records are listed and watched."""
_EVENTS: Final = 1000
"""How many events are remembered: the primary prunes those that every secondary has read."""
_LISTED: Final = 50
_GAPS: Final = 50


class Observer:
    """Watches a stage in a thread; used in `with`.

    Args:
        stage: Both sites.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._points: deque[dict[str, Any]] = deque(maxlen=_POINTS)
        self._changes: dict[int, deque[dict[str, Any]]] = {}
        self._last: dict[int, tuple[str, str]] = {}
        self._events: dict[int, dict[str, Any]] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopped.set()
        self._thread.join()

    def state(self) -> dict[str, Any]:
        """Return the current state of the sites, the log and the jobs."""
        stage = self.stage
        counts = stage.counts()
        with stage.primary.main.reading() as session:
            node = session.scalars(select(GeoNode).where(GeoNode.name == SECONDARY)).one()
            selected = sorted(namespace.name for namespace in node.namespaces)
        return {
            "now": _shown(stage.timing.now()),
            "speed": stage.options.speed,
            "kind": stage.kind.kind.name,
            "counts": asdict(counts),
            "sites": {name: self._site(name) for name in (PRIMARY, SECONDARY)},
            "network": {"is_cut": stage.cable.is_cut},
            "replica": {
                "set_lag_s": int(stage.replica.lag.total_seconds()),
                "lag_s": lag.lag_seconds(stage.secondary),
            },
            "replication": {
                "is_paused": not node.enabled,
                "selective_sync": node.selective_sync_type,
                "namespaces": selected,
            },
            "log": self._log(),
            "jobs": self._jobs(),
            "capacity": self._capacity(),
        }

    def points(self) -> list[dict[str, Any]]:
        """Return the points of the plots, oldest first."""
        return list(self._points)

    def records(self) -> list[dict[str, Any]]:
        """Return the newest records, newest first, each with its state on the secondary."""
        registries = {each.model_record_id: each for each in self._registries()}
        found = []
        for record_id, name in self._names():
            registry = registries.pop(record_id, None)
            found.append({"id": record_id, "name": name, "is_on_primary": True, **_states(registry)})
        left = ({"id": each, "name": "", "is_on_primary": False, **_states(row)} for each, row in registries.items())
        return sorted([*found, *left], key=lambda each: -int(each["id"]))[:_RECORDS]

    def record(self, record_id: int) -> dict[str, Any] | None:
        """Return the history of one record, or None if it never existed, as far as known.

        Args:
            record_id: Its id.
        """
        stage, kind = self.stage, self.stage.kind
        events = [each for each in self._newest() if each["record"] == record_id]
        with stage.primary.main.reading() as session:
            record = session.get(kind.model, record_id)
        with stage.secondary.tracking_database().reading() as session:
            registry = kind.registry_class.find(session, record_id)
        if record is None and registry is None and not events:
            return None
        now = stage.timing.now()
        row: dict[str, Any] = {"id": record_id, "is_on_primary": record is not None, **_states(registry)}
        row["now"] = _shown(now)
        row["events"] = events
        row["cursor"] = last_processed_id(stage.secondary)
        row["changes"] = list(self._changes.get(record_id, ()))
        row["is_seen_by_secondary"] = kind(stage.secondary, record_id).find_record() is not None
        row["checksums"] = {
            "primary": self._checksum_on_primary(record_id) if record is not None else None,
            "secondary": registry.verification_checksum if registry else None,
            "mismatched": registry.verification_checksum_mismatched if registry else None,
        }
        if registry is not None:
            row["registry"] = {
                "id": registry.id,
                "created_at": _shown(registry.created_at),
                "last_synced_at": _shown(registry.last_synced_at),
                "retry_count": registry.retry_count or 0,
                "retry_at": _shown(registry.retry_at),
                "last_sync_failure": registry.last_sync_failure,
                "verified_at": _shown(registry.verified_at),
                "verification_retry_count": registry.verification_retry_count or 0,
                "verification_retry_at": _shown(registry.verification_retry_at),
                "verification_failure": registry.verification_failure,
                "checksum_mismatch": bool(registry.checksum_mismatch),
            }
        return row

    def events(self) -> dict[str, Any]:
        """Return the newest events of the log, the cursor and the gaps."""
        return {**self._log(), "newest": self._newest()[:_LISTED]}

    # Implementation

    def _watch(self) -> None:
        while not self._stopped.wait(PERIOD_S):
            try:
                self._look()
            except Exception:  # noqa: S112 - a site is down, or a database is busy: the next look may succeed
                continue

    def _look(self) -> None:
        stage = self.stage
        now = stage.timing.now()
        registries = list(self._registries())
        for registry in registries:
            self._note(registry.model_record_id, (_state(registry), _verification(registry)), registry, now)
        for record_id in self._last.keys() - {registry.model_record_id for registry in registries}:
            self._note(record_id, ("GONE", "GONE"), None, now)
        self._note_events()
        counts = stage.counts()
        jobs = self._jobs()
        self._points.append(
            {
                "at": _shown(now),
                **asdict(counts),
                "lag_s": lag.lag_seconds(stage.secondary) or 0,
                "behind": events_behind(stage.secondary),
                "jobs": sum(job["waiting"] + job["running"] for job in jobs.values()),
            }
        )

    def _note(self, record_id: int, states: tuple[str, str], registry: Any, now: datetime) -> None:
        if self._last.get(record_id) == states:
            return
        self._last[record_id] = states
        failure = registry and (registry.last_sync_failure or registry.verification_failure)
        change = {"at": _shown(now), "state": states[0], "verification_state": states[1], "failure": failure}
        self._changes.setdefault(record_id, deque(maxlen=_CHANGES)).append(change)

    def _registries(self) -> Iterator[Any]:
        kind = self.stage.kind.registry_class
        with self.stage.secondary.tracking_database().reading() as session:
            yield from session.scalars(select(kind).order_by(kind.model_key().desc()).limit(_RECORDS)).all()

    def _names(self) -> list[tuple[int, str]]:
        model: Any = self.stage.kind.model
        with self.stage.primary.main.reading() as session:
            rows = session.scalars(select(model).order_by(model.id.desc()).limit(_RECORDS)).all()
            return [(row.id, str(getattr(row, "name", "") or "")) for row in rows]

    def _newest(self) -> list[dict[str, Any]]:
        """Return the observed events, newest first, and whether each is still in the log."""
        first = self._note_events()
        return [
            {**self._events[event], "is_pruned": first is None or event < first}
            for event in sorted(self._events, reverse=True)
        ]

    def _note_events(self) -> int | None:
        """Remember new events; return the first id left in the log, which is pruned from that end."""
        known = sorted(self._events)
        # An event written before its neighbour may become visible after it.
        late = [number for low, high in pairwise(known) for number in range(max(low + 1, high - _GAPS), high)][-_GAPS:]
        is_new = or_(GeoEventLog.id > (known[-1] if known else 0), GeoEventLog.id.in_(late))
        statement = select(GeoEventLog).options(selectinload(GeoEventLog.geo_event)).where(is_new)
        with self.stage.primary.main.reading() as session:
            for row in session.scalars(statement.order_by(GeoEventLog.id.desc()).limit(_EVENTS)):
                if row.geo_event is not None:
                    self._events[row.id] = {
                        "id": row.id,
                        "event": row.geo_event.event_name,
                        "record": row.geo_event.payload.get("model_record_id"),
                        "at": _shown(row.created_at),
                    }
            first = session.scalar(select(func.min(GeoEventLog.id)))
        for event in sorted(self._events)[:-_EVENTS]:
            self._events.pop(event, None)
        return first

    def _log(self) -> dict[str, Any]:
        site = self.stage.secondary
        gaps = [Gap.parse(*member) for member in site.store.members(GAPS_KEY)[:_GAPS]]
        return {
            "last": last_event_id(self.stage.primary),
            "received": last_event_id(site),
            "cursor": last_processed_id(site),
            "behind": events_behind(site),
            "gaps": [[gap.first, gap.last] for gap in gaps],
        }

    def _jobs(self) -> dict[str, dict[str, int]]:
        """Return how many jobs of the secondary are waiting and running, by queue."""
        site = self.stage.secondary
        now = self.stage.timing.now()
        waiting, running = Counter[str](), Counter[str]()
        with site.store.database.connection() as connection:
            for name, until in connection.execute(select(JobRow.name, JobRow.running_until)):
                (running if until is not None and until > now else waiting)[site.jobs.queue_of(name)] += 1
        return {queue.value: {"waiting": waiting[queue], "running": running[queue]} for queue in Queue}

    def _capacity(self) -> dict[str, int]:
        kind = self.stage.kind.kind
        return {
            "used": len(in_progress.begun(self.stage.secondary, kind)),
            "most": kind.capacity(self.stage.secondary, self.stage.secondary.current_node()),
        }

    def _site(self, name: str) -> dict[str, Any]:
        names = self.stage.services.names()
        service = self.stage.services[name] if name in names else None
        return {
            "url": self.stage.url(name),
            "pid": service.pid if service else None,
            "starts": service.starts if service else 0,
        }

    def _checksum_on_primary(self, record_id: int) -> str | None:
        """Return the primary's checksum of a record."""
        with self.stage.primary.main.reading() as session:
            found = self.stage.kind.state_model.find(session, record_id)
            return found.verification_checksum if found else None


def _states(registry: Any) -> dict[str, Any]:
    return {"state": _state(registry), "verification_state": _verification(registry)}


def _state(registry: Any) -> str:
    return RegistryState(registry.state).name if registry is not None else "NONE"


def _verification(registry: Any) -> str:
    return VerificationState(registry.verification_state).name if registry is not None else "NONE"


def _shown(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
