"""What a template may use."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from geo_scaffold.answers import PLACEHOLDERS, Answers
from geo_scaffold.kinds import KINDS, Kind
from geo_scaffold.names import Names

DEFAULT_GROUP: Final = "group::geo"
"""The owner of the feature flag, as in the command of the issue template (line 398)."""


class OwnerKey(NamedTuple):
    """The column that says what a record belongs to, and the table of the owners."""

    column: str
    table: str


OWNER_KEYS: Final[Mapping[str, OwnerKey]] = {
    "project": OwnerKey("project_id", "projects"),
    "group": OwnerKey("group_id", "namespaces"),
    "organization": OwnerKey("organization_id", "organizations"),
}
"""The usual column of each owner."""


class Surroundings(NamedTuple):
    """What a checkout has around the model already.

    Args:
        factory_exists: Whether the model has a factory outside `ee/`, which ours then modifies.
        factory_traits: The traits of that factory.
        mounted: The attribute that the model mounts an uploader as, such as `file`; None: it mounts none.
        gitlab_schema: The schema of the model's table, such as `gitlab_main_org`; None: not known.
        owner_keys: The columns of the model's table that are sharding keys.
    """

    factory_exists: bool = False
    factory_traits: frozenset[str] = frozenset()
    mounted: str | None = None
    gitlab_schema: str | None = None
    owner_keys: tuple[OwnerKey, ...] = ()


NOTHING: Final = Surroundings()


def context_for(
    answers: Answers, names: Names, *, surroundings: Surroundings = NOTHING, kind: Kind | None = None
) -> Mapping[str, Any]:
    """Return the values that every template of an edition may use.

    Args:
        answers: With a timestamp; the other answers may be open.
        names: The spellings.
        surroundings: What the checkout has around the model.
        kind: The kind; None: the one that was answered.
    """
    usual = OWNER_KEYS.get(answers.owner or "")
    return {
        **names,
        **(kind or KINDS[str(answers.kind)]).values(),
        "owner": answers.owner,
        "owner_key": next((key for key in surroundings.owner_keys if usual and key.table == usual.table), usual),
        "timestamp": answers.timestamp,
        "group": answers.group or DEFAULT_GROUP,
        "merge_request": answers.merge_request or PLACEHOLDERS["merge_request"],
        "milestone": answers.milestone or PLACEHOLDERS["milestone"],
        "release_merge_request": answers.release_merge_request or PLACEHOLDERS["merge_request"],
        "release_milestone": answers.release_milestone or PLACEHOLDERS["milestone"],
        "factory_exists": surroundings.factory_exists,
        "factory_traits": surroundings.factory_traits,
        "has_uploader": surroundings.mounted is not None,
        "mounted": surroundings.mounted or "file",
        "gitlab_schema": surroundings.gitlab_schema,
        "is_ci": (surroundings.gitlab_schema or "").startswith("gitlab_ci"),
    }
