"""Whether the tables of a schema need a sharding key, by `db/gitlab_schemas`."""

import re
from typing import Final

from geo_scaffold.checkout.sources import Sources

FOLDER: Final = "db/gitlab_schemas"
# Of db/gitlab_schemas/*.yaml: whether the tables of a schema need a sharding key.
_REQUIRED: Final = re.compile(r"^require_sharding_key:[ \t]*(true|false)\b", re.MULTILINE)


def requires_key(schema: str, sources: Sources) -> bool | None:
    """Return whether the tables of a schema need a sharding key, or None if that is unknown.

    Args:
        schema: Such as `gitlab_main_cell_local`.
        sources: The files.
    """
    for path in (f"{FOLDER}/{schema}.yaml", f"{FOLDER}/{schema}.yml"):
        if found := _REQUIRED.search(sources.text(path) or ""):
            return found[1] == "true"
    return None
