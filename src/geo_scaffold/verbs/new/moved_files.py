"""Created files that a person has moved: recognised by what they define, followed, and never created again."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from geo_scaffold.edition import Artifact, Renderer
from geo_scaffold.edition.context import in_phase
from geo_scaffold.receipt import Record
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.earlier_runs import version_of
from geo_scaffold.verbs.new.contexts import Contexts

_DEFINED: Final = re.compile(r"^[ \t]*+((?:factory :|RSpec\.describe |class )[^\s,]++)", re.MULTILINE)
"""The definitions in a Ruby file."""
_MOST_BYTES: Final = 1 << 20
"""The largest file that is searched."""
_ALIKE: Final = 0.5
"""Which part of the lines of a rendering a file must contain, besides all its definitions."""


def strays(
    recorded: Mapping[tuple[str, str], Record],
    artifacts: Iterable[tuple[Artifact, str]],
    renderer: Renderer,
    contexts: Contexts,
    tree: Tree,
) -> Mapping[tuple[str, str], str]:
    """Return the current paths of created files that were moved since an earlier run, by id and path of the record.

    Migrations are tracked by their versions.

    Args:
        recorded: What earlier runs wrote, by id and path.
        artifacts: The needed artifacts, each with the prefix of its paths.
        renderer: Renders the templates.
        contexts: The values for templates in the earlier run.
        tree: The target.
    """
    known = {path for _, path in recorded}
    paths = {}
    for artifact, prefix in artifacts:
        context = in_phase(contexts.of(artifact), artifact.phase)
        for target in artifact.targets_for(context):
            path = prefix + artifact.fill(target.path, context)
            record = recorded.get((artifact.id, path))
            is_file = record is not None and record.rendered is not None and path.endswith(".rb")
            if not is_file or not target.template or version_of(path) or tree.read(path) is not None:
                continue
            rendered = renderer.render(target.template, target.values(context))
            places = [place for place in _places(tree.root, path, rendered) if place not in known]
            if len(places) == 1 and tree.read(places[0]) is not None:
                paths[artifact.id, path] = places[0]
    return paths


def _places(root: Path, path: str, rendered: str) -> Iterator[str]:
    """Yield the similar files with the same definitions to which a file may have been moved."""
    defined = set(_DEFINED.findall(rendered))
    lines = {line.strip() for line in rendered.splitlines() if line.strip()}
    if not defined:
        return
    parts = path.split("/")
    top = parts[: 3 if parts[0] == "ee" else 2]
    for folder in dict.fromkeys(("/".join(top), "/".join(top).removeprefix("ee/"))):
        for above, folders, names in os.walk(root / folder):
            folders.sort()
            for name in sorted(names):
                text = _text(Path(above, name)) if name.endswith(".rb") else ""
                if defined <= set(_DEFINED.findall(text)):
                    there = {line.strip() for line in text.splitlines()}
                    if len(lines & there) >= _ALIKE * len(lines):
                        yield Path(above, name).relative_to(root).as_posix()


def _text(path: Path) -> str:
    try:
        if path.is_symlink() or path.stat().st_size > _MOST_BYTES:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
