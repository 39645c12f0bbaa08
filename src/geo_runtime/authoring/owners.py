"""Factories of what records belong to: organizations, groups and projects."""

import factory

from geo_runtime.databases.main import Namespace, Organization, Project


class OrganizationFactory(factory.Factory[Organization]):
    """Makes organizations."""

    class Meta:
        model = Organization

    name = factory.Sequence(lambda number: f"Organization {number}")


class GroupFactory(factory.Factory[Namespace]):
    """Makes groups."""

    class Meta:
        model = Namespace

    name = factory.Sequence(lambda number: f"Group {number}")


class ProjectFactory(factory.Factory[Project]):
    """Makes projects, each in a group of its own."""

    class Meta:
        model = Project

    name = factory.Sequence(lambda number: f"Project {number}")
    namespace = factory.SubFactory(GroupFactory)
