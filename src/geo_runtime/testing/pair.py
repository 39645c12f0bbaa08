"""A primary and a secondary in a folder, in one process, with a clock that only moves on demand, for testing a type."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import select

from geo_runtime.authoring.replicable_type import ReplicableType
from geo_runtime.databases.main import GeoNode
from geo_runtime.events.log_cursor import LogCursor
from geo_runtime.ground.memory import remembering
from geo_runtime.ground.timing import ManualTiming
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.replication.registry import Registry
from geo_runtime.replication.verification import VerificationState
from geo_runtime.running.open_site import open_site
from geo_runtime.testing.databases import PRIMARY, SECONDARY, Databases
from geo_runtime.testing.sites import settings_in
from geo_runtime.web import Server, create_app
from geo_runtime.workers import tick


class Pair:
    """Two sites that share the main database, which the secondary only reads; the primary serves on localhost.

    Args:
        folder: An empty folder.
        types: The types, with replication enabled.
        server: The URL of a PostgreSQL server with the right to create databases, which are dropped at the end, or None
            for SQLite.

    Raises:
        DemoError: The server is not PostgreSQL, or refuses.

    Attributes:
        primary: The primary.
        secondary: The secondary.
        timing: The clock of both.
    """

    def __init__(self, folder: Path, types: Sequence[ReplicableType], server: str | None = None) -> None:
        self.timing = ManualTiming()
        self._folder = folder
        self._types = types
        with ExitStack() as stack:
            self._databases = stack.enter_context(Databases(folder, server))
            self._databases.create(types, replica=False)
            self.primary = self._site(PRIMARY)
            stack.callback(self.primary.close)
            self.secondary = self._site(SECONDARY)
            stack.callback(self.secondary.close)
            self._stack = stack.pop_all()
        self._cursor = LogCursor(self.secondary)

    def __enter__(self) -> Self:
        server = self._stack.enter_context(Server(create_app(self.primary)))
        with self.primary.main.session() as session, session.begin():
            # Jobs run one after the other here, so more of them would find nothing to do.
            session.add(GeoNode(name=PRIMARY, primary=True, url=server.url, verification_max_capacity=1))
            session.add(GeoNode(name=SECONDARY, url="http://127.0.0.1:1", verification_max_capacity=1))
        self._cursor.cycle()  # events are processed from here on
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def set_secondary(self, **values: Any) -> None:
        """Change the settings of the secondary, as an administrator does on the primary.

        Args:
            values: The values by column; `namespaces` and `organizations` are those of selective sync.
        """
        with self.primary.main.session() as session, session.begin():
            node = session.scalars(select(GeoNode).where(GeoNode.name == SECONDARY)).one()
            for key, value in values.items():
                setattr(node, key, value)

    def work(self, rounds: int = 3) -> None:
        """Run the jobs of both sites, including scheduled ones, for this many minutes."""
        for _ in range(rounds):
            for site in (self.primary, self.secondary):
                with remembering():  # like threads of a site's process, which do so for a second
                    tick(site)
                    site.jobs.run_due()
            with remembering():
                self._cursor.cycle()
                self.secondary.jobs.run_due()
            self.timing.advance(seconds=61)

    def registry(self, record: Any) -> Registry | None:
        """Read the secondary's registry of a record, or None."""
        kind = self.primary.replicator_of_record(record).registry_class
        with self.secondary.tracking_database().reading() as session:
            return kind.find(session, record.id)

    def is_verified(self, record: Any) -> bool:
        """Whether the secondary has the data of a record, with the primary's checksum."""
        registry = self.registry(record)
        return (
            registry is not None
            and registry.is_synced
            and registry.verification_state == VerificationState.SUCCEEDED
            and registry.verification_checksum == self.primary.replicator_of_record(record).primary_checksum()
        )

    def _site(self, name: str) -> ReplicatingSite:
        flags = {type_.replicator.replication_flag(): True for type_ in self._types}
        settings = settings_in(self._folder, self._databases, name, flag_defaults=flags)
        return open_site(settings, [type_.replicator for type_ in self._types], self.timing)
