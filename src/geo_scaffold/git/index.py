"""The files in the index: what a commit would contain."""

import os
import re
from pathlib import Path
from typing import Final, NamedTuple

from geo_scaffold.git.repository import Repository

_ENTRY: Final = re.compile(rb"(\S) (\d+) ([0-9a-f]+) \d\t([^\0]*)\0")
"""One of `ls-files -t -s -z`: tag, mode, id, stage and path."""


class Index(NamedTuple):
    """The index of a checkout.

    Args:
        ids: The ids of the blobs by path.
    """

    ids: dict[str, str]

    @classmethod
    def of(cls, repository: Repository) -> "Index":
        """Read it.

        Raises:
            ReadError: Git fails.
        """
        listed = repository.ask("ls-files", "--cached", "-t", "-s", "-z")
        return cls({os.fsdecode(path): id_.decode() for _, _, id_, path in _ENTRY.findall(listed)})


def indexed(root: Path, path: str) -> bytes | None:
    """Return the index's content of a file that is not in the work tree, or None if git does not have it.

    Args:
        root: The checkout.
        path: The file.

    Raises:
        ReadError: Git fails.
    """
    repository = Repository.of(root)
    entry = _ENTRY.match(repository.ask("ls-files", "--cached", "-t", "-s", "-z", "--", path))
    if entry is None:
        return None
    content = repository.run("cat-file", "blob", entry[3].decode())
    return None if content.returncode else content.stdout
