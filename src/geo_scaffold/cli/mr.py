"""`geo-scaffold mr MODEL`: the merge request of a phase: what it says, and its commit."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from geo_scaffold.cli.options import Into, Json, Model
from geo_scaffold.cli.report import SCHEMA, print_json, refuse_unfinished, send, tell

if TYPE_CHECKING:
    from geo_scaffold.verbs.mr import Work

PhaseName = Literal["schema", "implementation", "release"]

EXAMPLES = """\b
Examples:
  geo-scaffold mr CoolWidget --phase schema
  geo-scaffold mr CoolWidget --phase implementation --output description.md
  geo-scaffold checklist CoolWidget --ticks description.md --strict
"""


def mr(
    model: Model,
    phase: Annotated[PhaseName, typer.Option(help="The phase whose merge request it is.", show_default=False)],
    into: Into = Path(),
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write there instead of to the terminal.")] = None,
    as_json: Json = False,
) -> None:
    """Describe the merge request of a phase: what and why, database, how to validate, checklist.

    It has the shape of the checkout's own template of merge requests. Its ticked boxes are what
    `checklist --ticks` takes.
    """
    from geo_scaffold.phases import Phase
    from geo_scaffold.verbs.mr import describe, message_for, work_on

    refuse_unfinished(into)
    work = work_on(model.strip().removeprefix("::"), Phase(phase), into)
    for note in work.notes:
        tell(note)
    message = message_for(work)
    shaped = describe(work, message, checklist=_checklist(work, into))
    for action in shaped.left_out:
        tell(f"The checkout's template asks GitLab for {action!a}, which is left out.")
    if not as_json:
        send(shaped.text, output)
        return
    print_json(
        {
            "schema": SCHEMA,
            "model": work.model,
            "phase": work.phase,
            "branch": None,
            "commits": [
                {
                    "subject": message.subject,
                    "body": message.body,
                    "trailers": list(message.trailers),
                    "files": sorted({file.path for file in work.context["files"]}),
                }
            ],
            "description": shaped.text,
            "rollout": None,
        }
    )


def _checklist(work: "Work", into: Path) -> str:
    """Return the task list of the phase, as `checklist` finds it."""
    from geo_scaffold.cli.formats.markdown import task_list
    from geo_scaffold.verbs.checklist import Request, check

    report = check(Request(models=(work.chosen.subject.names["name"],), phase=work.phase), into)
    (found,) = report.types
    return task_list([item for item in found.items if item.phase is work.phase], found.name)
