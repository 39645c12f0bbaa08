"""What `new` refuses before it plans any step, because it would lose or hide something existing."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_scaffold.answers import Answers
from geo_scaffold.checkout.target import RUNTIME, Layout, find_checkout, find_receipt
from geo_scaffold.edition import Artifact, Op, kinds_of
from geo_scaffold.edition.sharding import with_version
from geo_scaffold.errors import (
    ConflictError,
    ContradictionError,
    InvalidNameError,
    ManifestError,
    RefusedError,
    UndecidedError,
    UsageError,
)
from geo_scaffold.kinds import KINDS, OWN_CLASSES, of_models
from geo_scaffold.operations import Status
from geo_scaffold.phases import Phase
from geo_scaffold.receipt import Receipt, Record, receipt_path
from geo_scaffold.verbs.new.contexts import Contexts
from geo_scaffold.verbs.new.merged import MergedWork
from geo_scaffold.verbs.new.selection import Selection
from geo_scaffold.verbs.plan import Plan

if TYPE_CHECKING:
    from geo_scaffold.checkout import Checkout, Facts


def refuse_model(facts: "Facts", answers: Answers, selection: Selection, checkout: "Checkout") -> None:
    """Refuse a model that cannot have a type; but a part of an existing type may be generated again, or released.

    Args:
        facts: The facts about the model, which has no receipt.
        answers: The user's answers.
        selection: What is wanted.
        checkout: The reader of the checkout.

    Raises:
        RefusedError: The checkout shows why there can be no type.
        UndecidedError: Nothing determines the kind or the table.
    """
    from geo_scaffold.checkout.partitions import remedy_for  # noqa: PLC0415 - in a checkout only
    from geo_scaffold.checkout.refusal import is_served_elsewhere, refusal_of  # noqa: PLC0415

    is_there = facts["replicated_by"] is not None and not is_served_elsewhere(facts)
    if is_there and facts["kind"] and not KINDS[facts["kind"]].is_generated:
        path, _, line = (facts.source("replicated_by") or "").rpartition(":")
        raise RefusedError(
            f"{facts.model} is replicated as {KINDS[facts['kind']].what}, by {facts['replicated_by']} (line {line}),"
            " of which nothing is generated; nothing was written",
            path=path,
            remedy=f"`geo-scaffold checklist {facts.model}` shows what the type is missing",
        )
    if is_there and (selection.only or Phase.RELEASE in selection.phases):
        return

    if refusal := refusal_of(facts, kind=answers.kind):
        path, _, line = (refusal.source or "").rpartition(":")
        where = f" (line {line})" if path else ""
        remedy = remedy_for(facts.model, checkout) or refusal.remedy
        raise RefusedError(f"{refusal.reason}{where}; nothing was written", path=path or None, remedy=remedy)
    if facts.exists and facts["table"] is None and answers.table is None and "table" not in (answers.spellings or {}):
        raise UndecidedError(
            f"the table of {facts.model} is unknown: no entry in db/docs names the class, and only Ruby can tell"
            " what the class itself says",
            path=facts["file"],
            remedy="Give it with --table",
        )


def refuse_taken_type(plan: Plan, reader: "Checkout") -> None:
    """Refuse a replicable name that another model's type has here.

    Args:
        plan: The plan of a model that has no receipt.
        reader: The reader of the checkout.

    Raises:
        RefusedError: The name is taken.
    """
    for listed_replicator in reader.replicators.all:
        path = listed_replicator.source.rpartition(":")[0]
        if (
            listed_replicator.name == plan.names["name"]
            and listed_replicator.model != plan.answers.model
            and reader.sources.exists(path)
        ):
            raise RefusedError(
                f"there is already a type {listed_replicator.name}, of {listed_replicator.model}; nothing was written",
                path=path,
                remedy="Give another --name",
            )


def refuse_guess_of_kind(answers: Answers, facts: "Facts | None", notes: Sequence[str]) -> None:
    """Refuse to guess what a record has.

    Args:
        answers: The answers, completed from the checkout.
        facts: The facts about the model, or None if there is no checkout.
        notes: The notes so far.

    Raises:
        UndecidedError: Nothing determines the kind.
    """
    if answers.kind is None and facts is not None:
        why = notes[0] if notes else f"{facts['file']} does not say it"
        raise UndecidedError(
            f"it is not known what a record of {facts.model} has: {why}",
            remedy=f"Give --kind {' or --kind '.join(of_models())}",
        )


def refuse_taken_name(plan: Plan) -> None:
    """Refuse to overwrite the receipt of another model with the same replicable name.

    Args:
        plan: The plan of a model that has no receipt.

    Raises:
        ContradictionError: The name belongs to another model.
    """
    path = plan.receipt
    content = plan.tree.read(path)
    if content is not None:
        other = Receipt.load(content, path).answers.model
        raise ContradictionError(
            f"the replicable name {plan.names['name']} belongs to {other} here",
            path=path,
            remedy=f"Give another --name, or run `geo-scaffold undo {other}` first",
        )


def refuse_kind(plan: Plan) -> None:
    """Refuse a kind that the edition cannot generate, and a class that is not in the namespace of the kind's classes.

    Args:
        plan: The plan, of a model with a kind.

    Raises:
        UsageError: The edition does not support the kind.
        InvalidNameError: The model exists for Geo alone, and is not below `Geo::`.
    """
    kind, model = KINDS[str(plan.answers.kind)], plan.answers.model
    served = kinds_of(plan.edition)
    if kind.name not in served:
        raise UsageError(
            f"edition {plan.edition} generates no types of the kind {kind.name}",
            remedy=f"It generates {', '.join(served)}; --gitlab selects another edition",
        )
    if kind.has_own_class and not model.startswith(OWN_CLASSES):
        raise InvalidNameError(
            f"a model of the kind {kind.name} exists for Geo alone, and {model} is not below {OWN_CLASSES}",
            remedy=f"Give {OWN_CLASSES}{model.rpartition('::')[2]}",
        )


def refuse_renaming(folder: Path, answers: Answers) -> None:
    """Refuse another replicable name for a model that was generated in this checkout: it would be a second type.

    Args:
        folder: The folder given to the verb.
        answers: The answers for a model without a receipt under their name.

    Raises:
        ContradictionError: It has one under another name.
    """
    if answers.name is None or find_checkout(folder) is None:
        return
    if found := find_receipt(folder, answers.model):
        raise ContradictionError(
            f"--name is now {answers.name}, but was {found.name} when this was generated",
            path=receipt_path(found.name),
            remedy=f"Leave --name out, or run `geo-scaffold rename {found.name} {answers.name}` first",
        )


def refuse_without_runtime(answers: Answers, receipt: Receipt, path: str) -> None:
    """Refuse to drop the runtime from a type that was generated with it.

    Args:
        answers: The current answers.
        receipt: What an earlier run wrote.
        path: The path of the receipt.

    Raises:
        ContradictionError: It was generated, and is not wanted now.
    """
    if answers.runtime is False and any(record.path.startswith(RUNTIME) for record in receipt.records):
        raise ContradictionError(
            "--runtime is now off, but was on when this was generated",
            path=path,
            remedy=f"Leave --no-runtime out, or run `geo-scaffold undo {answers.model}` first",
        )


def refuse_skipped_changes(plan: Plan, skipped: Collection[str]) -> None:
    """Refuse to skip what an earlier run wrote if other answers change it: the receipt has one set of answers.

    A later run would look for an entry as the new answers have it, and take a file that they move for moved by hand.

    Args:
        plan: The plan, with the steps of all that is recorded, as if nothing were skipped.
        skipped: The ids of what is recorded and skipped.

    Raises:
        UsageError: One of them would not stay as it is.
    """
    for step in plan.steps:
        if step.operation.id in skipped and step.outcome.status not in {Status.UNCHANGED, Status.OPEN}:
            raise UsageError(
                f"--skip {step.operation.id} would leave it as the earlier answers have it; nothing was written",
                path=step.operation.path,
                remedy=f"Leave --skip {step.operation.id} out, or the answers that change it",
            )


def refuse_second_migrations(
    plan: Plan,
    artifacts: Sequence[Artifact],
    contexts: Contexts,
    recorded: Mapping[tuple[str, str], Record],
    merged: MergedWork,
) -> None:
    """Refuse a second migration of the same name: Rails would, and one of them may have been run.

    Args:
        plan: The plan.
        artifacts: The artifacts of the edition.
        contexts: The values for paths.
        recorded: What an earlier run wrote, by id and path.
        merged: What is merged.

    Raises:
        ConflictError: The checkout has a migration of this name with another timestamp.
    """
    if plan.target.layout is not Layout.CHECKOUT:
        return
    for artifact in artifacts:
        context = contexts.of(artifact)
        anywhen = with_version(context, "*")
        patterns = zip(artifact.targets_for(context), artifact.targets_for(anywhen), strict=True)
        for target, of_any_time in patterns:
            path = artifact.fill(target.path, context)
            pattern = artifact.fill(of_any_time.path, anywhen)
            if artifact.op is not Op.CREATE or pattern == path or (artifact.id, path) in recorded:
                continue
            for found in sorted(plan.target.root.glob(pattern)):
                relative = found.relative_to(plan.target.root).as_posix()
                if relative != path and (artifact.id, relative) not in recorded:
                    own = f"Give --timestamp {found.name.partition('_')[0]}, or move that migration away"
                    raise ConflictError(
                        "a migration with this name already exists; nothing was written",
                        path=relative,
                        remedy="It is merged: give another --name" if merged.is_known_to_have_file(relative) else own,
                    )


def refuse_shared_files(needed: Sequence[tuple[Artifact, str]], values: Mapping[str, Any]) -> None:
    """Refuse artifacts of which two create the same file, or the second would find somebody else's there.

    Args:
        needed: The artifacts that the type needs, each with the prefix of its paths.
        values: The values for paths.

    Raises:
        ManifestError: Two artifacts have the same path.
    """
    creators: dict[str, str] = {}
    for artifact, prefix in needed:
        for path in artifact.paths_for(values) if artifact.op is Op.CREATE else ():
            if (other := creators.setdefault(prefix + path, artifact.id)) != artifact.id:
                raise ManifestError(
                    f"it creates {path}, as artifact `{other}` does", remedy="Give one of them another path"
                ).of(artifact.edition, artifact.id)
