"""`new`: plan everything that an edition asks for, for one model, and write it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from geo_scaffold.answers import OPTIONS, Answers, shown_placeholder
from geo_scaffold.commit import digest
from geo_scaffold.edition import (
    Artifact,
    Op,
    Outcome,
    Paste,
    Phase,
    Renderer,
    Surroundings,
    available_editions,
    context_for,
    edition_for,
    is_newer,
    is_settled,
    load_manifest,
    load_runtime,
    load_steps,
    milestone_of,
    newest_checked,
    operations_of,
    render_checklist,
)
from geo_scaffold.errors import ConflictError, ContradictionError, UsageError
from geo_scaffold.names.reserved import RUNTIME_TABLES
from geo_scaffold.operations import (
    EntryOperation,
    FileOperation,
    Operation,
    OpKind,
    Status,
    TickedFileOperation,
    Verdict,
    outline_of,
)
from geo_scaffold.receipt import Receipt, Record, by_place, receipt_path
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.inflecting import inflections_for
from geo_scaffold.verbs.lookup import look_up, names_in
from geo_scaffold.verbs.overriding import overrides_for
from geo_scaffold.verbs.plan import Choice, Decide, Decision, Plan, Step
from geo_scaffold.verbs.target import (
    RUNTIME,
    Found,
    Layout,
    Target,
    find_checkout,
    find_receipt,
    folder_of,
    target_for,
)

PHASES: Final = (Phase.SCHEMA, Phase.IMPLEMENTATION)
"""The phases that `new` does; the release has its own verb."""


CHECKLIST: Final = "CHECKLIST.md"
CHECKLIST_ID: Final = "checklist"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which part of the artifacts is wanted.

    Args:
        phases: The phases.
        only: Artifact ids; empty: all.
        skip: Artifact ids that are not wanted.
    """

    phases: tuple[Phase, ...] = PHASES
    only: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()

    def wants(self, artifact_id: str) -> bool:
        """Tell whether an artifact of one of the phases is wanted."""
        return artifact_id not in self.skip and (not self.only or artifact_id in self.only)


EVERYTHING: Final = Selection()


def never(_step: Step, _tree: Tree) -> Decision:
    """Decide every conflict by leaving it one."""
    return Decision(Choice.ABORT)


def plan_new(
    answers: Answers,
    into: Path,
    *,
    now: str,
    selection: Selection = EVERYTHING,
    decide: Decide = never,
) -> Plan:
    """Plan everything for a model; nothing is written.

    Args:
        answers: What the user answers in this run.
        into: The folder that the user points to.
        now: The timestamp to use where nobody gave one.
        selection: What is wanted.
        decide: Answers what to do about a conflict.

    Raises:
        GeoScaffoldError: Whatever makes a plan impossible, with what to do about it.
    """
    folder = folder_of(into)
    found = find_receipt(folder, answers.model, answers.name)
    if found:
        answers = answers.merged_with(found.receipt.answers, receipt=receipt_path(found.name))
    answers = answers.with_defaults(timestamp=now)
    checkout = find_checkout(folder)
    surrounding = Tree(checkout) if checkout else None
    inflector, notes = inflections_for(answers, surrounding.read if surrounding else None)
    looked_up = look_up(answers, inflector, surrounding)
    answers, names = looked_up.answers, looked_up.names
    target = found.target if found else target_for(folder, names["name"])
    if milestone := milestone_of(answers.gitlab or target.gitlab_version):
        keys = {"release_milestone" if phase is Phase.RELEASE else "milestone" for phase in selection.phases}
        answers = answers.with_defaults(**dict.fromkeys(keys, milestone))
    edition = _edition(answers, target, found)
    # In a checkout the same one, so that lookup and plan see one state.
    tree = surrounding or Tree(target.root)
    plan = Plan(target, answers, names, receipt_path(names["name"]), edition, tree, notes=[*notes, *looked_up.notes])
    _check_owner_of_receipt(plan, found)
    version, checked = answers.gitlab or target.gitlab_version or "", newest_checked(edition)
    if checked and is_newer(version, checked):
        plan.notes.append(f"GitLab {version} is newer than {checked}, with which edition {edition} was checked")
    overrides = overrides_for(target, tree)
    plan.notes += overrides.notes(edition)
    renderer = Renderer(edition, inflector=inflector, overrides=overrides)
    receipt = found.receipt if found else None
    _fill(plan, renderer, looked_up.surroundings, receipt, selection=selection, decide=decide)
    _record(plan, receipt, selection)
    return plan


def _edition(answers: Answers, target: Target, found: Found | None) -> str:
    """Choose the edition: what the receipt says, else the answer, else the checkout's version, else 16."""
    version = answers.gitlab or target.gitlab_version
    if version is not None and not version[:1].isdigit():
        raise UsageError(
            f"VERSION says {version[:40]!a}, which is no version", path="VERSION", remedy="Give one with --gitlab"
        )
    edition = edition_for(version) if version else "16"
    if found:
        if answers.gitlab and edition != found.receipt.edition:
            raise ContradictionError(
                f"--gitlab {answers.gitlab} means edition {edition}, and edition {found.receipt.edition} was generated",
                path=receipt_path(found.name),
                remedy=f"Leave --gitlab out, or run `geo-scaffold undo {answers.model}` first",
            )
        edition = found.receipt.edition
    if edition not in available_editions():
        raise UsageError(
            f"{f'GitLab {version}' if version else 'the receipt'} needs edition {edition},"
            " which this version of geo-scaffold does not have",
            remedy=f"It has {', '.join(available_editions())}: choose that with --gitlab, such as --gitlab 16.11",
        )
    return edition


def _check_owner_of_receipt(plan: Plan, found: Found | None) -> None:
    """Refuse to write over the receipt of another model with the same replicable name."""
    path = plan.receipt
    content = None if found else plan.tree.read(path)
    if content is not None:
        other = Receipt.load(content, path).answers.model
        raise ContradictionError(
            f"the replicable name {plan.names['name']} belongs to {other} here",
            path=path,
            remedy=f"Give another --name, or run `geo-scaffold undo {other}` first",
        )


def _fill(
    plan: Plan,
    renderer: Renderer,
    surroundings: Surroundings,
    receipt: Receipt | None,
    *,
    selection: Selection,
    decide: Decide,
) -> None:
    """Look at every operation in turn, each in the tree that the ones before it leave."""
    context = context_for(plan.answers, plan.names, surroundings=surroundings)
    earlier = None
    if receipt and receipt.answers != plan.answers:
        read = plan.tree.read if plan.target.checkout else None
        inflector, _ = inflections_for(receipt.answers, read)
        names = names_in(receipt.answers, inflector, read)
        earlier = context_for(receipt.answers, names, surroundings=surroundings)
    artifacts = [each for each in load_manifest(plan.edition) if each.asked_of(str(plan.answers.kind))]
    runtime = _runtime(plan)
    _check_ids(selection, [*artifacts, *runtime])
    wanted = [
        (artifact, prefix)
        for prefix, those in ((plan.target.prefix, artifacts), (RUNTIME, runtime))
        for artifact in those
        if artifact.needed_for(plan.names)
    ]
    recorded = by_place(receipt.records if receipt else ())
    if earlier:
        _check_moves(plan, wanted, context, recorded)
    _check_migrations(plan, artifacts, context, recorded)
    has_checklist, others = plan.target.layout is Layout.STANDALONE, []
    for artifact, prefix in wanted:
        for operation in operations_of(
            artifact,
            renderer,
            context,
            prefix=prefix,
            recorded=recorded,
            earlier=earlier,
            read=plan.tree.read,
        ):
            if artifact.phase in selection.phases:
                plan.steps.append(_step(operation, artifact, plan.tree, decide, is_wanted=selection.wants(artifact.id)))
            elif has_checklist:  # which shows the other phases as well
                verdict = operation.status(plan.tree)
                others.append(Step(operation, artifact, verdict, verdict.status is Status.UNCHANGED))
    # What goes into a file of somebody else settles nothing: the rest of that file is theirs.
    entries = {step.operation.id for step in plan.steps if isinstance(step.operation, EntryOperation)}
    settling = {artifact.id for artifact in artifacts} - entries
    plan.decisions = tuple(
        each.id
        for each in artifacts
        if each.op is Op.CONFIRM
        and each.phase in selection.phases
        and selection.wants(each.id)
        and not is_settled(each, context, settling)
    )
    if has_checklist:
        outcomes: dict[str, list[Outcome]] = {}
        for step in [*plan.steps, *others]:
            outcomes.setdefault(step.operation.id, []).append(_outcome(step, plan.target.prefix))
        text = render_checklist(renderer, context, artifacts, outcomes, load_steps(plan.edition))
        record = recorded.get((CHECKLIST_ID, CHECKLIST)) or Record(CHECKLIST_ID, OpKind.CREATE, CHECKLIST)
        operation = TickedFileOperation(
            CHECKLIST_ID,
            OpKind.CREATE,
            CHECKLIST,
            text.encode(),
            record.rendered,
            record.written,
            record.replaced,
            outline=record.outline,
        )
        plan.steps.append(_step(operation, None, plan.tree, decide, is_wanted=CHECKLIST_ID not in selection.skip))


def _runtime(plan: Plan) -> tuple[Artifact, ...]:
    """Return the artifacts of the reference runtime, if it is wanted: outside a checkout it is, unless refused."""
    is_wanted = plan.answers.runtime
    if is_wanted is None:
        is_wanted = plan.target.layout is Layout.STANDALONE
    if not is_wanted:
        return ()
    if plan.names["table"] in RUNTIME_TABLES:
        plan.notes.append(f"The reference runtime has a table {plan.names['table']} itself, so it is left out")
        return ()
    return load_runtime()


def _check_moves(
    plan: Plan,
    wanted: Sequence[tuple[Artifact, str]],
    context: Mapping[str, Any],
    recorded: Mapping[tuple[str, str], Record],
) -> None:
    """Refuse answers that would leave a file of an earlier run behind, under a name that nothing uses any more."""
    places = {(artifact.id, prefix + path) for artifact, prefix in wanted for path in artifact.paths_for(context)}
    for artifact_id, path in recorded:
        if artifact_id != CHECKLIST_ID and (artifact_id, path) not in places:
            raise ContradictionError(
                "with these answers this file would have another name, or none, and it is generated already",
                path=path,
                remedy=f"Leave them out, or run `geo-scaffold undo {plan.answers.model}` first",
            )


def _check_migrations(
    plan: Plan, artifacts: Sequence[Artifact], context: Mapping[str, Any], recorded: Mapping[tuple[str, str], Record]
) -> None:
    """Refuse a second migration of the same name: Rails would, and one of them may have been run."""
    if plan.target.layout is not Layout.CHECKOUT:
        return
    for artifact in artifacts:
        for target in artifact.targets:
            path = target.path.format_map(context)
            if artifact.op is not Op.CREATE or "{timestamp}" not in target.path or (artifact.id, path) in recorded:
                continue
            pattern = target.path.format_map({**context, "timestamp": "*"})
            for found in sorted(plan.target.root.glob(pattern)):
                if found.name != path.rpartition("/")[2]:
                    raise ConflictError(
                        "there is a migration of this name already; nothing was written",
                        path=found.relative_to(plan.target.root).as_posix(),
                        remedy=f"Give --timestamp {found.name.partition('_')[0]}, or move that migration away",
                    )


def _outcome(step: Step, prefix: str) -> Outcome:
    operation = step.operation
    parts = operation.parts if isinstance(operation, EntryOperation) else ()
    path = operation.path.removeprefix(prefix)
    pastes = tuple(Paste(path, part.place, part.language, part.snippet) for part in parts)
    placeholders = tuple((shown_placeholder(key), OPTIONS[key]) for key in step.placeholders)
    return Outcome(operation.path, step.is_done, pastes, placeholders)


def _check_ids(selection: Selection, artifacts: Sequence[Artifact]) -> None:
    known = [artifact.id for artifact in artifacts]
    for option, ids in (("--only", selection.only), ("--skip", selection.skip)):
        for each in sorted(ids):
            if each not in known and each != CHECKLIST_ID:
                from difflib import get_close_matches  # noqa: PLC0415 - only for this message

                close = get_close_matches(each, known, n=3)
                hint = f"Perhaps {' or '.join(close)}; " if close else ""
                raise UsageError(
                    f"{option} {each!a} is not the id of an artifact of this kind",
                    remedy=f"{hint}--dry-run shows every id",
                )


def _step(operation: Operation, artifact: Artifact | None, tree: Tree, decide: Decide, *, is_wanted: bool) -> Step:
    verdict = operation.status(tree)
    step = Step(operation, artifact, verdict, is_done=verdict.status is Status.UNCHANGED)
    if not is_wanted:
        if not step.is_done:
            step.verdict = Verdict(Status.SKIPPED)
        return step
    if verdict.status is Status.CONFLICT:
        decision = decide(step, tree)
        if decision.choice is Choice.SKIP:
            step.verdict = Verdict(Status.SKIPPED, f"{verdict.message}; kept")
        elif decision.choice is Choice.FORCE:
            step.replaced = tree.read(operation.path)
            step.written = decision.content
            step.verdict = Verdict(Status.PLANNED, f"{verdict.message}; overwritten")
    if step.verdict.status is Status.PLANNED:
        if isinstance(operation, EntryOperation) and (memory := operation.to_remember(tree)):
            step.replaced = memory.encode()
        if step.written is None:
            operation.apply(tree)
        else:
            tree.write(operation.path, step.written)
        step.is_done = True
    return step


def _record(plan: Plan, before: Receipt | None, selection: Selection) -> None:
    """Let the receipt be part of what is written, if it says anything new."""
    records = by_place(before.records) if before else {}
    for step in plan.with_status(Status.PLANNED):
        operation = step.operation
        earlier = records.get((operation.id, operation.path))
        record = Record(operation.id, operation.kind, operation.path, replaced=step.replaced)
        if isinstance(operation, FileOperation):
            rendered, written = digest(operation.content), digest(plan.tree.read(operation.path) or b"")
            record = replace(
                record,
                rendered=rendered,
                written=None if written == rendered else written,
                replaced=earlier.replaced if earlier and earlier.replaced is not None else step.replaced,
                outline=outline_of(operation.content) if isinstance(operation, TickedFileOperation) else None,
            )
        elif isinstance(operation, EntryOperation):
            if earlier and operation.completes_earlier():
                record = earlier
            else:
                record = replace(record, trace=operation.new_trace())
        records[operation.id, operation.path] = record
    if not records:
        return
    path = plan.receipt
    phases = {*(before.phases if before else ()), *selection.phases}
    # Held before the folders are counted: its own folder is one of them.
    plan.tree.write(path, b"")
    made = plan.tree.missing_folders()
    receipt = Receipt(
        plan.edition,
        plan.target.layout,
        plan.answers,
        tuple(phase for phase in Phase if phase in phases),
        tuple(records.values()),
        tuple(dict.fromkeys([*(before.directories if before else ()), *made])),
    )
    plan.tree.write(path, receipt.dump())
