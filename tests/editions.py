"""Editions that only tests have: a copy of all templates, to change, which is used in place of them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from jinja2 import BytecodeCache

from geo_scaffold.checkout.sources import Sources
from geo_scaffold.edition import available_editions, context_for, load_manifest, templates_root
from geo_scaffold.edition.conditions import applicability_in
from geo_scaffold.edition.sources import forget
from geo_scaffold.phases import NEW_PHASES, Phase
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.plan import Plan

OLDEST, NEWEST = available_editions()[0], available_editions()[-1]
"""The edition of the issue template, and the one that most of its answers are in use for."""


@contextmanager
def templates_of(package: Path) -> Iterator[Path]:
    """Use the templates in a folder `templates` below another one; empty if there is none yet."""
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
    """Use a copy of all templates; those that stay as they are were compiled with the originals."""
    original, key_of = str(templates_root()), BytecodeCache.get_cache_key
    shutil.copytree(original, folder / "package/templates")
    with templates_of(folder / "package") as root, pytest.MonkeyPatch.context() as patch:

        def key(cache: BytecodeCache, name: str, filename: str | None = None) -> str:
            return key_of(cache, name, filename and filename.replace(str(root), original))

        patch.setattr(BytecodeCache, "get_cache_key", key)
        yield root


def change(path: Path, old: str, new: str) -> None:
    """Replace the first place of a text in a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name} has nowhere: {old}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def asked_of(made: Plan, *phases: Phase) -> list[tuple[str, str]]:
    """Return the ids and paths of all that an edition asks for of the model of a plan, as the manifest has them.

    Args:
        made: The plan of `new` or `release`.
        phases: The phases; empty for those of `new`.
    """
    context = context_for(made.answers, made.names)
    prefix = made.target.prefix
    reading = Sources(Tree(made.target.root), prefix) if made.target.checkout else None
    wanted = (
        applicability_in(artifact, reading, context)
        for artifact in load_manifest(made.edition)
        if artifact.asked_of(str(made.answers.kind))
        and artifact.needed_for(context)
        and artifact.phase in (phases or NEW_PHASES)
    )
    return [
        (name.artifact.id, prefix + path)
        for name in wanted
        if name.applies
        for path in name.artifact.paths_for(context)
    ]


def _forget() -> None:
    forget()
    load_manifest.cache_clear()
