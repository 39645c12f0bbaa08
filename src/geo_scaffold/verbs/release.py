"""`release`: the release phase: enables the flag, removes the experiment option, updates the support tables."""

from collections.abc import Iterator
from pathlib import Path

from geo_scaffold.answers import Answers
from geo_scaffold.checkout.target import Layout, find_receipt, folder_of, target_for
from geo_scaffold.edition import Level, is_newer
from geo_scaffold.errors import UsageError
from geo_scaffold.phases import Phase
from geo_scaffold.records import replace
from geo_scaffold.verbs.checklist import Request, check
from geo_scaffold.verbs.checklist.items import OPEN
from geo_scaffold.verbs.new import Selection, plan_new
from geo_scaffold.verbs.own_class import own_class_for
from geo_scaffold.verbs.plan import Plan


def plan_release(answers: Answers, into: Path, *, now: str, selection: Selection) -> Plan:
    """Plan the release of a type, generated or hand-written, without writing anything.

    Args:
        answers: The user's answers in this run; milestone and merge request are those of the release.
        into: The folder given by the user.
        now: The timestamp for the receipt of a type without one.
        selection: Which part of the release phase is wanted.

    Raises:
        GeoScaffoldError: Whatever makes a plan impossible.
    """
    folder = folder_of(into)
    target = target_for(folder, "")
    if target.layout is Layout.STANDALONE and find_receipt(folder, answers.model, answers.name) is None:
        raise UsageError(
            f"there is no receipt of {answers.model!a} in {folder}",
            path=str(folder),
            remedy="Point to the folder where it was generated, or to a GitLab checkout, with --into",
        )
    if answers.kind is None and find_receipt(folder, answers.model, answers.name) is None:
        answers = replace(answers, model=own_class_for(answers.model, folder) or answers.model)
    plan = plan_new(answers, into, now=now, selection=replace(selection, phases=(Phase.RELEASE,)))
    plan.notes += [*_warnings(plan.answers.model, folder), *_too_early(plan.answers)]
    return plan


def _warnings(model: str, folder: Path) -> Iterator[str]:
    """Yield warnings about a type that breaks something as soon as its flag is enabled."""
    for report in check(Request(models=(model,), phase=Phase.IMPLEMENTATION), folder).types:
        found = (item for item in report.items if item.level is Level.BREAKING and item.state in OPEN)
        ids = dict.fromkeys(item.id for item in found if item.phase is not Phase.RELEASE)
        if ids:
            yield (
                f"warning: something breaking is open: {', '.join(ids)};"
                f" `geo-scaffold checklist {model}` says what to do before {report.name} is on for everyone"
            )


def _too_early(answers: Answers) -> Iterator[str]:
    """Yield warnings about a release milestone older than the type's, such as when it slipped and VERSION did not."""
    released, made = (answers.of_phase(phase).get("milestone", "") for phase in (Phase.RELEASE, Phase.IMPLEMENTATION))
    if released and made and is_newer(made, released):
        yield f"the release is set to {released}, before the implementation in {made}; --milestone changes it"
