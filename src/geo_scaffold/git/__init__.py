"""What git knows about a checkout. Git is only asked for objects and names; one module alone lets it write.

A repository may name programs in its configuration and attributes, and they come from whoever made the repository. So
git is never asked about the work tree, which would filter files, and never in a way that would fetch, refresh the index
or run a hook (see `repository`). Files of the work tree are read and hashed by us.

- gitdir: the repository around a folder, as far as files show it without git
- repository: which repository a checkout is in, and how git is run
- commit: the files of a commit, read from objects
- index: which files the index has
- changes: what a branch is compared with
- merged: what is merged already
- writing: a branch and a commit, for the one verb with which a user asks for them

A module is imported on first use: most runs start no git.
"""

from typing import TYPE_CHECKING, Final

from geo_scaffold.lazy_imports import importing

if TYPE_CHECKING:
    from geo_scaffold.git.changes import Changes, changes_since, is_commit
    from geo_scaffold.git.commit import Commit, blob_id
    from geo_scaffold.git.gitdir import left_out, prefix_of
    from geo_scaffold.git.index import Index, indexed
    from geo_scaffold.git.merged import Merged, merged_commit, merged_in
    from geo_scaffold.git.repository import Repository

__all__ = [
    "Changes",
    "Commit",
    "Index",
    "Merged",
    "Repository",
    "blob_id",
    "changes_since",
    "indexed",
    "is_commit",
    "left_out",
    "merged_commit",
    "merged_in",
    "prefix_of",
]

_MODULES: Final = {
    "Changes": "changes",
    "Commit": "commit",
    "Index": "index",
    "Merged": "merged",
    "Repository": "repository",
    "blob_id": "commit",
    "changes_since": "changes",
    "indexed": "index",
    "is_commit": "changes",
    "left_out": "gitdir",
    "merged_commit": "merged",
    "merged_in": "merged",
    "prefix_of": "gitdir",
}

__getattr__ = importing(__name__, _MODULES)
