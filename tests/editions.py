"""Editions that only tests have: a copy of all templates, to change, which is used in place of them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from geo_scaffold.edition import load_manifest, templates_root
from geo_scaffold.edition.sources import forget

OLDEST = "16"
"""The edition of the issue template, which README counts boxes and files of."""


@contextmanager
def templates_of(package: Path) -> Iterator[Path]:
    """Use the templates in a folder `templates` below another one; empty where there is none yet."""
    with pytest.MonkeyPatch.context() as patch:
        (package / "templates").mkdir(parents=True, exist_ok=True)
        patch.setattr("geo_scaffold.edition.sources._PACKAGE", package)
        _forget()
        try:
            yield package / "templates"
        finally:
            patch.undo()
            _forget()


@contextmanager
def copied_templates(folder: Path) -> Iterator[Path]:
    """Use a copy of all templates."""
    shutil.copytree(templates_root(), folder / "package/templates")
    with templates_of(folder / "package") as root:
        yield root


def change(path: Path, old: str, new: str) -> None:
    """Replace the only place of a text in a file."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name} has {text.count(old)} times: {old}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def _forget() -> None:
    forget()
    load_manifest.cache_clear()
