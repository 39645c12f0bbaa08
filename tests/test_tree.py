"""The virtual tree: lazy, one state of the disk, changes that are not written."""

import os
import tempfile
from pathlib import Path

import pytest

from commit.harness import in_child
from geo_scaffold.commit import Change
from geo_scaffold.errors import ConfinementError, ReadError, WriteError
from geo_scaffold.tree import Tree


def test_it_reads_once_and_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "one.rb"
    file.write_bytes(b"one\r\n")
    tree = Tree(tmp_path)
    assert tree.read("one.rb") == b"one\r\n"
    file.write_bytes(b"changed behind the plan")
    assert tree.base("one.rb") == b"one\r\n"
    tree.write("one.rb", b"two")
    tree.write("deep/new.rb", b"new")
    assert tree.read("one.rb") == b"two"
    assert tree.base("one.rb") == b"one\r\n"
    assert tree.changes() == (Change("one.rb", b"one\r\n", b"two"), Change("deep/new.rb", None, b"new"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.rb"]


def test_what_is_put_back_is_no_change(tmp_path: Path) -> None:
    (tmp_path / "one.rb").write_bytes(b"one")
    tree = Tree(tmp_path)
    tree.write("one.rb", b"two")
    tree.write("one.rb", b"one")
    tree.write("two.rb", b"two")
    tree.delete("two.rb")
    assert tree.changes() == ()


def test_a_deleted_file(tmp_path: Path) -> None:
    (tmp_path / "one.rb").write_bytes(b"one")
    tree = Tree(tmp_path)
    tree.delete("one.rb")
    assert tree.read("one.rb") is None
    assert tree.changes() == (Change("one.rb", b"one", None),)


def test_folders_that_new_files_need(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    tree = Tree(tmp_path)
    tree.write("there/a/b/c.rb", b"")
    tree.write("there/a/d.rb", b"")
    tree.delete("gone/e.rb")
    assert tree.missing_folders() == ("there/a", "there/a/b")


def test_a_root_that_is_not_there_yet(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "new")
    assert tree.read("a/b.rb") is None
    tree.write("a/b.rb", b"b")
    assert tree.missing_folders() == (".", "a")
    with pytest.raises(ConfinementError):
        tree.read("../b.rb")


@pytest.mark.parametrize("path", ["../out.rb", "/etc/passwd", "a/../../out.rb", ".git/config", "link/out.rb"])
def test_a_path_that_leaves_the_root_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root/link").symlink_to(tmp_path)
    with pytest.raises(ConfinementError):
        Tree(tmp_path / "root").write(path, b"")


def test_a_link_is_not_read_wherever_it_leads(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "a/deep").mkdir(parents=True)
    for file in (tmp_path / "out.rb", root / "a/in.rb", root / "a/deep/in.rb"):
        file.write_text("x")
    (root / "a/link.rb").symlink_to(tmp_path / "out.rb")
    (root / "a/inner.rb").symlink_to("in.rb")
    (root / "a/gone.rb").symlink_to("nowhere.rb")
    (root / "a/out").symlink_to(tmp_path)
    (root / "a/same").symlink_to("deep")
    tree = Tree(root)
    assert tree.read("a/deep/in.rb") == tree.read("a/same/in.rb") == b"x"  # so that its folders are known
    for path in ("a/link.rb", "a/inner.rb", "a/gone.rb"):
        with pytest.raises(ConfinementError, match=f"^{path} is a symbolic link"):
            tree.read(path)
    for path in ("a/out/out.rb", "a/out/root/a/in.rb", "a/same/../../../out.rb"):
        with pytest.raises(ConfinementError, match=r"leaves the target|leads upwards"):
            tree.read(path)
    with pytest.raises(WriteError, match=r"a/in\.rb is a file, where a folder is needed"):
        tree.read("a/in.rb/deeper.rb")
    assert tree.read("a/not/there.rb") is None


def test_a_folder_where_a_file_is_needed(tmp_path: Path) -> None:
    (tmp_path / "one.rb").mkdir()
    with pytest.raises(ReadError, match=r"cannot read one\.rb: is a folder"):
        Tree(tmp_path).read("one.rb")


def test_a_file_where_a_folder_is_needed(tmp_path: Path) -> None:
    (tmp_path / "app").write_bytes(b"")
    with pytest.raises(WriteError, match="app is a file, where a folder is needed"):
        Tree(tmp_path).read("app/one.rb")
    with pytest.raises(WriteError, match="is a file, where a folder is needed"):
        Tree(tmp_path / "app")


def test_a_file_that_may_not_be_read() -> None:
    with tempfile.TemporaryDirectory() as name:  # where another user gets in
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "one.rb").write_bytes(b"")
        (folder / "one.rb").chmod(0)
        user = 65534 if os.geteuid() == 0 else None
        code, result = in_child(lambda: Tree(folder).read("one.rb"), user)
        assert code == 0
        assert result[0] == "ReadError"
        assert "Permission denied" in result[1]
