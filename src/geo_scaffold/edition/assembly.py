"""The operations of an edition for one model."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from geo_scaffold.edition.context import in_phase
from geo_scaffold.edition.editing import ManifestEditor
from geo_scaffold.edition.format_strings import fill
from geo_scaffold.edition.manifest import Artifact, TargetFile, for_each
from geo_scaffold.edition.templates import Renderer
from geo_scaffold.errors import ManifestError
from geo_scaffold.operations import EntryOperation, FileOperation, Operation, OpKind, Part
from geo_scaffold.receipt import Record
from geo_scaffold.records import replace

# db/migrate/20230101000000_create_cool_widget_states.rb and db/schema_migrations/20230101000000.
_VERSION: Final = re.compile(r"/\d{14}(?:_[^/]*)?$")
"""A migration, or a file of `schema_migrations`: these are tracked by their versions."""
_LANGUAGES: Final = {"rb": "ruby", "yml": "yaml", "json": "json", "md": "markdown", "sql": "sql"}


def operations_of(
    artifact: Artifact,
    renderer: Renderer,
    context: Mapping[str, Any],
    *,
    prefix: str,
    recorded: Mapping[tuple[str, str], Record],
    earlier: Mapping[str, Any] | None = None,
    read: Callable[[str], bytes | None] = lambda _path: None,
    derived_from: Callable[[str], bytes | None] | None = None,
) -> Iterator[Operation]:
    """Build the operations of one artifact, one for each of its files; a decision has none.

    Args:
        artifact: The artifact.
        renderer: Renders the templates of its edition.
        context: What templates and paths may use.
        prefix: The prefix of a path of GitLab's tree, such as `gitlab/`.
        recorded: What earlier runs wrote, by id and path.
        earlier: The context of the run that wrote it, or None if it is the same.
        read: Returns the content of a file; only used where entries could replace a whole file.
        derived_from: Returns the content of a file from which an entry is derived; None means `read`.

    Raises:
        ManifestError: The artifact or one of its templates has a mistake.
        OverrideError: One of the checkout's own templates cannot be rendered.
        ReadError: A template cannot be read.
    """
    context = in_phase(context, artifact.phase)
    earlier = in_phase(earlier, artifact.phase) if earlier else None
    try:
        yield from _operations(
            artifact,
            renderer,
            context,
            prefix=prefix,
            recorded=recorded,
            earlier=earlier,
            read=read,
            derived_from=derived_from or read,
        )
    except ManifestError as error:
        raise error.of(artifact.edition, artifact.id) from error


def files_without_and_with_factory(
    artifact: Artifact, renderer: Renderer, context: Mapping[str, Any]
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the whole files of an artifact, by path, for when the states' factory comes later, and when it does not.

    They differ where a file says that the factory is missing; an entry has none.

    Args:
        artifact: The artifact.
        renderer: Renders the templates of its edition.
        context: What templates and paths may use.

    Raises:
        GeoScaffoldError: As raised by `operations_of`.
    """
    without, with_factory = (
        _whole_files(artifact, renderer, {**in_phase(context, artifact.phase), "factory_later": is_later})
        for is_later in (True, False)
    )
    return without, with_factory


def _whole_files(artifact: Artifact, renderer: Renderer, context: Mapping[str, Any]) -> dict[str, bytes]:
    try:
        return {
            artifact.fill(target.path, context): renderer.render(target.template, target.values(context)).encode()
            for target in artifact.targets_for(context)
            if target.whole and target.template
        }
    except ManifestError as error:
        raise error.of(artifact.edition, artifact.id) from error


def _operations(
    artifact: Artifact,
    renderer: Renderer,
    context: Mapping[str, Any],
    *,
    prefix: str,
    recorded: Mapping[tuple[str, str], Record],
    earlier: Mapping[str, Any] | None,
    read: Callable[[str], bytes | None],
    derived_from: Callable[[str], bytes | None],
) -> Iterator[Operation]:
    def consult(path: str) -> bytes | None:
        return derived_from(prefix + path)

    then = earlier or context
    stray = stray_of(artifact, recorded, (context, then), prefix)
    places = _by_path(artifact, prefix, context)
    former = former_paths(artifact, prefix, context, earlier) if earlier else {}
    # What another file has now does not move: with one more sharding key, each version is that of the next one.
    former = {now: was for now, was in former.items() if was == now or was not in places}
    for place, wanted in places.items():
        path, targets = place, wanted
        kind = OpKind(artifact.op.value)
        record = recorded.get((artifact.id, path)) or _moved(
            recorded.get((artifact.id, former.get(path, path))), path, read
        )
        if stray and targets[0].whole and record is None:  # which is where a person has moved it
            path, record = stray.path, stray
        has_changed = record is not None and (earlier is not None or record.form != artifact.form)
        was = _by_path(_as_recorded(artifact, record), prefix, then) if record and has_changed else {}
        before = was.get(former.get(place, place) if record is stray else record.path) if record else None
        if targets[0].whole:
            written = record or Record(artifact.id, kind, path)
            content = renderer.render(targets[0].template or "", targets[0].values(context)).encode()
            if not _is_somebody_elses(targets[0], record, read(path), content):
                old = renderer.render(before[0].template or "", before[0].values(then)).encode() if before else None
                source = None if written.path == path else written.path
                yield FileOperation(
                    artifact.id, kind, path, content, written.rendered, written.written, written.replaced, old, source
                )
                continue
            kind, targets, before = (
                OpKind.ENSURE,
                list(targets[0].existing),
                list(before[0].existing) if before else None,
            )
        operation = EntryOperation(
            artifact.id,
            kind,
            path,
            _parts(artifact, targets, renderer, context, record=record, read=consult),
            trace=record.trace if record else None,
            source=record.path if record and record.path != path else None,
        )
        if before:
            parts = _parts(artifact, before, renderer, then, record=record, read=consult)
            operation = replace(operation, earlier=replace(operation, parts=parts))
        elif record:
            operation = replace(operation, earlier=operation)
        yield operation


def stray_of(
    artifact: Artifact,
    recorded: Mapping[tuple[str, str], Record],
    contexts: Iterable[Mapping[str, Any]],
    prefix: str = "",
) -> Record | None:
    """Return the record of a created file that a person moved somewhere else, or None if there are none or several.

    Args:
        artifact: The artifact that it was created for.
        recorded: What earlier runs wrote, by id and path.
        contexts: The values for paths, by the current and by the earlier answers.
        prefix: The prefix of the paths.
    """
    own = [record for (id_, _), record in recorded.items() if id_ == artifact.id and record.rendered is not None]
    if not own:
        return None
    usual = {
        prefix + path for form in artifact.every_form() for context in contexts for path in form.paths_for(context)
    }
    found = [record for record in own if record.path not in usual and not _VERSION.search(record.path)]
    return found[0] if len(found) == 1 else None


def former_paths(
    artifact: Artifact, prefix: str, context: Mapping[str, Any], then: Mapping[str, Any]
) -> Mapping[str, str]:
    """Return the path that each file of an artifact had with the earlier answers, by its current path.

    Args:
        artifact: The artifact.
        prefix: The prefix of the paths.
        context: The values for paths, by the current answers.
        then: Those by the earlier answers.
    """
    before, now = (dict(_by_slot(artifact, values)) for values in (then, context))
    return {
        prefix + fill(now[slot].path, context): prefix + fill(before[slot].path, then) for slot in now if slot in before
    }


def _by_slot(artifact: Artifact, values: Mapping[str, Any]) -> Iterator[tuple[tuple[int, str], TargetFile]]:
    """Yield the targets by what no answer changes: their number, and the column of their sharding key, if any."""
    for number, target in enumerate(artifact.targets):
        for target_file in for_each(target, values):
            yield (number, str(getattr(target_file.item, "column", ""))), target_file


def _moved(record: Record | None, path: str, read: Callable[[str], bytes | None]) -> Record | None:
    """Return the record of a file that moves; an entry moves from one file to the other, unless a person moved it.

    Args:
        record: The record of the file at this path with the earlier answers, or None.
        path: Its new path.
        read: Returns the content of a file.
    """
    if record is None or record.rendered is not None:
        return record
    return record if read(record.path) is None and read(path) is not None else None


def _as_recorded(artifact: Artifact, record: Record) -> Artifact:
    """Return an artifact in the form that an earlier run used; its own if that form no longer exists."""
    known = {form.name for form in artifact.forms}
    return artifact.in_form(record.form) if record.form in known else artifact.in_form("")


def _is_somebody_elses(target: TargetFile, record: Record | None, found: bytes | None, content: bytes) -> bool:
    """Tell whether somebody else created a file, so that only entries in it are ours."""
    if not target.existing:
        return False
    return record.rendered is None if record else found not in (None, content)


def _by_path(artifact: Artifact, prefix: str, context: Mapping[str, Any]) -> dict[str, list[TargetFile]]:
    by_path: dict[str, list[TargetFile]] = {}
    for target in artifact.targets_for(context):
        by_path.setdefault(prefix + fill(target.path, context), []).append(target)
    return by_path


def _parts(
    artifact: Artifact,
    targets: list[TargetFile],
    renderer: Renderer,
    context: Mapping[str, Any],
    *,
    record: Record | None,
    read: Callable[[str], bytes | None],
) -> tuple[Part, ...]:
    known = ((record.replaced if record else None) or b"").decode("utf-8", "surrogateescape")
    return tuple(_part(artifact, target, renderer, context, known=known, read=read) for target in targets)


def language_of(template: str) -> str:
    """Return the language of a template's text, for a Markdown code block."""
    return _LANGUAGES.get(template.removesuffix(".j2").rpartition(".")[2], "plaintext")


def _part(
    artifact: Artifact,
    target: TargetFile,
    renderer: Renderer,
    context: Mapping[str, Any],
    *,
    known: str,
    read: Callable[[str], bytes | None],
) -> Part:
    template = target.template or ""
    place = fill(target.place or "", context)
    lines = renderer.render(template, target.values(context))
    editor = None
    if target.editor:
        override = renderer.override_for(template)
        editor = ManifestEditor(target.editor, lines, context, known, override, (artifact.edition, artifact.id), read)
    return Part(editor, lines, place, language_of(template))
