"""Where reports are kept: a private folder in the user's cache, never the tree that is audited."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from geo_scaffold.commit import cache_file, digest, forget_files, read
from geo_scaffold.verbs.checklist.items import Report
from geo_scaffold.verbs.checklist.kept.encoding import decode_report, decode_seen, encode
from geo_scaffold.verbs.checklist.kept.program import state_of_program
from geo_scaffold.verbs.checklist.kept.seen import Seen

VARIABLE: Final = "GEO_SCAFFOLD_CACHE"
"""Names another folder by its full path; set to nothing, no report is kept."""
_MOST: Final = 64
"""How many reports are kept; those that were made first go first."""


class Kept:
    """The place of the report that answers one question about one tree.

    Args:
        root: Of the tree.
        question: What is asked for, as JSON holds it.
    """

    def __init__(self, root: Path, question: Mapping[str, object]) -> None:
        self.root = root
        folder = _folder()
        asked = json.dumps([state_of_program(), str(root), question], sort_keys=True) if folder else ""
        self._path = folder / f"{digest(asked.encode('utf-8', 'surrogateescape'))}.json" if folder else None

    def find(self) -> Report | None:
        """Return the report, if there is one and everything that it was made from is as it was."""
        try:
            found = read(self._path) if self._path else None
            seal, _, body = (found[0] if found else b"").partition(b"\n")
            if seal.decode() != digest(body):  # damaged, or nothing
                return None
            document = json.loads(body)
            return decode_report(document) if decode_seen(document).is_still_so(self.root) else None
        except (OSError, ValueError, TypeError, KeyError, AttributeError):  # it is made again
            return None

    def keep(self, report: Report, seen: Seen) -> None:
        """Keep a report; where that fails, it is made again the next time.

        Args:
            report: The report.
            seen: What it was made from.
        """
        if self._path is None:
            return
        body = encode(report, seen).encode()
        cache_file(self._path, digest(body).encode() + b"\n" + body)
        forget_files(_oldest(self._path.parent))


def _folder() -> Path | None:
    """Return the folder of kept reports: that of the variable, else by the XDG base directory specification."""
    given = os.environ.get(VARIABLE)
    if given is not None:  # a relative one would be in the tree
        return Path(given) / "checklist" if given.startswith("/") else None
    base = os.environ.get("XDG_CACHE_HOME", "")
    try:
        cache = Path(base) if base.startswith("/") else Path.home() / ".cache"
    except RuntimeError:  # nobody's home
        return None
    return cache / "geo-scaffold" / "checklist"


def _oldest(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            found = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries)
    except OSError:
        return []
    return [Path(path) for _, path in found[:-_MOST]]
