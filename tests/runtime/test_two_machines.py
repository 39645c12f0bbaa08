"""Two machines as `examples/deploy` has them: the network is cut, all processes are restarted, nothing is lost."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from geo_runtime.command.app import app
from geo_runtime.events.publishing import UPDATED
from geo_runtime.ground.timing import ScaledTiming
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.running import configuration
from geo_runtime.running.configured import load_types
from geo_runtime.running.open_site import open_site
from geo_runtime.site.settings import SiteSettings
from geo_scaffold.answers import Answers
from geo_scaffold.checkout.target import RUNTIME
from geo_scaffold.verbs.new import plan_new
from geo_scaffold.verbs.plan import write
from sizes import sized, some
from waiting import wait_until

from .machines import (
    PASSWORD,
    Machine,
    Machines,
    Namespaces,
    Postgres,
    Program,
    may_have_namespaces,
    running_redis_on,
    together,
)

pytestmark = pytest.mark.slow
SPEED = sized(20, 60)  # the faster the clock, the more each process does while the test waits
CASES = sized([("blob", "best")], [("blob", "best"), ("repository", "best"), ("repository", "proxies")])
"""What a record has, and what the network is made of."""
PAUSE_S = sized(0.6, 0.2)
"""Between two records: what is made while all processes are restarted is replicated too."""
WORKERS: dict[str, list[tuple[str, ...]]] = {
    "primary": [()],
    "secondary": [("sync",), ("cronjob", "event", "verification")],
}
"""The queues of each worker of a site; of none: all."""


@dataclass
class Deployment:
    """Both sites at work, and the test's own view of them."""

    network: Machines
    folder: Path
    type: Any
    timing: ScaledTiming
    sites: dict[str, ReplicatingSite] = field(default_factory=dict)
    programs: dict[str, Program] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    environments: dict[str, dict[str, str]] = field(default_factory=dict)

    def machine(self, name: str) -> Machine:
        return self.network.primary if name == "primary" else self.network.secondary

    def restart(self, name: str) -> None:
        """Have a process end and start it again, as a rolling restart does: the next one waits for it."""
        assert self.programs[name].end() == 0, self.said()
        self.programs[name].start()
        if name in self.ports:
            self.wait_until_ready(name)

    def wait_until_ready(self, name: str) -> None:
        try:
            self.machine(name).wait_until_ready(self.ports[name])
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.said()}") from error

    def said(self) -> str:
        return "\n".join(f"{path.name}: {path.read_text()[-3000:]}" for path in sorted(self.folder.glob("*.log")))

    def shortcomings(self, kept: list[Any], gone: list[Any]) -> list[str]:
        """Return what is missing, different or surplus on the secondary."""
        kind, found = self.type.replicator, []
        with self.sites["secondary"].tracking_database().reading() as session:
            key = kind.registry_class.MODEL_FOREIGN_KEY
            registries = {getattr(each, key): each for each in session.scalars(select(kind.registry_class))}
        for record in kept:
            registry = registries.get(record.id)
            if registry is None or not registry.is_synced or not registry.is_verification_succeeded:
                found.append(f"{record.id}: {registry and (registry.state, registry.verification_state)}")
        if not found and len(registries) != len(kept):
            found.append(f"{len(registries)} registries of {len(kept)} records")
        on = {name: [kind(site, each.id, each) for each in kept] for name, site in self.sites.items()}
        if not found:
            for theirs, ours in zip(on["primary"], on["secondary"], strict=True):
                if theirs.calculate_checksum() != ours.calculate_checksum():
                    found.append(f"{theirs.model_record_id}: another checksum")
            found += [
                f"{each.id}: its data are there still"
                for each in gone
                if kind(self.sites["secondary"], each.id, each).data_path().exists()
            ]
        return found


class Load:
    """Makes, changes and destroys records on the primary, all the time; used by `with`."""

    def __init__(self, deployment: Deployment) -> None:
        self.kept: list[Any] = []
        self.gone: list[Any] = []
        self.error: BaseException | None = None
        self._deployment = deployment
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def wait_for_more(self, count: int) -> None:
        wanted = len(self.kept) + count
        wait_until(lambda: self.error is not None or len(self.kept) >= wanted, self._deployment.said)
        assert self.error is None

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._thread.join()
        assert self.error is None, self.error

    def _run(self) -> None:
        try:
            number = 0
            while not self._ended.wait(PAUSE_S):
                self._act(number)
                number += 1
        except BaseException as error:
            self.error = error

    def _act(self, number: int) -> None:
        factory, site = self._deployment.type.factory, self._deployment.sites["primary"]
        record = factory.create_on(site, number)
        self.kept.append(record)
        if number % 3 == 2 and UPDATED in self._deployment.type.replicator.supported_events:
            factory.change_on(site, self.kept[0])
        if number % 4 == 3:
            destroyed = self.kept.pop(1)
            factory.destroy_on(site, destroyed)
            self.gone.append(destroyed)


@pytest.fixture(params=CASES, ids="-".join)
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    kind, wanted = request.param
    # This process may have loaded another generated type, so each has a unique name.
    answers = Answers(model=f"Paired{kind.capitalize()}", kind=kind, owner="project")
    (tmp_path / "type").mkdir()
    plan = plan_new(answers, tmp_path / "type", now="20230101000000")
    write(plan, durable=False)
    name, path = f"{plan.names['runtime_package']}:TYPE", plan.target.root / RUNTIME
    [type_] = load_types(name, str(path))
    with ExitStack() as stack:
        network = stack.enter_context(Namespaces() if wanted == "best" and may_have_namespaces() else Machines())
        deployment = Deployment(network, tmp_path, type_, ScaledTiming(datetime.now(UTC), SPEED))
        set_up(deployment, stack, {"types": [name], "path": path})
        yield deployment


def set_up(found: Deployment, stack: ExitStack, types: dict[str, Any]) -> None:
    """Do what the page of `examples/deploy` says, in its order; what needs no network is done from here."""
    network = found.network
    theirs, ours = (Postgres(machine, network.port()) for machine in (network.primary, network.secondary))
    standby = Postgres(network.secondary, network.port())
    for server in (theirs, ours, standby):
        stack.enter_context(server)
    theirs.make()
    ours.take(theirs)
    together(theirs.start, ours.start)
    theirs.read("primary.sql")
    ours.read("secondary.sql")
    databases = {
        "primary": {"main_url": (theirs, "main"), "store_url": (theirs, "store")},
        "secondary": {"main_url": (standby, "main"), "tracking_url": (ours, "tracking"), "store_url": (ours, "store")},
    }
    ports = {name: write_settings(found, stack, name, urls, types) for name, urls in databases.items()}
    host, port = network.seen(ports["primary"])
    of_primary = ("--url", found.urls["primary"], "--internal-url", f"http://{host}:{port}")
    administer("primary", found, "migrate")
    few = ("--verifications", "1")  # each second of this clock so many jobs are begun, and there are few records
    administer("primary", found, "site", "add", "primary", "--primary", *of_primary, *few)
    administer("primary", found, "site", "add", "secondary", "--url", found.urls["secondary"], *few)
    administer("primary", found, "flag", found.type.replicator.replication_flag(), "on")
    standby.follow(*network.seen(theirs.port))
    standby.start()
    administer("secondary", found, "migrate")
    for name, urls in databases.items():
        found.sites[name] = view(found, name, urls)
        stack.callback(found.sites[name].close)
    for each in found.programs.values():
        stack.callback(each.kill)
        each.start()
    for name in databases:
        found.wait_until_ready(name)
    together(*(program(found, name, "check").run for name in databases))


def write_settings(
    found: Deployment, stack: ExitStack, name: str, urls: dict[str, tuple[Postgres, str]], types: dict[str, Any]
) -> int:
    """Write down what a site is, for its processes and for the test; return the port that it serves on."""
    machine, port = found.machine(name), found.network.port()
    folders = {each: found.folder / name / each for each in ("repositories", "uploads")}
    for folder in folders.values():
        folder.mkdir(parents=True)
    queue = stack.enter_context(running_redis_on(machine, found.network.port(), found.folder))
    settings = types | {"node_name": name, "storages": {"default": folders["repositories"]}} | {
        "uploads": folders["uploads"], "speed": SPEED, "origin": found.timing.origin.isoformat(),
    }  # fmt: skip
    own = {setting: server.own_url(database) for setting, (server, database) in urls.items()}
    (found.folder / f"{name}-own.toml").write_text(configuration.written(settings | own))
    served = {
        "address": machine.address, "port": port, "hosts": [machine.address], "monitoring_ips": [machine.address],
        "threads": {"sync": 2, "verification": 1, "event": 1, "cronjob": 1}, "log_level": "info", "queue": "env:QUEUE",
    }  # fmt: skip
    secret = found.folder / f"{name}-main-url"
    secret.write_text(urls["main_url"][0].url("main"))
    path = found.folder / f"{name}.toml"
    path.write_text(configuration.written(settings | served | {"main_url": f"file:{secret}"}))
    environment = {f"GEO_RUNTIME_{setting.upper()}": server.url(each) for setting, (server, each) in urls.items()}
    del environment["GEO_RUNTIME_MAIN_URL"]
    found.environments[name] = environment | {"QUEUE": queue}
    found.ports[name], found.urls[name] = port, f"http://{machine.address}:{port}"
    found.programs[name] = program(found, name, "serve")
    for queues in WORKERS[name]:
        options = [option for each in queues for option in ("--queue", each)]
        found.programs["-".join((name, "worker", *queues))] = program(found, name, "worker", *options)
    return port


def administer(name: str, found: Deployment, *arguments: str) -> None:
    """Run a command of `geo-runtime` on a site from here, by the sockets of its servers."""
    app([*arguments, "--settings", str(found.folder / f"{name}-own.toml")], standalone_mode=False)


def program(found: Deployment, site: str, *arguments: str) -> Program:
    """Return a process of a site, on its machine."""
    log = found.folder / f"{'-'.join((site, *arguments)).replace('--', '')}.log"
    settings = ("--settings", str(found.folder / f"{site}.toml"))
    return Program(found.machine(site), site, log, [*arguments, *settings], found.environments[site])


def view(found: Deployment, name: str, urls: dict[str, tuple[Postgres, str]]) -> ReplicatingSite:
    """Return a site as the test sees it, which is on no machine's network but on its disk."""
    root = found.folder / name
    own: dict[str, Any] = {setting: server.own_url(database) for setting, (server, database) in urls.items()}
    settings = SiteSettings(
        node_name=name, storages={"default": root / "repositories"}, uploads=root / "uploads",
        main_read_only=name == "secondary",
        **own,
    )  # fmt: skip
    return open_site(settings, [found.type.replicator], found.timing)


def test_a_cut_network_and_a_rolling_restart_lose_nothing(deployment: Deployment) -> None:
    few = sized(2, 40)
    with Load(deployment) as load:
        load.wait_for_more(few)
        early = list(load.kept[:1])
        wait_until(lambda: shows(deployment, early[0]), deployment.said)
        deployment.network.cut()
        load.wait_for_more(few)
        assert not shows(deployment, load.kept[-2])  # which was made some time ago, and after the cut
        deployment.machine("secondary").wait_until_ready(
            deployment.ports["secondary"], 0
        )  # it needs no primary for that
        deployment.network.mend()
        for name in deployment.programs:
            assert PASSWORD.encode() not in deployment.programs[name].arguments()
        for name in some(deployment.programs, 2):
            deployment.restart(name)
        load.wait_for_more(1)
        assert early[0] in load.kept
    wait_until(
        lambda: deployment.shortcomings(load.kept, load.gone) == [],
        lambda: f"{deployment.shortcomings(load.kept, load.gone)}\n{deployment.said()}",
    )
    assert {name: each.end() for name, each in deployment.programs.items()} == dict.fromkeys(deployment.programs, 0)
    assert PASSWORD not in "".join(path.read_text() for path in deployment.folder.glob("*.log"))


def shows(deployment: Deployment, record: Any) -> bool:
    """Whether the standby shows a record."""
    with deployment.sites["secondary"].main.reading() as session:
        return session.get(deployment.type.replicator.model, record.id) is not None
