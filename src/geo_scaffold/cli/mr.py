"""`geo-scaffold mr MODEL`: the merge request of a phase: what it says, and its commit."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from geo_scaffold.cli.options import Into, Json, Model
from geo_scaffold.cli.report import SCHEMA, print_json, refuse_unfinished, send, tell
from geo_scaffold.errors import ReadError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo_scaffold.phases import Phase
    from geo_scaffold.verbs.mr import Work
    from geo_scaffold.verbs.mr.commits import CommitPlan

PhaseName = Literal["schema", "implementation", "release"]

EXAMPLES = """\b
Examples:
  geo-scaffold mr CoolWidget --phase schema
  geo-scaffold mr CoolWidget --phase schema --commit --branch geo-cool-widget-tables --output description.md
  geo-scaffold mr CoolWidget --phase implementation --output description.md
  geo-scaffold checklist CoolWidget --ticks description.md --strict
  geo-scaffold mr CoolWidget --rollout --output rollout.md
"""


def mr(
    model: Model,
    phase: Annotated[
        PhaseName | None,
        typer.Option(help="The phase whose merge request it is; for --rollout: release.", show_default=False),
    ] = None,
    into: Into = Path(),
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write to this file instead of the terminal.")
    ] = None,
    rollout: Annotated[
        bool, typer.Option("--rollout", help="Print the rollout issue of the feature flags instead of the description.")
    ] = False,
    commit: Annotated[
        bool,
        typer.Option(
            "--commit", help="Commit the files of the phase, and no others; nothing else is written with git."
        ),
    ] = False,
    branch: Annotated[
        str | None, typer.Option(metavar="NAME", help="With --commit: create this branch first, and commit to it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Describe the merge request of a phase: what and why, database, how to validate, checklist.

    It follows the checkout's own merge request template. `checklist --ticks` reads its ticked boxes.
    """
    from geo_scaffold.verbs.mr import describe, message_for, work_on
    from geo_scaffold.verbs.mr.commits import files_of

    wanted = _phase(phase, rollout=rollout)
    if branch is not None and not commit:
        raise UsageError("--branch needs --commit", remedy="Give both, or use git switch --create")
    refuse_unfinished(into)
    model = model.strip().removeprefix("::")
    work = work_on(model, wanted, into)
    for note in work.notes:
        tell(note)
    plan = _planned(work, branch) if commit else None
    message = plan.message if plan else message_for(work)
    shaped = describe(
        work, message_for(work), checklist=_checklist(work, model, into), branch=_branch(work, branch) or ""
    )
    _tell_left_out(shaped.left_out)
    issue = _rollout(work) if rollout else None
    committed = _commit(plan) if plan else ""
    if as_json:
        files = plan.paths if plan else files_of(work)
        commits = [{**message._asdict(), "trailers": list(message.trailers), "files": files}] if files else []
        print_json(
            {
                "schema": SCHEMA,
                "model": work.model,
                "phase": work.phase,
                "branch": _branch(work, branch),
                "commits": commits,
                "description": shaped.text,
                "rollout": issue,
            }
        )
    else:
        send(shaped.text if issue is None else issue, output)
    if committed:  # after the text, where people at a terminal see it
        tell(committed)


def _phase(given: str | None, *, rollout: bool) -> "Phase":
    from geo_scaffold.phases import Phase

    if given is None and not rollout:
        raise UsageError("--phase is missing", remedy=f"Give one of {', '.join(Phase)}; each has a merge request")
    return Phase(given or Phase.RELEASE)


def _rollout(work: "Work") -> str:
    from geo_scaffold.verbs.mr import roll_out
    from geo_scaffold.verbs.mr.rollout import still_to_fill

    issue = roll_out(work)
    _tell_left_out(issue.left_out)
    if left := still_to_fill(issue.text):
        tell(f"Still to be filled in: {', '.join(left)}.")
    return issue.text


def _tell_left_out(actions: "Iterable[str]") -> None:
    for action in actions:
        tell(f"The checkout's template asks GitLab for {action!a}, which is left out.")


def _planned(work: "Work", branch: str | None) -> "CommitPlan":
    from geo_scaffold.verbs.mr.commits import plan_commit

    plan = plan_commit(work, branch=branch)
    for note in plan.notes:
        tell(note)
    return plan


def _commit(plan: "CommitPlan") -> str:
    """Make the commit, if there is anything to commit, and return a message about it."""
    from geo_scaffold.cli.formats.words import count_of
    from geo_scaffold.git.merged import DEFAULT_BRANCHES
    from geo_scaffold.git.writing import branch_of
    from geo_scaffold.verbs.mr.commits import write

    if not plan.paths:
        return "Nothing to commit: what was generated for the phase is committed."
    id_, where = write(plan), branch_of(plan.repository)
    advice = "; --branch NAME creates a branch for it first" if where in DEFAULT_BRANCHES else ""
    return f"Committed {id_[:11]} to {where}: {plan.message.subject} ({count_of(len(plan.paths), 'file')}){advice}"


def _branch(work: "Work", branch: str | None) -> str | None:
    """Return the branch to merge, or None if there is none."""
    from geo_scaffold.git import Repository
    from geo_scaffold.git.gitdir import GitDirectory
    from geo_scaffold.git.writing import branch_of

    root = work.found.target.root if work.found else None
    if branch is not None or root is None or GitDirectory.of(root) is None:
        return branch
    with suppress(ReadError):  # a description needs no git
        return branch_of(Repository.of(root))
    return None


def _checklist(work: "Work", model: str, into: Path) -> str:
    """Return the task list of the phase, from the same audit as `checklist`."""
    from geo_scaffold.cli.formats.markdown import task_list
    from geo_scaffold.verbs.checklist import Request, check

    report = check(Request(models=(model,), phase=work.phase), into)
    (found,) = report.types
    return task_list([item for item in found.items if item.phase is work.phase], found.name)
