"""Journals of dead runs, and journals that no run of ours wrote."""

import errno
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from geo_scaffold.commit import Change, commit_changes, recover
from geo_scaffold.errors import ConfinementError, RecoveryError

from .harness import DIED, Case, Picture, edit_case, fill, in_child, picture, watched

NOBODY = 65534


def crashed(case: Case, moment: Callable[[str, tuple[Any, ...]], bool]) -> Case:
    """Let the run of a case die before the first effect that fits."""

    def call(number: int, name: str, args: tuple[Any, ...]) -> None:
        if moment(name, args):
            os._exit(DIED)

    def child() -> None:
        with watched(call):
            case.run()

    assert in_child(child)[0] == DIED
    return case


def before_the_mark(name: str, args: tuple[Any, ...]) -> bool:
    return name == "rename" and args[1].name == "done.json"


def after_the_mark(name: str, args: tuple[Any, ...]) -> bool:
    return name == "remove" and args[0].name.endswith(".old")


def test_the_recovery_says_what_it_did(tmp_path: Path) -> None:
    case = crashed(edit_case(tmp_path / "undone"), before_the_mark)
    assert recover(case.root) == ["an interrupted run was taken back (10 files)"]
    assert picture(case.folder) == case.before
    case = crashed(edit_case(tmp_path / "done"), after_the_mark)
    assert recover(case.root) == ["an interrupted run was completed (10 files)"]
    assert picture(case.folder) == case.after


@pytest.mark.parametrize("start", [".", "lib", "new/deep"])
def test_a_start_anywhere_in_the_repository_recovers(tmp_path: Path, start: str) -> None:
    case = crashed(edit_case(tmp_path / "case"), before_the_mark)
    assert recover(case.root / start)
    assert picture(case.folder) == case.before


def test_a_run_in_a_part_of_a_repository_is_recovered_from_elsewhere(tmp_path: Path) -> None:
    case = edit_case(tmp_path / "case", git=False)
    fill(case.folder, {".git/HEAD": b""})
    case.before.update({".git": (0o755, None), ".git/HEAD": (0o644, b"")})
    crashed(case, before_the_mark)
    moved = tmp_path / "moved"
    case.folder.rename(moved)
    assert recover(moved / "user")
    assert picture(moved) == case.before


def test_a_repository_that_was_made_after_the_crash_hides_nothing(tmp_path: Path) -> None:
    case = crashed(edit_case(tmp_path / "case", git=False), before_the_mark)
    fill(case.root, {".git/HEAD": b""})
    assert recover(case.root)
    assert picture(case.folder) == {**case.before, "tree/.git": (0o755, None), "tree/.git/HEAD": (0o644, b"")}


def test_nothing_to_do_is_cheap_and_writes_nothing(tmp_path: Path) -> None:
    case = edit_case(tmp_path / "case")
    names: list[str] = []
    with watched(lambda number, name, args: names.append(name)):
        assert recover(case.root) == []
        assert recover(tmp_path / "missing") == []
        assert recover(tmp_path / "case/user/notes.txt") == []
    assert names == []
    few = questions(lambda: recover(case.root))
    fill(case.root, {f"{folder}/{number}": b"" for folder in ("lib", "more") for number in range(50)})
    assert questions(lambda: recover(case.root)) == few
    assert 0 < few < 100


def questions(act: Callable[[], object]) -> int:
    """Return how many calls of the operating system a function makes; what it costs, however busy the machine is."""
    count = 0

    def see(frame: FrameType, event: str, called: Any) -> None:
        nonlocal count
        count += event == "c_call" and called.__module__ == os.name

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        act()
    finally:
        sys.setprofile(before)
    return count


def test_the_mode_is_put_back_too(tmp_path: Path) -> None:
    for links in (True, False):
        case = edit_case(tmp_path / f"case-{links}")

        def moment(name: str, args: tuple[Any, ...]) -> bool:
            if name == "link" and not links:  # noqa: B023
                raise OSError(errno.EOPNOTSUPP, "no links here")
            return before_the_mark(name, args)

        crashed(case, moment)
        recover(case.root)
        assert picture(case.folder) == case.before


def test_a_change_by_a_person_after_the_mark_stays(tmp_path: Path) -> None:
    case = crashed(edit_case(tmp_path / "case"), after_the_mark)
    (case.root / "lib/list.rb").write_bytes(b"mine")
    recover(case.root)
    assert picture(case.folder) == {**case.after, "tree/lib/list.rb": (0o644, b"mine")}


def test_a_save_into_the_replaced_file_after_the_mark_is_kept(tmp_path: Path) -> None:
    case = crashed(edit_case(tmp_path / "case"), after_the_mark)
    (kept,) = [path for path in (case.root / "lib").glob(".geo-scaffold-*") if b"A = [" in path.read_bytes()]
    kept.write_bytes(b"saved by an editor that had the file open")
    (_, sentence) = recover(case.root)
    (aside,) = (case.root / "lib").glob("list.rb.geo-scaffold-*")
    assert aside.read_bytes() == b"saved by an editor that had the file open"
    assert aside.name in sentence
    aside.unlink()
    assert picture(case.folder) == case.after


def test_a_person_who_deletes_a_file_after_the_crash_gets_it_back(tmp_path: Path) -> None:
    case = crashed(edit_case(tmp_path / "case"), before_the_mark)
    (case.root / "lib/list.rb").unlink()
    (case.root / "lib/three.rb").unlink()
    recover(case.root)
    assert picture(case.folder) == case.before


def test_a_new_file_that_a_person_has_edited_is_not_even_moved(tmp_path: Path) -> None:
    case = crashed(edit_case(tmp_path / "case"), before_the_mark)
    (case.root / "lib/three.rb").write_bytes(b"mine")
    moved: list[Path] = []
    with watched(lambda number, name, args: moved.extend(args if name in ("rename", "link", "remove") else ())):
        recover(case.root)
    assert case.root / "lib/three.rb" not in moved
    assert picture(case.folder) == {**case.before, "tree/lib/three.rb": (0o644, b"mine")}


def test_a_person_who_puts_a_folder_in_the_place_keeps_it(tmp_path: Path) -> None:
    case = crashed(edit_case(tmp_path / "case"), before_the_mark)
    for name in ("list.rb", "three.rb"):
        (case.root / "lib" / name).unlink()
        fill(case.root / "lib" / name, {"mine": b"1"})
    sentences = recover(case.root)
    assert len(sentences) == 3
    found = picture(case.root / "lib")
    assert found["list.rb/mine"] == found["three.rb/mine"] == (0o644, b"1")
    assert [content for path, (_, content) in found.items() if path.startswith("list.rb.geo")] == [b"A = [\n  1,\n]\n"]


def test_old_bytes_that_are_gone_stop_the_recovery_before_it_starts(tmp_path: Path) -> None:
    case = crashed(edit_case(tmp_path / "case"), before_the_mark)
    for path in (case.root / "lib").glob(".geo-scaffold-*.old"):
        if b"A = [" in path.read_bytes():
            path.unlink()
    before = picture(case.folder)
    with pytest.raises(RecoveryError, match=r"lib/list\.rb cannot be put back") as caught:
        recover(case.root)
    assert caught.value.remedy == "restore the file with git, then run the command again"
    assert without_lock(picture(case.folder)) == without_lock(before)
    (case.root / "lib/list.rb").write_bytes(b"A = [\n  1,\n]\n")
    assert recover(case.root) == ["an interrupted run was taken back (10 files)"]
    assert picture(case.folder) == case.before


def without_lock(found: Picture) -> Picture:
    return {path: value for path, value in found.items() if not path.endswith("/lock")}


def test_a_tree_that_became_read_only() -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        case = crashed(edit_case(Path(name) / "case"), before_the_mark)
        folders = [path for path in [*sorted(case.root.rglob("*"), reverse=True), case.root] if path.is_dir()]
        for folder in folders:
            folder.chmod(0o555)
        before = picture(case.folder)
        code, result = in_child(lambda: recover(case.root), NOBODY if os.getuid() == 0 else None)
        assert code == 0
        assert result[0] == "RecoveryError"
        assert "permission denied" in result[1].lower()
        assert without_lock(picture(case.folder)) == without_lock(before)
        for folder in reversed(folders):
            folder.chmod(0o755)
        assert recover(case.root)
        assert picture(case.folder) == case.before


def entry(path: str, before: object = None, after: object = "a" * 64) -> list[object]:
    return [path, before, after]


GOOD: dict[str, Any] = {
    "format": 1,
    "root": ".",
    "token": "0123456789abcdef",
    "durable": True,
    "entries": [entry("a")],
    "directories": [],
    "remove_empty": [],
}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"[" * 100_000,
        {**GOOD, "format": 2},
        {key: value for key, value in GOOD.items() if key != "entries"},
        {**GOOD, "entries": {"a": 1}},
        {**GOOD, "entries": [["a", None]]},
        {**GOOD, "entries": [entry("a", None, None)]},
        {**GOOD, "entries": [entry("a", "x", None)]},
        {**GOOD, "entries": [entry("a", "A" * 64, None)]},
        {**GOOD, "entries": [entry("a", 1, None)]},
        {**GOOD, "entries": [[1, None, "a" * 64]]},
        {**GOOD, "entries": [entry("../mine.txt")]},
        {**GOOD, "entries": [entry("/etc/passwd")]},
        {**GOOD, "entries": [entry("out/mine.txt")]},
        {**GOOD, "entries": [entry(".git/HEAD")]},
        {**GOOD, "entries": [entry("link")]},
        {**GOOD, "entries": [entry("a"), entry("a")]},
        {**GOOD, "entries": [entry("a"), entry("a/b")]},
        {**GOOD, "entries": [entry("a\0")]},
        {**GOOD, "token": "../../../../x"},
        {**GOOD, "token": "0123456789ABCDEF"},
        {**GOOD, "token": None},
        {**GOOD, "root": ".."},
        {**GOOD, "root": "out"},
        {**GOOD, "root": "missing"},
        {**GOOD, "root": 1},
        {**GOOD, "durable": "yes"},
        {**GOOD, "directories": ["../empty"]},
        {**GOOD, "directories": ["out/empty"]},
        {**GOOD, "directories": [1]},
        {**GOOD, "remove_empty": ["../empty"]},
        {**GOOD, "remove_empty": None},
    ],
)
@pytest.mark.parametrize("name", ["journal.json", "done.json"])
@pytest.mark.parametrize("place", [".git/geo-scaffold", ".geo-scaffold/tmp"])
def test_a_journal_that_is_not_ours_touches_nothing(tmp_path: Path, content: Any, name: str, place: str) -> None:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    root = tmp_path / "root"
    fill(tmp_path, {"mine.txt": b"1", "root/a": b"1", "root/.git/HEAD": b"", f"root/{place}/{name}": raw})
    (tmp_path / "empty").mkdir()
    (root / "out").symlink_to("..")
    (root / "link").symlink_to("../mine.txt")
    before = picture(tmp_path)
    with pytest.raises(RecoveryError, match="nothing was touched") as caught:
        recover(root)
    assert "\n" not in str(caught.value)
    assert caught.value.path == str(root / place / name)
    assert "delete the journal" in (caught.value.remedy or "")
    assert picture(tmp_path) == before


def test_a_forged_journal_deletes_only_what_has_its_hash(tmp_path: Path) -> None:
    forged = {
        **GOOD,
        "entries": [entry("mine"), entry("other", "b" * 64), entry("third", "b" * 64, None)],
        "directories": ["full"],
    }
    fill(tmp_path, {".git/HEAD": b"", ".git/geo-scaffold/journal.json": json.dumps(forged).encode()})
    mine = {"mine": b"1", "other": b"2", "third": b"3", "full/x": b"4"}
    fill(tmp_path, mine)
    sentences = recover(tmp_path)
    assert len(sentences) == 4
    found = picture(tmp_path)
    assert {path: found[path][1] for path in mine} == mine


def test_a_place_that_is_a_link_out_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    fill(root, {"a": b"1"})
    fill(tmp_path, {"outside/tmp/journal.json": json.dumps(GOOD).encode()})
    (root / ".geo-scaffold").symlink_to("../outside")
    before = picture(tmp_path)
    with pytest.raises(ConfinementError):
        recover(root)
    with pytest.raises(ConfinementError):
        commit_changes(root, [Change("a", b"1", b"2")])
    assert picture(tmp_path) == before
