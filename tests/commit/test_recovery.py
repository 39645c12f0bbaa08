"""Journals of dead runs, and journals that no run of ours wrote."""

import contextlib
import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from geo_scaffold.commit import Change, Leftovers, Unfinished, commit_changes, digest, recover, unfinished
from geo_scaffold.errors import ConfinementError, GeoScaffoldError, RecoveryError

from .harness import DIED, Case, Picture, edit_case, fill, in_child, picture, watched

NOBODY = 65534


def crashed(case: Case, moment: Callable[[str, tuple[Any, ...]], bool]) -> Case:
    """Kill the run of a case before the first matching effect."""

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
    files = picture(case.root / "lib")
    assert files["list.rb/mine"] == files["three.rb/mine"] == (0o644, b"1")
    assert [content for path, (_, content) in files.items() if path.startswith("list.rb.geo")] == [b"A = [\n  1,\n]\n"]


def test_old_bytes_that_are_gone_stop_the_recovery_before_it_starts(tmp_path: Path) -> None:
    case = crashed(edit_case(tmp_path / "case"), before_the_mark)
    for path in (case.root / "lib").glob(".geo-scaffold-*.old"):
        if b"A = [" in path.read_bytes():
            path.unlink()
    before = picture(case.folder)
    with pytest.raises(RecoveryError, match=r"lib/list\.rb cannot be put back") as caught:
        recover(case.root)
    assert caught.value.remedy == "Restore the file with git, then run the command again"
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
        if os.getuid():  # else it is the journal of root, and not of this user
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


FORGED = {
    **GOOD,
    "entries": [entry("mine"), entry("other", "b" * 64), entry("third", "b" * 64, None)],
    "directories": ["full"],
}
MINE = {"mine": b"1", "other": b"2", "third": b"3", "full/x": b"4"}


def test_a_forged_journal_that_the_user_wants_deletes_only_what_has_its_hash(tmp_path: Path) -> None:
    fill(tmp_path, {".git/HEAD": b"", ".git/geo-scaffold/journal.json": json.dumps(FORGED).encode(), **MINE})
    sentences = recover(tmp_path, doubted=True)
    assert len(sentences) == 4
    files = picture(tmp_path)
    assert {path: files[path][1] for path in MINE} == MINE


def planted(root: Path, place: str, name: str) -> Path:
    """A journal that takes a file of the user away, and puts the text of somebody else in the place of another."""
    text = b"theirs"
    journal = {
        **GOOD,
        "durable": False,
        "entries": [entry("mine", digest(text), digest(MINE["mine"])), entry("other", None, digest(MINE["other"]))],
    }
    fill(root, {".git/HEAD": b"", f"{place}/{name}": json.dumps(journal).encode(), **MINE})
    fill(root, {f".geo-scaffold-{GOOD['token']}-0.old": text})
    return root / place / name


@pytest.mark.parametrize("name", ["journal.json", "done.json"])
@pytest.mark.parametrize("place", [".git/geo-scaffold", ".geo-scaffold/tmp"])
def test_a_journal_that_no_run_of_this_user_left_is_reported_and_not_obeyed(
    tmp_path: Path, place: str, name: str
) -> None:
    path = planted(tmp_path, place, name)
    before = picture(tmp_path)
    with pytest.raises(RecoveryError, match="not known to be yours") as caught:
        recover(tmp_path)
    assert caught.value.path == str(path)
    assert "--recover" in (caught.value.remedy or "")
    [left] = unfinished(tmp_path)
    assert left.path == path
    assert left.doubt
    with pytest.raises(RecoveryError) if place.startswith(".git") else contextlib.nullcontext():
        commit_changes(tmp_path, [Change("another", None, b"")])
        (tmp_path / "another").unlink()
    assert picture(tmp_path) == before


def copied(case: Case) -> Path:
    shutil.copytree(case.root, case.folder / "copy")
    return case.folder / "copy"


def with_another_key(case: Case) -> Path:
    os.environ["XDG_STATE_HOME"] = str(case.folder / "state")
    return case.root


def without_state(case: Case) -> Path:
    os.environ["XDG_STATE_HOME"] = "/dev/null/nowhere"
    return case.root


def edited(case: Case) -> Path:
    path = case.root / ".git/geo-scaffold/journal.json"
    path.write_text(path.read_text().replace('["lib/list.rb"', '["x"', 1))
    return case.root


@pytest.mark.parametrize("move", [copied, with_another_key, without_state, edited])
def test_a_journal_of_elsewhere_is_not_obeyed(
    tmp_path: Path, move: Callable[[Case], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", os.environ["XDG_STATE_HOME"])
    case = crashed(edit_case(tmp_path / "case"), before_the_mark)
    root = move(case)
    before = picture(root)
    with pytest.raises(RecoveryError, match="seal"):
        recover(root)
    assert picture(root) == before


@pytest.mark.parametrize("seals", [["\ud800"], ["x" * 9999], [None, 1], [[]], "x", {}])
def test_a_seal_that_is_not_one_is_no_seal(tmp_path: Path, seals: object) -> None:
    case = crashed(edit_case(tmp_path / "case"), before_the_mark)
    journal = case.root / ".git/geo-scaffold/journal.json"
    journal.write_text(json.dumps({**json.loads(journal.read_text()), "seals": seals}))
    with pytest.raises(RecoveryError, match="seal"):
        recover(case.root)


def test_a_journal_of_another_machine_is_not_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = crashed(edit_case(tmp_path / "case"), before_the_mark)
    monkeypatch.setattr("geo_scaffold.commit.journal.machine", lambda: "another")
    with pytest.raises(RecoveryError, match="seal"):
        recover(case.root)
    monkeypatch.undo()
    assert recover(case.root)
    assert picture(case.folder) == case.before


def test_without_a_state_folder_a_run_works_and_its_journal_is_in_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/nowhere")
    case = edit_case(tmp_path / "done")
    case.run()
    assert picture(case.folder) == case.after
    case = crashed(edit_case(tmp_path / "killed"), before_the_mark)
    with pytest.raises(RecoveryError, match="seal"):
        recover(case.root)
    assert recover(case.root, doubted=True) == ["an interrupted run was taken back (10 files)"]
    assert picture(case.folder) == case.before


@pytest.mark.parametrize("version", [2, 4])
def test_a_journal_that_git_tracks_is_not_obeyed(tmp_path: Path, version: int) -> None:
    case = crashed(edit_case(tmp_path / "case", git=False), before_the_mark)
    for words in (["init", "-q"], ["config", "index.version", str(version)], ["add", "-f", ".geo-scaffold/tmp"]):
        subprocess.run(["git", "-C", str(case.root), *words], check=True)
    with pytest.raises(RecoveryError, match="Git tracks it"):
        recover(case.root)
    subprocess.run(["git", "-C", str(case.root), "rm", "-rq", "--cached", ".geo-scaffold"], check=True)
    assert recover(case.root)


@pytest.mark.parametrize("moment", [before_the_mark, after_the_mark])
def test_what_would_be_done_is_what_is_done(tmp_path: Path, moment: Callable[..., bool]) -> None:
    case = crashed(edit_case(tmp_path / "case"), moment)
    before = picture(case.root)
    [left] = unfinished(case.root)
    assert (left.left, left.doubt) == (Leftovers.BETWEEN, "")
    assert picture(case.root) == before
    recover(case.root)
    after = picture(case.root)
    words = [step.split() for step in left.steps]
    removed = {step[1] for step in words if step[0] == "remove" and step[1] != "the"}
    put_back = {step[2] for step in words if step[0] == "put"}
    gone = {path for path in before if path not in after and before[path][1] is not None and ".git" not in path}
    back = {step[4] for step in words if step[0] == "put"}
    assert {Path(each).name for each in gone} == {Path(each).name for each in removed} | back
    assert put_back == {
        path for path in before if path in after and before[path] != after[path] and before[path][1]
    } | {path for path in after if path not in before} - {"old"}
    assert unfinished(case.root) == []


def test_a_run_that_is_at_work_is_reported(tmp_path: Path) -> None:
    case = edit_case(tmp_path / "case")
    seen: list[list[Unfinished]] = []

    def look(number: int, name: str, args: tuple[Any, ...]) -> None:
        if name == "rename" and args[1].name == "done.json":
            seen.append(unfinished(case.root))

    with watched(look):
        case.run()
    [[left]] = seen
    assert left.left is Leftovers.RUNNING
    assert unfinished(case.root) == []


@pytest.mark.parametrize("plant", ["folder", "file", "journal", "lock", "done"])
def test_no_link_is_followed_on_the_way(tmp_path: Path, plant: str) -> None:
    """A link in the git dir, or one that a branch brings, leads to a folder of the user."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    fill(root, {".git/HEAD": b"", "a": b"1"})
    journal = json.dumps(GOOD).encode()
    fill(outside, {"lock": b"mine", "journal.tmp": b"mine", "journal.json": journal, "done.json": journal})
    place = root / ".git/geo-scaffold"
    if plant == "folder":
        place.symlink_to(outside)
    else:
        place.mkdir()
        name = {"file": "journal.tmp", "journal": "journal.json", "lock": "lock", "done": "done.json"}[plant]
        (place / name).symlink_to(outside / name)
    before = picture(outside)
    with contextlib.suppress(GeoScaffoldError):
        recover(root)
    with contextlib.suppress(GeoScaffoldError):
        recover(root, doubted=True)
    with contextlib.suppress(GeoScaffoldError):
        commit_changes(root, [Change("a", b"1", b"2")])
    unfinished(root)
    assert picture(outside) == before


as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can make files of another user")
STRANGER = 4242


def give_away(*paths: Path) -> None:
    for path in paths:
        os.chown(path, STRANGER, STRANGER, follow_symlinks=False)


@as_root
@pytest.mark.parametrize("top", ["stranger", "everybody's"])
def test_a_repository_of_another_user_is_not_looked_into(tmp_path: Path, top: str) -> None:
    """As in Git: what is above a folder may be anybody's."""
    shared, victim = tmp_path / "shared", tmp_path / "shared/victim"
    planted(shared, ".git/geo-scaffold", "journal.json")
    fill(victim, {"notes.txt": b"1"})
    for path in [shared, *shared.rglob("*")]:
        if not path.is_relative_to(victim):
            give_away(path)
    if top == "everybody's":
        os.chown(shared, 0, 0)
        shared.chmod(0o1777)
    before = picture(tmp_path)
    assert unfinished(victim) == []
    assert recover(victim, doubted=True) == []
    commit_changes(victim, [Change("notes.txt", b"1", b"2")])
    assert picture(tmp_path) == {**before, "shared/victim/notes.txt": (0o644, b"2")}


@as_root
@pytest.mark.parametrize("name", ["journal.json", "folder"])
def test_a_journal_of_another_user_is_not_obeyed(tmp_path: Path, name: str) -> None:
    case = crashed(edit_case(tmp_path / "case"), before_the_mark)
    place = case.root / ".git/geo-scaffold"
    give_away(place / name if name != "folder" else place)
    before = picture(case.folder)
    with pytest.raises(RecoveryError, match="belongs to"):
        recover(case.root)
    assert picture(case.folder) == before


@as_root
def test_under_sudo_the_callers_repository_is_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = edit_case(tmp_path / "case")
    for path in [case.root, *case.root.rglob("*")]:
        give_away(path)
    monkeypatch.setenv("SUDO_UID", str(STRANGER))
    crashed(case, before_the_mark)
    assert recover(case.root)
    assert picture(case.folder) == case.before


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
