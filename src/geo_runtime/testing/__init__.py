"""What a type is tested with: a pair of sites in one process, and what its tests say of them."""

from geo_runtime.errors import UnsupportedEventError
from geo_runtime.graphql import Context, create_schema
from geo_runtime.migrating import BASE, MAIN, TRACKING, run_migrations
from geo_runtime.pair import Pair
from geo_runtime.users import User

__all__ = [
    "BASE",
    "MAIN",
    "TRACKING",
    "Context",
    "Pair",
    "UnsupportedEventError",
    "User",
    "create_schema",
    "run_migrations",
]
