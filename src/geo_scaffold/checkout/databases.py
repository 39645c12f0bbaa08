"""The databases of GitLab: which one a table is in, by its schema, and which class connects to it.

`db/database_connections/*.yaml` has a file for each database: its schemas and the class of its connection. Without such
files, a tree is assumed to have the usual databases.
"""

import re
from functools import cached_property
from typing import Final, NamedTuple

from geo_scaffold.checkout.sources import Sources

FOLDER: Final = "db/database_connections"
MAIN: Final = "main"
# Both of db/database_connections/*.yaml: `gitlab_schemas:` with a list, and `klass: ActiveRecord::Base`.
_SCHEMAS: Final = re.compile(r"^gitlab_schemas:\s*+((?:-.*\n?\s*+)+)", re.MULTILINE)
_CLASS: Final = re.compile(r"^klass:\s*['\"]?(?:::)?([\w:]+)", re.MULTILINE)
_USUAL: Final = {"gitlab_ci": "Ci::ApplicationRecord", "gitlab_sec": "SecApplicationRecord"}
_APPLICATION_RECORD: Final = "ApplicationRecord"


class _Connection(NamedTuple):
    schemas: tuple[str, ...]
    record: str


class Databases:
    """The databases of a tree.

    Args:
        sources: The files, or None if there is no tree.
    """

    def __init__(self, sources: Sources | None) -> None:
        self._sources = sources

    def is_main(self, schema: str | None) -> bool:
        """Tell whether a schema is in the main database; an unknown schema is assumed to be.

        Args:
            schema: Such as `gitlab_sec`.
        """
        if schema is None:
            return True
        if main := self._connections.get(MAIN):
            return schema in main.schemas
        return self.record(schema) == _APPLICATION_RECORD

    def record(self, schema: str | None) -> str:
        """Return the class that the models of a schema inherit from, for a model that does not show it.

        Args:
            schema: Such as `gitlab_sec`.
        """
        for name, connection in self._connections.items():
            if name != MAIN and schema in connection.schemas and schema not in self._shared:
                return connection.record
        known = (
            "" if self._connections else next((prefix for prefix in _USUAL if (schema or "").startswith(prefix)), "")
        )
        return _USUAL.get(known, _APPLICATION_RECORD)

    @cached_property
    def _connections(self) -> dict[str, _Connection]:
        found = {}
        for name in self._sources.folder(FOLDER) if self._sources else ():
            text = (self._sources.text(f"{FOLDER}/{name}") if self._sources else None) or ""
            schemas, record = _SCHEMAS.search(text), _CLASS.search(text)
            if schemas and record:
                # A list in db/database_connections/main.yaml.
                listed = re.findall(r"-\s*['\"]?(\w+)", schemas[1])
                found[name.partition(".")[0]] = _Connection(tuple(listed), record[1])
        return found

    @cached_property
    def _shared(self) -> frozenset[str]:
        main = self._connections.get(MAIN)
        return frozenset(main.schemas if main else ())
