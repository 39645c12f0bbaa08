"""Two sites in a folder, with one clock, and short ways to say what happens on them."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import delete, func, select, text

from geo_runtime.databases.database import Database
from geo_runtime.databases.main import GeoEvent, GeoEventLog, GeoNode, MainBase, Namespace, Project
from geo_runtime.databases.store import StoreBase
from geo_runtime.databases.tracking import TrackingBase
from geo_runtime.events.log_cursor import LogCursor
from geo_runtime.files import git
from geo_runtime.ground import memory
from geo_runtime.ground.timing import ManualTiming, Timing
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.replication.registry import Registry
from geo_runtime.replication.replicator import Replicator
from geo_runtime.running.open_site import open_site
from geo_runtime.site.settings import SiteSettings
from geo_runtime.tables.migrating import MIGRATIONS, library_version_table, version_table
from geo_runtime.testing.lagging_replica import LaggingReplica
from geo_runtime.web import Server, create_app

from .widgets import REPLICATORS, TYPES, Widget, WidgetFile, WidgetFileReplicator, WidgetReplicator

FLAGS = {"geo_widget_replication": True, "geo_widget_file_replication": True}
IDENTITY = {"user.name": "Tester", "user.email": "tester@example.com", "protocol.file.allow": "always"}


class FakeStorage:
    """An object storage in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.base = "http://127.0.0.1:1"

    def size(self, path: str) -> int | None:
        return len(self.files[path]) if path in self.files else None

    def put(self, path: str, content: bytes) -> None:
        self.files[path] = content

    def delete(self, path: str) -> None:
        self.files.pop(path, None)

    def url(self, path: str) -> str:
        return f"{self.base}/{path}?signature=a%2Fb+c"


BASES = {"main": MainBase, "tracking": TrackingBase, "store": StoreBase}


def prepare(name: str, url: str) -> None:
    """Make the tables of a database, and both sites in the main one."""
    database = Database(url)
    BASES[name].metadata.create_all(database.engine)
    if name == "main":
        with database.session() as session, session.begin():
            # One job verifies at once of each type: here one follows another, and more would find nothing to do.
            capacity = {"verification_max_capacity": 2}
            session.add(GeoNode(name="primary", primary=True, url="http://127.0.0.1:1", **capacity))
            session.flush()
            session.add(GeoNode(name="secondary", url="http://127.0.0.1:2", **capacity))
    database.close()


@cache
def prepared() -> dict[str, bytes]:
    """The files of the databases, made once."""
    with tempfile.TemporaryDirectory() as folder:
        for name in BASES:
            prepare(name, f"sqlite:///{folder}/{name}")
        return {name: (Path(folder) / name).read_bytes() for name in BASES}


class World:
    """A primary and a secondary; the server of the primary starts when it is first needed."""

    def __init__(
        self,
        folder: Path,
        *,
        share: float = 0.0,
        replica: bool = False,
        replicators: Sequence[type[Replicator]] = REPLICATORS,
        flags: Mapping[str, bool] | None = None,
        database: Callable[[str], str] | None = None,
    ) -> None:
        self.folder = folder
        self.timing = ManualTiming(share=share)
        self.stack = ExitStack()
        self.replicators = replicators
        self.flags = {**FLAGS, **(flags or {})}
        main = folder / "main.sqlite3"
        self.database = database
        if database is None:
            main.write_bytes(prepared()["main"])
        self.primary = self.site("primary", database("main") if database else f"sqlite:///{main}")
        self.replica: LaggingReplica | None = None
        if replica:
            self.replica = LaggingReplica(main, folder / "replica.sqlite3", self.timing)
            main = self.replica.target
        main_url = database("main") if database else f"sqlite:///{main}"
        self.secondary = self.site("secondary", main_url, tracking=True)
        self._server: Server | None = None
        self._cursor: LogCursor | None = None

    def note_versions(self) -> None:
        """Write down what migrations would, since the tables were made without them."""
        site = self.secondary
        lines = [("main", self.primary.main), ("tracking", site.tracking_database())]
        stores = [("store", replicating_site.store.database) for replicating_site in (self.primary, site)]
        for line, database in (*lines, *stores):
            with database.transaction() as connection:
                for folder, table in [
                    (MIGRATIONS / line, library_version_table(line)),
                    *((kind.migrations / line, version_table(kind)) for kind in TYPES if line != "store"),
                ]:
                    version = max(path.name.partition("_")[0] for path in folder.glob("*.py"))
                    connection.execute(text(f"CREATE TABLE IF NOT EXISTS {table} AS SELECT '{version}' AS version_num"))

    def keep_time_by(self, timing: Timing) -> None:
        """Give both sites a running clock instead of the manual one, because other processes have it too."""
        for site in (self.primary, self.secondary):
            site.timing = site.store.timing = site.jobs.timing = timing

    def site(
        self, name: str, main_url: str, *, tracking: bool = False, node_name: str | None = None
    ) -> ReplicatingSite:
        root = self.folder / name
        (root / "repositories").mkdir(parents=True, exist_ok=True)
        (root / "uploads").mkdir(exist_ok=True)
        store_url = self._url(name, "store")
        tracking_url = self._url(name, "tracking") if tracking else None
        settings = SiteSettings(
            node_name=node_name or name,
            main_url=main_url,
            store_url=store_url,
            tracking_url=tracking_url,
            main_read_only=tracking,
            storages={"default": root / "repositories", "other": root / "repositories"},
            uploads=root / "uploads",
            flag_defaults=self.flags,
        )
        site = open_site(settings, self.replicators, self.timing)
        self.stack.callback(site.close)
        return site

    def _url(self, site: str, name: str) -> str:
        if self.database:
            return self.database(f"{site}_{name}")
        path = self.folder / site / f"{name}.sqlite3"
        path.write_bytes(prepared()[name])
        return f"sqlite:///{path}"

    def again(self, site: ReplicatingSite, **settings: Any) -> ReplicatingSite:
        """The same site with other settings."""
        opened = open_site(replace(site.settings, **settings), self.replicators, self.timing)
        self.stack.callback(opened.close)
        return opened

    def close(self) -> None:
        self.stack.close()
        if self.replica:
            self.replica.close()

    # The network

    def serve(self) -> str:
        if self._server is None:
            self._server = self.stack.enter_context(Server(create_app(self.primary)))
            self.set_node("primary", url=self._server.url)
        return self._server.url

    def cut(self) -> None:
        self.set_node("primary", url="http://127.0.0.1:1")

    def mend(self) -> None:
        assert self._server
        self.set_node("primary", url=self._server.url)

    def get(self, path: str, authorization: str | None = None, **options: Any) -> httpx.Response:
        headers = {"Authorization": authorization} if authorization else {}
        return httpx.get(f"{self.serve()}{path}", headers=headers, trust_env=False, **options)

    # The main database

    def set_node(self, name: str, **values: Any) -> GeoNode:
        with self.primary.main.session() as session, session.begin():
            node = session.scalar(select(GeoNode).where(GeoNode.name == name))
            assert node
            for key, value in values.items():
                setattr(node, key, value)
        self.replicate()
        return node

    def drop_secondaries(self) -> None:
        with self.primary.main.session() as session, session.begin():
            session.execute(delete(GeoNode).where(~GeoNode.primary))

    def flag(self, name: str, value: bool) -> None:
        self.primary.flags.set(name, value)
        self.replicate()

    def replicate(self) -> None:
        if getattr(self, "replica", None):
            assert self.replica
            self.replica.advance()

    def add(self, record: Any) -> Any:
        with self.primary.main.session() as session:
            session.add(record)
            session.commit()
        return record

    def remove(self, record: Any) -> None:
        with self.primary.main.session() as session:
            session.delete(session.get(type(record), record.id))
            session.commit()

    def project(self, namespace: Namespace | None = None, storage: str = "default") -> Project:
        namespace = namespace or self.add(Namespace(name="group"))
        project: Project = self.add(Project(name="project", namespace_id=namespace.id, repository_storage=storage))
        return project

    def events(self, name: str | None = None) -> list[GeoEvent]:
        with self.primary.main.reading() as session:
            statement = select(GeoEvent).join(GeoEventLog).order_by(GeoEventLog.id)
            return list(session.scalars(statement.where(GeoEvent.event_name == name) if name else statement))

    def log_size(self) -> int:
        with self.primary.main.reading() as session:
            return session.scalar(select(func.count()).select_from(GeoEventLog)) or 0

    # Records

    def widget(self, name: str = "w", *, repository: bool = True, commits: int = 1, **values: Any) -> Widget:
        path = f"group/{name}"
        if repository:
            self.repository_at(self.primary, path).create()
            for number in range(commits):
                self.commit(path, f"{name} {number}")
        values = {"name": name, "disk_path": path, "full_path": path, **values}
        widget: Widget = self.add(Widget(**values))
        return widget

    def widget_file(self, path: str = "a.bin", content: bytes | None = b"content", **values: Any) -> WidgetFile:
        if content is not None:
            place = self.upload(self.primary, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        file: WidgetFile = self.add(WidgetFile(blob_path=path, **values))
        return file

    def upload(self, site: ReplicatingSite, path: str) -> Path:
        assert site.settings.uploads
        return site.settings.uploads / "widget_files" / path

    def repository_at(self, site: ReplicatingSite, path: str) -> git.Repository:
        return git.Repository(site.settings.storages["default"] / f"{path}.git")

    def commit(self, path: str, text: str | bytes, reference: str = "refs/heads/main") -> str:
        repository = self.repository_at(self.primary, path)
        blob = piped(repository, text, "hash-object", "-w", "--stdin")
        tree = piped(repository, f"100644 blob {blob}\tfile\n", "mktree")
        message = text[:50] if isinstance(text, str) else "bytes"
        made = repository.git("commit-tree", tree, "-m", message, config=IDENTITY).decode().strip()
        repository.git("update-ref", reference, made)
        return made

    # The secondary

    def replicator(self, record: Any, site: ReplicatingSite | None = None) -> Any:
        kind = WidgetReplicator if isinstance(record, Widget) else WidgetFileReplicator
        return kind(site or self.secondary, record.id)

    def registry(self, record: Any) -> Any:
        kind = self.replicator(record).registry_class
        with self.secondary.tracking_database().reading() as session:
            return kind.find(session, record.id)

    def set_registry(self, record: Any, **values: Any) -> Any:
        with self.replicator(record).registry() as registry:
            for key, value in values.items():
                setattr(registry, key, value)
        return self.registry(record)

    def registries(self, kind: type[Registry]) -> list[int]:
        with self.secondary.tracking_database().reading() as session:
            return list(session.scalars(select(kind.model_key()).order_by(kind.id)))

    def state(self, record: Any) -> Any:
        with self.primary.main.reading() as session:
            return self.replicator(record).state_row(session)

    def set_state(self, record: Any, **values: Any) -> None:
        kind = self.replicator(record).state_model
        with self.primary.main.session() as session, session.begin():
            row = session.scalar(select(kind).where(kind.foreign_key() == record.id))
            if row is None:
                row = kind(**{kind.MODEL_FOREIGN_KEY: record.id})
                session.add(row)
            for key, value in values.items():
                setattr(row, key, value)
        self.replicate()

    def cursor(self) -> LogCursor:
        """One cycle of the site's only daemon."""
        if self._cursor is None:
            self._cursor = LogCursor(self.secondary)
        self._cursor.cycle()
        return self._cursor

    def work(self, *sites: ReplicatingSite, rounds: int = 3) -> None:
        """Run the jobs of the sites, those of the clock too, for some minutes."""
        from geo_runtime.workers import tick

        for _ in range(rounds):
            for site in sites or (self.primary, self.secondary):
                with memory.remembering():  # as threads of a site's process do for a second
                    tick(site)
                    site.jobs.run_due()
                self.replicate()
            if self.secondary in (sites or (self.secondary,)):
                self.cursor()
                with memory.remembering():
                    self.secondary.jobs.run_due()
            self.timing.advance(seconds=61)
            self.replicate()

    def wait(self, **duration: float) -> None:
        self.timing.time += timedelta(**duration)
        self.replicate()


@contextmanager
def keeping(seconds: float) -> Iterator[None]:
    """Have this thread keep what it reads, as threads of a pool do, no longer than a block."""
    token = memory._kept.set(None)
    memory.keep(seconds)
    try:
        yield
    finally:
        memory._kept.reset(token)


def piped(repository: git.Repository, text: str | bytes, *arguments: str) -> str:
    stdin = text.encode() if isinstance(text, str) else text
    done = subprocess.run(["git", *arguments], cwd=repository.path, input=stdin, capture_output=True, check=True)
    return done.stdout.decode().strip()
