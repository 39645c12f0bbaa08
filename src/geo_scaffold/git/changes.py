"""What a branch is compared with."""

import hashlib
import os
import re
from pathlib import Path
from typing import Final

from geo_scaffold.errors import ReadError, UsageError
from geo_scaffold.git.commit import Commit
from geo_scaffold.git.repository import Repository, refusal
from geo_scaffold.records import dataclass

_PLACES: Final = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
"""Where Git looks up a short name, in this order: a tag hides a branch."""
_BEHIND: Final = re.compile(r"[~^:]|@\{")
"""What ends the name in an expression such as `origin/master~2`."""
_NO_COMMON = 1
"""The exit code of `git merge-base` if there is none; anything else is an error."""


@dataclass(frozen=True)
class Changes:
    """The commit that a work tree is compared with.

    A branch's changes are the differences of its work tree, committed or not.

    Args:
        repository: The repository.
        base: Its id.
        is_where_it_left: Whether that is the merge base; if not, it is the tip of the other branch.
    """

    repository: Repository
    base: str
    is_where_it_left: bool = True

    def commit(self) -> Commit:
        """Open the commit."""
        return Commit(self.repository, self.base)

    def question(self) -> dict[str, object]:
        """Return what a report depends on besides the files of the work tree, as JSON.

        Raises:
            ReadError: Git fails.
        """
        path = self.repository.ask("rev-parse", "--git-path", "index").removesuffix(b"\n")
        try:
            index = hashlib.sha256((self.repository.root / Path(path.decode("utf-8", "surrogateescape"))).read_bytes())
        except FileNotFoundError:  # nothing was ever added
            index = hashlib.sha256()
        except OSError as error:
            raise ReadError(
                f"cannot read the index of git: {error.strerror}",
                path=error.filename,
                remedy="Make it readable for this user, or name the types instead of giving --changed",
            ) from error
        return {
            "base": self.base,
            "is_where_it_left": self.is_where_it_left,
            "prefix": self.repository.prefix,
            "index": index.hexdigest(),
            "is_commit": is_commit(),
        }


def is_commit() -> bool:
    """Tell whether this runs in a hook of a commit, which gets an index of its own from git."""
    return "GIT_INDEX_FILE" in os.environ


def changes_since(root: Path, reference: str) -> Changes:
    """Find the commit where a branch left another one.

    Args:
        root: A checkout.
        reference: The other branch, a tag or a commit.

    Raises:
        UsageError: There is no such commit.
        ReadError: This is not a work tree, git does not trust it or is not installed, or HEAD cannot be read.
    """
    repository = Repository.of(root)
    output = repository.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
    if output.returncode:
        raise UsageError(
            f"git does not know the commit {reference!a}",
            remedy="Fetch it first, for example: git fetch origin master; in a shallow clone with --depth",
        )
    _check_is_one(repository, reference)
    end = output.stdout.decode().strip()
    head = repository.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if head.returncode:  # nothing is committed on this branch yet
        return Changes(repository, end, is_where_it_left=False)
    parted = repository.run("merge-base", end, head.stdout.decode().strip())
    if parted.returncode not in (0, _NO_COMMON):
        raise refusal(parted.stderr, root, "git cannot tell where the branch left the other one")
    # A shallow clone may not have the merge base.
    since = parted.stdout.decode().strip()
    return Changes(repository, since or end, is_where_it_left=bool(since))


def _check_is_one(repository: Repository, reference: str) -> None:
    """Refuse an ambiguous name: otherwise whoever may push a tag `origin/master` would choose what is compared.

    Raises:
        UsageError: It names several commits.
    """
    name = _BEHIND.split(reference, maxsplit=1)[0]
    if not name or name.startswith("refs/"):
        return
    wanted = [place.format(name) for place in _PLACES]
    # For an annotated tag the second id is that of its commit.
    listed = repository.ask("for-each-ref", "--format=%(refname) %(objectname) %(*objectname)", *wanted)
    ids = {line[0]: line[-1] for line in map(str.split, listed.decode("utf-8", "replace").splitlines())}
    existing = [each for each in wanted if each in ids]
    if len({ids[each] for each in existing}) > 1:
        raise UsageError(
            f"{reference!a} is the name of several commits: {', '.join(existing)}",
            remedy=f"Give one of them in full, such as {existing[-1]}",
        )
