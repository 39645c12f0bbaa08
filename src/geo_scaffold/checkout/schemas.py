"""The schemas that GitLab's tables belong to: whether their tables need a sharding key, by `db/gitlab_schemas`."""

import re
from typing import Final

from geo_scaffold.checkout.sources import Sources

FOLDER: Final = "db/gitlab_schemas"
# Of db/gitlab_schemas/*.yaml: whether the tables of a schema need a sharding key.
_REQUIRED: Final = re.compile(r"^require_sharding_key:[ \t]*(true|false)\b", re.MULTILINE)


def requires_key(schema: str, sources: Sources) -> bool | None:
    """Tell whether tables of a schema need a sharding key; None: nothing says it.

    Args:
        schema: Such as `gitlab_main_cell_local`.
        sources: The files.
    """
    for path in (f"{FOLDER}/{schema}.yaml", f"{FOLDER}/{schema}.yml"):
        if found := _REQUIRED.search(sources.text(path) or ""):
            return found[1] == "true"
    return None
