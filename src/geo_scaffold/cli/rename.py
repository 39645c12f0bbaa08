"""`geo-scaffold rename OLD NEW`: another name for a generated type."""

from pathlib import Path
from typing import Annotated

import typer

from geo_scaffold.cli.carry_out import carry_out
from geo_scaffold.cli.options import Diff, DryRun, Into, Json, Recover, Verbose, Yes, pointing_to
from geo_scaffold.cli.report import begin, is_at_terminal, now
from geo_scaffold.cli.retry import with_retries

EXAMPLES = """\b
Examples:
  geo-scaffold rename CoolWidget NiceWidget --diff
  geo-scaffold rename cool_widget nice_widget --into ~/gitlab
"""


def rename(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A generated type: its model or replicable name.")],
    new: Annotated[
        str, typer.Argument(metavar="NEW", help="The model, such as NiceWidget, or the replicable name: nice_widget.")
    ],
    into: Into = Path(),
    dry_run: DryRun = False,
    diff: Diff = False,
    as_json: Json = False,
    verbose: Verbose = False,
    recover: Recover = False,
    yes: Yes = False,
) -> None:
    """Give a generated type another model or replicable name: files move, entries change, edits are kept.

    What is merged keeps its name. The class itself is yours to rename.
    """
    from geo_scaffold.verbs.rename import plan_rename

    begin(into, only_reads=dry_run or diff, recover=recover, asks_nothing=yes)
    may_ask = is_at_terminal() and not (yes or as_json or dry_run or diff)

    def attempt() -> None:
        plan = plan_rename(old, new, into, now=now())
        carry_out(
            plan,
            again=pointing_to("new", into, plan.answers.model, name=None),
            dry_run=dry_run,
            diff=diff,
            as_json=as_json,
            allow_partial=None,
            may_ask=may_ask,
            verbose=verbose,
        )

    with_retries(attempt)
