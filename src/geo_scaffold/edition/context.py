"""What a template may use."""

from collections.abc import Mapping
from typing import Any, Final

from geo_scaffold.answers import PLACEHOLDERS, Answers
from geo_scaffold.names import Names

DATA_TYPES: Final = {"repository": "Git", "blob": "Blob"}
"""What the documentation calls a kind."""

DEFAULT_GROUP: Final = "group::geo"
"""The owner of the feature flag, as in the command of the issue template (line 398)."""


def context_for(
    answers: Answers, names: Names, *, factory_exists: bool, has_uploader: bool = False
) -> Mapping[str, Any]:
    """Return the values that every template of an edition may use.

    Args:
        answers: With a kind and a timestamp; the other answers may be open.
        names: The spellings.
        factory_exists: Whether the model has a factory outside `ee/`, which ours then modifies.
        has_uploader: Whether the model mounts an uploader already.
    """
    return {
        **names,
        "kind": answers.kind,
        "data_type": DATA_TYPES[str(answers.kind)],
        "owner": answers.owner,
        "timestamp": answers.timestamp,
        "group": answers.group or DEFAULT_GROUP,
        "merge_request": answers.merge_request or PLACEHOLDERS["merge_request"],
        "milestone": answers.milestone or PLACEHOLDERS["milestone"],
        "release_merge_request": answers.release_merge_request or PLACEHOLDERS["merge_request"],
        "release_milestone": answers.release_milestone or PLACEHOLDERS["milestone"],
        "factory_exists": factory_exists,
        "has_uploader": has_uploader,
    }
