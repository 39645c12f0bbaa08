"""The settings of two sites in a folder, for demonstrations and tests."""

from collections.abc import Mapping
from pathlib import Path

from geo_runtime.site.settings import SiteSettings
from geo_runtime.testing.databases import SECONDARY, Databases


def settings_in(
    folder: Path,
    databases: Databases,
    name: str,
    *,
    replica: bool = False,
    flag_defaults: Mapping[str, bool] | None = None,
) -> SiteSettings:
    """Return the settings of a site, creating its data folders.

    Args:
        folder: The folder of both sites.
        databases: The databases of both.
        name: The site: `primary` or `secondary`.
        replica: Whether the secondary has its own main database; if not, it reads the primary's.
        flag_defaults: As for `SiteSettings`.
    """
    root = folder / name
    for each in ("repositories", "uploads"):
        (root / each).mkdir(parents=True, exist_ok=True)
    is_secondary = name == SECONDARY
    return SiteSettings(
        node_name=name,
        main_url=databases.url("replica" if is_secondary and replica else "main"),
        store_url=databases.url(f"{name}_store"),
        tracking_url=databases.url("tracking") if is_secondary else None,
        main_read_only=is_secondary,
        storages={"default": root / "repositories"},
        uploads=root / "uploads",
        flag_defaults=flag_defaults or {},
    )
