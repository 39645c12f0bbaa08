"""The operations that an edition comes to for one model."""

from collections.abc import Iterator, Mapping

from geo_scaffold.edition.manifest import Artifact, Op, Target
from geo_scaffold.edition.templates import Renderer
from geo_scaffold.operations import EntryOperation, FileOperation, Operation, OpKind
from geo_scaffold.receipt import Record


def operations_of(
    artifact: Artifact,
    renderer: Renderer,
    context: Mapping[str, object],
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
    for target in artifact.targets:
        path = prefix + target.path.format_map(context)
        text = renderer.render(target.template, context) if target.template else ""
        kind = OpKind(artifact.op.value)
        if is_whole(artifact, target):
            record = recorded.get((artifact.id, path)) or Record(artifact.id, kind, path)
            yield FileOperation(
                artifact.id, kind, path, text.encode(), record.rendered, record.written, record.replaced
            )
        else:
            place = (target.place or "").format_map(context)
            yield EntryOperation(artifact.id, kind, path, None, text, place)


def is_whole(artifact: Artifact, target: Target) -> bool:
    """Tell whether a file is written as a whole, not edited."""
    return artifact.op is Op.CREATE or target.whole

