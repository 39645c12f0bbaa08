"""Data that are damaged on a disk, of the secondary or of the primary."""

import os
import random
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from geo_runtime.errors import GitError
from geo_runtime.files.git import Repository
from geo_runtime.replication import verifier
from sizes import some

from .convergence import begin, converge, leftovers
from .world import IDENTITY, World, piped

Damage = Callable[[Path], None]
DAMAGES: dict[str, tuple[Damage, str, str]] = {}
"""What is done to a repository's folder, whether verification finds it or only a push, and what repairs it."""


def damage(found_by: str, repaired_by: str) -> Callable[[Damage], Damage]:
    def added(act: Damage) -> Damage:
        DAMAGES[act.__name__] = (act, found_by, repaired_by)
        return act

    return added


def overwrite(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.chmod(0o644)
    path.write_bytes(content)


def pack(folder: Path) -> Path:
    [found] = (folder / "objects/pack").glob("*.pack")
    return found


def loose(folder: Path) -> None:
    """Unpack all objects."""
    packed = folder.parent / "packed"
    shutil.move(folder / "objects/pack", packed)
    for path in packed.glob("*.pack"):
        Repository(folder).git("unpack-objects", "-q", stdin=path.read_bytes())
    shutil.rmtree(packed)


def place(folder: Path, name: str) -> Path:
    commit = Repository(folder).git("rev-parse", name).decode().strip()
    return folder / "objects" / commit[:2] / commit[2:]


def truncate(path: Path) -> None:
    overwrite(path, path.read_bytes()[: path.stat().st_size // 2])


@damage("verification", "fetch")
def all_objects_are_lost(folder: Path) -> None:
    shutil.rmtree(folder / "objects")
    (folder / "objects").mkdir()


@damage("verification", "fetch")
def a_pack_is_lost(folder: Path) -> None:
    pack(folder).unlink()


@damage("verification", "fetch")
def an_index_is_damaged(folder: Path) -> None:
    overwrite(pack(folder).with_suffix(".idx"), b"garbage")


@damage("push", "copy")
def a_pack_is_damaged(folder: Path) -> None:
    content = pack(folder).read_bytes()
    overwrite(pack(folder), content[:12] + bytes(len(content) - 32) + content[-20:])


@damage("verification", "fetch")
def a_commit_is_lost(folder: Path) -> None:
    loose(folder)
    place(folder, "main").unlink()


@damage("push", "copy")
def a_commit_is_truncated(folder: Path) -> None:
    loose(folder)
    truncate(place(folder, "main"))


@damage("verification", "fetch")
def a_reference_is_lost(folder: Path) -> None:
    (folder / "packed-refs").unlink()


@damage("verification", "copy")
def a_reference_is_garbage(folder: Path) -> None:
    overwrite(folder / "refs/heads/main", b"garbage")


@damage("verification", "copy")
def a_reference_is_empty(folder: Path) -> None:
    overwrite(folder / "refs/heads/main", b"")


@damage("verification", "copy")
def a_reference_leads_nowhere(folder: Path) -> None:
    overwrite(folder / "refs/heads/main", b"1" * 40)


@damage("verification", "copy")
def the_packed_references_are_truncated(folder: Path) -> None:
    truncate(folder / "packed-refs")


@damage("verification", "fetch")
def the_head_names_another_branch(folder: Path) -> None:
    overwrite(folder / "HEAD", b"ref: refs/heads/other\n")


@damage("verification", "copy")
def the_head_is_garbage(folder: Path) -> None:
    overwrite(folder / "HEAD", b"garbage")


@damage("verification", "copy")
def the_head_is_empty(folder: Path) -> None:
    overwrite(folder / "HEAD", b"")


@damage("verification", "copy")
def the_head_is_lost(folder: Path) -> None:
    (folder / "HEAD").unlink()


@damage("verification", "copy")
def the_settings_are_garbage(folder: Path) -> None:
    overwrite(folder / "config", b"[garbage")


@damage("verification", "copy")
def the_folder_is_empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


@damage("verification", "copy")
def the_folder_is_a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_bytes(b"")


@damage("verification", "copy")
def the_folder_is_lost(folder: Path) -> None:
    shutil.rmtree(folder)


@damage("push", "fetch")
def a_killed_git_left_its_locks(folder: Path) -> None:
    for name in ("HEAD", "packed-refs", "refs/heads/main"):
        overwrite(folder / f"{name}.lock", b"")
    overwrite(folder / "objects/pack/tmp_pack_abcdef", b"half")


CONTENT = random.Random(1).randbytes(20_000).hex()


def folder_of(world: World, site: str = "secondary", name: str = "w") -> Path:
    return world.repository_at(getattr(world, site), f"group/{name}").path


def push(world: World, record: Any) -> None:
    """Change a file a little, so that the change travels as a difference to what the secondary has."""
    ours = world.replicator(record, world.primary).repository()
    blob = piped(ours, f"{CONTENT}changed", "hash-object", "-w", "--stdin")
    tree = piped(ours, f"100644 blob {blob}\tfile\n", "mktree")
    commit = ours.git("commit-tree", tree, "-p", "main", "-m", "changed", config=IDENTITY).decode().strip()
    ours.git("update-ref", "refs/heads/main", commit)
    world.replicator(record, world.primary).handle_after_update()


def repositories(world: World, names: Iterable[str]) -> dict[str, Any]:
    """Make repositories with two branches, and copies that are verified."""
    begin(world)
    records = {}
    for name in names:
        records[name] = world.widget(name, commits=0)
        world.commit(f"group/{name}", CONTENT)
        world.commit(f"group/{name}", "another branch", "refs/heads/other")
        ours = world.replicator(records[name], world.primary).repository()
        ours.git("repack", "-adq")
        ours.git("pack-refs", "--all")
    converge(world, records.values())
    return records


@pytest.fixture
def record(world: World) -> Any:
    """A repository that is synced and verified."""
    return repositories(world, ["w"])["w"]


def verify_copies(world: World, records: Iterable[Any]) -> None:
    """Have the secondary verify its copies, and nothing else."""
    for record in records:
        world.replicator(record).verify_async()
        verifier.verify(world.replicator(record))


def sync(world: World, records: Iterable[Any]) -> None:
    for record in records:
        world.replicator(record).enqueue_sync()
    world.secondary.jobs.run_due()


def test_damaged_copies_converge(world: World) -> None:
    damages = dict(some(DAMAGES.items(), 6, 1))
    ways = {(found_by, repaired_by) for _, found_by, repaired_by in damages.values()}
    assert len(ways) == 4  # all that there are, in both sizes
    records = repositories(world, damages)
    for name, (act, _, _) in damages.items():
        act(folder_of(world, name=name))
    verify_copies(world, records.values())
    found_by = {name: "verification" if world.registry(each).is_failed else "push" for name, each in records.items()}
    assert found_by == {name: found_by for name, (_, found_by, _) in damages.items()}
    for name, record in records.items():
        if found_by[name] == "push":
            push(world, record)
    copied: list[str] = []
    real = Repository.clone_mirror

    def clone_mirror(repository: Repository, *arguments: str) -> None:
        copied.append(repository.path.stem)
        real(repository, *arguments)

    with patch.object(Repository, "clone_mirror", clone_mirror):
        converge(world, records.values(), minutes=2)
    assert sorted(copied) == sorted(name for name, (_, _, repaired_by) in damages.items() if repaired_by == "copy")


def test_a_file_that_cannot_be_read_is_copied_again_when_a_fetch_fails(world: World, record: Any) -> None:
    """No checksum by references tells, and not every fetch needs it."""
    folder = folder_of(world)
    loose(folder)
    truncate(place(folder, "main:file"))
    assert not Repository(folder).is_readable()
    with patch.object(Repository, "fetch_mirror", side_effect=GitError("inflate: data stream error")):
        sync(world, [record])
    converge(world, [record])


def test_git_does_not_look_for_a_repository_above_a_damaged_one(world: World, record: Any) -> None:
    """A checkout around the site's folder has branches too, and a fetch that prunes would take them away."""
    around = Repository(world.folder / ".git")
    around.create()
    around.git("config", "core.bare", "false")
    tree = piped(around, "", "mktree")
    commit = around.git("commit-tree", tree, "-m", "precious", config=IDENTITY).decode().strip()
    around.git("update-ref", "refs/heads/precious", commit)
    the_head_is_garbage(folder_of(world))
    push(world, record)
    converge(world, [record])
    assert around.git("for-each-ref", "--format=%(refname)").split() == [b"refs/heads/precious"]


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


PRIMARY_DAMAGES: tuple[Damage, ...] = (
    all_objects_are_lost, a_commit_is_lost, a_commit_is_truncated, a_reference_is_garbage, a_reference_is_empty,
    a_reference_leads_nowhere, the_packed_references_are_truncated, the_head_is_garbage, the_head_is_lost,
    the_settings_are_garbage, the_folder_is_empty, the_folder_is_lost,
)  # fmt: skip


def test_damaged_originals_take_nothing_from_the_copies(world: World) -> None:
    damages = some(PRIMARY_DAMAGES, 2)
    records = repositories(world, [act.__name__ for act in damages])
    kept = {name: world.replicator(record).repository().references() for name, record in records.items()}
    root = world.primary.settings.storages["default"] / "group"
    backup = shutil.copytree(root, world.folder / "backup")
    for act in damages:
        act(folder_of(world, "primary", act.__name__))
    sync(world, records.values())
    world.work()
    synced = [name for name, record in records.items() if world.registry(record).is_synced]
    nothing_to_fetch = (all_objects_are_lost, a_commit_is_lost, a_commit_is_truncated)
    assert synced == [act.__name__ for act in damages if act in nothing_to_fetch]
    world.wait(days=91)  # the primary verifies what it has once more
    world.work(rounds=6)
    for name, record in records.items():
        copy = world.replicator(record).repository()
        assert copy.references() == kept[name], name
        assert copy.is_readable(), name
    shutil.rmtree(root)
    backup.rename(root)
    converge(world, records.values(), rounds=6, hours=2)


@pytest.mark.parametrize("theirs", [a_commit_is_truncated, the_folder_is_lost], ids=lambda act: act.__name__)
def test_when_both_are_damaged_the_copy_stays_as_it_is(world: World, record: Any, theirs: Damage) -> None:
    folder = folder_of(world, "primary")
    backup = shutil.copytree(folder, world.folder / "backup")
    theirs(folder)
    a_reference_is_garbage(folder_of(world))
    before = snapshot(folder_of(world))
    sync(world, [record])
    assert world.registry(record).is_failed
    assert snapshot(folder_of(world)) == before
    assert leftovers(world) == []
    shutil.rmtree(folder, ignore_errors=True)
    backup.rename(folder)
    converge(world, [record], minutes=10)


def test_while_the_primary_is_down_nobody_reads_the_whole_copy(world: World, record: Any) -> None:
    world.cut()
    with patch.object(Repository, "is_readable") as is_readable:
        assert world.replicator(record).sync() is False
    is_readable.assert_not_called()
    assert world.registry(record).last_sync_failure.startswith("Error syncing repository: ")
    world.mend()
    converge(world, [record], minutes=2)


@pytest.mark.parametrize("moment", ["in the copying", "between the renames", "before the old one goes"])
def test_a_kill_while_a_copy_is_made_again(world: World, record: Any, moment: str) -> None:
    folder = folder_of(world)
    new, old = folder.with_name(f"{folder.name}.new"), folder.with_name(f"{folder.name}.old")
    if moment == "in the copying":
        the_head_is_garbage(folder)
        overwrite(new / "objects/pack/tmp_pack_abcdef", b"half")
    elif moment == "between the renames":
        shutil.copytree(folder, new)
        folder.rename(old)
    else:
        shutil.copytree(folder, old)
    push(world, record)
    converge(world, [record])


@pytest.mark.parametrize("is_copied", [True, False])
def test_what_a_kill_left_goes_with_the_record(world: World, record: Any, is_copied: bool) -> None:
    folder = folder_of(world)
    for suffix in ("new", "old"):
        overwrite(folder.with_name(f"{folder.name}.{suffix}") / "HEAD", b"")
    if not is_copied:
        shutil.rmtree(folder)
    world.replicator(record, world.primary).handle_after_destroy()
    world.remove(record)
    converge(world, [])
    assert list(folder.parent.iterdir()) == []


FILE_DAMAGES: dict[str, Callable[[Path], object]] = {
    "truncated": lambda path: os.truncate(path, 5),
    "empty": lambda path: os.truncate(path, 0),
    "other content of the same length": lambda path: path.write_bytes(b"CONTENT"),
    "longer": lambda path: path.write_bytes(b"content and more"),
    "lost": lambda path: path.unlink(),
}


def test_damaged_files_converge_by_the_clock_alone(world: World) -> None:
    begin(world)
    records = [world.widget_file(name) for name in FILE_DAMAGES]
    converge(world, records)
    for name, act in FILE_DAMAGES.items():
        act(world.upload(world.secondary, name))
    converge(world, records, rounds=5, days=91)


def test_files_that_somebody_brought_are_not_trusted_for_long(world: World) -> None:
    """Their first synchronisation leaves them as they are, so verification must tell."""
    for name, act in FILE_DAMAGES.items():
        overwrite(world.upload(world.secondary, name), b"content")
        act(world.upload(world.secondary, name))
    begin(world)
    records = [world.widget_file(name) for name in FILE_DAMAGES]
    converge(world, records, rounds=5)


def test_a_damaged_original_does_not_replace_a_file(world: World) -> None:
    begin(world)
    record = world.widget_file()
    converge(world, [record])
    world.upload(world.primary, "a.bin").write_bytes(b"CONTENT")
    assert world.replicator(record).sync() is False
    assert world.registry(record).last_sync_failure == "Downloaded file checksum mismatch"
    assert world.upload(world.secondary, "a.bin").read_bytes() == b"content"
    world.upload(world.primary, "a.bin").write_bytes(b"content")
    converge(world, [record], minutes=2)
