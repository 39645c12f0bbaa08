"""CHECKLIST.md: every box in order, with what was done, what to paste and what to run."""

from collections.abc import Container, Iterable, Mapping
from itertools import pairwise
from typing import Any, Final, NamedTuple

from geo_scaffold.edition.assembly import language_of
from geo_scaffold.edition.manifest import Artifact, Op, load_steps
from geo_scaffold.edition.sections import HEADINGS, arranged
from geo_scaffold.edition.templates import Renderer

CHECKLIST: Final = "CHECKLIST.md"
"""Its path in the folder of a type that is generated outside a checkout."""
CHECKLIST_ID: Final = "checklist"
"""Its id, because it is not an artifact of an edition."""
TEMPLATE: Final = "checklist.md.j2"


class FileResult(NamedTuple):
    """The result for one file of an artifact.

    Args:
        path: The file, relative to the checklist.
        is_done: Whether it has what the artifact asks for.
        pastes: What to paste, for an entry.
        placeholders: Placeholders for a person to fill in, such as `XXXXX`, and the option that does it.
    """

    path: str
    is_done: bool
    pastes: "tuple[Paste, ...]" = ()
    placeholders: tuple[tuple[str, str], ...] = ()


class Paste(NamedTuple):
    """Lines for a person to paste.

    Args:
        path: The file; empty for an example.
        place: The place in the file.
        language: The language of the code block.
        text: The lines.
    """

    path: str
    place: str
    language: str
    text: str


class Task(NamedTuple):
    """One line of the checklist.

    Args:
        id: The artifact's id.
        text: What to do.
        is_done: Whether it is ticked.
        is_box: Whether it is a box; if not, it is a note on the one before.
        depth: 1 for a nested box, else 0.
        files: Files that were written for it.
        placeholders: Placeholders for a person to fill in.
        pastes: What to paste.
        command: What to run.
    """

    id: str
    text: str
    is_done: bool
    is_box: bool
    depth: int
    files: tuple[str, ...]
    placeholders: tuple[tuple[str, str], ...]
    pastes: tuple[Paste, ...]
    command: str | None


def render_checklist(
    renderer: Renderer,
    context: Mapping[str, Any],
    artifacts: Iterable[Artifact],
    results: Mapping[str, list[FileResult]],
    edition: str,
) -> str:
    """Render the checklist of one model.

    Args:
        renderer: Renders the templates of the edition.
        context: What templates may use.
        artifacts: The artifacts for the model's kind, in the order of the manifest.
        results: The results for the files of each artifact, by id.
        edition: The edition, which defines the sections.
    """
    done = {id_ for id_, files in results.items() if all(file.is_done and not file.placeholders for file in files)}
    placed = arranged(edition, artifacts)
    ordered = [each.artifact for each in placed]
    for artifact, following in reversed(list(pairwise(ordered))):  # a note belongs to the box before it
        if not following.boxes and following.needed_for(context) and following.id not in done:
            done.discard(artifact.id)
    tasks = [
        (artifact, task)
        for artifact in ordered
        for task in _tasks(artifact, renderer, context, results.get(artifact.id, []), done)
    ]
    sections = {each.artifact.id: each.section for each in placed}
    known = {"tasks": tasks, "sections": sections, "phases": HEADINGS, "steps": load_steps(edition)}
    return renderer.render(TEMPLATE, {**context, **known})


def _tasks(
    artifact: Artifact,
    renderer: Renderer,
    context: Mapping[str, Any],
    files: list[FileResult],
    done: set[str],
) -> Iterable[Task]:
    """Build the lines of one artifact; files, lines to paste and commands go with the last one."""
    is_done = is_settled(artifact, context, done) if artifact.op is Op.CONFIRM else artifact.id in done
    is_needed = artifact.needed_for(context)
    texts = artifact.boxes or {0: artifact.note or artifact.id}
    last = list(texts)[-1]
    for box, text in texts.items():
        parts = files if box == last and is_needed else []
        yield Task(
            id=artifact.id,
            text=artifact.fill(text, context) + " Not needed here." * (not is_needed),
            is_done=is_done or not is_needed,
            is_box=box != 0,
            depth=int(box in artifact.nested),
            files=tuple(file.path for file in parts if file.is_done and not file.pastes),
            placeholders=tuple(dict.fromkeys(placeholder for file in parts for placeholder in file.placeholders)),
            pastes=tuple(_pastes(artifact, renderer, context, parts)) if box == last and is_needed else (),
            command=None if is_done else artifact.commands.get(box),
        )


def is_settled(artifact: Artifact, context: Mapping[str, Any], done: Container[str] | None = None) -> bool:
    """Tell whether a decision no longer needs a person: the answer was given, or a generated file settles it.

    Args:
        artifact: The decision.
        context: What templates may use.
        done: Ids of the artifacts that are done; None for all that can be.
    """
    return any(
        context["owner"] is not None if answer == "owner" else done is None or answer in done
        for answer in artifact.settled_by
    )


def _pastes(
    artifact: Artifact, renderer: Renderer, context: Mapping[str, Any], files: list[FileResult]
) -> Iterable[Paste]:
    for file in files:
        yield from () if file.is_done else file.pastes
    if artifact.example:
        text = renderer.render(artifact.example, context)
        yield Paste("", "", language_of(artifact.example), text)
