"""Factories of owners: organizations, groups, projects and users."""

import factory

from geo_runtime.databases.main import Namespace, Organization, Project, User


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
    """Makes projects, each in a separate group."""

    class Meta:
        model = Project

    name = factory.Sequence(lambda number: f"Project {number}")
    namespace = factory.SubFactory(GroupFactory)


class UserFactory(factory.Factory[User]):
    """Makes users, each in a separate group."""

    class Meta:
        model = User

    name = factory.Sequence(lambda number: f"User {number}")
    groups = factory.List([factory.SubFactory(GroupFactory)])
