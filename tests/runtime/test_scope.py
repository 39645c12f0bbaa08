"""Selective sync and flags (points 105 to 108)."""

from itertools import product
from typing import Any

import pytest
from sqlalchemy import select

from geo_runtime.databases.main import (
    GeoNodeNamespaceLink,
    GeoNodeOrganizationLink,
    Member,
    Namespace,
    Organization,
    OrganizationUser,
    User,
)
from geo_runtime.errors import SelectiveSyncError
from geo_runtime.site.selective_sync import SelectiveSync
from geo_runtime.workers.verification import trigger_background_verification, verification_cron

from .widgets import Widget, WidgetFile, WidgetReplicator
from .world import World


class Tree:
    """Two organizations, a group with a subgroup, another group, and a widget in each."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ours = world.add(Organization(name="ours"))
        self.others = world.add(Organization(name="others"))
        self.group = world.add(Namespace(name="group", organization_id=self.ours.id))
        self.sub = world.add(Namespace(name="sub", parent_id=self.group.id, organization_id=self.ours.id))
        self.deep = world.add(Namespace(name="deep", parent_id=self.sub.id, organization_id=self.ours.id))
        self.other = world.add(Namespace(name="other", organization_id=self.others.id))
        self.widgets: dict[str, Any] = {}
        for namespace in (self.group, self.sub, self.deep, self.other):
            project = world.project(namespace, storage="other" if namespace is self.other else "default")
            self.widgets[namespace.name] = world.widget(namespace.name, repository=False, project_id=project.id)

    def select(self, kind: str | None, *, namespaces: Any = (), organizations: Any = (), shards: Any = ()) -> None:
        node = self.world.set_node("secondary", selective_sync_type=kind, selective_sync_shards=list(shards))
        with self.world.primary.main.session() as session, session.begin():
            for namespace in namespaces:
                session.add(GeoNodeNamespaceLink(geo_node_id=node.id, namespace_id=namespace.id))
            for organization in organizations:
                session.add(GeoNodeOrganizationLink(geo_node_id=node.id, organization_id=organization.id))

    def in_scope(self, ids: tuple[int, int] | None = None) -> set[str]:
        with self.world.secondary.main.reading() as session:
            scope = Widget.replicables_for_secondary(self.world.secondary, ids)
            found = set(session.scalars(scope.with_only_columns(Widget.id)))
        for record in self.widgets.values():
            assert self.world.replicator(record).in_replicables_for_secondary() is (record.id in found) or ids
        return {name for name, record in self.widgets.items() if record.id in found}


@pytest.fixture
def tree(world: World) -> Tree:
    return Tree(world)


EVERYTHING = {"group", "sub", "deep", "other"}


@pytest.mark.point(105)
@pytest.mark.parametrize("kind", [None, ""])
def test_everything(tree: Tree, kind: str | None) -> None:
    tree.select(kind)
    assert tree.in_scope() == EVERYTHING


@pytest.mark.point(105)
def test_namespaces_with_all_below(tree: Tree) -> None:
    tree.select("namespaces", namespaces=[tree.sub])
    assert tree.in_scope() == {"sub", "deep"}
    tree.select("namespaces", namespaces=[tree.group])
    assert tree.in_scope() == {"group", "sub", "deep"}


@pytest.mark.point(105)
def test_the_range_of_ids_is_respected(tree: Tree) -> None:
    tree.select("namespaces", namespaces=[tree.group])
    ids = (tree.widgets["sub"].id, tree.widgets["other"].id)
    assert tree.in_scope(ids) == {"sub", "deep"}
    tree.select(None)
    assert tree.in_scope(ids) == {"sub", "deep", "other"}


@pytest.mark.point(105)
def test_shards(tree: Tree) -> None:
    tree.select("shards", shards=["other"])
    assert tree.in_scope() == {"other"}
    tree.select("shards", shards=[])
    assert tree.in_scope() == set()


@pytest.mark.point(105)
def test_organizations(tree: Tree) -> None:
    tree.select("organizations", organizations=[tree.others])
    assert tree.in_scope() == EVERYTHING  # behind a flag
    tree.world.flag("geo_selective_sync_by_organizations", True)
    assert tree.in_scope() == {"other"}


@pytest.mark.point(105)
def test_an_unknown_type_raises(tree: Tree) -> None:
    tree.select("continents")
    with pytest.raises(SelectiveSyncError, match="Selective sync type is not known: continents"):
        tree.in_scope()


@pytest.mark.point(105)
def test_groups(tree: Tree) -> None:
    def groups() -> set[int]:
        selection = SelectiveSync(tree.world.secondary.current_node(), tree.world.secondary.flags)
        with tree.world.secondary.main.reading() as session:
            return set(session.scalars(selection.group_ids()))

    tree.select("shards", shards=["other"])
    assert groups() == {tree.other.id}
    tree.world.project(tree.deep, storage="other")
    assert groups() == {tree.group.id, tree.sub.id, tree.deep.id, tree.other.id}  # with all above
    tree.select("namespaces", namespaces=[tree.sub])
    assert groups() == {tree.sub.id, tree.deep.id}


@pytest.mark.point(105)
def test_users(tree: Tree) -> None:
    """They are in scope by what they are in: a member of a group, or of an organization; who asks is in nothing yet."""
    world = tree.world
    users = {name: world.add(User(name=name)) for name in ("ours", "other", "asks", "nobody")}
    for name, namespace, requested_at in (
        ("ours", tree.sub, None),
        ("other", tree.other, None),
        ("asks", tree.sub, world.timing.now()),
    ):
        row = Member(user_id=users[name].id, member_namespace_id=namespace.id, requested_at=requested_at)
        world.add(row)
    world.add(OrganizationUser(user_id=users["nobody"].id, organization_id=tree.others.id))

    def selected(everything: Any) -> set[str]:
        selection = SelectiveSync(world.secondary.current_node(), world.secondary.flags)
        with world.secondary.main.reading() as session:
            found = set(session.scalars(selection.by_user(everything, User.id)))
            assert found == set(session.scalars(selection.by_any(everything, user_id=User.id)))
        return {name for name, user in users.items() if user.id in found}

    everything = select(User.id)
    assert selected(everything) == set(users)
    tree.select("namespaces", namespaces=[tree.group])
    assert selected(everything) == {"ours"}
    tree.select("shards", shards=["other"])
    assert selected(everything) == {"other"}
    world.flag("geo_selective_sync_by_organizations", True)
    tree.select("organizations", organizations=[tree.others])
    assert selected(everything) == {"nobody"}


def test_a_record_without_a_project_is_kept_if_the_type_says_so(tree: Tree) -> None:
    file = tree.world.widget_file(content=None)
    tree.select("namespaces", namespaces=[tree.other])
    assert tree.world.replicator(file).in_replicables_for_secondary()


@pytest.mark.point(106)
def test_remote_files(world: World) -> None:
    local, remote = world.widget_file("a", content=None), world.widget_file("b", content=None, file_store=2)

    def in_scope() -> set[int]:
        with world.secondary.main.reading() as session:
            scope = WidgetFile.replicables_for_secondary(world.secondary)
            return set(session.scalars(scope.with_only_columns(WidgetFile.id)))

    assert in_scope() == {local.id}
    world.set_node("secondary", sync_object_storage=True)
    assert in_scope() == {local.id, remote.id}


@pytest.mark.point(107)
@pytest.mark.parametrize(
    ("site", "replication", "force"), [*product(["primary", "secondary"], [True, False], [True, False])]
)
def test_verification_enabled(world: World, site: str, replication: bool, force: bool) -> None:
    world.flag("geo_widget_replication", replication)
    world.flag("geo_widget_force_primary_checksumming", force)
    found = WidgetReplicator.verification_enabled(world.primary if site == "primary" else world.secondary)
    assert found is (replication or (force and site == "primary"))


@pytest.mark.point(107)
def test_without_a_role_nothing_is_verified(world: World) -> None:
    assert WidgetReplicator.verification_enabled(world.again(world.primary, node_name="unknown")) is False


@pytest.mark.point(107)
def test_a_new_type_is_off(world: World) -> None:
    site = world.again(world.primary, flag_defaults={})
    assert WidgetReplicator.replication_enabled(site) is False


@pytest.mark.point(108)
@pytest.mark.parametrize("role", ["primary", "secondary"])
def test_jobs_of_verification(world: World, role: str) -> None:
    site = world.primary if role == "primary" else world.secondary
    world.set_node(role, verification_max_capacity=4)  # two for each type
    assert trigger_background_verification(site, WidgetReplicator) is True
    both = ["VerificationBatchWorker", "VerificationBatchWorker", "VerificationTimeoutWorker"]
    only_primary = ["ReverificationBatchWorker", "VerificationStateBackfillWorker"]
    assert site.jobs.waiting() == [(name, ["widget"]) for name in both + (only_primary if role == "primary" else [])]


@pytest.mark.point(108)
def test_no_jobs_when_verification_is_off(world: World) -> None:
    for name in ("widget", "widget_file"):
        world.flag(f"geo_{name}_replication", False)
    for site in (world.primary, world.secondary):
        assert trigger_background_verification(site, WidgetReplicator) is False
        verification_cron(site)
        assert site.jobs.waiting() == []


def test_verifiables_can_follow_selective_sync(tree: Tree) -> None:
    tree.world.flag("org_mover_extend_selective_sync_to_primary_checksumming", True)
    node = tree.world.set_node("primary", selective_sync_type="namespaces")
    with tree.world.primary.main.session() as session, session.begin():
        session.add(GeoNodeNamespaceLink(geo_node_id=node.id, namespace_id=tree.other.id))
    found = {
        name: tree.world.replicator(each, tree.world.primary).in_verifiables() for name, each in tree.widgets.items()
    }
    assert found == {"group": False, "sub": False, "deep": False, "other": True}
