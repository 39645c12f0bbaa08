"""`geo-scaffold new MODEL`: plan and write everything for a model."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from geo_scaffold.cli.carry_out import carry_out
from geo_scaffold.cli.options import (
    Acronyms,
    AllowPartial,
    DefaultAcronyms,
    Diff,
    DryRun,
    Factory,
    Into,
    Json,
    Kind,
    Model,
    Name,
    Only,
    Plural,
    Recover,
    Set,
    Skip,
    Table,
    Title,
    TitlePlural,
    Verbose,
    Yes,
    parse_assignments,
    pointing_to,
)
from geo_scaffold.cli.report import begin, is_at_terminal, now, tell
from geo_scaffold.cli.retry import with_retries
from geo_scaffold.errors import UsageError

if TYPE_CHECKING:
    from geo_scaffold.answers import Answers
    from geo_scaffold.verbs.new import Selection
    from geo_scaffold.verbs.plan import Decide

OnConflict = Literal["abort", "skip", "force", "ask"]
PhaseName = Literal["schema", "implementation"]


class Owner(StrEnum):
    """What a record belongs to; an enumeration, because Typer does not accept a `Literal` for a repeatable option."""

    PROJECT = "project"
    GROUP = "group"
    ORGANIZATION = "organization"
    USER = "user"
    NONE = "none"


# The backspace keeps click from filling the lines.
EXAMPLES = """\b
Examples:
  geo-scaffold new CoolWidget
  geo-scaffold new Packages::Cargo::Crate --kind blob --owner project --milestone 16.3
  geo-scaffold new CoolWidget --dry-run
  geo-scaffold new CoolWidget --diff | less -R
"""


def new(
    model: Model,
    kind: Kind = None,
    owner: Annotated[
        list[Owner] | None,
        typer.Option(
            help="What a record belongs to; repeatable if a table has several owners. none: all records are in"
            " scope. [default: what the model's sharding keys say, else a placeholder that raises]"
        ),
    ] = None,
    sharding_key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="A column that the table of states copies from the model's; repeatable. [default: the model's"
            " sharding keys]",
        ),
    ] = None,
    no_sharding_key: Annotated[
        bool, typer.Option("--no-sharding-key", help="The table of states has no sharding key.")
    ] = False,
    sharding_key_issue: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Issue about a sharding key yet to be added: #12345, or its URL."),
    ] = None,
    into: Into = Path(),
    gitlab: Annotated[
        str | None, typer.Option(metavar="VERSION", help="GitLab version. [default: the checkout's, else 16]")
    ] = None,
    name: Name = None,
    plural: Plural = None,
    acronym: Acronyms = None,
    default_acronyms: DefaultAcronyms = None,
    title: Title = None,
    title_plural: TitlePlural = None,
    table: Table = None,
    factory: Factory = None,
    set_: Set = None,
    milestone: Annotated[
        str | None,
        typer.Option(
            metavar="MILESTONE", help="Milestone of this merge request, such as 16.3. [default: the checkout's]"
        ),
    ] = None,
    group: Annotated[
        str | None, typer.Option(metavar="GROUP", help="Group that owns the feature flag. [default: group::geo]")
    ] = None,
    mr: Annotated[
        str | None,
        typer.Option("--mr", metavar="URL", help="Merge request of the phases of this run: !12345, or its URL."),
    ] = None,
    feature_issue: Annotated[
        str | None, typer.Option(metavar="URL", help="Issue of the feature, for the feature flags: #12345, or its URL.")
    ] = None,
    rollout_issue: Annotated[
        str | None, typer.Option(metavar="URL", help="Issue of the rollout, for the feature flags: #12345, or its URL.")
    ] = None,
    timestamp: Annotated[
        str | None, typer.Option(metavar="YYYYMMDDHHMMSS", help="Timestamp of both migrations. [default: now]")
    ] = None,
    runtime: Annotated[
        bool | None,
        typer.Option(
            "--runtime/--no-runtime", help="The reference runtime, in runtime/. [default: only outside a checkout]"
        ),
    ] = None,
    phase: Annotated[PhaseName | None, typer.Option(help="Only the files of this merge request.")] = None,
    only: Only = None,
    skip: Skip = None,
    dry_run: DryRun = False,
    diff: Diff = False,
    as_json: Json = False,
    on_conflict: Annotated[
        OnConflict | None,
        typer.Option(help="If another file is already there. [default: ask on a terminal, else abort]"),
    ] = None,
    allow_partial: AllowPartial = False,
    recover: Recover = False,
    yes: Yes = False,
    verbose: Verbose = False,
) -> None:
    """Plan and write everything for a replicable type.

    In a GitLab checkout it edits the checkout, elsewhere it creates a folder named after the type. Nothing is written
    until the whole plan is known; `geo-scaffold undo` takes it back.
    """
    from geo_scaffold.answers import Answers, canonical
    from geo_scaffold.verbs.new import plan_new

    selection = _selection(phase, only or [], skip or [])
    answers = Answers(
        model=model.strip().removeprefix("::"),
        kind=kind,
        owner=tuple(each.value for each in owner) if owner else None,
        sharding_keys=_sharding_keys(sharding_key, has_none=no_sharding_key),
        sharding_key_issue=canonical("sharding_key_issue", sharding_key_issue) if sharding_key_issue else None,
        gitlab=gitlab,
        name=name,
        plural=plural,
        acronyms=tuple(acronym) if acronym else None,
        default_acronyms=default_acronyms,
        title=title,
        title_plural=title_plural,
        table=table,
        factory=factory,
        spellings=parse_assignments(set_) if set_ else None,
        group=group,
        timestamp=timestamp,
        runtime=runtime,
    ).in_phases(
        selection.phases,
        milestone=milestone,
        merge_request=mr,
        feature_issue=feature_issue,
        rollout_issue=rollout_issue,
    )
    is_preview = dry_run or diff
    may_ask = is_at_terminal() and not (yes or as_json or is_preview)
    begin(into, only_reads=is_preview, recover=recover, asks_nothing=yes)
    answers = _asked(answers, into, selection) if may_ask else answers
    decide = _decide(on_conflict, may_ask=may_ask)

    def attempt() -> None:
        plan = plan_new(answers, into, now=now(), selection=selection, decide=decide)
        carry_out(
            plan,
            again=pointing_to("new", into, model, name=name, phase=phase),
            dry_run=dry_run,
            diff=diff,
            as_json=as_json,
            allow_partial=allow_partial,
            may_ask=may_ask,
            verbose=verbose,
            may_overwrite=True,
        )

    with_retries(attempt)


def _sharding_keys(columns: list[str] | None, *, has_none: bool) -> tuple[str, ...] | None:
    """Return the answer that both options give together: columns, none, or nobody gave one."""
    if has_none and columns:
        raise UsageError(f"--no-sharding-key contradicts --sharding-key {columns[0]}", remedy="Leave one of them out")
    return () if has_none else tuple(dict.fromkeys(columns)) if columns else None


def _selection(phase: str | None, only: list[str], skip: list[str]) -> "Selection":
    from geo_scaffold.phases import NEW_PHASES, Phase
    from geo_scaffold.verbs.new import Selection

    return Selection((Phase(phase),) if phase else NEW_PHASES, frozenset(only), frozenset(skip))


def _asked(answers: "Answers", into: Path, selection: "Selection") -> "Answers":
    """Ask for the kind and the owner, unless they were given or are in the checkout."""
    from geo_scaffold.answers import NOBODY, OWNERS
    from geo_scaffold.checkout import Checkout, Sources, inflections_for, look_up
    from geo_scaffold.checkout.target import find_checkout, find_receipt, folder_of
    from geo_scaffold.kinds import of_models
    from geo_scaffold.tree import Tree
    from geo_scaffold.verbs.new.planning import with_own_class
    from geo_scaffold.verbs.new.refusals import refuse_model

    folder = folder_of(into)
    answers = with_own_class(answers, folder)
    if find_receipt(folder, answers.model, answers.name):
        return answers
    root = find_checkout(folder)
    tree = Tree(root) if root else None
    inflector, _ = inflections_for(answers, tree.read if tree else None)
    checkout = Checkout(Sources(tree, ""), inflector) if tree else None
    # Refuse before asking anything.
    if checkout:
        refuse_model(checkout.facts(answers.model), answers, selection, checkout)
    found = look_up(answers, inflector, checkout).answers
    if answers.kind is None and not (checkout and found.kind):  # a note reports what comes from the checkout
        question = "The checkout does not say: what does a record have?" if checkout else "What does a record have?"
        answers = answers.with_defaults(kind=_choose(question, of_models(), found.kind))
    if answers.owner is None and not (checkout and found.owner):
        owners = _choose_some("What does a record belong to?", OWNERS, alone=(NOBODY, "later"), default="later")
        answers = answers if owners == ("later",) else answers.with_defaults(owner=owners)
    return answers


def _choose(question: str, choices: tuple[str, ...], default: str | None) -> str:
    while True:
        answer = str(typer.prompt(f"{question} ({', '.join(choices)})", default=default, err=True))
        if found := _chosen(answer, choices):
            return found
        tell(f"Please answer {', '.join(choices[:-1])} or {choices[-1]}.")


def _choose_some(question: str, choices: tuple[str, ...], *, alone: tuple[str, ...], default: str) -> tuple[str, ...]:
    """Ask for one or several choices, separated by commas or spaces; those of `alone` cannot be combined."""
    choices = tuple(dict.fromkeys((*choices, *alone)))
    while True:
        question_ = f"{question} ({', '.join(choices)}; separate several with commas)"
        words = str(typer.prompt(question_, default=default, err=True)).replace(",", " ").split()
        found = tuple(dict.fromkeys(_chosen(word, choices) for word in words))
        if None not in found and found and (len(found) == 1 or not set(found) & set(alone)):
            return tuple(each for each in found if each)
        tell(f"Please answer one or more of {', '.join(choices)}; {' and '.join(alone)} stand alone.")


def _chosen(answer: str, choices: tuple[str, ...]) -> str | None:
    """Return the one choice that an answer equals or is a prefix of, or None."""
    answer = answer.strip().lower()
    found = [choice for choice in choices if choice.startswith(answer)]
    return answer if answer in found else found[0] if len(found) == 1 else None


def _decide(on_conflict: str | None, *, may_ask: bool) -> "Decide":
    from geo_scaffold.verbs.new import leave_unresolved
    from geo_scaffold.verbs.plan import Choice, Decision

    if on_conflict == "ask" and not may_ask:
        raise UsageError("--on-conflict ask needs a terminal", remedy="Use --on-conflict skip or force")
    if on_conflict == "ask" or (on_conflict is None and may_ask):
        from geo_scaffold.cli.conflicts import ConflictMenu

        return ConflictMenu()
    if on_conflict in ("skip", "force"):
        return lambda _step, _tree: Decision(Choice(on_conflict))
    return leave_unresolved
