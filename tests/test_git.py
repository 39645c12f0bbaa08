"""What git knows about a checkout: the files of a commit are those that were committed."""

import os
from pathlib import Path

import pytest

from geo_scaffold.commit.tracked import is_tracked
from geo_scaffold.errors import ReadError
from geo_scaffold.git import Commit, Merged, Repository, left_out, merged_in, prefix_of
from geo_scaffold.tree import Tree
from verbs.conftest import commit_all, git

FILES = {
    "a.rb": b"a\r\n\xff\0",
    "deep/er/b.rb": b"",
    "deep/er.rb": b"er",
    "deep/\xc3\xa4 b.rb".encode("latin-1").decode(): b"b" * 100_000,
}


@pytest.mark.parametrize("format_", ["sha1", "sha256"])
def test_a_commit_reads_as_the_folder_did(tmp_path: Path, format_: str) -> None:
    git(tmp_path, "init", "-q", f"--object-format={format_}")
    for path, content in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    (tmp_path / "a.rb").chmod(0o755)
    tree, paths = Tree(tmp_path), [*FILES, "gone", "gone/a.rb", "deep/er/gone"]
    with Commit(Repository.of(tmp_path), commit_all(tmp_path)) as commit:
        for path in paths:
            assert commit.read(path) == tree.read(path), path
        for folder in ("deep", "deep/", "deep/er", "gone", "a.rb"):
            assert commit.names(folder) == tree.names(folder), folder
        assert commit.names("") == tuple(sorted({path.partition("/")[0] for path in FILES}))
        assert commit.read("a.rb/b") is None
        for path in FILES:
            (tmp_path / path).unlink()
        (tmp_path / "deep/er.rb").write_bytes(b"changed")
        assert commit.read("deep/er.rb") == b"er"
        assert commit.names("deep/er") == ("b.rb",)


def test_what_is_no_file_or_not_there_is_an_error(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/a.rb").write_text("a")
    (tmp_path / "file").symlink_to("folder/a.rb")
    (tmp_path / "link").symlink_to("folder")
    (tmp_path / "folder/up").symlink_to("../link")
    (tmp_path / "out").symlink_to("..")
    (tmp_path / "away").symlink_to("/etc")
    (tmp_path / "loop").symlink_to("loop")
    id_ = commit_all(tmp_path)
    with Commit(Repository.of(tmp_path), id_) as commit:
        for path in ("folder", "file", "link", "out/a.rb", "away/a.rb", "loop/a.rb"):
            with pytest.raises(ReadError, match=path.partition("/")[0]):
                commit.read(path)
        for path in ("folder/a.rb", "link/a.rb", "folder/up/a.rb"):
            assert commit.read(path) == b"a"
        assert commit.read("link/gone") is None
        assert commit.names("link") == commit.names("folder") == ("a.rb", "up")
    with Commit(Repository.of(tmp_path), "0" * 40) as commit, pytest.raises(ReadError, match="does not have it"):
        commit.read("a")
    gone = Repository(tmp_path / "gone", environment=os.environ)
    with Commit(gone, id_) as commit, pytest.raises(ReadError, match="does not have it"):
        commit.read("folder/a.rb")


def test_git_ends_with_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a").write_text("a")
    with Commit(Repository.of(tmp_path), commit_all(tmp_path)) as commit:
        process = commit._git
        assert process.poll() is None
    assert process.returncode == 0
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


@pytest.mark.parametrize("damaged", [b"100644 a", b"\xff a\0" + b"a" * 20, b"a"])
def test_a_folder_that_is_damaged_is_an_error(tmp_path: Path, damaged: bytes) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "tree").write_bytes(damaged)
    tree = git(tmp_path, "hash-object", "-t", "tree", "-w", "--literally", "tree")
    id_ = git(tmp_path, "commit-tree", "-m", "damaged", tree)
    with Commit(Repository.of(tmp_path), id_) as commit, pytest.raises(ReadError, match="damaged"):
        commit.read("a")


def test_a_link_may_be_as_long_as_it_likes(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "deep").symlink_to("a/" * 2000 + "a")
    with Commit(Repository.of(tmp_path), commit_all(tmp_path)) as commit, pytest.raises(ReadError, match="nowhere"):
        commit.read("deep/a")


def test_what_is_too_large_is_not_read_and_the_next_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "large").write_bytes(b"l" * 1001)
    (tmp_path / "small").write_bytes(b"s" * 1000)
    monkeypatch.setattr("geo_scaffold.git.commit._MOST_BYTES", 1000)
    with Commit(Repository.of(tmp_path), commit_all(tmp_path)) as commit:
        with pytest.raises(ReadError, match="too large"):
            commit.read("large")
        assert commit.read("small") == b"s" * 1000


@pytest.mark.parametrize("mark", ["index", "gitdir"])
def test_a_pipe_in_place_of_a_file_of_git_is_not_waited_for(tmp_path: Path, mark: str) -> None:
    if mark == "index":
        (tmp_path / ".git").mkdir()
        os.mkfifo(tmp_path / ".git/index")
    else:
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / ".git").write_text("gitdir: .\n")
        (tmp_path / "pipe").rename(tmp_path / "index")
    assert left_out(tmp_path) == frozenset()
    assert is_tracked(tmp_path / ".geo-scaffold/tmp/journal.json")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("given", [".git", "."])
def test_a_repository_of_another_user_above_is_none(tmp_path: Path, given: str) -> None:
    (tmp_path / "gitlab").mkdir()
    git(tmp_path, "init", "-q")
    (tmp_path / ".git/index").write_bytes(b"DIRC\0\0\0\3")
    os.chown(tmp_path / given, 4242, 4242)
    assert left_out(tmp_path / "gitlab") == frozenset()
    assert prefix_of(tmp_path / "gitlab") == ""
    assert merged_in(tmp_path / "gitlab") is None
    for of_checkout in (left_out, merged_in):  # of the checkout's own, git says what to do
        with pytest.raises(ReadError):
            of_checkout(tmp_path)


def test_a_commit_that_git_lacks_is_not_taken_for_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert merged_in(tmp_path) == Merged(None)
    (tmp_path / "a").write_text("a")
    id_ = commit_all(tmp_path)
    (tmp_path / f".git/objects/{id_[:2]}/{id_[2:]}").unlink()
    with pytest.raises(ReadError, match="HEAD"):
        merged_in(tmp_path)
