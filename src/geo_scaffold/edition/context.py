"""What a template may use."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple

from geo_scaffold.answers import NOBODY, PHASED, PLACEHOLDERS, Answers
from geo_scaffold.edition.sharding import OWNER_KEYS, OwnerKey, ParentTable, lists_of, moved_by, sharding_keys_of
from geo_scaffold.kinds import KINDS, Kind
from geo_scaffold.names import Names
from geo_scaffold.phases import Phase

_UNANSWERED: Final[Mapping[str, str]] = {key: PLACEHOLDERS.get(key, "") for key in PHASED}
"""The text for a missing answer of a phase: a placeholder, or nothing."""

DEFAULT_GROUP: Final = "group::geo"
"""The owner of the feature flag, as in the command of the issue template (line 398)."""


OWNER_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "project": ("project",),
    "group": ("group", "namespace"),
    "organization": ("organization",),
    "user": ("user",),
}
"""The name of each owner in factories."""

SEVERAL: Final = "several"
"""The value of `owner` if there are several, so that no template takes the branch of one of them for all."""


class Owner(NamedTuple):
    """An owner of records, as templates use it.

    Args:
        name: Its name, such as `project`.
        column: The column of the model's table that references it.
        table: The table of the owners.
        argument: The argument of the model's factory by which a spec passes it.
        method: What is passed: the owner itself (empty) or its key (`.id`).
    """

    name: str
    column: str
    table: str
    argument: str
    method: str


class Surroundings(NamedTuple):
    """What a checkout already has around the model.

    Args:
        factory_exists: Whether the model has a factory outside `ee/`, which ours then modifies.
        factory_traits: The traits of that factory.
        factory_takes: What the factory sets or accepts, and the attributes for which the class has a writer, or None if
            there is none yet.
        parent_factory: For a partition of `uploads`: the factory of the class whose files it holds; empty if unknown.
        parent_table: The table of that class.
        mounted: The attribute that the model mounts an uploader as, such as `file`, or None if it mounts none.
        shared_uploader: The uploader of that file, if other classes that are not replicated mount it too, or None.
        is_guarded: Whether the guard spec already takes that uploader's files for another type's.
        store_column: The column that records where that file is stored, or None if the table has none or is unknown.
        has_table: Whether the model's table is known, so that a column missing from it does not exist.
        gitlab_schema: The schema of the model's table, such as `gitlab_main_org`, or None if unknown.
        owner_keys: The columns of the model's table that are sharding keys.
        base_class: The abstract class that connects the model to its database.
        table_prefix: The table prefix for that class's children.
        is_main_database: Whether the model's table is in the main database, as projects and groups are.
        updated_column: The column to use if the model's table has no `updated_at` and this GitLab's registries can be
            configured so; empty if nothing has to be configured.
        knows_registerable: Whether a replicator of this GitLab has to declare that it has no GraphQL type.
        granular_token: The permission declaration of the newest GraphQL registry types; empty if they have none.
        wishes_key: Whether the states table's dictionary exists and has a `desired_sharding_key`.
        parent: The key of the model's table for foreign keys, and the sharding keys that are copied from it.
    """

    factory_exists: bool = False
    factory_traits: frozenset[str] = frozenset()
    factory_takes: AbstractSet[str] | None = None
    parent_factory: str = ""
    parent_table: str = ""
    mounted: str | None = None
    shared_uploader: str | None = None
    is_guarded: bool = False
    store_column: str | None = None
    has_table: bool = False
    gitlab_schema: str | None = None
    owner_keys: tuple[OwnerKey, ...] = ()
    base_class: str = "ApplicationRecord"
    table_prefix: str = ""
    is_main_database: bool = True
    updated_column: str = ""
    knows_registerable: bool = False
    granular_token: str = ""
    wishes_key: bool = False
    parent: ParentTable = ParentTable()


NOTHING: Final = Surroundings()


def context_for(
    answers: Answers,
    names: Names,
    *,
    surroundings: Surroundings = NOTHING,
    kind: Kind | None = None,
    graphql_later: bool = False,
    factory_later: bool = False,
    former_name: str = "",
) -> Mapping[str, Any]:
    """Return the values that every template of an edition may use, with the phase answers of `implementation`.

    Args:
        answers: The answers, with a timestamp; others may be missing.
        names: The spellings.
        surroundings: What the checkout has around the model.
        kind: The kind; None means the one in the answers.
        graphql_later: Whether the GraphQL part comes later.
        factory_later: Whether the states' factory comes later; without it one of GitLab's cops refuses their migration.
        former_name: The type's replicable name in the tree, if it is being renamed; empty if not.
    """
    owners = tuple(_owner(owner, surroundings) for owner in answers.owners if owner != NOBODY)
    only = owners[0] if len(owners) == 1 else None
    owner_keys = tuple(OwnerKey(owner.column, owner.table) for owner in owners)
    mounted = surroundings.mounted or "file"
    wished = surroundings.owner_keys or owner_keys
    parent, columns = surroundings.parent, answers.sharding_keys or ()
    wishes = answers.sharding_keys is None and (answers.sharding_key_issue is not None or surroundings.wishes_key)
    state_keys = sharding_keys_of(columns, parent, state_table=names["state_table"], timestamp=str(answers.timestamp))
    context = {
        **names,
        **(kind or KINDS[str(answers.kind)]).values(),
        "owner": SEVERAL if len(owners) > 1 else answers.owner,
        "owners": owners,
        "owner_key": owner_keys[0] if only else None,
        "owner_argument": only.argument if only else "",
        "owner_method": only.method if only else "",
        "sharding_keys": wished,
        **lists_of(state_keys),
        "key_count": parent.key_count,
        "wished_keys": wished if wishes else (),
        "sharding_key_issue": answers.sharding_key_issue or "",
        "supports_transfer": parent.supports_transfer and any(key.table == "organizations" for key in state_keys),
        "primary_key": parent.primary_key,
        "timestamp": answers.timestamp,
        "timestamp_before": second_before(str(answers.timestamp)),
        "parent_factory": surroundings.parent_factory or names["name"].removesuffix("_upload"),
        "parent_table": surroundings.parent_table,
        "group": answers.group or DEFAULT_GROUP,
        "of_phases": {phase: {**_UNANSWERED, **answers.of_phase(phase)} for phase in Phase},
        "factory_exists": surroundings.factory_exists,
        "factory_traits": surroundings.factory_traits,
        "has_uploader": surroundings.mounted is not None,
        "mounted": mounted,
        "store_column": _store_column(mounted, surroundings),
        "shared_uploader": surroundings.shared_uploader or "",
        "guarded_name": _guarded_name(names, surroundings),
        "gitlab_schema": surroundings.gitlab_schema,
        "states_schema": _family(surroundings.gitlab_schema),
        "base_class": surroundings.base_class,
        "table_prefix": surroundings.table_prefix,
        "is_main_database": surroundings.is_main_database,
        "updated_column": surroundings.updated_column,
        "is_registerable": not (graphql_later and surroundings.knows_registerable),
        "granular_token": surroundings.granular_token,
        "factory_later": factory_later,
        "former_name": former_name,
    }
    return in_phase(context, "implementation")


def in_phase(context: Mapping[str, Any], phase: str) -> Mapping[str, Any]:
    """Return what the templates of one phase may use, with the answers of that phase.

    The release changes what the implementation wrote: it gets the implementation's answers, and its own with the prefix
    `release_`.

    Args:
        context: What `context_for` returned.
        phase: The phase of the artifact.
    """
    given = context["of_phases"]
    own = given["implementation" if phase == "release" else phase]
    return {**context, **own, **{f"release_{key}": value for key, value in given["release"].items()}}


def second_before(timestamp: str) -> str:
    """Return the timestamp of the migration that has to sort right before another one; anything else is unchanged."""
    return moved_by(timestamp, -1) or timestamp


def owners_of(keys: Iterable[OwnerKey]) -> tuple[str, ...]:
    """Return the owners that sharding keys name, if each references one and no two the same; else nothing.

    GitLab sets exactly one of several sharding keys, so a record has one of these owners. If keys reference another
    table, or the same one twice, a person has to choose.

    Args:
        keys: The sharding keys.
    """
    named = {usual.table: name for name, usual in OWNER_KEYS.items()}
    owners = [named.get(key.table, "") for key in keys]
    return tuple(owners) if all(owners) and len(set(owners)) == len(owners) else ()


def _owner(name: str, surroundings: Surroundings) -> Owner:
    """Return one owner: its column, and how a spec passes it to the factory."""
    usual = OWNER_KEYS[name]
    key = next((key for key in surroundings.owner_keys if key.table == usual.table), usual)
    return Owner(name, *key, *_given_owner(name, key, surroundings.factory_takes))


def _given_owner(owner: str, key: OwnerKey, takes: AbstractSet[str] | None) -> tuple[str, str]:
    """Return the factory argument for an owner, and what to pass: the owner itself, else its key to the column.

    Args:
        owner: What a record belongs to.
        key: The column of the model that references it.
        takes: What the factory and the class accept, or None if the factory is still to be created.
    """
    association = key.column.removesuffix("_id")
    if takes is None:  # a user's association tells its role, such as `uploaded_by_user`
        return association if key.table == "users" else owner, ""
    taken = next((each for each in (*OWNER_NAMES[owner], association) if each in takes), None)
    return (taken, "") if taken else (key.column, ".id")


def _guarded_name(names: Names, surroundings: Surroundings) -> str:
    """Return the type that the guard spec has to take the uploader's files for.

    `data_type_for` of ee/spec/uploaders/every_gitlab_uploader_spec.rb derives a name from the uploader's, unless
    `unmatched_data_types` has another one. It is not called for an uploader that stays in the list of those without a
    type.
    """
    is_listed = surroundings.shared_uploader == names["uploader_class"]
    return names["uploader_data_type"] if is_listed or surroundings.is_guarded else names["name"]


def _store_column(mounted: str, surroundings: Surroundings) -> str:
    """Return the column that records where a file is stored, by convention if the table is unknown; empty if none."""
    if surroundings.has_table:
        return surroundings.store_column or ""
    return f"{mounted}_store"


def _family(schema: str | None) -> str:
    """Return the schema that names a database in data migrations: GitLab restricts them to one of its oldest."""
    return next((each for each in ("gitlab_ci", "gitlab_sec") if (schema or "").startswith(each)), "gitlab_main")
