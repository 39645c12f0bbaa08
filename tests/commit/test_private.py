"""The user's own folders, and what other users, and what a checkout, could put in their place."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from geo_scaffold.commit import Cache, private
from geo_scaffold.commit.seal import _key, is_sealed, seal

from .harness import in_child, picture

STRANGER = 4242
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can make files of another user")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A separate home, and a folder next to it in which to work."""
    home = tmp_path / "home"
    (tmp_path / "work").mkdir()
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(tmp_path / "work")
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", private.CACHE_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    return home


def cached_again() -> bytes | None:
    """What a cache gives back of what it was just given."""
    made = Cache("things", most=3)
    made.keep("a", b"content")
    return made.find("a")


def folder_of(home: Path) -> Path:
    return home / ".cache/geo-scaffold/things"


def test_what_is_kept_is_given_back_and_private(home: Path) -> None:
    os.umask(0o002)
    assert cached_again() == b"content"
    assert Cache("things", most=3).find("b") is None
    assert {path: mode for path, (mode, _) in picture(home).items()} == {
        ".cache": 0o700,
        ".cache/geo-scaffold": 0o700,
        ".cache/geo-scaffold/things": 0o700,
        ".cache/geo-scaffold/things/a": 0o600,
        ".local": 0o700,
        ".local/state": 0o700,
        ".local/state/geo-scaffold": 0o700,
        ".local/state/geo-scaffold/key": 0o600,
    }


def test_a_folder_that_others_may_write_to_is_closed_to_them(home: Path) -> None:
    cached_again()
    for path in (folder_of(home), folder_of(home).parent):
        path.chmod(0o777)
    assert cached_again() == b"content"
    assert folder_of(home).stat().st_mode & 0o777 == folder_of(home).parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("content", [b"", b"\n", b"x", b"0" * 64 + b"\ncontent", b"content"])
def test_what_has_no_seal_of_this_user_is_not_given(home: Path, content: bytes) -> None:
    cached_again()
    (folder_of(home) / "a").write_bytes(content)
    assert Cache("things", most=3).find("a") is None


def test_what_another_key_has_sealed_is_not_given(home: Path) -> None:
    cached_again()
    (home / ".local/state/geo-scaffold/key").write_bytes(b"f" * 64)
    _key.cache_clear()
    assert Cache("things", most=3).find("a") is None
    assert cached_again() == b"content"


def test_a_damaged_key_is_made_again(home: Path) -> None:
    cached_again()
    key = home / ".local/state/geo-scaffold/key"
    for content in (b"", b"short"):
        key.write_bytes(content)
        _key.cache_clear()
        assert cached_again() == b"content"
        assert len(key.read_bytes()) == 64


def test_a_seal_is_for_one_purpose_and_content() -> None:
    made = seal("one", b"content")
    assert is_sealed("one", b"content", made)
    for purpose, content, mark in (
        ("two", b"content", made),
        ("one", b"other", made),
        ("one", b"content", None),
        ("one", b"content", 1),
        ("one", b"content", "é"),
    ):
        assert not is_sealed(purpose, content, mark)


def link_of_ours(home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    (home / ".cache").mkdir()
    (home / ".cache/geo-scaffold").symlink_to(tmp_path / "elsewhere")


def link_of_the_kind(home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    (home / ".cache/geo-scaffold").mkdir(parents=True, mode=0o700)
    folder_of(home).symlink_to(tmp_path / "elsewhere")


def file_in_the_way(home: Path, tmp_path: Path) -> None:
    (home / ".cache").write_text("")


def folder_of_a_stranger(home: Path, tmp_path: Path) -> None:
    folder_of(home).mkdir(parents=True)
    folder_of(home).parent.chmod(0o700)
    os.chown(folder_of(home), STRANGER, STRANGER)


def file_of_a_stranger(home: Path, tmp_path: Path) -> None:
    cached_again()
    path = folder_of(home) / "a"
    os.chown(path, STRANGER, STRANGER)


def link_of_a_stranger(home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (home / ".cache").symlink_to(tmp_path / "elsewhere")
    os.chown(home / ".cache", STRANGER, STRANGER, follow_symlinks=False)


def state_of_a_stranger(home: Path, tmp_path: Path) -> None:
    (home / ".local/state/geo-scaffold").mkdir(parents=True)
    os.chown(home / ".local/state/geo-scaffold", STRANGER, STRANGER)


def home_of_a_stranger(home: Path, tmp_path: Path) -> None:
    os.chown(home, STRANGER, STRANGER)


@pytest.mark.parametrize(
    "plant",
    [
        link_of_ours,
        link_of_the_kind,
        file_in_the_way,
        *(
            pytest.param(each, marks=as_root)
            for each in (
                folder_of_a_stranger,
                link_of_a_stranger,
                state_of_a_stranger,
                home_of_a_stranger,
            )
        ),
    ],
)
def test_without_a_folder_to_be_trusted_nothing_is_kept_or_touched(
    home: Path, tmp_path: Path, plant: Callable[[Path, Path], None]
) -> None:
    plant(home, tmp_path)
    before = {path: seen for path, seen in picture(tmp_path).items() if not path.startswith("home/.local")}
    assert cached_again() is None
    after = {path: seen for path, seen in picture(tmp_path).items() if not path.startswith("home/.local")}
    assert {path for path in after if path.startswith("elsewhere/")} == set()
    assert {path: seen for path, seen in after.items() if path in before} == before


@as_root
def test_a_file_of_a_stranger_is_not_given(home: Path, tmp_path: Path) -> None:
    file_of_a_stranger(home, tmp_path)
    assert Cache("things", most=3).find("a") is None
    assert cached_again() == b"content"


def test_a_link_of_the_user_is_followed(home: Path, tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    (home / ".cache").symlink_to("../scratch")
    assert cached_again() == b"content"
    assert (tmp_path / "scratch/geo-scaffold/things/a").exists()


def test_links_in_a_circle_are_no_folder(home: Path) -> None:
    (home / ".cache").symlink_to(".cache")
    assert cached_again() is None


@pytest.mark.parametrize("mark", [".git/HEAD", "ee/lib/gitlab/geo.rb"])
def test_what_the_tree_brings_is_not_used(home: Path, mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job may have its home in the checkout: a key that comes with the checkout is not a secret."""
    assert cached_again() == b"content"
    (home / mark).parent.mkdir(parents=True)
    (home / mark).write_text("")
    (home / "ee/app").mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(home / "ee/app")
    _key.cache_clear()
    assert seal("one", b"") is None
    assert cached_again() is None


@pytest.mark.parametrize("given", ["", "relative", "nul\0"])
def test_what_is_no_full_path_is_none(home: Path, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if "\0" not in given:
        monkeypatch.setenv(private.CACHE_VARIABLE, given)
        assert cached_again() is None
    monkeypatch.setenv("HOME", "relative")
    monkeypatch.delenv(private.CACHE_VARIABLE, raising=False)
    assert cached_again() is None
    assert list(Path().iterdir()) == []


@as_root
def test_a_home_that_may_not_be_looked_at_costs_nothing_but_time(tmp_path: Path, home: Path) -> None:
    tmp_path.chmod(0o700)
    assert in_child(cached_again, user=STRANGER) == (0, None)
    assert picture(home) == {}


def test_two_processes_make_one_key(home: Path) -> None:
    made = {in_child(lambda: seal("one", b"content"))[1] for _ in range(3)}
    assert len(made) == 1


def test_the_files_made_first_go_first(home: Path) -> None:
    for number in range(5):
        Cache("things", most=3).keep(str(number), b"")
        os.utime(folder_of(home) / str(number), (number, number))
    assert {path.name for path in folder_of(home).iterdir()} == {"2", "3", "4"}
