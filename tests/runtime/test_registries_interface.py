"""Finder, GraphQL and actions (points 113 to 119)."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from geo_runtime.administration import actions
from geo_runtime.administration.actions import RESYNC, REVERIFY, BulkStatus, cursor_key, run_bulk
from geo_runtime.administration.graphql import Context, parse_global_id
from geo_runtime.administration.users import User
from geo_runtime.errors import AccessError, UnknownReplicatorError
from geo_runtime.replication.registry import RegistryState
from geo_runtime.replication.verification import VerificationState

from .widgets import (
    SCHEMA,
    WidgetFileRegistryFinder,
    WidgetRegistry,
    WidgetRegistryFinder,
    WidgetReplicator,
)
from .world import World

ADMIN = User("admin", is_admin=True)
OTHERS = [None, User("user"), User("admin", is_admin=True, is_in_admin_mode=False)]
PENDING, STARTED, SYNCED, FAILED = RegistryState
V = VerificationState


def found_ids(world: World, user: User | None = ADMIN, **params: Any) -> list[int]:
    statement = WidgetRegistryFinder(world.secondary, user, params).execute()
    with world.secondary.tracking_database().reading() as session:
        return [registry.id for registry in session.scalars(statement)]


def ask(world: World, query: str, user: User | None = ADMIN, **variables: Any) -> Any:
    result = SCHEMA.execute_sync(query, variable_values=variables, context_value=Context(world.secondary, user))
    if result.errors:
        return [error.message for error in result.errors]
    return result.data


def fields(world: World, arguments: str, selection: str = "nodes { id }", user: User | None = ADMIN) -> Any:
    data = ask(world, f"{{ geoNode {{ widgetRegistries{arguments} {{ {selection} }} }} }}", user)
    if isinstance(data, list):
        return data
    return data["geoNode"] and data["geoNode"]["widgetRegistries"]


def ids(world: World, arguments: str = "", user: User | None = ADMIN) -> Any:
    shown = fields(world, arguments, user=user)
    return shown if isinstance(shown, list) else [int(node["id"].rsplit("/", 1)[1]) for node in shown["nodes"]]


def gid(number: int, name: str = "WidgetRegistry") -> str:
    return f"gid://gitlab/Geo::{name}/{number}"


@pytest.fixture
def filled(world: World) -> World:
    return fill(world)


def fill(world: World) -> World:
    """Make five registries with ids 1 to 5."""
    now = world.timing.now()
    rows: list[dict[str, Any]] = [
        {"state": SYNCED, "verification_state": V.SUCCEEDED, "verified_at": now, "last_synced_at": now},
        {"state": SYNCED, "verification_state": V.FAILED, "verified_at": now - timedelta(hours=1)},
        {"state": FAILED, "verification_state": V.FAILED, "retry_count": 3, "retry_at": now},
        {"state": PENDING, "verification_state": V.DISABLED},
        {"state": SYNCED, "verification_state": V.PENDING, "verified_at": now - timedelta(hours=1)},
    ]
    for number, row in enumerate(rows, 1):
        world.set_registry(world.widget(f"w{number}", repository=False), **row)
    return world


@pytest.mark.point(113)
@pytest.mark.parametrize("user", OTHERS)
def test_only_administrators_see_and_change(filled: World, user: User | None) -> None:
    assert found_ids(filled, user) == []
    assert fields(filled, "", user=user) is None
    before = filled.registry(filled.widget("last", repository=False))
    bulk = "mutation { geoRegistriesBulkUpdate(input: {registryClass: WIDGET_REGISTRY, action: RESYNC_ALL}) {errors} }"
    for message in (*ask(filled, UPDATE, user, id=gid(1), action="REVERIFY"), *ask(filled, bulk, user)):
        assert "don't have permission" in message
    assert filled.secondary.jobs.waiting() == []
    assert before is None
    with pytest.raises(AccessError):
        actions.bulk_update(filled.secondary, user, "WidgetRegistry", RESYNC)


@pytest.mark.point(114)
@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"ids": [], "replication_state": "", "verification_state": None, "keyword": ""}, [1, 2, 3, 4, 5]),
        ({"ids": [2, 4]}, [2, 4]),
        ({"replication_state": "synced"}, [1, 2, 5]),
        ({"replication_state": "FAILED"}, [3]),
        ({"verification_state": "failed"}, [2]),  # of those that are synced
        ({"verification_state": "disabled"}, []),
        ({"keyword": "w4"}, [4]),
        ({"ids": [1, 2], "verification_state": "succeeded", "keyword": "w"}, [1]),
    ],
)
def test_filters(filled: World, params: dict[str, Any], expected: list[int]) -> None:
    assert found_ids(filled, **params) == expected


@pytest.mark.point(114)
def test_what_cannot_be_filtered_or_ordered(filled: World) -> None:
    with pytest.raises(KeyError):
        found_ids(filled, replication_state="unknown")
    with patch.object(WidgetReplicator, "verification_enabled", return_value=False):
        for state in ("failed", "", None):
            with pytest.raises(
                ValueError,
                match="Filtering by verification_state is not supported because verification is not enabled for Widget",
            ):
                found_ids(filled, verification_state=state)
        with pytest.raises(ValueError, match="Sorting by verified_at is not supported because verification is not"):
            found_ids(filled, sort="verified_at_asc")
        assert found_ids(filled) == [1, 2, 3, 4, 5]
    finder = WidgetFileRegistryFinder(filled.secondary, ADMIN, {"keyword": "x"})
    with pytest.raises(ValueError, match="because search method is not implemented for WidgetFile"):
        finder.execute()


@pytest.mark.point(114)
def test_filters_of_the_field(filled: World) -> None:
    assert ids(filled) == [1, 2, 3, 4, 5]
    assert ids(filled, f'(ids: ["{gid(2)}", "{gid(4)}"])') == [2, 4]
    assert ids(filled, "(replicationState: SYNCED, verificationState: FAILED)") == [2]
    assert ids(filled, '(keyword: "w3")') == [3]
    with patch.object(WidgetReplicator, "verification_enabled", return_value=False):
        assert "not enabled for Widget" in ids(filled, "(verificationState: FAILED)")[0]


@pytest.mark.point(115)
@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("ID_ASC", [1, 2, 3, 4, 5]),
        ("ID_DESC", [5, 4, 3, 2, 1]),
        ("VERIFIED_AT_ASC", [2, 5, 1, 3, 4]),
        ("VERIFIED_AT_DESC", [4, 3, 1, 5, 2]),
        ("LAST_SYNCED_AT_ASC", [1, 2, 3, 4, 5]),
        ("LAST_SYNCED_AT_DESC", [5, 4, 3, 2, 1]),
    ],
)
def test_orders_and_pages(filled: World, sort: str, expected: list[int]) -> None:
    assert ids(filled, f"(sort: {sort})") == expected
    paged: list[int] = []
    after = ""
    for _ in range(3):
        page = fields(
            filled,
            f"(sort: {sort}, first: 2{after})",
            "nodes { id } edges { cursor } pageInfo { hasNextPage hasPreviousPage endCursor }",
        )
        paged += [int(node["id"].rsplit("/", 1)[1]) for node in page["nodes"]]
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        after = f', after: "{page["pageInfo"]["endCursor"]}"'
    assert paged == expected
    assert page["pageInfo"]["hasNextPage"] is False


@pytest.mark.point(115)
@pytest.mark.parametrize("wrong", [gid(1, "WidgetFileRegistry"), "1", "gid://gitlab/Geo::WidgetRegistry/x"])
def test_an_id_of_another_class(filled: World, wrong: str) -> None:
    (message,) = ids(filled, f'(ids: ["{wrong}"])')
    assert "does not represent an instance of Geo::WidgetRegistry" in message
    with pytest.raises(ValueError, match="does not represent"):
        parse_global_id(wrong, "WidgetRegistry")


@pytest.mark.point(116)
def test_another_site_or_a_type_that_is_off(filled: World) -> None:
    query = '{ geoNode(name: "%s") { name widgetRegistries { nodes { id } } } }'
    assert len(ask(filled, query % "SECONDARY")["geoNode"]["widgetRegistries"]["nodes"]) == 5
    assert ask(filled, query % "primary")["geoNode"] == {"name": "primary", "widgetRegistries": {"nodes": []}}
    assert ask(filled, query % "unknown") == {"geoNode": None}
    filled.flag("geo_widget_replication", False)
    assert ids(filled) == []


@pytest.mark.point(117)
def test_count(filled: World) -> None:
    assert fields(filled, "", "count")["count"] == 5
    assert fields(filled, "", "count(limit: 3)")["count"] == 4
    assert fields(filled, "(replicationState: SYNCED, first: 1)", "count")["count"] == 3
    assert fields(filled, "", "count(limit: 1500)") == ["limit must be less than or equal to 1000"]
    assert fields(filled, "", "count(limit: 1000)")["count"] == 5


@pytest.mark.point(117)
def test_pages_are_disjoint_while_rows_come_and_go(filled: World) -> None:
    page = fields(filled, "(first: 2)", "nodes { id } pageInfo { endCursor }")
    filled.set_registry(filled.widget("w6", repository=False), state=PENDING)
    with filled.secondary.tracking_database().session() as session, session.begin():
        session.delete(session.get(WidgetRegistry, 1))
    assert ids(filled, f'(first: 9, after: "{page["pageInfo"]["endCursor"]}")') == [3, 4, 5, 6]
    assert "valid cursor" in ids(filled, '(after: "nonsense")')[0]


@pytest.mark.point(114)
def test_every_field_of_a_registry(filled: World) -> None:
    selection = """nodes { id state retryCount lastSyncFailure retryAt lastSyncedAt createdAt missingOnPrimary
      checksumMismatch verificationState verificationChecksum verificationChecksumMismatched verificationFailure
      verificationRetryCount verificationRetryAt verificationStartedAt verifiedAt modelRecordId
      dataManagementDetailsPath forceToRedownload widgetId }"""
    (node,) = fields(filled, f'(ids: ["{gid(3)}"])', selection)["nodes"]
    assert (node["state"], node["verificationState"], node["retryCount"]) == ("FAILED", "FAILED", 3)
    assert (node["modelRecordId"], node["widgetId"]) == (3, "3")
    assert node["forceToRedownload"] is None
    assert node["dataManagementDetailsPath"] == "/admin/data_management/widget/3"
    filled.flag("geo_primary_verification_view", False)
    (node,) = fields(filled, "(first: 1)", "nodes { dataManagementDetailsPath }")["nodes"]
    assert node["dataManagementDetailsPath"] is None


UPDATE = """mutation($id: ID!, $action: GeoRegistryAction!) {
  geoRegistriesUpdate(input: {registryId: $id, action: $action}) {
    errors message registry { ... on WidgetRegistry { id verificationState } ... on WidgetFileRegistry { id } } } }"""


@pytest.mark.point(118)
def test_resync_enqueues_an_event(filled: World) -> None:
    file = filled.widget_file(content=None)
    filled.set_registry(file, state=SYNCED)
    for number, name, event in ((2, "WidgetRegistry", "updated"), (1, "WidgetFileRegistry", "created")):
        shown = ask(filled, UPDATE, id=gid(number, name), action="RESYNC")["geoRegistriesUpdate"]
        assert shown["errors"] == []
        assert shown["registry"]["id"] == gid(number, name)
        ((_, arguments),) = filled.secondary.jobs.waiting("EventWorker")
        assert arguments[1] == event
        assert arguments[2]["model_record_id"] == number
        filled.secondary.jobs.clear()
    assert filled.registry(file).state == SYNCED


@pytest.mark.point(118)
def test_reverify_sets_pending(filled: World) -> None:
    shown = ask(filled, UPDATE, id=gid(1), action="REVERIFY")["geoRegistriesUpdate"]
    assert shown["registry"] == {"id": gid(1), "verificationState": "PENDING"}
    assert shown["message"] == "Registry entry enqueued to be reverified"
    assert filled.secondary.jobs.waiting() == []


@pytest.mark.point(118)
def test_errors_of_an_action(filled: World) -> None:
    with patch.object(WidgetReplicator, "enqueue_sync", side_effect=RuntimeError("broken")):
        shown = ask(filled, UPDATE, id=gid(1), action="RESYNC")["geoRegistriesUpdate"]
    assert shown["errors"] == ["An error occurred while trying to update the registry: 'broken'."]
    with filled.secondary.tracking_database().reading() as session:
        registry = session.get(WidgetRegistry, 1)
    assert registry
    message, errors = actions.update_registry(filled.secondary, ADMIN, registry, "explode")
    assert message is None
    assert errors == ["Action 'explode' in registry 1 entry is not supported."]
    assert "no registry" in ask(filled, UPDATE, id=gid(99), action="RESYNC")[0]


def states(world: World) -> list[tuple[int, int, int]]:
    with world.secondary.tracking_database().reading() as session:
        rows = [session.get(WidgetRegistry, number) for number in range(1, 6)]
    return [(row.state, row.verification_state, row.retry_count or 0) for row in rows if row]


@pytest.mark.point(119)
def test_bulk_resync_changes_the_state_and_nothing_else(filled: World) -> None:
    before = states(filled)
    assert run_bulk(filled.secondary, "WidgetRegistry", RESYNC, {}) is BulkStatus.COMPLETED
    assert states(filled) == [(PENDING, verification, retries) for _, verification, retries in before]


@pytest.mark.point(119)
@pytest.mark.parametrize(
    ("params", "changed"),
    [
        ({"ids": [1, 4]}, [1]),
        ({"replication_state": "failed"}, [3]),
        ({"verification_state": "failed"}, [2]),
    ],
)
def test_bulk_resync_of_some(filled: World, params: dict[str, Any], changed: list[int]) -> None:
    before = states(filled)
    run_bulk(filled.secondary, "WidgetRegistry", RESYNC, params)
    pairs = zip(range(1, 6), before, states(filled), strict=True)
    assert [number for number, old, new in pairs if old != new] == changed


@pytest.mark.point(119)
def test_bulk_reverify_changes_only_synced_rows(filled: World) -> None:
    before = states(filled)
    run_bulk(filled.secondary, "WidgetRegistry", REVERIFY, {})
    expected = [
        (state, V.PENDING if state == SYNCED else verification, retries) for state, verification, retries in before
    ]
    assert states(filled) == expected


@pytest.mark.point(119)
def test_batches_and_the_time_limit(filled: World) -> None:
    site, store = filled.secondary, filled.secondary.store
    key = cursor_key(WidgetReplicator, RESYNC, {})
    assert (actions.BATCH_SIZE, actions.TIME_LIMIT.total_seconds(), actions.PAUSE.total_seconds()) == (1000, 20, 10)
    write = store.write

    def slow(name: str, value: Any) -> None:
        write(name, value)
        filled.timing.advance(seconds=15)

    with patch.object(store, "write", slow):
        assert run_bulk(site, "WidgetRegistry", RESYNC, {}, 1) is BulkStatus.LIMIT_REACHED
    assert [state for state, _, _ in states(filled)] == [PENDING, PENDING, FAILED, PENDING, SYNCED]
    assert store.read(key) == 2
    assert site.jobs.waiting("BulkRegistryResyncWorker") == [("BulkRegistryResyncWorker", ["WidgetRegistry", {}])]
    assert site.jobs.run_due() == 0  # not before ten seconds
    filled.wait(seconds=10)
    filled.set_registry(filled.widget("w1b", repository=False), state=SYNCED)
    assert site.jobs.run_due() == 1
    assert {state for state, _, _ in states(filled)} == {PENDING}
    assert store.read(key) is None


@pytest.mark.point(119)
def test_every_set_of_parameters_has_its_cursor(filled: World) -> None:
    keys = {
        cursor_key(WidgetReplicator, action, params)
        for action in (RESYNC, REVERIFY)
        for params in ({}, {"ids": [1]}, {"replication_state": "failed"})
    }
    assert len(keys) == 6
    filled.secondary.store.write(cursor_key(WidgetReplicator, RESYNC, {"ids": [1]}), 99)
    run_bulk(filled.secondary, "WidgetRegistry", RESYNC, {})
    assert states(filled)[0][0] == PENDING


@pytest.mark.point(119)
def test_bulk_mutation(filled: World) -> None:
    mutation = """mutation { geoRegistriesBulkUpdate(input: {registryClass: WIDGET_REGISTRY, action: REVERIFY_ALL,
      verificationState: SUCCEEDED}) { registryClass errors } }"""
    shown = ask(filled, mutation)["geoRegistriesBulkUpdate"]
    assert shown == {"registryClass": "WIDGET_REGISTRY", "errors": []}
    filled.secondary.jobs.run_due()
    assert states(filled)[0][1] == V.PENDING
    assert states(filled)[1][1] == V.FAILED
    with pytest.raises(UnknownReplicatorError):
        actions.bulk_update(filled.secondary, ADMIN, "UnknownRegistry", RESYNC)
    assert filled.secondary.jobs.waiting() == []
