"""`geo-scaffold release MODEL`: the release phase."""

from pathlib import Path
from typing import Annotated

import typer

from geo_scaffold.cli.carry_out import carry_out
from geo_scaffold.cli.options import (
    AllowPartial,
    Diff,
    DryRun,
    Into,
    Json,
    Kind,
    Model,
    Name,
    Only,
    Recover,
    Set,
    Skip,
    Verbose,
    Yes,
    parse_assignments,
    pointing_to,
)
from geo_scaffold.cli.report import begin, is_at_terminal, now
from geo_scaffold.cli.retry import with_retries

EXAMPLES = """\b
Examples:
  geo-scaffold release CoolWidget --milestone 16.5
  geo-scaffold release Packages::Cargo::Crate --into ~/gitlab --diff
"""


def release(
    model: Model,
    into: Into = Path(),
    kind: Kind = None,
    name: Name = None,
    set_: Set = None,
    milestone: Annotated[
        str | None,
        typer.Option(metavar="MILESTONE", help="Milestone of the release, such as 16.5. [default: the checkout's]"),
    ] = None,
    mr: Annotated[
        str | None, typer.Option("--mr", metavar="URL", help="Merge request that releases this: !12345, or its URL.")
    ] = None,
    only: Only = None,
    skip: Skip = None,
    dry_run: DryRun = False,
    diff: Diff = False,
    as_json: Json = False,
    allow_partial: AllowPartial = False,
    recover: Recover = False,
    yes: Yes = False,
    verbose: Verbose = False,
) -> None:
    """Release a type: enable its flag, remove the experiment option, document it.

    For a type that `new` generated it reads the receipt; for another, give the kind and what the name does not tell.
    """
    from geo_scaffold.answers import Answers
    from geo_scaffold.verbs.new import Selection
    from geo_scaffold.verbs.release import plan_release

    begin(into, only_reads=dry_run or diff, recover=recover, asks_nothing=yes)
    answers = Answers(
        model=model.strip().removeprefix("::"),
        kind=kind,
        name=name,
        spellings=parse_assignments(set_) if set_ else None,
    ).in_phases(["release"], milestone=milestone, merge_request=mr)
    selection = Selection(only=frozenset(only or ()), skip=frozenset(skip or ()))
    may_ask = is_at_terminal() and not (yes or as_json or dry_run or diff)

    def attempt() -> None:
        plan = plan_release(answers, into, now=now(), selection=selection)
        carry_out(
            plan,
            again=pointing_to("release", into, model, name=name),
            dry_run=dry_run,
            diff=diff,
            as_json=as_json,
            allow_partial=allow_partial,
            may_ask=may_ask,
            verbose=verbose,
        )

    with_retries(attempt)
