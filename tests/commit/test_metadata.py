"""What an edited file keeps, what new ones get, and what is said where that cannot be."""

import errno
import os
import struct
from pathlib import Path
from typing import Any

import pytest

from geo_scaffold.commit import Change, commit_changes, create_folder, write_file
from geo_scaffold.commit.siblings import token_for

from .harness import DIED, in_child, watched

ACCESS = "system.posix_acl_access"
DEFAULT = "system.posix_acl_default"
STRANGER = 4242
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")


def access_list(*, user: int = STRANGER, rights: int = 6) -> bytes:
    """The list `u::rw-,u:USER:RIGHTS,g::r--,m::rw-,o::r--`, as the kernel takes it."""
    rows = [(1, 6, 0xFFFFFFFF), (2, rights, user), (4, 4, 0xFFFFFFFF), (0x10, 6, 0xFFFFFFFF), (0x20, 4, 0xFFFFFFFF)]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *row) for row in rows)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder whose file system keeps lists and attributes, with one file."""
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "a").write_bytes(b"1")
    try:
        os.setxattr(folder / "a", ACCESS, access_list())
        os.setxattr(folder / "a", "user.note", b"mine")
    except OSError as error:  # pragma: no cover
        pytest.fail(f"this file system keeps no attributes: {error}")
    return folder


def attributes(path: Path) -> dict[str, bytes]:
    return {name: os.getxattr(path, name) for name in os.listxattr(path)}


@pytest.mark.parametrize("links", [True, False])
def test_an_edit_keeps_list_and_attributes(root: Path, *, links: bool) -> None:
    before, mode = attributes(root / "a"), (root / "a").stat().st_mode

    def refuse(number: int, name: str, args: tuple[Any, ...]) -> None:
        if name == "link" and not links:
            raise OSError(errno.EOPNOTSUPP, "no links")

    with watched(refuse):
        result = commit_changes(root, [Change("a", b"1", b"2")])
    assert result.notes == ()
    assert (root / "a").read_bytes() == b"2"
    assert attributes(root / "a") == before
    assert (root / "a").stat().st_mode == mode


def test_a_report_keeps_them_too(root: Path) -> None:
    before = attributes(root / "a")
    assert write_file(root / "a", b"2") == []
    assert attributes(root / "a") == before


def test_an_edit_gives_nobody_more_than_the_file_did(root: Path) -> None:
    """A folder's default list makes new files the group's; the one that is replaced was nobody's but the owner's."""
    (root / "secret").write_bytes(b"1")
    (root / "secret").chmod(0o600)
    os.setxattr(root, DEFAULT, access_list())
    commit_changes(root, [Change("secret", b"1", b"2"), Change("new", None, b"")])
    assert ACCESS not in attributes(root / "secret")
    assert (root / "secret").stat().st_mode & 0o777 == 0o600
    assert ACCESS in attributes(root / "new")


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP])
def test_what_cannot_be_kept_is_reported(root: Path, code: int) -> None:
    def refuse(number: int, name: str, args: tuple[Any, ...]) -> None:
        if name == "set_attribute" and args[1] == "user.note":
            raise OSError(code, os.strerror(code))

    with watched(refuse):
        result = commit_changes(root, [Change("a", b"1", b"2")])
    assert result.notes == ("a could not keep its attribute user.note",)
    assert (root / "a").read_bytes() == b"2"


def test_a_full_disk_is_an_error_and_no_note(root: Path) -> None:
    def refuse(number: int, name: str, args: tuple[Any, ...]) -> None:
        if name == "set_attribute":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with watched(refuse), pytest.raises(Exception, match="disk is full"):
        commit_changes(root, [Change("a", b"1", b"2")])
    assert (root / "a").read_bytes() == b"1"


@as_root
def test_an_owner_that_cannot_be_kept_is_reported(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    folder = Path("/tmp") / f"{tmp_path.name}-{os.getpid()}"
    folder.mkdir()
    try:
        folder.chmod(0o777)
        (folder / "a").write_bytes(b"1")
        (folder / "a").chmod(0o666)
        code, result = in_child(lambda: commit_changes(folder, [Change("a", b"1", b"2")]).notes, user=STRANGER)
        assert code == 0
        assert result == ("a could not keep its owner (user 0, group 0)",)
        assert (folder / "a").stat().st_uid == STRANGER
    finally:
        for path in sorted(folder.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        folder.rmdir()


def test_files_with_other_names_are_named_in_one_note(root: Path) -> None:
    paths = ["a", *(f"file {number}" for number in range(4))]
    for path in paths:
        (root / path).write_bytes(b"1")
        os.link(root / path, root / f"other {path}")
    result = commit_changes(root, [Change(path, b"1", b"2") for path in paths])
    note = "a, file 0, file 1 and 2 more: other names (hard links) keep what was there before"
    assert result.notes == (note,)
    assert {(root / f"other {path}").read_bytes() for path in paths} == {b"1"}


@pytest.mark.parametrize(("umask", "mode"), [(0o002, 0o664), (0o022, 0o644), (0o077, 0o600)])
def test_new_files_obey_the_umask(tmp_path: Path, umask: int, mode: int) -> None:
    os.umask(umask)
    (tmp_path / "old").write_bytes(b"1")
    commit_changes(tmp_path, [Change("new", None, b"")])
    create_folder(tmp_path / "folder", {"a/b": b""})
    write_file(tmp_path / "report", b"")
    for path in ("new", "folder/a/b", "report"):
        assert (tmp_path / path).stat().st_mode & 0o777 == mode, path


def test_what_a_killed_report_left_goes_with_the_next(tmp_path: Path) -> None:
    def die(number: int, name: str, args: tuple[Any, ...]) -> None:
        if name == "rename":
            os._exit(DIED)

    def child() -> None:
        with watched(die):
            write_file(tmp_path / "report", b"1")

    assert in_child(child)[0] == DIED
    [left] = tmp_path.iterdir()
    theirs = tmp_path / left.name.replace("-out-", "-out-1")
    theirs.write_bytes(b"no run of ours has named it")
    alive = tmp_path / f".other.geo-scaffold-out-{token_for('other')}"
    alive.write_bytes(b"this process is at work on it")
    write_file(tmp_path / "another", b"2")
    assert {path.name for path in tmp_path.iterdir()} == {"another", theirs.name, alive.name}


def test_a_pipe_and_an_open_file_are_written_to_as_they_are(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    (tmp_path / "link").symlink_to(f"/dev/fd/{writing}")
    for path in (f"/dev/fd/{writing}", f"/proc/self/fd/{writing}", str(tmp_path / "link")):
        assert write_file(Path(path), b"text") == []
        assert os.read(reading, 10) == b"text"
    (tmp_path / "log").write_bytes(b"before\n")
    descriptor = os.open(tmp_path / "log", os.O_WRONLY | os.O_APPEND)
    write_file(Path(f"/dev/fd/{descriptor}"), b"text")
    assert (tmp_path / "log").read_bytes() == b"before\ntext"
    os.close(reading)
    with pytest.raises(Exception, match="nobody reads it any more; 0 of 4 bytes were written"):
        write_file(Path(f"/dev/fd/{writing}"), b"text")
    os.close(writing)
    with pytest.raises(Exception, match=f"cannot write /dev/fd/{writing}"):
        write_file(Path(f"/dev/fd/{writing}"), b"text")
