"""Folders that appear and go by one rename."""

import errno
import os
import signal
import tempfile
from pathlib import Path
from typing import Any

import pytest

from geo_scaffold.commit import create_folder, recover, remove_folder
from geo_scaffold.commit.siblings import Purpose, own, sibling_of
from geo_scaffold.errors import BusyError, ConfinementError, InterruptedRunError, RecoveryError, WriteError

from .harness import FOLDER, create_case, fill, in_child, picture, remove_case, watched

NOBODY = 65534


def test_a_folder_appears_and_goes(tmp_path: Path) -> None:
    create_folder(tmp_path / "x", FOLDER, modes={"gitlab/e.rb": 0o755})
    files = picture(tmp_path / "x")
    assert {path: content for path, (_, content) in files.items() if content is not None} == FOLDER
    assert files["gitlab/e.rb"][0] == 0o755
    assert files["CHECKLIST.md"][0] == 0o644
    assert files["gitlab"][0] == 0o755
    assert os.listdir(tmp_path) == ["x"]  # noqa: PTH208
    remove_folder(tmp_path / "x", FOLDER)
    assert picture(tmp_path) == {}


def test_the_umask_applies(tmp_path: Path) -> None:
    os.umask(0o077)
    create_folder(tmp_path / "x", {"a/b": b"", "c": b""}, modes={"c": 0o755})
    assert {path: mode for path, (mode, _) in picture(tmp_path).items()} == {
        "x": 0o700,
        "x/a": 0o700,
        "x/a/b": 0o600,
        "x/c": 0o700,
    }


def test_no_files_is_an_empty_folder(tmp_path: Path) -> None:
    create_folder(tmp_path / "x", {})
    assert picture(tmp_path) == {"x": (0o755, None)}
    remove_folder(tmp_path / "x", {})
    assert picture(tmp_path) == {}


def test_it_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    for case in (create_case(tmp_path / "create"), remove_case(tmp_path / "remove")):
        seen = []

        def call(number: int, name: str, args: tuple[Any, ...]) -> None:
            found = picture(case.folder)  # noqa: B023
            seen.append({path: value for path, value in found.items() if not path.startswith(".")})  # noqa: B023

        with watched(call):
            case.run()
        assert all(found in (case.before, case.after) for found in seen)
        assert case.before in seen
        assert case.after in seen


def test_an_empty_folder_is_replaced_and_keeps_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir(mode=0o700)
    create_folder(tmp_path / "x", {"a": b"1"})
    assert picture(tmp_path) == {"x": (0o700, None), "x/a": (0o644, b"1")}


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("what", ["file", "full folder", "link", "dangling link"])
def test_what_exists_is_not_replaced(tmp_path: Path, what: str, late: bool) -> None:
    fill(tmp_path, {"other/y": b"1"})
    target = tmp_path / "x"

    def make() -> None:
        if what == "file":
            target.write_bytes(b"mine")
        elif what == "full folder":
            fill(target, {"mine": b"1"})
        else:
            target.symlink_to("other" if what == "link" else "nowhere")

    def call(number: int, name: str, args: tuple[Any, ...]) -> None:
        if name == "rename" and late:
            make()

    if not late:
        make()
    with watched(call), pytest.raises(WriteError, match=r"exists and|cannot write"):
        create_folder(target, FOLDER)
    files = picture(tmp_path)
    if not late:
        target.unlink() if what != "full folder" else None
    assert not [path for path in files if path.startswith(".")]
    assert {"file": "x", "full folder": "x/mine", "link": "x", "dangling link": "x"}[what] in files
    assert not [path for path in files if path.startswith("x/gitlab")]


@pytest.mark.parametrize("path", ["../out", "/out", "a/../../out", "", ".git/config", "a//b", "a\\b", "a\0"])
def test_a_path_out_of_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(ConfinementError):
        create_folder(tmp_path / "x", {"fine": b"", path: b""})
    with pytest.raises(ConfinementError):
        remove_folder(tmp_path / "x", {"fine": b"", path: b""})
    assert picture(tmp_path) == {}


@pytest.mark.parametrize("paths", [["a", "A"], ["a", "a/b"], ["d/E/x", "d/e"]])
def test_paths_that_contradict_each_other_are_refused(tmp_path: Path, paths: list[str]) -> None:
    with pytest.raises(WriteError, match="the plan"):
        create_folder(tmp_path / "x", dict.fromkeys(paths, b""))
    assert picture(tmp_path) == {}


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("missing/x", "cannot use the folder .*missing"),
        ("file/x", "is a file, where a folder is needed"),
        ("y" * 300, "name is too long"),
        (".git", "cannot be the name"),
    ],
)
def test_a_target_that_cannot_be(tmp_path: Path, target: str, message: str) -> None:
    fill(tmp_path, {"file": b""})
    with pytest.raises((WriteError, ConfinementError), match=message) as caught:
        create_folder(tmp_path / target, FOLDER)
    assert caught.value.path
    assert set(picture(tmp_path)) == {"file"}


def test_a_long_name_that_fits_is_fine(tmp_path: Path) -> None:
    create_folder(tmp_path / ("ü" * 127), FOLDER)
    assert recover(tmp_path) == []


def test_the_message_names_the_file_and_not_the_hidden_folder(tmp_path: Path) -> None:
    def call(number: int, name: str, args: tuple[Any, ...]) -> None:
        if name == "create" and args[0].name == "c.rb":
            raise OSError(errno.ENOSPC, "No space", str(args[0]))

    with watched(call), pytest.raises(WriteError) as caught:
        create_folder(tmp_path / "x", FOLDER)
    assert str(caught.value) == f"cannot write {tmp_path}/x/gitlab/a/b/c.rb: the disk is full; nothing was written"
    assert caught.value.remedy == "Free some space and run the command again"


def test_a_read_only_parent() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        try:
            user = NOBODY if os.getuid() == 0 else None
            code, result = in_child(lambda: create_folder(folder / "x", FOLDER), user)
            assert code == 0
            assert result == ("WriteError", f"cannot write {folder}/x: permission denied; nothing was written")
        finally:
            folder.chmod(0o755)


@pytest.mark.parametrize(
    "edit",
    [
        lambda target: (target / "CHECKLIST.md").write_bytes(b"mine"),
        lambda target: (target / "CHECKLIST.md").unlink(),
        lambda target: (target / "gitlab/a/b/extra").write_bytes(b""),
        lambda target: (target / "gitlab/empty").mkdir(),
        lambda target: ((target / "gitlab/e.rb").unlink(), (target / "gitlab/e.rb").symlink_to("a/d.rb")),
        lambda target: ((target / "gitlab/e.rb").unlink(), (target / "gitlab/e.rb").mkdir()),
        lambda target: (target / "gitlab/a").rename(target / "gitlab/z"),
    ],
)
@pytest.mark.parametrize("at", ["before", "rename", "second rename"])
def test_a_changed_folder_is_not_removed(tmp_path: Path, edit: Any, at: str) -> None:
    """Also not when the change comes in the last moment, into the folder that was moved away already."""
    case = remove_case(tmp_path / "case")
    target = case.folder / "cool_widget"
    count = 0
    if at == "before":
        edit(target)

    def call(number: int, name: str, args: tuple[Any, ...]) -> None:
        nonlocal count
        count += name == "rename"
        # The wait for the disk between both renames represents "moved away, not checked yet".
        if (name == "rename" and at == "rename") or (name == "sync" and count == 1 and at == "second rename"):
            if count == 1 and name == "rename":
                edit(target)
            elif name == "sync":
                (moved,) = case.folder.glob(".cool_widget*")
                edit(moved)

    with watched(call), pytest.raises(WriteError, match="since the plan was made"):
        case.run()
    expected = remove_case(tmp_path / "expected")
    edit(expected.folder / "cool_widget")
    assert picture(case.folder) == picture(expected.folder)


def test_removing_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="was deleted"):
        remove_folder(tmp_path / "x", FOLDER)
    (tmp_path / "x").symlink_to("y")
    with pytest.raises(WriteError, match="was replaced"):
        remove_folder(tmp_path / "x", FOLDER)


def test_a_folder_that_cannot_be_put_back_is_put_back_by_the_next_start(tmp_path: Path) -> None:
    case = remove_case(tmp_path / "case")
    count = 0

    def call(number: int, name: str, args: tuple[Any, ...]) -> None:
        nonlocal count
        count += name == "rename"
        if count > 1:
            raise OSError(errno.EIO, "Input/output error")

    with watched(call), pytest.raises(RecoveryError, match="could not be put back"):
        case.run()
    assert recover(case.folder) == ["cool_widget was put back: its removal was interrupted"]
    assert picture(case.folder) == case.before


def test_a_folder_of_the_same_name_is_not_replaced_when_putting_back(tmp_path: Path) -> None:
    fill(sibling_of(tmp_path / "x", Purpose.OLD), {"mine": b"1"})
    fill(tmp_path, {"x/other": b"2"})
    (sentence,) = recover(tmp_path)
    files = picture(tmp_path)
    assert files["x/other"] == (0o644, b"2")
    assert [content for path, (_, content) in files.items() if path.endswith("/mine")] == [b"1"]
    assert not [path for path in files if path.startswith(".")]
    assert "was put back" in sentence


def test_a_folder_of_a_living_run_is_left_alone(tmp_path: Path) -> None:
    stage = sibling_of(tmp_path / "x", Purpose.NEW)
    fill(stage, {"a": b""})
    descriptor = own(stage)
    assert descriptor is not None
    assert recover(tmp_path) == []
    assert stage.exists()
    os.close(descriptor)
    assert recover(tmp_path) == [f"an unfinished folder of an interrupted run was removed ({stage.name})"]
    assert picture(tmp_path) == {}


@pytest.mark.parametrize("is_alive", [True, False])
def test_where_folders_cannot_be_locked_the_process_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_alive: bool
) -> None:
    def refuse(descriptor: int) -> bool:
        raise OSError(errno.EBADF, "not here")

    monkeypatch.setattr("geo_scaffold.commit.siblings.try_flock", refuse)
    child = os.getpid() if is_alive else in_child(os.getpid)[1]
    fill(tmp_path, {f".x.geo-scaffold-new-{child}-0123abcd/a": b""})
    assert bool(recover(tmp_path)) is not is_alive
    create_folder(tmp_path / "y", FOLDER)
    remove_folder(tmp_path / "y", FOLDER)


@pytest.mark.parametrize(
    "name",
    [
        "x.geo-scaffold-new-1-0123abcd",
        ".geo-scaffold-new-1-0123abcd",
        ".x.geo-scaffold-other-1-0123abcd",
        ".x.geo-scaffold-new-z-0123abcd",
        ".x.geo-scaffold-new-1-0123abc",
        ".x.geo-scaffold-new-1-0123abcg",
        ".x.geo-scaffold-new-1-0123ABCD",
        ".x.geo-scaffold-new-1",
    ],
)
def test_only_exactly_our_names_are_touched(tmp_path: Path, name: str) -> None:
    fill(tmp_path, {f"{name}/mine": b"1"})
    (tmp_path / ".y.geo-scaffold-new-1-0123abcd").symlink_to(name)
    fill(tmp_path, {".z.geo-scaffold-new-1-0123abcd": b"a file"})
    before = picture(tmp_path)
    assert recover(tmp_path) == []
    assert picture(tmp_path) == before


def test_links_in_a_stale_folder_are_not_followed(tmp_path: Path) -> None:
    fill(tmp_path, {"mine/x": b"1"})
    stage = sibling_of(tmp_path / "x", Purpose.NEW)
    stage.mkdir()
    (stage / "link").symlink_to("../mine")
    assert recover(tmp_path)
    assert picture(tmp_path) == {"mine": (0o755, None), "mine/x": (0o644, b"1")}


def test_two_runs_make_the_same_folder(tmp_path: Path) -> None:
    first = os.getpid()

    def call(number: int, name: str, args: tuple[Any, ...]) -> None:
        if name == "rename" and os.getpid() == first:
            assert in_child(lambda: create_folder(tmp_path / "x", {"first": b""})) == (0, None)

    with watched(call), pytest.raises(WriteError, match="is not empty any more"):
        create_folder(tmp_path / "x", FOLDER)
    assert set(picture(tmp_path)) == {"x", "x/first"}


def test_a_folder_that_is_being_removed_is_busy(tmp_path: Path) -> None:
    case = remove_case(tmp_path / "case")
    descriptor = own(case.folder / "cool_widget")
    assert descriptor is not None
    with pytest.raises(BusyError):
        case.run()
    os.close(descriptor)
    assert picture(case.folder) == case.before


def test_a_stage_that_another_start_takes_away_is_made_again(tmp_path: Path) -> None:
    """A recovery may run in the moment in which a stage is made, but not locked yet."""
    count = 0
    real = own

    def owned(folder: Path) -> int | None:
        nonlocal count
        count += 1
        if count == 1:
            assert recover(tmp_path)
        elif count == 2:
            holder = real(folder)
            assert holder is not None
            try:
                return real(folder)
            finally:
                os.close(holder)
                assert recover(tmp_path)
        return real(folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("geo_scaffold.commit.folder.own", owned)
        create_folder(tmp_path / "x", FOLDER)
    assert count == 3
    assert os.listdir(tmp_path) == ["x"]  # noqa: PTH208


def test_an_interruption_in_the_recovery_lets_it_end(tmp_path: Path) -> None:
    fill(sibling_of(tmp_path / "x", Purpose.NEW), {"a": b"", "b": b""})
    with (
        watched(lambda number, name, args: os.kill(os.getpid(), signal.SIGINT)),
        pytest.raises(InterruptedRunError),
    ):
        recover(tmp_path)
    assert picture(tmp_path) == {}
