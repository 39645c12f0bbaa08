"""The versions of the migrations of a tree: Rails refuses two with the same version in a database."""

from collections.abc import Callable, Iterable
from typing import Final

DATABASES: Final = (("db/migrate", "db/post_migrate"), ("ee/db/geo/migrate", "ee/db/geo/post_migrate"))
"""The folders of migrations, by database: the application's and Geo's tracking database."""


def of_same_version(path: str, names: Callable[[str], Iterable[str]]) -> str | None:
    """Return another migration of the same database and version, or None if there is none or it is not a migration.

    Args:
        path: The migration.
        names: Returns the names in a folder.
    """
    folder, _, name = path.rpartition("/")
    version = name.partition("_")[0]
    folders = next((database for database in DATABASES if folder in database), ())
    paths = (f"{each}/{other}" for each in folders for other in names(each) if other.startswith(f"{version}_"))
    return next((each for each in paths if each != path), None)
