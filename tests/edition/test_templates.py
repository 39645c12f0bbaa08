"""How templates are rendered: whatever another run has left in the folder of compiled ones."""

import tempfile
from pathlib import Path

import pytest

from geo_scaffold.edition import Renderer, templates


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of compiled templates, of one template so far."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/a.j2").write_text("{% if true %}\nx\n{% endif %}\n")
    monkeypatch.setattr(templates, "folders_of", lambda edition: [])
    monkeypatch.setattr(templates, "templates_root", lambda: tmp_path / "templates")
    assert Renderer("16").render("a.j2", {}) == "x\n"
    [folder] = tmp_path.glob("_jinja2-cache-*")
    return folder


def test_what_was_compiled_is_found(compiled: Path) -> None:
    [before] = compiled.iterdir()
    written = before.stat().st_mtime_ns
    assert Renderer("16").render("a.j2", {}) == "x\n"
    assert [(path, path.stat().st_mtime_ns) for path in compiled.iterdir()] == [(before, written)]


def test_what_was_compiled_with_other_settings_is_not(compiled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(templates._SETTINGS, "trim_blocks", False)
    assert Renderer("16").render("a.j2", {}) == "\nx\n\n"
    assert len(list(compiled.iterdir())) == 2
