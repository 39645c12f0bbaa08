"""Checks a whole edition against its schema: for authors of editions, and for tests.

A run only checks the part of an edition that it needs. Here every template is read, every name in it is looked up, and
every entry is rendered for every kind and given to its editor.
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any, Final

from jinja2 import TemplateSyntaxError, meta, nodes

from geo_scaffold.answers import Answers
from geo_scaffold.edition.assembly import operations_of
from geo_scaffold.edition.checklist import TEMPLATE as CHECKLIST
from geo_scaffold.edition.context import Surroundings, context_for
from geo_scaffold.edition.editing import ManifestEditor
from geo_scaffold.edition.format_strings import malformed, perhaps, unknown_name
from geo_scaffold.edition.manifest import ITEM, Artifact, TargetFile, load_manifest, load_runtime, load_steps
from geo_scaffold.edition.merge_request import FOLDER, GIVEN, ROLLOUT, MergeRequest, load_merge_request
from geo_scaffold.edition.sharding import KeyColumn, ParentTable
from geo_scaffold.edition.sources import (
    find_original,
    folders_of,
    head_of,
    kinds_of,
    known_features,
    manifest_error,
    templates_root,
)
from geo_scaffold.edition.template_errors import ENDING, missing_template
from geo_scaffold.edition.templates import Renderer
from geo_scaffold.edition.validation import Mistake
from geo_scaffold.edition.versions import available_editions
from geo_scaffold.errors import GeoScaffoldError, ManifestError
from geo_scaffold.kinds import DEFAULT, KINDS, OWN_CLASSES
from geo_scaffold.names import Inflector
from geo_scaffold.operations import EntryOperation
from geo_scaffold.phases import Phase

_GIVEN: Final = {CHECKLIST: {"tasks", "sections", "phases", "steps"}, "alter/": {"change", "migration"}, FOLDER: GIVEN}
"""Names that only some templates may use, by the beginning of the template's name."""
_MODELS: Final = ("CoolWidget", "Packages::Cargo::Crate")
_AROUND: Final = Surroundings(
    parent=ParentTable(
        columns={
            "project_id": KeyColumn("projects", reference="hard"),
            "group_id": KeyColumn("namespaces", reference="loose"),
            "organization_id": KeyColumn("organizations"),
        }
    )
)
"""A table with a sharding key of each sort, so that everything that depends on one is checked."""
_OWN_CLASSES: Final = (f"{OWN_CLASSES}CoolWidget",)
"""Models for the kinds whose models exist for Geo alone."""


def mistakes_in(edition: str) -> list[GeoScaffoldError]:
    """Return the mistakes in an edition, including the reference runtime rendered for it.

    If the manifest itself has mistakes, only those are returned.

    Args:
        edition: The GitLab major version, such as `16`.
    """
    try:
        artifacts, runtime = load_manifest(edition), load_runtime()
        requests = [load_merge_request(edition, phase) for phase in Phase]
        renderer = Renderer(edition)
    except GeoScaffoldError as error:
        return [error]
    found: list[GeoScaffoldError] = [
        manifest_error(mistake, edition) for mistake in [*_of_head(edition), *_of_order(edition, artifacts)]
    ]
    found += _of_texts([*artifacts, *runtime])
    found += _of_subjects(edition, requests)
    templates = list(_of_templates(edition, renderer, [*artifacts, *runtime], requests))
    return [*found, *templates] or list(_of_entries(edition, renderer, artifacts, runtime))


def _of_head(edition: str) -> Iterator[Mistake]:
    default = [each for each in available_editions() if head_of(each).get("default")]
    if len(default) != 1:
        yield Mistake(f"exactly one edition must be the default, and here it is {' and '.join(default) or 'none'}")
    since = [head_of(each)["from"] for each in available_editions()]
    if since.count(head_of(edition)["from"]) > 1:
        yield Mistake("another edition has the same `from`")


def _of_order(edition: str, artifacts: tuple[Artifact, ...]) -> Iterator[Mistake]:
    """Yield artifacts that are out of the order of phases and steps."""
    phases, steps = list(Phase), list(load_steps(edition))
    places = [(phases.index(each.phase), steps.index(each.step)) for each in artifacts]
    for artifact, place, above in zip(artifacts[1:], places[1:], places, strict=False):
        if place < above:
            yield Mistake("it is below an artifact of a later phase or step", artifact.id)
    for step in steps:
        if step not in {artifact.step for artifact in artifacts}:
            yield Mistake(f"the step {step!a} has no artifact")


def _of_texts(artifacts: list[Artifact]) -> Iterator[ManifestError]:
    """Yield format strings that use an unknown name."""
    known = {*_context(_MODELS[0], DEFAULT)}
    for artifact in artifacts:
        for text in _texts(artifact):
            for error in _unknown_in(text, known):
                yield error.of(artifact.edition, artifact.id)


def _of_subjects(edition: str, requests: list[MergeRequest]) -> Iterator[ManifestError]:
    known = {*_context(_MODELS[0], DEFAULT)}
    for text in (subject for request in requests for subject in (*request.subjects, *request.later)):
        for error in _unknown_in(text, known):
            yield error.of(edition, "")


def _unknown_in(text: str, known: Collection[str]) -> Iterator[ManifestError]:
    try:
        names = [name for _, name, *_ in Formatter().parse(text) if name is not None]
    except ValueError as error:
        yield malformed(text, error)
        return
    unknown = (name for name in names if name not in known and name.partition(".")[0] != ITEM)
    yield from (unknown_name(name, text, known) for name in unknown)


def _texts(artifact: Artifact) -> Iterator[str]:
    yield from (*artifact.boxes.values(), *filter(None, [artifact.note]))
    for condition in filter(None, [artifact.only_if]):
        yield from (condition.value, condition.is_not)
    for form in artifact.forms:
        yield from form.boxes.values()
    for test in [*artifact.asked_if, *(question for form in artifact.forms for question in form.conditions)]:
        for value in test.arguments.values():
            yield from (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str))
    for target in _targets(artifact):
        yield from (target.path, target.place or "", *target.elsewhere)
        for value in (target.editor or {}).values():
            yield from (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str))


def _targets(artifact: Artifact) -> Iterator[TargetFile]:
    for each in artifact.every_form():
        for target in each.targets:
            yield from (target, *target.existing, *target.alter)


def _of_templates(
    edition: str, renderer: Renderer, artifacts: list[Artifact], requests: list[MergeRequest]
) -> Iterator[GeoScaffoldError]:
    """Yield the mistakes in the text of each template that is named, extended or included."""
    root, environment = templates_root(), renderer.environment
    known = {*_context(_MODELS[0], DEFAULT), *environment.globals, ITEM}
    asked = [CHECKLIST, ROLLOUT, *(name for request in requests for name in (request.template, request.message))]
    named = dict.fromkeys(asked, ("", ""))
    for artifact in artifacts:
        for name in filter(None, [artifact.example, *(target.template for target in _targets(artifact))]):
            named.setdefault(name, (artifact.edition, artifact.id))
    waiting: list[tuple[str, tuple[str, int] | None]] = [(name, None) for name in named]
    seen = set[Path]()
    while waiting:
        name, asked_by = waiting.pop()
        path = _template(edition, name)
        if path is None:
            yield missing_template(name, edition, asked_by).of(*named.get(name, ("", "")))
            continue
        if path in seen:
            continue
        seen.add(path)
        below = path.relative_to(root).as_posix()
        try:
            tree = environment.parse(path.read_text(encoding="utf-8"), filename=str(path))
            environment.compile(tree, filename=str(path), raw=True)  # which looks up its filters
        except (TemplateSyntaxError, UnicodeDecodeError) as error:
            yield renderer.mistake(error, below, ()) or ManifestError(str(error), edition=edition)
            continue
        given = {each for start, those in _GIVEN.items() if below.partition("/")[2].startswith(start) for each in those}
        waiting += [(template, (str(path), 1)) for template in meta.find_referenced_templates(tree) if template]
        for what in _of_names(tree, known | given):
            yield ManifestError(f"`{below}`, {what}", edition=edition, path=str(path), remedy="Fix the template")
    own = folders_of(edition)[0]
    for path in sorted({*own.rglob(f"*{ENDING}")} - seen):
        yield ManifestError(
            f"no artifact uses `{path.relative_to(root).as_posix()}`",
            edition=edition,
            path=str(path),
            remedy="Name it in the manifest, or remove it",
        )


def _of_names(tree: nodes.Template, known: Collection[str]) -> Iterator[str]:
    """Yield the unknown names and features that a template uses, each with its line."""
    # Jinja also reports names that are set in only one branch.
    set_here = {each.name for each in tree.find_all(nodes.Name) if each.ctx != "load"}
    macros = {macro.name for macro in tree.find_all(nodes.Macro)}
    unknown = meta.find_undeclared_variables(tree) - set_here - macros - set(known)
    for name in sorted(unknown):
        line = next(each.lineno for each in tree.find_all(nodes.Name) if each.name == name)
        yield f"line {line}: there is no name `{name}`{perhaps(name, known)}"
    for compare in tree.find_all(nodes.Compare):
        asked, operands = compare.expr, compare.ops
        is_feature = any(
            isinstance(operand.expr, nodes.Name) and operand.expr.name == "features" for operand in operands
        )
        if is_feature and isinstance(asked, nodes.Const) and asked.value not in known_features():
            near = perhaps(asked.value, known_features())
            yield f"line {compare.lineno}: there is no feature `{asked.value}`{near}"


def _template(edition: str, name: str) -> Path | None:
    """Return the file of a template, or None if there is none."""
    for path in (f"gitlab-{edition}/{name}", name):
        found = find_original(path)
        if found and found.is_file():
            return found
    return None


def _of_entries(
    edition: str, renderer: Renderer, artifacts: tuple[Artifact, ...], runtime: tuple[Artifact, ...]
) -> Iterator[GeoScaffoldError]:
    """Yield entries that cannot be rendered or used by their editor, one for each artifact."""
    kinds = [KINDS[name] for name in kinds_of(edition)]
    for artifact, those in (
        *((each, kinds) for each in artifacts),
        *((each, [kind for kind in kinds if kind.runtime]) for each in runtime),
    ):
        try:
            for kind in those:
                for model in _OWN_CLASSES if kind.has_own_class else _MODELS:
                    for each in artifact.every_form() if artifact.asked_of(kind.name) else ():
                        _render(each, renderer, _context(model, kind.name))
        except GeoScaffoldError as error:
            yield error


def _render(artifact: Artifact, renderer: Renderer, context: Mapping[str, Any]) -> None:
    # Both cases: the whole files, then the entries for files that somebody else created.
    for read in (_nothing, _something):
        for operation in operations_of(artifact, renderer, context, prefix="", recorded={}, read=read):
            for part in operation.parts if isinstance(operation, EntryOperation) else ():
                if isinstance(part.editor, ManifestEditor):
                    _ = part.editor.built
    if artifact.example:
        renderer.render(artifact.example, context)


def _nothing(_path: str) -> None:
    return None


def _something(_path: str) -> bytes:
    return b"of somebody else"


def _context(model: str, kind: str) -> Mapping[str, Any]:
    answers = Answers(model=model, kind=kind, timestamp="20230101000000", sharding_keys=tuple(_AROUND.parent.columns))
    return context_for(answers, answers.names(Inflector.gitlab()), surroundings=_AROUND)
