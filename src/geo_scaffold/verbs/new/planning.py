"""The plan of one run: from facts to operations, each applied to the tree as the previous ones left it."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from geo_scaffold.answers import Answers
from geo_scaffold.checkout import inflections_for, look_up, names_in, surroundings_of
from geo_scaffold.checkout.overrides import overrides_for
from geo_scaffold.checkout.target import (
    REPLICATORS,
    RUNTIME,
    VERSION,
    FoundReceipt,
    Layout,
    Target,
    find_checkout,
    find_receipt,
    folder_of,
    target_for,
)
from geo_scaffold.edition import (
    CHECKLIST,
    CHECKLIST_ID,
    Artifact,
    Op,
    Renderer,
    Surroundings,
    available_editions,
    context_for,
    edition_for,
    files_without_and_with_factory,
    is_newer,
    is_settled,
    load_manifest,
    load_runtime,
    milestone_of,
    newest_checked,
    operations_of,
    require_edition,
    require_version,
)
from geo_scaffold.errors import ContradictionError
from geo_scaffold.kinds import KINDS
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.names.reserved import RUNTIME_TABLES
from geo_scaffold.operations import EntryOperation, Operation, Status
from geo_scaffold.phases import Phase
from geo_scaffold.receipt import Receipt, Record, by_place, receipt_path
from geo_scaffold.records import replace
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.new.checklist_file import checklist_file
from geo_scaffold.verbs.new.contexts import Contexts
from geo_scaffold.verbs.new.merged import MergedWork
from geo_scaffold.verbs.new.moved_files import strays
from geo_scaffold.verbs.new.recording import record_plan
from geo_scaffold.verbs.new.refusals import (
    refuse_guess_of_kind,
    refuse_kind,
    refuse_model,
    refuse_renaming,
    refuse_second_migrations,
    refuse_shared_files,
    refuse_skipped_changes,
    refuse_taken_name,
    refuse_taken_type,
    refuse_without_runtime,
)
from geo_scaffold.verbs.new.retirement import lift, retirements
from geo_scaffold.verbs.new.selection import EVERYTHING, Selection
from geo_scaffold.verbs.new.steps import leave_unresolved, look_at, take
from geo_scaffold.verbs.new.versions import free_timestamp, versions_of
from geo_scaffold.verbs.plan import Decide, Plan, PlanStep

if TYPE_CHECKING:
    from geo_scaffold.checkout import Checkout


def plan_new(
    answers: Answers,
    into: Path,
    *,
    now: str,
    selection: Selection = EVERYTHING,
    decide: Decide = leave_unresolved,
) -> Plan:
    """Plan everything for a model, without writing anything.

    Args:
        answers: The user's answers in this run.
        into: The folder given by the user.
        now: The timestamp to use if nobody gave one.
        selection: What is wanted.
        decide: Decides what to do about a conflict.

    Raises:
        GeoScaffoldError: Whatever makes a plan impossible.
    """
    folder = folder_of(into)
    answers = with_own_class(answers, folder)
    found = find_receipt(folder, answers.model, answers.name)
    given = answers.timestamp
    if found:
        refuse_without_runtime(answers, found.receipt, receipt_path(found.name))
        answers = answers.merged_with(found.receipt.answers, receipt=receipt_path(found.name))
        given = None if given == found.receipt.answers.timestamp else given
    else:
        refuse_renaming(folder, answers)
    return plan_with(answers, folder, found, given=given, now=now, selection=selection, decide=decide)


def plan_with(
    answers: Answers,
    folder: Path,
    found: FoundReceipt | None,
    *,
    given: str | None,
    now: str,
    selection: Selection,
    decide: Decide = leave_unresolved,
) -> Plan:
    """Plan everything for a model by the answers of this run and earlier ones, without writing anything.

    Args:
        answers: The answers.
        folder: The folder given to the verb, an absolute path.
        found: The receipt of earlier runs, possibly with other names, or None if there is none.
        given: The timestamp given in this run, if it differs from the receipt's.
        now: The timestamp to use if nobody gave one.
        selection: What is wanted.
        decide: Decides what to do about a conflict.

    Raises:
        GeoScaffoldError: Whatever makes a plan impossible.
    """
    is_own = found is not None and (found.receipt.answers.model == answers.model or _is_renamed_by_hand(found))
    answers = answers.with_defaults(timestamp=now)
    checkout = find_checkout(folder)
    surrounding = Tree(checkout) if checkout else None
    inflector, notes = inflections_for(answers, surrounding.read if surrounding else None)
    reader = _reader(surrounding, inflector) if surrounding else None
    if reader and not is_own:
        refuse_model(reader.facts(answers.model), answers, selection, reader)
    if reader and not found:
        from geo_scaffold.checkout import as_it_is_there  # noqa: PLC0415 - in a checkout only

        answers = as_it_is_there(answers, reader)
    looked_up = look_up(answers, inflector, reader, made=found.receipt.written if found else None)
    answers, names = looked_up.answers, looked_up.names
    refuse_guess_of_kind(answers, looked_up.facts, looked_up.notes)
    if reader:
        reader.sources.require_readable()
    target = found.target if found else target_for(folder, names["name"])
    if milestone := milestone_of(answers.gitlab or target.gitlab_version):
        answers = answers.with_milestone(selection.phases, milestone)
    edition = _edition(answers, target, found)
    # In a checkout, use the same tree, so that lookup and plan see one state.
    tree = surrounding or Tree(target.root)
    if found:
        tree.assume(receipt_path(found.name), found.content)
    if target.checkout:
        tree.base(VERSION)  # it was read, so it must be unchanged when this is written
    plan = Plan(
        target,
        answers,
        names,
        receipt_path(names["name"]),
        edition,
        tree,
        notes=[*notes, *looked_up.notes],
        facts=looked_up.facts,
    )
    refuse_kind(plan)
    if not found or found.name != names["name"]:
        refuse_taken_name(plan)
        if reader:
            refuse_taken_type(plan, reader)
    if found and found.name != names["name"]:
        tree.delete(receipt_path(found.name))
    plan.notes += _notes_of_edition(plan, is_new=not found)
    overrides = overrides_for(target, tree)
    plan.notes += overrides.notes(edition)
    renderer = Renderer(edition, inflector=inflector, overrides=overrides)
    receipt = found.receipt if found else None
    if target.checkout and (given is not None or not found):
        _choose_timestamp(plan, looked_up.surroundings, receipt, given, now=now, selection=selection)
    _fill(plan, renderer, looked_up.surroundings, receipt, reader, selection=selection, decide=decide)
    record_plan(plan, receipt, selection)
    return plan


def _is_renamed_by_hand(found: FoundReceipt) -> bool:
    """Tell whether people moved the replicator of a generated type, so that one with another name is its own."""
    whole = [record.path for record in found.receipt.records if record.rendered is not None]
    replicators = [path for path in whole if path.startswith(f"{REPLICATORS}/")]
    return bool(replicators) and not any((found.target.root / path).exists() for path in replicators)


def with_own_class(answers: Answers, folder: Path) -> Answers:
    """Return the answers with Geo's own class, if the model is the one whose files it covers.

    Args:
        answers: The user's answers.
        folder: The folder given to the verb, an absolute path.

    Raises:
        GeoScaffoldError: As for `of_partition`.
    """
    if answers.kind is None or KINDS[answers.kind].concern is None:
        return answers
    from geo_scaffold.checkout.partitions import of_partition  # noqa: PLC0415 - of few types

    root = find_checkout(folder)
    tree = Tree(root) if root else None
    inflector, _ = inflections_for(answers, tree.read if tree else None)
    return of_partition(answers, _reader(tree, inflector) if tree else None)


def _notes_of_edition(plan: Plan, *, is_new: bool) -> list[str]:
    """Return notes about the edition: GitLab is newer than what we know, or nobody chose the edition."""
    version = plan.answers.gitlab or plan.target.gitlab_version
    if version is None:
        newest = available_editions()[-1]
        # Later runs take it from the receipt, and could not change it.
        if not is_new or newest == plan.edition:
            return []
        return [
            f"There is no GitLab checkout here, so edition {plan.edition} is used; --gitlab {newest} selects the newest"
        ]
    checked = newest_checked(plan.edition)
    if checked and is_newer(version, checked):
        return [f"GitLab {version} is newer than {checked}, with which edition {plan.edition} was checked"]
    return []


def _choose_timestamp(
    plan: Plan,
    surroundings: Surroundings,
    receipt: Receipt | None,
    given: str | None,
    *,
    now: str,
    selection: Selection,
) -> None:
    """Give the migrations a unique version that is not in the future."""
    contexts = Contexts(plan.answers, plan.names, surroundings, {})
    artifacts = [
        artifact
        for artifact in load_manifest(plan.edition)
        if artifact.asked_of(str(plan.answers.kind)) and selection.covers(artifact)
    ]
    own = {record.path for record in receipt.records} if receipt else set()

    def paths_at(timestamp: str) -> list[str]:
        context = contexts.at(timestamp)
        return [path for artifact in artifacts if artifact.needed_for(context) for path in artifact.paths_for(context)]

    timestamp = free_timestamp(given, now, paths_at, plan.tree, own)
    plan.answers = replace(plan.answers, timestamp=timestamp)


def _reader(tree: Tree, inflector: Inflector) -> "Checkout":
    from geo_scaffold.checkout import Checkout, Sources  # noqa: PLC0415 - in a checkout only

    return Checkout(Sources(tree, ""), inflector)


def _edition(answers: Answers, target: Target, found: FoundReceipt | None) -> str:
    """Choose the edition: the receipt's, else the answer, else by the checkout's version, else the default."""
    version = answers.gitlab or target.gitlab_version
    edition = edition_for(version if version is None else require_version(version))
    if found:
        if answers.gitlab and edition != found.receipt.edition:
            raise ContradictionError(
                f"--gitlab {answers.gitlab} means edition {edition}, but edition {found.receipt.edition} was generated",
                path=receipt_path(found.name),
                remedy=f"Leave --gitlab out, or run `geo-scaffold undo {answers.model}` first",
            )
        edition = found.receipt.edition
        return require_edition(edition, needed_by=receipt_path(found.name), remedy="Use the version that generated it")
    return edition


def _fill(
    plan: Plan,
    renderer: Renderer,
    surroundings: Surroundings,
    receipt: Receipt | None,
    reader: "Checkout | None",
    *,
    selection: Selection,
    decide: Decide,
) -> None:
    """Apply every operation in turn, each to the tree as the previous ones left it."""
    recorded = by_place(receipt.records if receipt else ())
    artifacts = [each for each in load_manifest(plan.edition) if each.asked_of(str(plan.answers.kind))]
    later = Later(
        not _will_exist("{type_file}", plan, selection), not _will_exist("{state_factory_file}", plan, selection)
    )
    contexts, earlier = _contexts(plan, receipt, surroundings, reader, artifacts, later=later)
    context = contexts.at()
    runtime = _runtime(plan)
    selection.check_ids([*artifacts, *runtime])
    needed = [
        (artifact, prefix)
        for prefix, those in ((plan.target.prefix, artifacts), (RUNTIME, runtime))
        for artifact in those
        if artifact.needed_for(context)
    ]
    refuse_shared_files(needed, context)
    wanted = _in_tree(plan, needed, context, selection)
    manifest = (*artifacts, *runtime)
    asked = {artifact.id: artifact for artifact, _ in wanted}
    artifacts = [
        asked.get(artifact.id, artifact)
        for artifact in artifacts
        if artifact.id in asked or not artifact.needed_for(context)  # a checklist shows it as not needed
    ]
    merged = MergedWork(plan.target, receipt)
    try:
        refuse_second_migrations(
            plan, [each for each in artifacts if selection.covers(each)], contexts, recorded, merged
        )
        if plan.target.checkout:
            plan.moved = strays(recorded, wanted, renderer, earlier or contexts, plan.tree)
            recorded = {
                (id_, plan.moved.get((id_, path), path)): replace(record, path=plan.moved.get((id_, path), path))
                for (id_, path), record in recorded.items()
            }
            plan.notes += [
                f"{path} is in {moved_files} now, where it stays" for (_, path), moved_files in plan.moved.items()
            ]
        merged.refuse_other_keys(plan.answers)
        lifted: frozenset[tuple[str, str]] = frozenset()
        anew = again = _answered_anew(plan.answers, receipt)
        if earlier and not later.factory:
            again |= _excused(wanted, renderer, contexts, recorded, selection)
        if receipt and earlier:
            lifted = lift(plan, receipt, Phase.RELEASE, merged)
            recorded = {place: record for place, record in recorded.items() if place not in lifted}
            former = [each for each in manifest if each.needed_for(earlier.at()) and not each.needed_for(context)]
            part = replace(selection, again=again)
            gone = retirements(plan, receipt, needed, former=former, now=contexts, then=earlier, selection=part)
            for artifact, retirement in gone:
                plan.steps.append(take(retirement, artifact, plan.tree, decide, is_wanted=True, merged=merged))
        operations = (
            (artifact, operation)
            for artifact, prefix in wanted
            for operation in operations_of(
                artifact,
                renderer,
                contexts.of(artifact),
                prefix=prefix,
                recorded=recorded,
                earlier=earlier.of(artifact) if earlier else None,
                read=plan.tree.read,
            )
        )
        has_checklist = plan.target.layout is Layout.STANDALONE
        shown = _take_all(
            plan,
            operations,
            selection,
            decide,
            is_first=receipt is None,
            again=again,
            lifted=lifted,
            merged=merged,
            has_checklist=has_checklist,
        )
    finally:
        merged.close()
    refuse_skipped_changes(plan, anew & selection.skip)
    plan.decisions = _decisions(plan, artifacts, context, selection, reader)
    if has_checklist:
        record = recorded.get((CHECKLIST_ID, CHECKLIST))
        steps = [*plan.steps, *shown]
        checklist = checklist_file(plan, renderer, context, artifacts, steps=steps, record=record)
        plan.steps.append(take(checklist, None, plan.tree, decide, is_wanted=CHECKLIST_ID not in selection.skip))


def _take_all(
    plan: Plan,
    operations: Iterable[tuple[Artifact, Operation]],
    selection: Selection,
    decide: Decide,
    *,
    is_first: bool,
    again: frozenset[str],
    lifted: frozenset[tuple[str, str]],
    merged: MergedWork,
    has_checklist: bool,
) -> list[PlanStep]:
    """Add the steps of operations to a plan; return those of other phases, which only the checklist shows.

    Args:
        plan: The plan.
        operations: The operations with their artifacts, each built when the steps before it are taken.
        selection: What is wanted.
        decide: Decides what to do about a conflict.
        is_first: Whether there was no earlier run; otherwise an operation may depend on the steps before it.
        again: The ids of artifacts that are done again whatever is selected.
        lifted: The places of entries that were lifted, and so are not merged.
        merged: What is merged of earlier runs.
        has_checklist: Whether there is a checklist.
    """
    shown, edits = [], None
    if is_first and plan.target.checkout:
        from geo_scaffold.verbs.new.parallel import edit_in_parallel  # noqa: PLC0415 - in a checkout only

        operations = list(operations)
        edits = edit_in_parallel((each for artifact, each in operations if selection.covers(artifact)), plan.tree)
    for artifact, operation in operations:
        is_lifted = (operation.id, operation.path) in lifted
        is_again = is_lifted or artifact.id in again
        if artifact.phase in selection.phases or is_again:
            step = take(
                operation,
                artifact,
                plan.tree,
                decide,
                is_wanted=is_again or selection.wants(artifact.id),
                merged=None if is_lifted else merged,
                edits=edits,
            )
            plan.steps += [step] if _is_part(step, artifact, selection) else []
        elif has_checklist:
            shown.append(look_at(operation, artifact, plan.tree))
    return shown


class Later(NamedTuple):
    """What comes in a later merge request.

    Args:
        graphql: Whether the GraphQL part does.
        factory: Whether the states' factory does.
    """

    graphql: bool = False
    factory: bool = False


def _is_part(step: PlanStep, artifact: Artifact, selection: Selection) -> bool:
    """Tell whether a step belongs to the run: in other phases only changes do."""
    return artifact.phase in selection.phases or step.outcome.status is not Status.UNCHANGED


def _excused(
    wanted: Sequence[tuple[Artifact, str]],
    renderer: Renderer,
    contexts: Contexts,
    recorded: Mapping[tuple[str, str], Record],
    selection: Selection,
) -> frozenset[str]:
    """Return the artifacts of other phases that mark what comes later, because it may come in this run."""
    ids = {id_ for id_, _ in recorded}
    marked = set()
    for artifact, _ in wanted:
        if artifact.id not in ids or artifact.phase in selection.phases:
            continue
        without, with_factory = files_without_and_with_factory(artifact, renderer, contexts.of(artifact))
        if without != with_factory:
            marked.add(artifact.id)
    return frozenset(marked)


def _answered_anew(answers: Answers, receipt: Receipt | None) -> frozenset[str]:
    """Return the recorded artifacts if an answer that all phases share has changed: the receipt has only one of each.

    Otherwise those outside the selection would stay as the earlier answer had them, and nothing would find them again.
    """
    if receipt is None or _shared(answers) == _shared(receipt.answers):
        return frozenset()
    return frozenset(record.id for record in receipt.records)


def _shared(answers: Answers) -> Mapping[str, Any]:
    """Return the answers that no phase has for itself."""
    return {key: value for key, value in answers.given().items() if key != "phases"}


def _will_exist(path: str, plan: Plan, selection: Selection) -> bool:
    """Tell whether a created file exists or comes in this run; true if no artifact of the edition creates it."""
    artifact = next((each for each in load_manifest(plan.edition) if _makes(each, path)), None)
    if artifact is None or selection.covers(artifact):
        return True
    paths = artifact.paths_for(context_for(plan.answers, plan.names))
    return any(plan.tree.read(plan.target.prefix + path) is not None for path in paths if path)


def _in_tree(
    plan: Plan, needed: Sequence[tuple[Artifact, str]], context: Mapping[str, Any], selection: Selection
) -> list[tuple[Artifact, str]]:
    """Return the artifacts that the tree needs, in its forms, before anything is changed."""
    if not any(each.asked_if or each.forms for each, _ in needed):
        return list(needed)
    # Most editions have no condition.
    from geo_scaffold.checkout.sources import Sources  # noqa: PLC0415
    from geo_scaffold.edition.conditions import applicability_in  # noqa: PLC0415

    sources, found = Sources(plan.tree, plan.target.prefix) if plan.target.checkout else None, []
    for artifact, prefix in needed:
        wanted = applicability_in(artifact, sources, context)
        is_of_run = selection.covers(artifact)
        if wanted.applies:
            found.append((wanted.artifact, prefix))
        elif (refusal := wanted.refusal) and refusal.path and is_of_run:
            plan.notes.append(f"{artifact.id} is not asked for: {refusal.what} ({_place(refusal.path, refusal.line)})")
        plan.notes += [f"{artifact.id}: {doubt.message}" for doubt in wanted.doubts if is_of_run]
    return found


def _place(path: str, line: int | None) -> str:
    return f"{path}:{line}" if line else path


def _contexts(
    plan: Plan,
    receipt: Receipt | None,
    surroundings: Surroundings,
    reader: "Checkout | None",
    artifacts: Sequence[Artifact],
    *,
    later: Later,
) -> tuple[Contexts, Contexts | None]:
    """Return the values for templates, and those of the earlier run, if different."""
    versions = versions_of(
        receipt,
        artifacts,
        plan.names,
        edition=plan.edition,
        timestamp=str(plan.answers.timestamp),
        tree=plan.tree,
        prefix=plan.target.prefix,
    )

    def contexts(former_name: str = "") -> Contexts:
        return Contexts(
            plan.answers,
            plan.names,
            surroundings,
            versions.now,
            graphql_later=later.graphql,
            factory_later=later.factory,
            former_name=former_name,
        )

    if receipt is None:
        return contexts(), None
    made = {record.id for record in receipt.records}
    was_later = not any(artifact.id in made for artifact in artifacts if _makes(artifact, "{state_factory_file}"))
    if receipt.answers == plan.answers and versions.now == versions.then and was_later == later.factory:
        return contexts(), None
    read = plan.tree.read if plan.target.checkout else None
    inflector, _ = inflections_for(receipt.answers, read)
    names = names_in(receipt.answers, inflector, reader)
    then = surroundings_of(names, reader, made=receipt.written) if reader else surroundings
    return contexts(names["name"]), Contexts(receipt.answers, names, then, versions.then, factory_later=was_later)


def _makes(artifact: Artifact, path: str) -> bool:
    """Tell whether an artifact has a file, by its format string."""
    return any(target.path == path for target in artifact.targets)


def _runtime(plan: Plan) -> tuple[Artifact, ...]:
    """Return the artifacts of the reference runtime, if it is wanted; outside a checkout that is the default."""
    is_wanted = plan.answers.runtime
    if is_wanted is None:
        is_wanted = plan.target.layout is Layout.STANDALONE
    if not is_wanted:
        return ()
    if KINDS[str(plan.answers.kind)].runtime is None:
        plan.notes.append(f"The reference runtime does not support the kind {plan.answers.kind}, so it is left out")
        return ()
    if plan.names["table"] in RUNTIME_TABLES:
        plan.notes.append(f"The reference runtime has a table {plan.names['table']} itself, so it is left out")
        return ()
    return load_runtime()


def _decisions(
    plan: Plan,
    artifacts: Sequence[Artifact],
    context: Mapping[str, Any],
    selection: Selection,
    reader: "Checkout | None",
) -> tuple[str, ...]:
    """Return the ids of what only a person can do, unless the files show it as done."""
    # An entry in somebody else's file settles nothing: the rest of that file is theirs.
    entries = {step.operation.id for step in plan.steps if isinstance(step.operation, EntryOperation)}
    settling = {artifact.id for artifact in artifacts} - entries
    left = [
        artifact
        for artifact in artifacts
        if artifact.op is Op.CONFIRM and selection.covers(artifact) and not is_settled(artifact, context, settling)
    ]
    if reader is None or not left:
        return tuple(artifact.id for artifact in left)
    from geo_scaffold.checkout.sources import Sources  # noqa: PLC0415 - in a checkout only
    from geo_scaffold.verbs.checklist.decisions import is_shown_done  # noqa: PLC0415

    sources = Sources(plan.tree, plan.target.prefix)
    return tuple(artifact.id for artifact in left if not is_shown_done(artifact, reader.inflector, context, sources))
