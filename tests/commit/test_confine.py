"""Paths that are inside, and paths that only look so."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_scaffold.commit import Root, confine
from geo_scaffold.errors import ConfinementError, WriteError

from .harness import fill


@pytest.fixture
def root(tmp_path: Path) -> Path:
    fill(tmp_path, {"root/a/b/c.rb": b"", "root/.git/config": b"", "outside/x": b""})
    root = tmp_path / "root"
    (root / "in").symlink_to("a/b")
    (root / "absolute_in").symlink_to(root / "a")
    (root / "out").symlink_to("../outside")
    (root / "absolute_out").symlink_to("/usr")
    (root / "chain").symlink_to("a/up")
    (root / "a/up").symlink_to("../..")
    (root / "dangling").symlink_to("nowhere")
    (root / "dangling_out").symlink_to("../nowhere")
    (root / "loop").symlink_to("loop")
    (root / "to_git").symlink_to(".git")
    (root / "to_file").symlink_to("a/b/c.rb")
    return root


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/b/c.rb", "a/b/c.rb"),
        ("a/b/new.rb", "a/b/new.rb"),
        ("x/y/z", "x/y/z"),
        ("in/c.rb", "a/b/c.rb"),
        ("in/new/deep", "a/b/new/deep"),
        ("absolute_in/b/c.rb", "a/b/c.rb"),
        ("a/b", "a/b"),
        (".gitignore", ".gitignore"),
        ("a/.github/x", "a/.github/x"),
        ("..a/...", "..a/..."),
        ("a b/ü\n", "a b/ü\n"),
    ],
)
def test_inside(root: Path, path: str, expected: str) -> None:
    assert confine(root, path) == root / expected


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "is empty"),
        ("/etc/passwd", "is absolute"),
        ("//etc", "is absolute"),
        ("..", "leads upwards"),
        ("../outside/x", "leads upwards"),
        ("a/../b", "leads upwards"),
        ("a/b/..", "leads upwards"),
        ("a//b", "empty part"),
        ("a/", "empty part"),
        (".", "single dot"),
        ("./a", "single dot"),
        ("a/./b", "single dot"),
        ("a\0b", "NUL"),
        ("a\\b", "backslash"),
        (".git/hooks/x", ".git folder"),
        (".git", ".git folder"),
        ("sub/.Git/x", ".git folder"),
        ("out/x", "leaves the target: out is a symbolic link to"),
        ("absolute_out/x", "leaves the target"),
        ("chain/outside/x", "leaves the target"),
        ("a/up/x", "leaves the target: a/up is"),
        ("dangling_out/x", "leaves the target"),
        ("to_git/config", "leaves the target"),
        ("to_file", "symbolic link"),
        ("dangling", "symbolic link"),
        ("loop", "symbolic link"),
        ("in", "symbolic link"),
    ],
)
def test_outside(root: Path, path: str, reason: str) -> None:
    with pytest.raises(ConfinementError, match=reason.replace(".", r"\.")) as caught:
        confine(root, path)
    assert caught.value.path == path
    assert caught.value.remedy


@pytest.mark.parametrize("path", ["a/b/c.rb/x", "to_file/x", "dangling/x", "loop/x"])
def test_a_file_where_a_folder_is_needed(root: Path, path: str) -> None:
    with pytest.raises(WriteError, match="is a file, where a folder is needed"):
        confine(root, path)


def test_the_root_may_be_a_link_but_not_a_loop(root: Path) -> None:
    link = root.parent / "link"
    link.symlink_to("root")
    assert confine(link, "a/b/c.rb") == root / "a/b/c.rb"
    with pytest.raises(WriteError, match="cannot use the folder"):
        confine(root / "loop", "a")


def test_a_root_that_remembers_looks_at_a_folder_once_and_refuses_all_the_same(root: Path) -> None:
    remembers, forgets = Root(root, remembers=True), Root(root)
    for each in (remembers, forgets):
        assert each.confine("in/c.rb") == root / "a/b/c.rb"
    for path in ("out/x", "out/y", "a/up/outside/x"):
        with pytest.raises(ConfinementError, match="leaves the target"):
            remembers.confine(path)
    (root / "in").unlink()
    (root / "in").symlink_to("../outside")
    assert remembers.confine("in/new.rb") == root / "a/b/new.rb"
    with pytest.raises(ConfinementError, match="leaves the target"):
        forgets.confine("in/new.rb")


@settings(
    max_examples=300, database=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(
    parts=st.lists(
        st.sampled_from(
            ["a", "b", "..", ".", "", "in", "out", "chain", "up", "c.rb", "x", ".git", "absolute_out", "absolute_in"]
        ),
        max_size=6,
    )
)
def test_nothing_outside_is_ever_returned(root: Path, parts: list[str]) -> None:
    try:
        found = confine(root, "/".join(parts))
    except (ConfinementError, WriteError):
        return
    real = Path(os.path.realpath(found))
    assert real == found
    assert root in real.parents
    assert ".git" not in real.parts


def test_what_cannot_be_looked_at_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object) -> os.stat_result:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    (tmp_path / "file").touch()
    for root in (tmp_path / "gone", tmp_path / "file"):
        with pytest.raises(WriteError) as refused:
            confine(root, "a")
        assert refused.value.remedy
    inside = Root(tmp_path)
    monkeypatch.setattr("os.lstat", refuse)
    with pytest.raises(WriteError, match="cannot look at a/b: Permission denied") as refused:
        inside.confine("a/b")
    assert refused.value.remedy
