"""The records that a secondary keeps: by namespace, storage, organization or all (specification: points 105, 106)."""

from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import aliased

from geo_runtime.databases.main import (
    GeoNode,
    GeoNodeNamespaceLink,
    GeoNodeOrganizationLink,
    Member,
    Namespace,
    OrganizationUser,
    Project,
)
from geo_runtime.errors import SelectiveSyncError
from geo_runtime.site.flags import Flags

NAMESPACES, SHARDS, ORGANIZATIONS = "namespaces", "shards", "organizations"
IdRange = tuple[int, int]
"""The first and the last id; parameters in their place where a statement serves many records: compare them in SQL."""


class SelectiveSync:
    """The selection of one site, as queries with which a type restricts its records.

    Args:
        node: The site.
        flags: The flags; selecting by organizations is behind one.

    Raises:
        SelectiveSyncError: The site's setting is invalid.
    """

    def __init__(self, node: GeoNode, flags: Flags) -> None:
        self.node = node
        kind = node.selective_sync_type or None
        if kind not in (None, NAMESPACES, SHARDS, ORGANIZATIONS):
            raise SelectiveSyncError(f"Selective sync type is not known: {kind}")
        if kind == ORGANIZATIONS and not flags.enabled("geo_selective_sync_by_organizations"):
            kind = None
        self.kind = kind

    @property
    def is_off(self) -> bool:
        """Whether the site keeps everything."""
        return self.kind is None

    def namespace_ids(self) -> Select[Any]:
        """Select the namespaces in scope: the selected ones with all descendants, or those of the organizations."""
        if self.kind == ORGANIZATIONS:
            links = select(GeoNodeOrganizationLink.organization_id).where(
                GeoNodeOrganizationLink.geo_node_id == self.node.id
            )
            return select(Namespace.id).where(Namespace.organization_id.in_(links))
        links = select(GeoNodeNamespaceLink.namespace_id).where(GeoNodeNamespaceLink.geo_node_id == self.node.id)
        tree = select(Namespace.id).where(Namespace.id.in_(links)).cte(recursive=True)
        child = aliased(Namespace)
        tree = tree.union(select(child.id).join(tree, child.parent_id == tree.c.id))
        return select(tree.c.id)

    def project_ids(self) -> Select[Any]:
        """Select the projects in scope: those of the namespaces, or those on the storages."""
        if self.kind == SHARDS:
            return select(Project.id).where(Project.repository_storage.in_(self.node.selective_sync_shards or []))
        return select(Project.id).where(Project.namespace_id.in_(self.namespace_ids()))

    def group_ids(self) -> Select[Any]:
        """Select the groups whose own records are in scope; by storages, those of the projects and their ancestors."""
        if self.kind != SHARDS:
            return self.namespace_ids()
        owners = select(Project.namespace_id).where(Project.id.in_(self.project_ids()))
        base = select(Namespace.id, Namespace.parent_id).where(Namespace.id.in_(owners))
        tree = base.cte(recursive=True)
        parent = aliased(Namespace)
        tree = tree.union(select(parent.id, parent.parent_id).join(tree, parent.id == tree.c.parent_id))
        return select(tree.c.id)

    def organization_ids(self) -> Select[Any]:
        """Select the organizations in scope: the selected ones, or those of the namespaces in scope."""
        if self.kind == ORGANIZATIONS:
            return select(GeoNodeOrganizationLink.organization_id).where(
                GeoNodeOrganizationLink.geo_node_id == self.node.id
            )
        in_scope = Namespace.id.in_(self.group_ids())
        return select(Namespace.organization_id).where(in_scope, Namespace.organization_id.is_not(None))

    def user_ids(self) -> Select[Any]:
        """Select the users in scope: members of the organizations or groups in scope, without access requests."""
        if self.kind == ORGANIZATIONS:
            return select(OrganizationUser.user_id).where(OrganizationUser.organization_id.in_(self.organization_ids()))
        is_in_scope = Member.member_namespace_id.in_(self.group_ids())
        return select(Member.user_id).where(is_in_scope, Member.requested_at.is_(None))

    def by_project(self, replicables: Select[Any], project_id: Any, *, keep_without: bool = False) -> Select[Any]:
        """Keep records whose project is in scope.

        Args:
            replicables: The records.
            project_id: The column with the project's id.
            keep_without: Whether a record without a project is in scope.
        """
        return self._selected(replicables, project_id, self.project_ids(), keep_without)

    def by_group(self, replicables: Select[Any], group_id: Any, *, keep_without: bool = False) -> Select[Any]:
        """Keep records whose group is in scope; arguments as for `by_project`."""
        return self._selected(replicables, group_id, self.group_ids(), keep_without)

    def by_organization(self, replicables: Select[Any], organization_id: Any) -> Select[Any]:
        """Keep records of the selected organizations, or of the organizations of the namespaces in scope."""
        return self._selected(replicables, organization_id, self.organization_ids(), keep_without=False)

    def by_user(self, replicables: Select[Any], user_id: Any, *, keep_without: bool = False) -> Select[Any]:
        """Keep records whose user is in scope; arguments as for `by_project`."""
        return self._selected(replicables, user_id, self.user_ids(), keep_without)

    def by_any(
        self,
        replicables: Select[Any],
        *,
        project_id: Any = None,
        group_id: Any = None,
        organization_id: Any = None,
        user_id: Any = None,
    ) -> Select[Any]:
        """Keep records with any owner in scope.

        Args:
            replicables: The records.
            project_id: The column with the project's id, or None.
            group_id: The same for the group.
            organization_id: The same for the organization.
            user_id: The same for the user.
        """
        if self.is_off:
            return replicables
        columns = (
            (project_id, self.project_ids),
            (group_id, self.group_ids),
            (organization_id, self.organization_ids),
            (user_id, self.user_ids),
        )
        return replicables.where(or_(*(column.in_(ids()) for column, ids in columns if column is not None)))

    def _selected(self, replicables: Select[Any], column: Any, ids: Select[Any], keep_without: bool) -> Select[Any]:
        if self.is_off:
            return replicables
        condition: ColumnElement[bool] = column.in_(ids)
        return replicables.where(or_(condition, column.is_(None)) if keep_without else condition)
