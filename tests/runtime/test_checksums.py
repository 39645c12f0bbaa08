"""Checksums of repositories and files (points 72 to 75)."""

import hashlib
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from geo_runtime.errors import GitError, NoRepositoryError, NotCheckedError
from geo_runtime.files.checksums import EMPTY_REPOSITORY, repository_checksum, size_checksum
from geo_runtime.files.git import Repository

from .world import FakeStorage, World

FIRST, SECOND = "25e0b06e41b6d4c58ca709fc52b7a7c00831a5a9", "dcbdcdca06325878382a2931f9b6f671edaa4cf2"
VECTOR = [
    f"{FIRST} HEAD",
    f"{SECOND} refs/heads/feature",
    f"{FIRST} refs/heads/main",
    f"{FIRST} refs/keep-around/x",
    f"{SECOND} refs/tags/v1",
]


def of(*lines: str) -> str:
    return repository_checksum(line.encode() for line in lines)


@pytest.mark.point(73)
def test_reference_vectors() -> None:
    expected = "b05e9cf204063e3d66f3d7715bcd029331c29a11"
    assert of(*VECTOR) == expected
    assert of(*VECTOR, f"{FIRST} refs/pipelines/1") == expected
    assert of(*random.sample(VECTOR, k=len(VECTOR))) == expected
    short = of("f04b1d726c615672552fa5116aa5b958d8d41676 refs/heads/main")
    assert short == "2e3b2dd86e05e470a3b4a5a777925c49b7578b"  # 38 digits
    assert of() == EMPTY_REPOSITORY == "0" * 40
    assert of(f"{FIRST} refs/remotes/origin/HEAD") != EMPTY_REPOSITORY
    assert of(f"{FIRST} refs/remotes/origin/main") == EMPTY_REPOSITORY
    assert of(VECTOR[0], VECTOR[0]) == EMPTY_REPOSITORY  # what is there twice cancels out


@pytest.mark.point(73)
def test_empty_missing_and_broken_repositories(world: World, tmp_path: Path) -> None:
    repository = world.repository_at(world.primary, "empty")
    repository.create()
    assert repository.checksum() == EMPTY_REPOSITORY
    with pytest.raises(NoRepositoryError):
        Repository(tmp_path / "nowhere.git").checksum()
    (repository.path / "HEAD").unlink()
    with pytest.raises(GitError, match="not a git repository"):
        repository.checksum()


@pytest.mark.point(74)
@pytest.mark.parametrize(
    ("reference", "counts"),
    [
        ("refs/heads/other", True),
        ("refs/tags/v1", True),
        ("refs/keep-around/abc", True),
        ("refs/merge-requests/1/head", True),
        ("refs/environments/production", True),
        ("refs/notes/commits", True),
        ("refs/pipelines/1", False),
        ("refs/remotes/origin/main", False),
        ("refs/tmp/x", False),
    ],
)
def test_which_references_count(world: World, reference: str, counts: bool) -> None:
    world.widget("w")
    repository = world.repository_at(world.primary, "group/w")
    before = repository.checksum()
    repository.git("update-ref", reference, "refs/heads/main")
    assert (repository.checksum() != before) is counts


@pytest.mark.point(74)
def test_head_counts(world: World) -> None:
    world.widget("w")
    repository = world.repository_at(world.primary, "group/w")
    world.commit("group/w", "other", "refs/heads/other")
    before = repository.checksum()
    repository.set_head("refs/heads/other")
    assert repository.checksum() != before


@pytest.mark.point(75)
def test_a_deleted_reference_goes_on_the_secondary_too(world: World) -> None:
    world.serve()
    record = world.widget("w")
    theirs, ours = world.repository_at(world.primary, "group/w"), world.repository_at(world.secondary, "group/w")
    theirs.git("update-ref", "refs/heads/gone", "refs/heads/main")
    world.replicator(record).sync()
    assert ours.checksum() == theirs.checksum()
    theirs.git("update-ref", "-d", "refs/heads/gone")
    assert ours.checksum() != theirs.checksum()
    world.replicator(record).sync()
    assert ours.checksum() == theirs.checksum()


@pytest.mark.point(72)
def test_a_local_file(world: World) -> None:
    record = world.widget_file(content=b"hello")
    replicator = world.replicator(record, world.primary)
    assert replicator.calculate_checksum() == hashlib.sha256(b"hello").hexdigest()


@pytest.mark.point(72)
def test_a_remote_file(world: World) -> None:
    storage = FakeStorage()
    storage.files["widget_files/a.bin"] = b"x" * 65112
    world.primary.object_storage = storage
    record = world.widget_file(content=None, file_store=2)
    assert world.replicator(record, world.primary).calculate_checksum() == "065112"
    assert [size_checksum(size) for size in (0, 9, 10, 123)] == ["00", "09", "10", "0123"]


@pytest.mark.point(72)
def test_why_there_is_no_checksum(world: World) -> None:
    def reason(record: Any) -> str:
        with pytest.raises(NotCheckedError) as caught:
            world.replicator(record, world.primary).calculate_checksum()
        return str(caught.value)

    start = "File is not checksummable - "
    gone = world.widget_file("gone.bin", content=None)
    path = world.upload(world.primary, "gone.bin")
    assert reason(gone) == f"{start}file does not exist at: {path}"
    world.flag("geo_object_storage_verification", False)
    remote = world.widget_file("b", content=None, file_store=2)
    assert reason(remote) == f"{start}WidgetFile {remote.id} is excluded from verification"
    unknown = world.widget_file("", content=None)
    assert reason(unknown) == f"{start}file does not exist at: (path unavailable)"


@pytest.mark.point(72)
def test_a_long_path_is_cut_from_the_left(world: World) -> None:
    from geo_runtime.replication.verifier import verify

    name = f"{'d' * 200}/{'e' * 40}.bin"
    record = world.widget_file(name, content=None)
    verify(world.replicator(record, world.primary))
    text = world.state(record).verification_failure
    assert len(text) <= 255
    assert text.endswith(f"{'e' * 40}.bin")
    assert "file does not exist at: ..." in text


def test_a_repository_that_vanished_fails_verification(world: World) -> None:
    from geo_runtime.replication.verifier import verify

    record = world.widget("w")
    shutil.rmtree(world.repository_at(world.primary, "group/w").path)
    verify(world.replicator(record, world.primary))
    assert world.state(record).verification_failure == "Error during verification: no repository"
