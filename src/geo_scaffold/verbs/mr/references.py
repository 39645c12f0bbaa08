"""What a merge request refers to: its issues and earlier merge requests, from answers first, then from files."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from geo_scaffold.answers import PLACEHOLDERS, URL_KEYS, Answers
from geo_scaffold.checkout.other_places import other_file_for
from geo_scaffold.edition import Artifact
from geo_scaffold.edition.context import in_phase
from geo_scaffold.errors import UsageError
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.checklist.selection import Chosen

# A URL in db/docs/*.yml and in ee/config/feature_flags/**/*.yml: `introduced_by_url: https://...`.
_LINE: Final = re.compile(r"^([a-z_]+): *(https://[^\s'\"]{1,300})$", re.MULTILINE)
_ISSUES: Final[Mapping[str, str]] = {"feature_issue": "Issue", "rollout_issue": "Rollout issue of the feature flag"}
_BROUGHT: Final[Mapping[Phase, str]] = {Phase.SCHEMA: "tables", Phase.IMPLEMENTATION: "implementation"}
"""What the merge request of each earlier phase added."""


class Reference(NamedTuple):
    """What a merge request refers to.

    Args:
        what: Its description, for people.
        url: Its URL.
        relation: The relation of the merge request to it, in GitLab's words for commits.
    """

    what: str
    url: str
    relation: str


class References(NamedTuple):
    """Everything that a merge request refers to.

    Args:
        given: The known references.
        lacking: Notes about the unknown ones.
    """

    given: tuple[Reference, ...]
    lacking: tuple[str, ...]


def references_of(chosen: Chosen, artifacts: Sequence[Artifact], phase: Phase) -> References:
    """Return what the merge request of a phase refers to.

    Args:
        chosen: The type.
        artifacts: The artifacts that the tree needs, of all phases.
        phase: The phase.
    """
    known = {each: {**_written(chosen, artifacts, each), **chosen.subject.answers.of_phase(each)} for each in Phase}
    given = tuple(_given(known, phase))
    command = f"geo-scaffold new {chosen.subject.answers.model}"
    notes = []
    if chosen.subject.is_generated:
        if _ISSUES["feature_issue"] not in {reference.what for reference in given}:
            notes.append(
                f"The description names no issue, because none was given: add one with `{command} --feature-issue URL`."
            )
        notes += [
            f"The description does not name the merge request of the phase {earlier}, as none was given: add it with"
            f" `{command} --phase {earlier} --mr URL`."
            for earlier in _earlier_phases(phase)
            if "merge_request" not in known[earlier]
        ]
    return References(given, tuple(notes))


def _given(known: Mapping[Phase, Mapping[str, str]], phase: Phase) -> Iterator[Reference]:
    for key, what in _ISSUES.items():
        urls = [own[key] for each in (phase, *Phase) if key in (own := known[each])]
        if urls:
            yield Reference(what, urls[0], "Related to")
    brought: dict[str, list[str]] = {}
    for earlier in _earlier_phases(phase):
        url = known[earlier].get("merge_request")
        if url and url != known[phase].get("merge_request"):
            brought.setdefault(url, []).append(_BROUGHT[earlier])
    for url, those in brought.items():
        yield Reference(f"{' and '.join(those).capitalize()}, in an earlier merge request", url, "Follows")


def _earlier_phases(phase: Phase) -> tuple[Phase, ...]:
    in_order = tuple(Phase)
    return in_order[: in_order.index(phase)]


def _written(chosen: Chosen, artifacts: Sequence[Artifact], phase: Phase) -> Mapping[str, str]:
    """Return the answers in the flags and the dictionary: of hand-written types, and those that people filled in."""
    urls: dict[str, str] = {}
    for artifact in artifacts:
        context = in_phase(chosen.subject.context(artifact.step), phase)
        for target in artifact.targets_for(context) if artifact.phase is phase else ():
            path = other_file_for(artifact, target, context, chosen.sources) if target.whole else None
            if path is None or not path.endswith(".yml"):
                continue
            for key, url in _LINE.findall(chosen.sources.text(path) or ""):
                if key in URL_KEYS and url not in PLACEHOLDERS.values():
                    with suppress(UsageError):  # it is not a valid answer
                        answers = Answers(model=chosen.subject.answers.model).in_phases([phase], **{URL_KEYS[key]: url})
                        urls = {**answers.of_phase(phase), **urls}
    return urls
