"""Editing a tree: what is done, what is refused, and what stays."""

import errno
import os
import resource
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_scaffold.commit import Change, CommitResult, commit_changes, effects, recover
from geo_scaffold.errors import BusyError, ConfinementError, InterruptedRunError, WriteError

from .harness import CHANGED, CREATED_DIRECTORIES, edit_case, fill, in_child, picture, times, watched

NOBODY = 65534


def test_all_changes_are_made(tmp_path: Path) -> None:
    case = edit_case(tmp_path / "case")
    result = case.run()
    assert result == CommitResult(
        created=("new/deep/er/one.rb", "new/two.rb", "lib/three.rb"),
        edited=("lib/list.rb", "lib/tool", "secret.yml", "bin/run", "big.sql"),
        deleted=("old/only.txt", "lib/stale.rb"),
        created_directories=CREATED_DIRECTORIES,
    )
    files = picture(case.root)
    assert {path: files[path] for path in CHANGED} == CHANGED
    assert "old" not in files
    assert picture(case.folder) == case.after


def test_without_a_git_dir_the_receipts_folder_counts_as_made(tmp_path: Path) -> None:
    result = commit_changes(tmp_path, [Change(".geo-scaffold/cool_widget.json", None, b"{}")])
    assert result.created_directories == (".geo-scaffold",)
    undone = commit_changes(
        tmp_path, [Change(".geo-scaffold/cool_widget.json", b"{}", None)], remove_empty=result.created_directories
    )
    assert undone.deleted == (".geo-scaffold/cool_widget.json",)
    assert picture(tmp_path) == {}


def test_an_earlier_receipts_folder_is_not_counted(tmp_path: Path) -> None:
    fill(tmp_path, {".geo-scaffold/other.json": b"{}"})
    result = commit_changes(tmp_path, [Change(".geo-scaffold/cool_widget.json", None, b"{}")])
    assert result.created_directories == ()


def test_a_new_file_has_the_modes_of_the_umask(tmp_path: Path) -> None:
    os.umask(0o077)
    commit_changes(tmp_path, [Change("a", None, b""), Change("b", None, b"", 0o664)])
    assert {path: mode for path, (mode, _) in picture(tmp_path).items()} == {"a": 0o600, "b": 0o664}


def test_a_secret_is_never_readable_by_others(tmp_path: Path) -> None:
    fill(tmp_path, {"secret": b"1"}, {"secret": 0o600})
    seen: set[int] = set()

    def call(number: int, name: str, args: tuple[Any, ...]) -> None:
        seen.update(mode & 0o077 for path, (mode, content) in picture(tmp_path).items() if content == b"2")

    with watched(call):
        commit_changes(tmp_path, [Change("secret", b"1", b"2"), Change("other", None, b"2", 0o600)])
    assert seen == {0}


def test_nothing_to_do_writes_nothing(tmp_path: Path) -> None:
    fill(tmp_path, {"a": b"1"})
    before = times(tmp_path)
    assert commit_changes(tmp_path, [Change("a", b"1", b"1")]) == CommitResult()
    assert commit_changes(tmp_path, []) == CommitResult()
    assert commit_changes(tmp_path, [Change("gone", None, None)]) == CommitResult()
    assert times(tmp_path) == before
    assert picture(tmp_path) == {"a": (0o644, b"1")}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (Change("file", b"other", b"2"), "file changed since the plan was made; nothing was written"),
        (Change("file", None, b"2"), "file appeared since the plan was made; nothing was written"),
        (Change("missing", b"1", b"2"), "missing was deleted since the plan was made; nothing was written"),
        (Change("file", b"other", None), "file changed since"),
        (Change("file", b"other", b"other"), "file changed since"),
        (Change("missing", b"1", None), "missing was deleted since"),
        (Change("file/below", None, b"2"), "cannot write file/below: file is a file, where a folder is needed"),
        (Change("folder", None, b"2"), "cannot write folder: it is a folder, where a file is needed"),
        (Change("folder", b"1", b"2"), "cannot write folder: it is a folder, where a file is needed"),
        (Change("pipe", None, b"2"), "cannot write pipe"),
        (Change("x" * 300, None, b"2"), "File name too long"),
        (Change("a/" * 3000 + "b", None, b"2"), "the name is too long"),
        (Change(".geo-scaffold/tmp/journal.json", None, b"2"), "is where the journal is"),
        (Change("new", None, b"2"), "the plan names new twice"),
        (Change("NEW", None, b"2"), "the plan names NEW and, different only in case, new"),
        (Change("new/x", None, b"2"), "the plan needs new as a file and, for new/x, as a folder"),
        (Change("alias/inner", None, b"2"), "twice"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, change: Change, message: str) -> None:
    root = tmp_path / "root"
    fill(root, {"file": b"1", "folder/x": b"1", "other/x": b"1"})
    os.mkfifo(root / "pipe")
    (root / "alias").symlink_to("other")
    before, stamps = picture(root), times(root)
    changes = [Change("new", None, b"n"), Change("other/inner", None, b"i"), change]
    with pytest.raises(WriteError, match=message) as caught:
        commit_changes(root, changes)
    assert "\n" not in str(caught.value)
    assert caught.value.path
    assert picture(root) == before
    assert times(root) == stamps


def test_a_root_that_is_missing_or_a_file_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, {"file": b""})
    for root in ("missing", "file"):
        with pytest.raises(WriteError, match=root):
            commit_changes(tmp_path / root, [Change("a", None, b"")])


def test_a_root_may_be_a_symbolic_link(tmp_path: Path) -> None:
    fill(tmp_path, {"real/a": b"1"})
    (tmp_path / "link").symlink_to("real")
    commit_changes(tmp_path / "link", [Change("a", b"1", b"2"), Change("b/c", None, b"3")])
    assert picture(tmp_path / "real") == {"a": (0o644, b"2"), "b": (0o755, None), "b/c": (0o644, b"3")}


@pytest.mark.parametrize("path", ["../out", "/etc/x", "", "a/../../out", ".git/config", "away/x", "sub/.GIT/x", "link"])
def test_a_path_out_of_the_root_writes_nothing(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    fill(root, {"a/x": b"1", ".git/HEAD": b""})
    fill(tmp_path, {"out.txt": b"1"})
    (root / "away").symlink_to("..")
    (root / "link").symlink_to("../out.txt")
    before = picture(tmp_path)
    for change in (Change(path, None, b"2"), Change(path, b"1", b"2"), Change(path, b"1", None)):
        with pytest.raises(ConfinementError):
            commit_changes(root, [Change("fine", None, b""), change])
    with pytest.raises(ConfinementError):
        commit_changes(root, [Change("fine", None, b"")], remove_empty=[path])
    assert picture(tmp_path) == before


def test_a_link_inside_the_root_is_followed(tmp_path: Path) -> None:
    fill(tmp_path, {"real/a": b"1"})
    (tmp_path / "link").symlink_to("real")
    commit_changes(tmp_path, [Change("link/a", b"1", b"2")])
    assert (tmp_path / "real/a").read_bytes() == b"2"
    assert (tmp_path / "link").is_symlink()


def test_folders_are_removed_only_if_they_are_empty(tmp_path: Path) -> None:
    fill(tmp_path, {"a/b/c/file": b"1", "a/mine": b"2", "d/e/file": b"1", "f": b""})
    commit_changes(
        tmp_path,
        [Change("a/b/c/file", b"1", None), Change("d/e/file", b"1", None)],
        remove_empty=["a", "a/b", "a/b/c", "d", "d/e", "missing", "f"],
    )
    assert set(picture(tmp_path)) == {"a", "a/mine", "f"}


def test_a_git_dir_that_is_a_file_is_followed(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {"main/.git/HEAD": b"", "main/.git/worktrees/w/HEAD": b"", "w/.git": b"gitdir: ../main/.git/worktrees/w\n"},
    )
    fill(tmp_path, {"w/sub/a": b"1"})
    before = picture(tmp_path)
    places: set[Path] = set()

    def call(number: int, name: str, args: tuple[Any, ...]) -> None:
        places.update(path.parent for path in tmp_path.rglob("journal.json"))

    with watched(call):
        commit_changes(tmp_path / "w/sub", [Change("a", b"1", b"2")])
    assert places == {tmp_path / "main/.git/worktrees/w/geo-scaffold"}
    assert picture(tmp_path) == {**before, "w/sub/a": (0o644, b"2")}


def test_a_second_run_is_refused_while_the_first_writes(tmp_path: Path) -> None:
    for git in (True, False):
        case = edit_case(tmp_path / f"case-{git}", git=git)
        ready, ready_out = os.pipe()
        go, go_out = os.pipe()
        child = os.fork()
        if child == 0:
            code = 1
            try:

                def call(number: int, name: str, args: tuple[Any, ...]) -> None:
                    if number == 25:
                        os.write(ready_out, b".")  # noqa: B023
                        os.read(go, 1)  # noqa: B023

                with watched(call):
                    case.run()
                code = 0
            finally:
                os._exit(code)
        os.read(ready, 1)
        during = picture(case.folder)
        with pytest.raises(BusyError, match=f"process {child}"):
            commit_changes(case.root, [Change("another", None, b"")])
        assert recover(case.root) == []
        assert picture(case.folder) == during
        os.write(go_out, b".")
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert picture(case.folder) == case.after
        for descriptor in (ready, ready_out, go, go_out):
            os.close(descriptor)


def test_many_runs_at_once_exclude_each_other(tmp_path: Path) -> None:
    """Each adds one to a counter; whoever is refused tries again. Lock files come and go all the time."""
    fill(tmp_path, {"counter": b"0"})
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                done = 0
                while done < 25:
                    before = (tmp_path / "counter").read_bytes()
                    try:
                        commit_changes(tmp_path, [Change("counter", before, b"%d" % (int(before) + 1))], durable=False)
                    except BusyError:
                        continue
                    except WriteError as error:
                        if "changed since" in str(error):
                            continue
                        raise
                    done += 1
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 4
    assert picture(tmp_path) == {"counter": (0o644, b"100")}


def test_a_stale_lock_does_not_block(tmp_path: Path) -> None:
    fill(tmp_path, {".git/HEAD": b"", ".git/geo-scaffold/lock": b"1\n", ".geo-scaffold/tmp/lock": b"1\n"})
    commit_changes(tmp_path, [Change("a", None, b"")])
    assert recover(tmp_path) == []
    assert set(picture(tmp_path)) == {"a", ".git", ".git/HEAD"}


def test_a_file_that_is_too_large_for_the_system(tmp_path: Path) -> None:
    case = edit_case(tmp_path / "case")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(WriteError, match=r"cannot write .*larger than is allowed") as caught:
            case.run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "geo-scaffold" not in str(caught.value)
    assert picture(case.folder) == case.before


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter; pytest's own are private."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def test_a_read_only_folder(open_folder: Path) -> None:
    fill(open_folder, {"a": b"1", "sub/b": b"1", ".git/HEAD": b"", ".git/geo-scaffold/lock": b""})
    (open_folder / "sub").chmod(0o777)
    before = picture(open_folder)
    if os.getuid() != 0:
        for path in (".git/geo-scaffold", ".git", ""):
            (open_folder / path).chmod(0o555)
        before = picture(open_folder)
    user = NOBODY if os.getuid() == 0 else None
    changes = [Change("sub/new", None, b"2"), Change("a", b"1", b"2")]
    try:
        code, result = in_child(lambda: commit_changes(open_folder, changes), user)
        assert code == 0
        assert result[0] == "WriteError"
        assert "permission denied" in result[1]
        assert in_child(lambda: recover(open_folder), user) == (0, [])
        after = picture(open_folder)
        # A lock file of one's own can be locked, and so tells the process, also where nothing can be created.
        assert after.pop(".git/geo-scaffold/lock")
        assert after.items() <= before.items()
        assert len(after) == len(before) - 1
    finally:
        for path in ("", ".git", ".git/geo-scaffold"):
            (open_folder / path).chmod(0o755)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_root_keeps_the_owner(tmp_path: Path) -> None:
    fill(tmp_path, {"a": b"1"}, {"a": 0o4755})
    os.chown(tmp_path / "a", 1234, 5678)
    (tmp_path / "a").chmod(0o4755)
    commit_changes(tmp_path, [Change("a", b"1", b"2")])
    status = (tmp_path / "a").stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o7777) == (1234, 5678, 0o4755)


def test_an_ignored_signal_stays_ignored(tmp_path: Path) -> None:
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with watched(lambda number, name, args: os.kill(os.getpid(), signal.SIGHUP)):
            commit_changes(tmp_path, [Change("a", None, b"")])
    finally:
        signal.signal(signal.SIGHUP, previous)
    assert set(picture(tmp_path)) == {"a"}


def test_an_interruption_says_by_what(tmp_path: Path) -> None:
    with (
        watched(lambda number, name, args: os.kill(os.getpid(), signal.SIGTERM)),
        pytest.raises(InterruptedRunError, match="SIGTERM") as caught,
    ):
        commit_changes(tmp_path, [Change("a", None, b"")])
    assert caught.value.exit_code == 130
    assert picture(tmp_path) == {}


def test_an_unknown_exception_comes_through(tmp_path: Path) -> None:
    def call(number: int, name: str, args: tuple[Any, ...]) -> None:
        if name == "link":
            raise MemoryError

    with watched(call), pytest.raises(MemoryError):
        commit_changes(tmp_path, [Change("a", None, b"")])
    assert picture(tmp_path) == {}


def test_a_save_while_the_run_prepares_stops_it_before_a_file_is_touched(tmp_path: Path) -> None:
    case = edit_case(tmp_path / "case")
    touched = []

    def call(number: int, name: str, args: tuple[Any, ...]) -> None:
        if name == "link" and args[0].name == "tool":
            (case.root / "secret.yml").write_bytes(b"mine")
        if name in ("rename", "remove", "link"):
            touched.append((name, args[-1].name))

    with watched(call), pytest.raises(WriteError, match=r"secret\.yml changed since"):
        case.run()
    own = (".geo-scaffold-", "journal.json", "lock")
    assert [call for call in touched if not call[1].startswith(own)] == []
    assert picture(case.folder) == {**case.before, "tree/secret.yml": (0o600, b"mine")}


def test_hard_links_refused_for_one_file_only(tmp_path: Path) -> None:
    fill(tmp_path, {"a": b"1", "b": b"1"})

    def call(number: int, name: str, args: tuple[Any, ...]) -> None:
        if name == "link" and args[0].name == "a":
            raise OSError(errno.EPERM, "no")

    with watched(call):
        commit_changes(tmp_path, [Change("a", b"1", b"2"), Change("b", b"1", b"2"), Change("c", None, b"3")])
    assert picture(tmp_path) == {name: (0o644, text) for name, text in (("a", b"2"), ("b", b"2"), ("c", b"3"))}


FOLDERS = st.sampled_from(["", "d1/", "d2/", "d1/d3/", "d2/d4/d5/", "ü/", "with space/"])
NAMES = st.sampled_from(["f1", "f2", "F3", ".hidden", "é", "\udcff", "new\nline", "-x", "f4.rb"])
FILES = st.dictionaries(
    st.builds(str.__add__, FOLDERS, NAMES),
    st.tuples(st.binary(max_size=40), st.sampled_from([0o644, 0o755, 0o600, 0o400, 0o664, 0o4711])),
    max_size=8,
)


@settings(
    max_examples=150, database=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(before=FILES, after=FILES, git=st.booleans())
def test_a_set_of_changes_and_its_inverse_are_the_identity(
    before: dict[str, tuple[bytes, int]], after: dict[str, tuple[bytes, int]], git: bool
) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        if git:
            fill(root, {".git/HEAD": b""})
        fill(
            root, {path: text for path, (text, _) in before.items()}, {path: mode for path, (_, mode) in before.items()}
        )
        start = picture(root)
        result = commit_changes(root, _difference(before, after), durable=False)
        assert {
            path: value for path, value in picture(root).items() if value[1] is not None and ".git" not in path
        } == {path: (mode, text) for path, (text, mode) in after.items()}
        commit_changes(root, _difference(after, before), durable=False, remove_empty=result.created_directories)
        assert picture(root) == start


def _difference(before: dict[str, tuple[bytes, int]], after: dict[str, tuple[bytes, int]]) -> list[Change]:
    return [
        Change(path, before.get(path, (None,))[0], after.get(path, (None,))[0], after.get(path, (None, None))[1])
        for path in {**before, **after}
    ]


def test_every_effect_is_in_one_module() -> None:
    """No other module of the layer changes the disk, so the fault injection misses nothing."""
    folder = Path(effects.__file__).parent
    calls = ("write_text(", ".write_bytes(", ".mkdir(", ".unlink(", ".rmdir(", ".rename(", ".replace(", ".touch(",
             ".chmod(", ".symlink_to(", "os.write(", "os.link(", "os.fsync(", "os.fchmod(", "os.utime(", "O_CREAT",
             "shutil", "tempfile")  # fmt: skip
    for module in folder.glob("*.py"):
        if module.name != "effects.py":
            text = module.read_text().replace("effects.rename(", "").replace("dataclasses.replace(", "")
            assert [call for call in calls if call in text] == [], module.name
