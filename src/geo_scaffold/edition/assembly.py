"""The operations that an edition comes to for one model."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from geo_scaffold.edition.editing import ManifestEditor
from geo_scaffold.edition.manifest import Artifact, Target
from geo_scaffold.edition.templates import Renderer
from geo_scaffold.operations import EntryOperation, FileOperation, Operation, OpKind, Part
from geo_scaffold.receipt import Record

_LANGUAGES: Final = {"rb": "ruby", "yml": "yaml", "json": "json", "md": "markdown", "sql": "sql"}


def operations_of(
    artifact: Artifact,
    renderer: Renderer,
    context: Mapping[str, Any],
    *,
    prefix: str,
    recorded: Mapping[tuple[str, str], Record],
) -> Iterator[Operation]:
    """Build the operations of one artifact, one for each of its files; a decision has none.

    Args:
        artifact: The artifact.
        renderer: Renders the templates of its edition.
        context: What templates and paths may use.
        prefix: What comes before a path of GitLab's tree, such as `gitlab/`.
        recorded: What earlier runs wrote, by id and path.
    """
    by_path: dict[str, list[Target]] = {}
    for target in artifact.targets:
        by_path.setdefault(prefix + target.path.format_map(context), []).append(target)
    for path, targets in by_path.items():
        kind = OpKind(artifact.op.value)
        if targets[0].whole:
            content = renderer.render(targets[0].template or "", context).encode()
            record = recorded.get((artifact.id, path)) or Record(artifact.id, kind, path)
            yield FileOperation(artifact.id, kind, path, content, record.rendered, record.written, record.replaced)
        else:
            known = earlier.replaced if (earlier := recorded.get((artifact.id, path))) else None
            parts = tuple(_part(each, renderer, context, (known or b"").decode()) for each in targets)
            yield EntryOperation(artifact.id, kind, path, parts)


def language_of(template: str) -> str:
    """Return the language of a template's text, as Markdown names it."""
    return _LANGUAGES.get(template.removesuffix(".j2").rpartition(".")[2], "plaintext")


def _part(target: Target, renderer: Renderer, context: Mapping[str, Any], known: str) -> Part:
    template = target.template or ""
    place = (target.place or "").format_map(context)
    lines = renderer.render(template, context)
    editor = ManifestEditor(target.editor, lines, context, known) if target.editor else None
    return Part(editor, lines, place, language_of(template))
