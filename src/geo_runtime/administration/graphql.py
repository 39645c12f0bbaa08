"""The GraphQL interface of registries (specification: points 115 to 119).

A type provides one class, derived from `RegistryType`; the schema is built from these classes.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Generic, Self, TypeVar, Union

import strawberry
from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from strawberry.extensions import MaxAliasesLimiter, MaxTokensLimiter
from strawberry.tools import create_type
from strawberry.types import Info

from geo_runtime.administration import actions
from geo_runtime.administration.finder import RegistryFinder
from geo_runtime.administration.users import User, can_read_all_geo
from geo_runtime.databases.main import GeoNode
from geo_runtime.errors import AccessError
from geo_runtime.replication.registry import Registry, RegistryState
from geo_runtime.replication.verification import VerificationState

if TYPE_CHECKING:
    from geo_runtime.replication.catalogue import ReplicatingSite

COUNT_LIMIT = 1000
PAGE_SIZE = 100
_LIMITS: Final = (
    lambda: MaxTokensLimiter(max_token_count=5000),
    lambda: MaxAliasesLimiter(max_alias_count=100),
)
"""Limits for any query: it is parsed before the user is known, and each alias counts again."""
ID_DIGITS = 18
"""Every number with this many digits fits the column of an id."""


@dataclass(frozen=True)
class Context:
    """The context of a request.

    Attributes:
        site: The site that answers.
        user: The user who asks, or None if nobody is signed in.
    """

    site: "ReplicatingSite"
    user: User | None


class ReplicationStateEnum(Enum):
    """The state of a registry."""

    PENDING = "pending"
    STARTED = "started"
    SYNCED = "synced"
    FAILED = "failed"


class VerificationStateEnum(Enum):
    """The verification state of a registry."""

    PENDING = "pending"
    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DISABLED = "disabled"


class GeoRegistrySort(Enum):
    """The order of registries."""

    ID_ASC = "id_asc"
    ID_DESC = "id_desc"
    VERIFIED_AT_ASC = "verified_at_asc"
    VERIFIED_AT_DESC = "verified_at_desc"
    LAST_SYNCED_AT_ASC = "last_synced_at_asc"
    LAST_SYNCED_AT_DESC = "last_synced_at_desc"


class GeoRegistryAction(Enum):
    """What can be done with one registry."""

    RESYNC = actions.RESYNC
    REVERIFY = actions.REVERIFY


class GeoRegistriesBulkAction(Enum):
    """What can be done with many registries."""

    RESYNC_ALL = actions.RESYNC
    REVERIFY_ALL = actions.REVERIFY


for _enum in (
    ReplicationStateEnum,
    VerificationStateEnum,
    GeoRegistrySort,
    GeoRegistryAction,
    GeoRegistriesBulkAction,
):
    strawberry.enum(_enum)


@strawberry.type(name="Registry")
class RegistryType:
    """The fields of every registry; a type's class adds the id of its record.

    Attributes:
        finder_class: The type's finder, which also names its replicator.
    """

    finder_class: ClassVar[type[RegistryFinder]]

    id: strawberry.ID
    state: ReplicationStateEnum | None
    retry_count: int | None
    last_sync_failure: str | None
    retry_at: datetime | None
    last_synced_at: datetime | None
    created_at: datetime | None
    missing_on_primary: bool | None
    checksum_mismatch: bool | None
    verification_state: VerificationStateEnum | None
    verification_checksum: str | None
    verification_checksum_mismatched: str | None
    verification_failure: str | None
    verification_retry_count: int | None
    verification_retry_at: datetime | None
    verification_started_at: datetime | None
    verified_at: datetime | None
    model_record_id: int | None
    data_management_details_path: str | None
    force_to_redownload: bool | None = strawberry.field(default=None, deprecation_reason="Removed from registry tables")

    @classmethod
    def of(cls, site: "ReplicatingSite", registry: Registry) -> Self:
        """Return the GraphQL object for a registry."""
        names = cls.finder_class.replicator_class.names()
        shown: dict[str, Any] = {
            name: getattr(registry, name, None)
            for name in cls.__annotations__ | RegistryType.__annotations__
            if name not in ("finder_class", "force_to_redownload", "data_management_details_path")
        }
        shown |= {
            "id": global_id(registry),
            "state": ReplicationStateEnum[RegistryState(registry.state).name],
            "verification_state": VerificationStateEnum[VerificationState(registry.verification_state).name],
            "model_record_id": registry.model_record_id,
            "data_management_details_path": (
                f"/admin/data_management/{names.replicable_name}/{registry.model_record_id}"
                if site.flags.enabled("geo_primary_verification_view") and registry.model_record_id
                else None
            ),
        }
        return cls(**shown)


T = TypeVar("T", bound=RegistryType)


@strawberry.type
class PageInfo:
    """The position of a page."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class Edge(Generic[T]):
    """A registry and its cursor."""

    cursor: str
    node: T


@strawberry.type
class Connection(Generic[T]):
    """A page of registries."""

    edges: list[Edge[T]]
    nodes: list[T]
    page_info: PageInfo
    statement: strawberry.Private[Select[Any]]

    @strawberry.field
    def count(self, info: Info[Context, None], limit: int = COUNT_LIMIT) -> int:
        """Count the registries, up to one more than the limit."""
        if limit > COUNT_LIMIT:
            raise ValueError(f"limit must be less than or equal to {COUNT_LIMIT}")
        if limit < 1:
            raise ValueError("limit must be greater than or equal to 1")
        site = info.context.site
        if site.tracking is None:
            return 0
        with site.tracking.reading() as session:
            limited = self.statement.order_by(None).limit(limit + 1).subquery()
            return session.scalar(select(func.count()).select_from(limited)) or 0


def global_id(registry: Registry) -> strawberry.ID:
    """Return the global id of a registry, which contains its class."""
    return strawberry.ID(f"gid://gitlab/Geo::{type(registry).__name__}/{registry.id}")


def parse_global_id(text: str, registry_class: str) -> int:
    """Return the id in a global id of this class.

    Args:
        text: A global id, such as `gid://gitlab/Geo::CoolWidgetRegistry/1`.
        registry_class: The name of the class, without `Geo::`.

    Raises:
        ValueError: It is of another class, or not a global id.
    """
    start = f"gid://gitlab/Geo::{registry_class}/"
    number = text.removeprefix(start)
    if number == text or not (number.isascii() and number.isdigit() and len(number) <= ID_DIGITS):
        raise ValueError(f'"{text}" does not represent an instance of Geo::{registry_class}')
    return int(number)


def connection_of(
    site: "ReplicatingSite",
    kind: type[T],
    statement: Select[Any],
    *,
    sort: str | None,
    first: int | None,
    after: str | None,
) -> Connection[T]:
    """Read a page.

    Args:
        site: The secondary.
        kind: The GraphQL type of the registries.
        statement: The statement that selects and orders them.
        sort: Their order.
        first: The maximum number.
        after: The cursor of the one before the page.

    Raises:
        ValueError: The cursor is invalid.
    """
    registry = kind.finder_class.replicator_class.registry_class
    size = min(max(first if first is not None else PAGE_SIZE, 0), PAGE_SIZE)
    page = statement if after is None else statement.where(_after(registry, sort, after))
    found: Sequence[Registry] = ()
    if site.tracking is not None:
        with site.tracking.reading() as session:
            found = session.scalars(page.limit(size + 1)).all()
    edges = [Edge(cursor=_cursor(each, sort), node=kind.of(site, each)) for each in found[:size]]
    return Connection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(
            has_next_page=len(found) > size,
            has_previous_page=after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
        statement=statement,
    )


def _sort_column(sort: str | None) -> str | None:
    """Return the column of an order, unless it is by id."""
    name = (sort or "id_asc").rsplit("_", 1)[0]
    return None if name == "id" else name


def _cursor(registry: Registry, sort: str | None) -> str:
    place: dict[str, Any] = {"id": registry.id}
    column = _sort_column(sort)
    if column:
        value: datetime | None = getattr(registry, column)
        place["value"] = value.isoformat() if value else None
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _after(registry: type[Registry], sort: str | None, cursor: str) -> ColumnElement[bool]:
    """Select what comes after a cursor; null times come last in ascending order, first in descending order.

    Raises:
        ValueError: The cursor is invalid.
    """
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor))
        last_id = int(place["id"])
        text = place.get("value")
        value = datetime.fromisoformat(text) if text else None
        if len(str(last_id)) > ID_DIGITS:
            raise ValueError("no id")
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"Please provide a valid cursor: {cursor}") from error
    is_down = bool(sort and sort.endswith("_desc"))
    by_id = registry.id < last_id if is_down else registry.id > last_id
    name = _sort_column(sort)
    if name is None:
        return by_id
    column = getattr(registry, name)
    if value is None:
        without = and_(column.is_(None), by_id)
        return or_(without, column.is_not(None)) if is_down else without
    further = or_(column < value if is_down else column > value, and_(column == value, by_id))
    return further if is_down else or_(further, column.is_(None))


def create_schema(kinds: Sequence[type[RegistryType]]) -> strawberry.Schema:
    """Build the schema of some types.

    Args:
        kinds: The GraphQL type of each type's registries.
    """
    connections = {
        registry_type.finder_class.replicator_class.names().plural: _connection_field(registry_type)
        for registry_type in kinds
    }
    geo_node = _strawberry_type("GeoNode", {"name": str | None}, connections)

    def resolve_geo_node(info: Info[Context, None], name: str | None = None) -> Any:
        site = info.context.site
        if not can_read_all_geo(info.context.user):
            return None
        with site.main.reading() as session:
            wanted = name if name is not None else site.settings.node_name
            node = session.scalar(select(GeoNode).where(func.lower(GeoNode.name) == wanted.lower()))
        return geo_node(name=node.name) if node else None

    resolve_geo_node.__annotations__["return"] = geo_node | None
    query = create_type("Query", [strawberry.field(resolver=resolve_geo_node, name="geoNode")])
    return strawberry.Schema(query=query, mutation=_mutation(kinds), extensions=list(_LIMITS))


def _connection_field(kind: type[RegistryType]) -> Any:
    names = kind.finder_class.replicator_class.names()

    def resolve(  # noqa: PLR0917 - strawberry reads the arguments of the field from here
        root: strawberry.Parent[Any],
        info: Info[Context, None],
        ids: list[strawberry.ID] | None = None,
        replication_state: ReplicationStateEnum | None = None,
        verification_state: VerificationStateEnum | None = strawberry.UNSET,
        keyword: Annotated[str | None, strawberry.argument(deprecation_reason="Use ids")] = None,
        sort: GeoRegistrySort | None = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Any:
        site = info.context.site
        params: dict[str, Any] = {
            "ids": [parse_global_id(id_, names.registry_class) for id_ in ids or ()],
            "replication_state": replication_state.value if replication_state else None,
            "keyword": keyword,
            "sort": sort.value if sort else None,
        }
        if verification_state is not strawberry.UNSET:
            params["verification_state"] = verification_state.value if verification_state else None
        is_here = root.name == site.settings.node_name and site.is_secondary()
        if is_here and kind.finder_class.replicator_class.replication_enabled(site):
            statement = kind.finder_class(site, info.context.user, params).execute()
        else:
            statement = select(kind.finder_class.replicator_class.registry_class).where(false())
        return connection_of(site, kind, statement, sort=params["sort"], first=first, after=after)

    resolve.__annotations__["return"] = Connection.__class_getitem__(kind)  # type: ignore[attr-defined]
    return strawberry.field(resolver=resolve, name=names.graphql_field)


def _mutation(kinds: Sequence[type[RegistryType]]) -> Any:
    registrable: Any = (
        Annotated[Union[tuple(kinds)], strawberry.union("Registrable")] if len(kinds) > 1 else kinds[0]  # noqa: UP007
    )
    members = {registry_type.finder_class.replicator_class.names().enum_key: registry_type for registry_type in kinds}
    registry_class = strawberry.enum(
        Enum("GeoRegistryClass", {key: key for key in members}), description="Registry class"
    )  # type: ignore[call-overload]
    payload = _strawberry_type(
        "GeoRegistriesUpdatePayload", {"registry": registrable | None, "errors": list[str], "message": str | None}
    )
    bulk_payload = _strawberry_type(
        "GeoRegistriesBulkUpdatePayload", {"registry_class": registry_class | None, "errors": list[str]}
    )
    update_input = _strawberry_input(
        "GeoRegistriesUpdateInput", {"registry_id": strawberry.ID, "action": GeoRegistryAction}, {}
    )
    bulk_input = _strawberry_input(
        "GeoRegistriesBulkUpdateInput",
        {"registry_class": registry_class, "action": GeoRegistriesBulkAction},
        {
            "ids": list[strawberry.ID] | None,
            "replication_state": ReplicationStateEnum | None,
            "verification_state": VerificationStateEnum | None,
        },
    )

    def update(info: Info[Context, None], input: Any) -> Any:  # noqa: A002 - the argument's name
        site, user = info.context.site, info.context.user
        actions.require_access(user)
        kind, registry = _find_registry(site, members, input.registry_id)
        message, errors = actions.update_registry(site, user, registry, input.action.value)
        with site.replicator_of_registry(registry).persisted_registry() as found:
            shown = kind.of(site, found) if found is not None else None
        return payload(registry=shown, errors=errors, message=message)

    def bulk_update(info: Info[Context, None], input: Any) -> Any:  # noqa: A002
        names = members[input.registry_class.value].finder_class.replicator_class.names()
        params = {
            "ids": [parse_global_id(id_, names.registry_class) for id_ in input.ids or ()],
            "replication_state": input.replication_state.value if input.replication_state else None,
            "verification_state": input.verification_state.value if input.verification_state else None,
        }
        site, user = info.context.site, info.context.user
        actions.bulk_update(site, user, names.registry_class, input.action.value, params)
        return bulk_payload(registry_class=input.registry_class, errors=[])

    update.__annotations__ |= {"input": update_input, "return": payload | None}
    bulk_update.__annotations__ |= {"input": bulk_input, "return": bulk_payload | None}
    return create_type(
        "Mutation",
        [
            strawberry.mutation(resolver=update, name="geoRegistriesUpdate"),
            strawberry.mutation(resolver=bulk_update, name="geoRegistriesBulkUpdate"),
        ],
    )


def _find_registry(
    site: "ReplicatingSite", members: Mapping[str, type[RegistryType]], text: str
) -> tuple[type[RegistryType], Registry]:
    for registry_type in members.values():
        registry_class = registry_type.finder_class.replicator_class.registry_class
        try:
            number = parse_global_id(text, registry_type.finder_class.replicator_class.names().registry_class)
        except ValueError:
            continue
        with site.tracking_database().reading() as session:
            found = session.scalar(select(registry_class).where(registry_class.id == number))
        if found is not None:
            return registry_type, found
    raise AccessError(f"there is no registry {text}")


def _strawberry_type(name: str, fields: Mapping[str, Any], resolved: Mapping[str, Any] | None = None) -> Any:
    return strawberry.type(type(name, (), {"__annotations__": dict(fields), **(resolved or {})}))


def _strawberry_input(name: str, required: Mapping[str, Any], optional: Mapping[str, Any]) -> Any:
    body = {"__annotations__": {**required, **optional}, **dict.fromkeys(optional)}
    return strawberry.input(type(name, (), body))
