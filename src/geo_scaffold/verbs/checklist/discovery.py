"""Makes types that were not generated auditable."""

from geo_scaffold.answers import Answers
from geo_scaffold.checkout import Checkout, surroundings_of
from geo_scaffold.checkout.types import (
    NO_TIME,
    Clue,
    copied_keys_of,
    is_released,
    key_versions_of,
    milestone_of_flag,
    spelled,
    timestamps_of,
)
from geo_scaffold.edition import edition_for
from geo_scaffold.kinds import KINDS
from geo_scaffold.phases import Phase
from geo_scaffold.records import replace
from geo_scaffold.verbs.checklist.subject import Subject


def subject_of(clue: Clue, checkout: Checkout, *, version: str) -> Subject:
    """Build the subject of a type that was not generated.

    Args:
        clue: What the files show about it.
        checkout: The reader of the checkout.
        version: The GitLab version of the checkout.

    Raises:
        InvalidNameError: No Geo class could be derived from its name.
    """
    found, sources = spelled(clue, checkout), checkout.sources
    edition = edition_for(version)
    answers = Answers(
        model=clue.model,
        kind=clue.kind if KINDS[clue.kind].is_generated else None,
        timestamp=NO_TIME,
        sharding_keys=copied_keys_of(found.names, checkout),
    ).in_phases(Phase, milestone=milestone_of_flag(edition, found.names, sources))
    subject = Subject(
        answers=answers,
        names=found.names,
        kind=clue.kind,
        edition=edition,
        is_generated=False,
        is_released=is_released(edition, found.names, sources),
        # Do not require the permission directive of newer types; `granular-token` accepts either form.
        surroundings=surroundings_of(found.names, checkout)._replace(granular_token=""),
        timestamps=timestamps_of(edition, found.names, sources),
        ee_only=found.ee_only,
        inflector=checkout.inflector,
        usual=dict(found.usual) if found.given else None,
    )
    versions = key_versions_of(edition, subject.context(), sources) if answers.sharding_keys else {}
    return replace(subject, key_versions=versions, _contexts={}) if versions else subject
