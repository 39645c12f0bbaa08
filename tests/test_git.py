"""What git knows about a checkout: the files of a commit are those that were committed."""

import os
from pathlib import Path

import pytest

from geo_scaffold.errors import ReadError
from geo_scaffold.git import Commit, Repository
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
