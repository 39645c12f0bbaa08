"""How templates are rendered: whatever is, or somebody has put, in the folder of compiled ones."""

import marshal
from collections.abc import Callable
from pathlib import Path
from types import CodeType

import pytest
from jinja2 import Environment, TemplateNotFound

from geo_scaffold.commit.private import CACHE_VARIABLE
from geo_scaffold.edition import Renderer, templates

TEMPLATE = "{% if true %}\nx\n{% endif %}\n"


class Forgetful(dict[tuple[str, str], CodeType]):
    """What a process remembers in which each rendering is the first."""

    def __setitem__(self, key: tuple[str, str], code: CodeType) -> None:
        pass


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of compiled templates, of one template so far."""
    monkeypatch.setattr(templates, "_LOADED", Forgetful())
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/a.j2").write_text(TEMPLATE)
    monkeypatch.setattr(templates, "folders_of", lambda edition: [])
    monkeypatch.setattr(templates, "templates_root", lambda: tmp_path / "templates")
    assert Renderer("16").render("a.j2", {}) == "x\n"
    return tmp_path / "cache" / "templates"


def test_what_was_compiled_is_found(compiled: Path) -> None:
    [before] = compiled.iterdir()
    written = before.stat().st_mtime_ns
    assert Renderer("16").render("a.j2", {}) == "x\n"
    assert [(path, path.stat().st_mtime_ns) for path in compiled.iterdir()] == [(before, written)]


def test_a_process_loads_it_once(compiled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "_LOADED", {})
    assert Renderer("16").render("a.j2", {}) == "x\n"
    [path] = compiled.iterdir()
    path.unlink()
    assert Renderer("16").render("a.j2", {}) == "x\n"
    assert list(compiled.iterdir()) == []
    (tmp_path / "templates/a.j2").write_text("y\n")
    assert Renderer("16").render("a.j2", {}) == "y\n"


def test_what_was_compiled_with_other_settings_is_not(compiled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(templates._SETTINGS, "trim_blocks", False)
    assert Renderer("16").render("a.j2", {}) == "\nx\n\n"
    assert len(list(compiled.iterdir())) == 2


def cut(content: bytes, at: int) -> bytes:
    return content[:at]


def flip(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


def unseal(content: bytes, at: int) -> bytes:
    return content[65 + at :]


@pytest.mark.parametrize("damage", [cut, flip, unseal])
def test_a_damaged_one_is_compiled_again(compiled: Path, damage: Callable[[bytes, int], bytes]) -> None:
    [path] = compiled.iterdir()
    before = path.read_bytes()
    for at in range(0, len(before) - 65, 7):
        path.write_bytes(damage(before, at))
        assert Renderer("16").render("a.j2", {}) == "x\n"
        assert path.read_bytes() == before


def test_whatever_loading_raises_it_is_compiled_again(compiled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (SystemError, ImportError, UnicodeDecodeError("utf-8", b"", 0, 1, ""), MemoryError, RecursionError):

        def load(*_: object, error: BaseException | type[BaseException] = error) -> object:
            raise error

        monkeypatch.setattr(marshal, "load", load)
        assert Renderer("16").render("a.j2", {}) == "x\n"


def test_one_of_another_name_is_not_loaded(compiled: Path, tmp_path: Path) -> None:
    """What is sealed for one template says nothing of another, even if somebody can rename the files."""
    [first] = compiled.iterdir()
    (tmp_path / "templates/b.j2").write_text("y\n")
    assert Renderer("16").render("b.j2", {}) == "y\n"
    [second] = set(compiled.iterdir()) - {first}
    mine = second.read_bytes()
    second.write_bytes(first.read_bytes())
    assert Renderer("16").render("b.j2", {}) == "y\n"
    assert second.read_bytes() == mine


def test_the_first_folder_that_has_a_template_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, text in (("one", "1\r\n"), ("two", "2é\n")):
        (tmp_path / folder / "in").mkdir(parents=True)
        (tmp_path / folder / "in/both.j2").write_bytes(text.encode())
    (tmp_path / "one/folder.j2").mkdir()
    for name in ("two/folder.j2", "two/only.j2", "above.j2"):
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(templates, "folders_of", lambda _: [tmp_path / "one"])
    monkeypatch.setattr(templates, "templates_root", lambda: tmp_path / "two")
    environment = Environment(loader=templates._own_loader("16"), keep_trailing_newline=True, autoescape=False)
    shown = {name: environment.get_template(name).render() for name in ("in/both.j2", "folder.j2", "only.j2")}
    assert shown == {"in/both.j2": "1\n", "folder.j2": "two/folder.j2", "only.j2": "two/only.j2"}
    for name in ("none.j2", "../above.j2", "in/both.j2/deeper.j2"):
        with pytest.raises(TemplateNotFound):
            environment.get_template(name)
