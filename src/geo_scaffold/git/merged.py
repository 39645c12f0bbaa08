"""What is merged already: the files of the commit where a branch left the default branch."""

from pathlib import Path
from typing import Final, NamedTuple

from geo_scaffold.errors import ReadError
from geo_scaffold.git.commit import Commit
from geo_scaffold.git.gitdir import GitDirectory
from geo_scaffold.git.repository import Repository, refusal

DEFAULT_BRANCHES: Final = ("master", "main")
"""The names of a default branch if no remote tells: GitLab's own, and the newer one of Git."""
_NO_COMMON: Final = 1
"""The exit code of `git merge-base` if there is no such commit; anything else is an error."""
_REMOTES: Final = ("origin", "upstream")
"""The remotes to try first."""


class Merged(NamedTuple):
    """The commit up to which everything is merged.

    Args:
        commit: Its files, or None if nothing is committed yet.
        is_sure: Whether it is the merge base with the default branch. If not, the work is on that branch itself, as in
            a separate repository, and what is committed need not be merged.
    """

    commit: Commit | None
    is_sure: bool = True

    def has_file(self, path: str) -> bool | None:
        """Return whether a file is merged, or None if that is unknown.

        Args:
            path: The path, relative to the root of the checkout.

        Raises:
            ReadError: Git does not have it.
        """
        return self.commit.is_file(path) if self.is_sure and self.commit is not None else None


def merged_in(root: Path) -> Merged | None:
    """Return the merge base of a checkout's work with the default branch, or None if there is no repository.

    Args:
        root: The checkout, an absolute path.

    Raises:
        ReadError: Git fails.
    """
    if GitDirectory.of(root) is None:
        return None
    repository = Repository.of(root)
    head = _commit(repository, "HEAD")
    if head is None:
        if repository.run("rev-parse", "--verify", "--quiet", "HEAD").returncode == 0:
            raise ReadError(
                "git does not have the commit that HEAD names, so it cannot tell what is merged",
                path=str(root),
                remedy="Look at what git status says, and fix that",
            )
        return Merged(None)
    default = _default_branch(repository)
    if default is None:
        return Merged(Commit(repository, head), is_sure=False)
    base = repository.run("merge-base", default, head)
    if base.returncode not in (0, _NO_COMMON):
        raise refusal(base.stderr, root, "git cannot tell what is merged")
    parted = base.stdout.decode().strip()
    # A shallow clone may not have the merge base.
    return Merged(Commit(repository, parted or default))


def merged_commit(root: Path) -> str:
    """Return the id of the merge base of a checkout's work with the default branch; empty if it is unknown.

    Args:
        root: The checkout, an absolute path.
    """
    try:
        base = merged_in(root)
    except ReadError:
        return ""
    if base is None or base.commit is None:
        return ""
    with base.commit:
        return base.commit.id if base.is_sure else ""


def _default_branch(repository: Repository) -> str | None:
    """Return the tip of the default branch, or None if the work is on it, so that it is unknown what is merged."""
    refs = repository.ask("for-each-ref", "--format=%(refname)", "refs/remotes").decode("utf-8", "replace").split()
    remotes = {ref.split("/")[2] for ref in refs}
    for remote in (*(each for each in _REMOTES if each in remotes), *sorted(remotes.difference(_REMOTES))):
        for name in ("HEAD", *DEFAULT_BRANCHES):
            if commit := _commit(repository, f"refs/remotes/{remote}/{name}"):
                return commit
    current = repository.run("symbolic-ref", "--quiet", "HEAD").stdout.decode("utf-8", "replace").strip()
    for name in DEFAULT_BRANCHES:
        ref = f"refs/heads/{name}"
        if ref != current and (commit := _commit(repository, ref)):
            return commit
    return None


def _commit(repository: Repository, name: str) -> str | None:
    output = repository.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return output.stdout.decode().strip() if output.returncode == 0 else None
