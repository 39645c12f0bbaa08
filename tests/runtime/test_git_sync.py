"""Synchronisation and removal of Git repositories over HTTP (points 86 to 95)."""

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from geo_runtime.errors import GitError, LeaseTakenError
from geo_runtime.files import git
from geo_runtime.files.git import Repository
from geo_runtime.kinds.repository.sync import RepositorySync
from geo_runtime.replication.registry import RegistryState
from geo_runtime.replication.verification import VerificationState

from .widgets import WidgetReplicator
from .world import World

LEASE_KEY = "geo_sync_ssf_service:widget:{}"


@pytest.fixture
def served(world: World) -> World:
    world.serve()
    return world


def secondary_copy(world: World, name: str = "w") -> Repository:
    return world.repository_at(world.secondary, f"group/{name}")


def primary_original(world: World, name: str = "w") -> Repository:
    return world.repository_at(world.primary, f"group/{name}")


def head(repository: Repository) -> str:
    return repository.git("symbolic-ref", "HEAD").decode().strip()


@pytest.mark.point(86)
def test_a_new_repository_is_cloned_an_existing_one_fetched(served: World) -> None:
    record = served.widget()
    headers: list[str] = []
    calls: list[str] = []

    def spy(name: str) -> Any:
        real = getattr(Repository, name)

        def called(self: Repository, url: str, authorization: str) -> Any:
            calls.append(name)
            headers.append(authorization)
            return real(self, url, authorization)

        return patch.object(Repository, name, called)

    with spy("clone_mirror"), spy("fetch_mirror"):
        assert served.replicator(record).sync() is True
        served.commit("group/w", "second")
        primary_original(served).git("update-ref", "refs/heads/temporary", "HEAD")
        assert served.replicator(record).sync() is True
        primary_original(served).git("update-ref", "-d", "refs/heads/temporary")  # prune
        replaced = served.commit("group/w", "unrelated")  # force: no descendant of what is there
        assert served.replicator(record).sync() is True
    assert calls == ["clone_mirror", "fetch_mirror", "fetch_mirror"]
    assert all(header.startswith("GL-Geo ") for header in headers)
    assert secondary_copy(served).references() == primary_original(served).references()
    assert secondary_copy(served).git("rev-parse", "refs/heads/main").decode().strip() == replaced
    assert served.registry(record).state == RegistryState.SYNCED


@pytest.mark.point(86)
def test_without_a_token_nothing_is_fetched(served: World) -> None:
    record = served.widget()
    with patch("geo_runtime.files.git._header_config", return_value=b""):
        assert served.replicator(record).sync() is False
    failure = served.registry(record).last_sync_failure
    assert failure.startswith("Error syncing repository: fatal: could not read Username for")
    assert failure.endswith("terminal prompts disabled")


def test_the_token_is_in_no_environment_no_argument_and_no_file(served: World) -> None:
    """Git hands its environment on to all that it starts."""
    record = served.widget()
    started: list[Any] = []
    tokens: list[str] = []
    popen: Any = subprocess.Popen
    header_config = git._header_config

    def start(command: Any, **options: Any) -> Any:
        started.append((command, options["env"]))
        return popen(command, **options)

    def noted(url: str, authorization: str) -> bytes:
        tokens.append(authorization.partition(" ")[2])
        return header_config(url, authorization)

    with patch("geo_runtime.files.git.subprocess.Popen", start), patch.object(git, "_header_config", noted):
        for _ in range(2):
            assert served.replicator(record).sync() is True
    assert len(tokens) == 3  # a clone, a fetch, and a question about HEAD
    assert not [token for token in tokens if token in repr(started)]
    for path in (served.folder / "secondary").rglob("*"):
        assert not path.is_file() or not any(token.encode() in path.read_bytes() for token in tokens)


def test_a_header_is_quoted_for_git(tmp_path: Path) -> None:
    url, header = 'http://127.0.0.1:1/a"b\\c.git', 'x"y\\z # ; w'
    (tmp_path / "config").write_bytes(git._header_config(url, header))
    listed = git.run("config", "--file", str(tmp_path / "config"), "--list")
    assert f"http.{url}.extraheader=Authorization: {header}\n".encode() == listed


@pytest.mark.point(87)
def test_head_follows_the_primary(served: World) -> None:
    record = served.widget()
    primary_original(served).set_head("refs/heads/main")
    served.replicator(record).sync()
    assert head(secondary_copy(served)) == "refs/heads/main"
    assert secondary_copy(served).git("remote") == b""
    served.commit("group/w", "other", "refs/heads/other")
    primary_original(served).set_head("refs/heads/other")
    served.replicator(record).sync()
    assert head(secondary_copy(served)) == "refs/heads/other"
    assert secondary_copy(served).checksum() == primary_original(served).checksum()


@pytest.mark.point(87)
def test_an_empty_repository(served: World) -> None:
    record = served.widget(commits=0)
    for _ in range(2):
        assert served.replicator(record).sync() is True
    assert secondary_copy(served).checksum() == "0" * 40
    assert served.registry(record).last_sync_failure is None


@pytest.mark.point(88)
def test_a_repository_that_the_primary_lacks_is_synced(served: World) -> None:
    record = served.widget(repository=False)
    with patch.object(WidgetReplicator, "keep_house") as keep_house:
        assert served.replicator(record).sync() is True
        keep_house.assert_not_called()
        row = served.registry(record)
        assert (row.state, row.missing_on_primary) == (RegistryState.SYNCED, True)
        assert not secondary_copy(served).exists()
        primary_original(served).create()
        served.replicator(record).sync()
        keep_house.assert_called_once_with(is_new=True)
    assert served.registry(record).missing_on_primary is False


@pytest.mark.point(89)
def test_a_repository_that_vanished_on_the_primary_fails_a_fetch(served: World) -> None:
    record = served.widget()
    served.replicator(record).sync()
    shutil.rmtree(primary_original(served).path)
    assert served.replicator(record).sync() is False
    row = served.registry(record)
    assert row.state == RegistryState.FAILED
    assert row.last_sync_failure.startswith("Error syncing repository: ")
    assert row.missing_on_primary is False
    assert secondary_copy(served).exists()


@pytest.mark.point(89)
def test_a_git_error_is_recorded_and_not_raised(served: World) -> None:
    record = served.widget()
    served.replicator(record).sync()
    with patch.object(Repository, "fetch_mirror", side_effect=GitError("shell error")):
        assert served.replicator(record).sync() is False
    row = served.registry(record)
    assert (row.state, row.retry_count) == (RegistryState.FAILED, 1)
    assert row.last_sync_failure == "Error syncing repository: shell error"


@pytest.mark.point(89)
def test_another_error_is_raised_and_leaves_the_row_started(served: World) -> None:
    record = served.widget()
    with (
        patch.object(Repository, "clone_mirror", side_effect=OSError("disk full")),
        pytest.raises(OSError, match="disk full"),
    ):
        served.replicator(record).sync()
    assert served.registry(record).state == RegistryState.STARTED
    assert served.secondary.store.remaining(LEASE_KEY.format(record.id)) == timedelta(0)


@pytest.mark.point(90)
def test_success_after_failure(served: World) -> None:
    record = served.widget()
    served.cut()
    assert served.replicator(record).sync() is False
    assert served.registry(record).retry_at is not None
    served.mend()
    served.wait(hours=1)
    assert served.replicator(record).sync() is True
    row = served.registry(record)
    assert (row.retry_count, row.retry_at, row.last_sync_failure) == (0, None, None)
    assert row.last_synced_at == served.timing.now()


@pytest.mark.point(91)
def test_the_lease(served: World) -> None:
    record = served.widget()
    key = LEASE_KEY.format(record.id)
    lease = served.secondary.store.obtain(key, timedelta(hours=3))
    assert lease
    assert served.replicator(record).sync() is None
    assert served.registry(record) is None
    assert not secondary_copy(served).exists()
    lease.cancel()
    for act in (served.cut, served.mend):
        act()
        served.replicator(record).sync()
        assert served.secondary.store.remaining(key) == timedelta(0)


@pytest.mark.point(91)
def test_the_lease_of_a_killed_process_expires(served: World) -> None:
    record = served.widget()
    assert served.secondary.store.obtain(LEASE_KEY.format(record.id), timedelta(hours=3))
    served.wait(hours=3)
    assert served.replicator(record).sync() is True


@pytest.mark.point(92)
def test_an_update_during_a_synchronisation_leads_to_another(served: World) -> None:
    record = served.widget()
    payload = {"model_record_id": record.id}
    served.replicator(record).consume("created", payload)
    real = Repository.remote_head
    leases: list[timedelta] = []

    def interrupted(self: Repository, *arguments: str) -> str | None:
        result = real(self, *arguments)
        served.commit("group/w", "newest")
        served.replicator(record).consume("updated", payload)  # finds the lease taken
        return result

    with patch.object(Repository, "remote_head", interrupted):
        served.replicator(record).sync()
    leases.append(served.secondary.store.remaining(LEASE_KEY.format(record.id)))
    assert secondary_copy(served).checksum() != primary_original(served).checksum()
    assert served.registry(record).state == RegistryState.PENDING
    ((_, arguments),) = served.secondary.jobs.waiting("EventWorker")
    assert arguments[:2] == ["widget", "updated"]
    served.secondary.jobs.run_due()
    assert served.registry(record).state == RegistryState.SYNCED
    assert secondary_copy(served).checksum() == primary_original(served).checksum()
    assert leases == [timedelta(0)]


@pytest.mark.point(92)
def test_the_lease_is_free_before_the_next_synchronisation_is_asked_for(served: World) -> None:
    record = served.widget()
    served.replicator(record).sync()
    free: list[bool] = []

    def enqueue(*arguments: object) -> None:
        free.append(served.secondary.store.remaining(LEASE_KEY.format(record.id)) == timedelta(0))

    def interrupted(self: Repository, *arguments: str) -> None:
        with served.replicator(record).registry() as registry:
            registry.pending()

    with (
        patch.object(Repository, "remote_head", interrupted),
        patch.object(served.secondary.jobs, "enqueue", enqueue),
    ):
        assert served.replicator(record).sync() is False
    assert free == [True]


@pytest.mark.point(93)
def test_caches_and_housekeeping(served: World) -> None:
    record = served.widget()
    tasks: list[str] = []
    with (
        patch.object(WidgetReplicator, "expire_caches") as expire,
        patch.object(WidgetReplicator, "before_housekeeping", lambda self: tasks.append("before")),
        patch.object(WidgetReplicator, "housekeeping", lambda self, task: tasks.append(task)),
        patch.object(WidgetReplicator, "housekeeping_period", 3),
    ):
        served.replicator(record).sync()
        assert tasks == ["before", "gc"]
        served.replicator(record).sync()
        served.cut()
        served.replicator(record).sync()  # a failed synchronisation counts too
        assert tasks == ["before", "gc"]
        served.mend()
        served.replicator(record).sync()
        assert tasks == ["before", "gc", "before", "incremental"]
        assert expire.call_count == 4
        with patch.object(WidgetReplicator, "housekeeping_enabled", False):
            for _ in range(4):
                served.replicator(record).sync()
        assert len(tasks) == 4
        assert expire.call_count == 8


@pytest.mark.point(93)
def test_an_error_of_housekeeping_is_ignored(served: World) -> None:
    record = served.widget()
    with patch.object(WidgetReplicator, "housekeeping", side_effect=RuntimeError("lease taken")):
        assert served.replicator(record).sync() is True


@pytest.mark.point(94)
def test_an_event_sets_an_existing_registry_pending_first(served: World) -> None:
    record = served.widget()
    states: list[Any] = []

    def sync(replicator: Any) -> None:
        registry = served.registry(record)
        states.append(registry and (registry.state, registry.verification_state))

    with patch.object(WidgetReplicator, "sync", sync):
        for event in ("created", "updated"):
            served.replicator(record).consume(event, {"model_record_id": record.id})
        served.set_registry(record, state=RegistryState.SYNCED, verification_state=VerificationState.SUCCEEDED)
        served.replicator(record).consume("updated", {"model_record_id": record.id})
    assert states == [None, None, (RegistryState.PENDING, VerificationState.DISABLED)]


@pytest.mark.point(94)
def test_an_event_out_of_scope_does_nothing(served: World) -> None:
    record = served.widget()
    served.set_node("secondary", selective_sync_type="shards", selective_sync_shards=[])
    with patch.object(WidgetReplicator, "sync") as sync:
        served.replicator(record).consume("updated", {"model_record_id": record.id})
    sync.assert_not_called()
    assert served.registry(record) is None


@pytest.mark.point(95)
def test_a_delete_event_removes_repository_and_registry(served: World) -> None:
    record = served.widget()
    served.replicator(record).sync()
    payload = served.replicator(record, served.primary).deleted_params()
    served.remove(record)
    for _ in range(2):
        served.replicator(record).consume("deleted", payload)
        assert not secondary_copy(served).exists()
        assert served.registry(record) is None


def test_a_repository_that_cannot_be_removed_is_tried_again(served: World) -> None:
    record = served.widget()
    served.replicator(record).sync()
    payload = served.replicator(record, served.primary).deleted_params()
    served.remove(record)
    with patch.object(Repository, "remove", side_effect=OSError("busy")), pytest.raises(OSError, match="busy"):
        served.replicator(record).consume("deleted", payload)
    assert served.registry(record) is None
    served.replicator(record).consume("deleted", payload)
    assert not secondary_copy(served).exists()


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("is_new", [True, False])
def test_a_record_that_is_destroyed_while_its_repository_comes_leaves_nothing(
    served: World, is_new: bool, fails: bool
) -> None:
    record = served.widget()
    if not is_new:
        served.replicator(record).sync()
    payload = served.replicator(record, served.primary).deleted_params()
    copied = RepositorySync._copy

    def destroy(sync: RepositorySync) -> None:
        copied(sync)
        content = secondary_copy(served).path.rename(secondary_copy(served).path.with_name("on its way"))
        served.remove(record)
        with pytest.raises(LeaseTakenError):  # it comes again, when the synchronisation has ended or was killed
            served.replicator(record).consume("deleted", payload)
        content.rename(secondary_copy(served).path)
        if fails:
            raise GitError("the connection was reset")

    with patch.object(RepositorySync, "_copy", destroy):
        assert served.replicator(record).sync() is False
    assert not secondary_copy(served).exists()
    assert served.registry(record) is None
    assert [name for name, _ in served.secondary.jobs.waiting()] == []


def test_a_removal_looks_again_for_a_repository_that_came_meanwhile(served: World) -> None:
    record = served.widget()
    served.replicator(record).sync()
    payload = served.replicator(record, served.primary).deleted_params()
    served.remove(record)
    removed = WidgetReplicator.remove_registry

    def remove_registry(replicator: WidgetReplicator) -> None:
        removed(replicator)
        secondary_copy(served).path.mkdir()

    with patch.object(WidgetReplicator, "remove_registry", remove_registry):
        served.replicator(record).consume("deleted", payload)
    assert not secondary_copy(served).exists()


@pytest.mark.point(95)
@pytest.mark.parametrize("path", ["../outside", "/etc", "", "a/../../outside"])
def test_a_delete_event_removes_nothing_outside_its_storage(served: World, path: str) -> None:
    record = served.widget()
    served.replicator(record).sync()
    outside = served.folder / "secondary" / "outside.git"
    outside.mkdir()
    payload = {"repository_storage": "default", "disk_path": path, "full_path": "x", "model_record_id": record.id}
    served.replicator(record).consume("deleted", payload)
    assert outside.exists()
    assert secondary_copy(served).exists()
    assert served.registry(record) is None


@pytest.mark.point(87)
@pytest.mark.parametrize("commits", [0, 1])
def test_a_new_copy_has_the_head_of_the_primary(served: World, commits: int) -> None:
    record = served.widget(commits=commits)
    served.commit("group/w", "other", "refs/heads/other")
    primary_original(served).set_head("refs/heads/other" if commits else "refs/heads/unborn")
    served.replicator(record).sync()
    assert head(secondary_copy(served)) == head(primary_original(served))
    assert secondary_copy(served).checksum() == primary_original(served).checksum()


HOOKS = (
    "reference-transaction", "post-update", "post-receive", "pre-receive", "update", "post-checkout", "pre-auto-gc",
    "post-merge", "post-rewrite", "proc-receive", "push-to-checkout", "post-index-change",
)  # fmt: skip


def plant_hooks(repository: Repository, ran: Path) -> None:
    """Put programs wherever a repository can name some."""
    script = f'#!/bin/sh\necho "$0" >> {ran}\nenv >> {ran}\n'
    for folder in (repository.path / "hooks", repository.path / "planted"):
        folder.mkdir(exist_ok=True)
        for name in HOOKS:
            (folder / name).write_text(script)
            (folder / name).chmod(0o755)
    program = str(repository.path / "planted" / HOOKS[0])
    with (repository.path / "config").open("a") as config:
        config.write(f"[core]\n\thooksPath = {repository.path / 'planted'}\n\tfsmonitor = {program}\n")
        config.write(f"\talternateRefsCommand = {program}\n\taskPass = {program}\n")
        config.write(f'[credential]\n\thelper = "!{program}"\n[gc]\n\trecentObjectsHook = {program}\n')
        config.write(f"[uploadpack]\n\tpackObjectsHook = {program}\n")


def test_no_program_of_a_repository_runs(served: World) -> None:
    """The token is in the environment of what fetches, and nothing that a repository holds may see it."""
    ran = served.folder / "ran"
    record = served.widget()
    plant_hooks(primary_original(served), ran)
    assert served.replicator(record).sync() is True
    plant_hooks(secondary_copy(served), ran)
    (secondary_copy(served).path / "objects" / "info" / "alternates").write_text(
        f"{primary_original(served).path / 'objects'}\n"
    )
    served.commit("group/w", "second")
    assert served.replicator(record).sync() is True
    secondary_copy(served).set_head("refs/heads/other")
    secondary_copy(served).git("gc", "--quiet", "--auto", config={"gc.auto": "1"})
    assert secondary_copy(served).is_readable()
    assert secondary_copy(served).git("rev-parse", "main") == primary_original(served).git("rev-parse", "main")
    assert secondary_copy(served).references()
    assert not ran.exists(), ran.read_text()


def test_no_template_of_git_is_in_a_repository(served: World) -> None:
    record = served.widget()
    assert served.replicator(record).sync() is True
    for repository in (secondary_copy(served), primary_original(served)):
        assert list((repository.path / "hooks").glob("*")) == []
        assert not (repository.path / "description").exists()
