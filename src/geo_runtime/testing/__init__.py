"""Test support for types: a pair of sites in one process, and assertions about them."""

from geo_runtime.administration.graphql import Context, create_schema
from geo_runtime.administration.users import User
from geo_runtime.errors import ReadOnlyError, UnsupportedEventError
from geo_runtime.tables.migrating import BASE, MAIN, TRACKING, run_migrations
from geo_runtime.testing.pair import Pair

__all__ = [
    "BASE",
    "MAIN",
    "TRACKING",
    "Context",
    "Pair",
    "ReadOnlyError",
    "UnsupportedEventError",
    "User",
    "create_schema",
    "run_migrations",
]
