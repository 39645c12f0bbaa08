"""The one place that lets git write: a branch and a commit, as the user's own `git commit` would make them.

Everywhere else git is only asked for objects, with every program that a repository names turned off. Here a user asks
for a commit, so hooks, filters, signatures and identity are as the user and the repository configured them.
"""

import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from geo_scaffold.commit import write_file
from geo_scaffold.errors import BlockedError, GeoScaffoldError, UsageError, WriteError
from geo_scaffold.git.repository import Repository

_GIT: Final = ("git", "--no-pager")
_OF_A_HOOK: Final = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY")
"""The variables that give a hook its repository; a commit inside a commit would have half an index."""
_UNDER_WAY: Final[Mapping[str, str]] = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "sequencer": "a cherry-pick or revert",
}
"""Files in the git dir while git waits for a person to continue something."""
_NO_MODE: Final = "100644"


def head_of(repository: Repository) -> str:
    """Return the id of the commit on which the work is based.

    Args:
        repository: The repository.

    Raises:
        BlockedError: Nothing is committed yet.
        ReadError: Git fails.
    """
    output = repository.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if output.returncode:
        raise BlockedError(
            "nothing is committed here yet, so a commit would not contain GitLab itself",
            path=str(repository.root),
            remedy="Commit the checkout first, or use a clone of GitLab",
        )
    return output.stdout.decode().strip()


def refuse_to_commit(repository: Repository, *, branch: str | None) -> None:
    """Refuse to commit while git waits for a person, or without a branch.

    Args:
        repository: The repository.
        branch: The branch to create first, or None to commit to the current one.

    Raises:
        GeoScaffoldError: Why, and what to do.
    """
    head_of(repository)
    if variables := [variable for variable in _OF_A_HOOK if os.environ.get(variable)]:
        raise UsageError(
            f"{variables[0]} is set, as in a hook of git, where nothing else is committed",
            remedy=f"Run it outside of hooks, or unset {variables[0]}",
        )
    folder = Path(os.fsdecode(repository.ask("rev-parse", "--absolute-git-dir").removesuffix(b"\n")))
    for name, what in _UNDER_WAY.items():
        if os.path.lexists(folder / name):
            raise BlockedError(f"{what} is under way", path=str(repository.root), remedy="Finish or abort it first")
    if unmerged := repository.ask("diff-index", "--cached", "--diff-filter=U", "--name-only", "-z", "HEAD"):
        path = os.fsdecode(unmerged.split(b"\0", 1)[0])
        raise BlockedError("the file is in conflict", path=path, remedy="Resolve it first, and add it with git")
    current = branch_of(repository)
    if branch is None and current is None:
        raise BlockedError(
            "HEAD is not on a branch, so a commit could get lost",
            path=str(repository.root),
            remedy="Make a branch for it with --branch NAME",
        )
    if branch is not None and branch != current:
        _refuse_branch(repository, branch)


def branch_of(repository: Repository) -> str | None:
    """Return the branch that HEAD is on, or None if it is on none."""
    branch = repository.run("symbolic-ref", "--quiet", "--short", "HEAD")
    return os.fsdecode(branch.stdout.removesuffix(b"\n")) if branch.returncode == 0 else None


def staged_in(repository: Repository, head: str) -> frozenset[str]:
    """Return the paths that are staged, relative to the checkout; outside of it they begin with `/`.

    Args:
        repository: The repository.
        head: The commit to compare with.

    Raises:
        ReadError: Git fails.
    """
    listed = repository.ask(
        "diff-index", "--cached", "--ita-invisible-in-index", "--name-only", "--no-renames", "-z", head
    )
    paths = (os.fsdecode(path) for path in listed.split(b"\0") if path)
    prefix = repository.prefix
    return frozenset(path.removeprefix(prefix) if path.startswith(prefix) else f"/{path}" for path in paths)


def subjects_in(repository: Repository, head: str, *, most: int = 100) -> frozenset[str]:
    """Return the subjects of the newest commits.

    Args:
        repository: The repository.
        head: The newest.
        most: How many.

    Raises:
        ReadError: Git fails.
    """
    listed = repository.ask("rev-list", f"--max-count={most}", "--no-commit-header", "--format=%s", head)
    return frozenset(listed.decode("utf-8", "replace").splitlines())


def ignored_among(repository: Repository, paths: Collection[str]) -> frozenset[str]:
    """Return the paths that git ignores and does not track.

    Args:
        repository: The repository.
        paths: Relative to the checkout.

    Raises:
        GeoScaffoldError: Git fails.
    """
    if not paths:
        return frozenset()
    given = b"".join(os.fsencode(repository.prefix + path) + b"\0" for path in paths)
    done = _run(repository, "check-ignore", "--stdin", "-z", given=given)
    if done.returncode not in (0, 1):
        raise _failed(done, repository, "git cannot tell what it ignores")
    found = (os.fsdecode(path) for path in done.stdout.split(b"\0") if path)
    return frozenset(path.removeprefix(repository.prefix) for path in found)


def is_as_committed(repository: Repository, paths: Collection[str], ids: Mapping[str, str | None]) -> frozenset[str]:
    """Return the files whose commit would change nothing, whatever their line endings are.

    Args:
        repository: The repository.
        paths: Existing files, relative to the checkout.
        ids: The ids of their blobs in the commit, None where it has none.

    Raises:
        GeoScaffoldError: Git fails.
    """
    if not paths:
        return frozenset()
    given = b"".join(os.fsencode(repository.prefix + path) + b"\n" for path in paths)
    done = _run(repository, "hash-object", "--stdin-paths", given=given)
    if done.returncode:
        raise _failed(done, repository, "git cannot read what is to be committed")
    words = done.stdout.decode().split()
    return frozenset(path for path, id_ in zip(paths, words, strict=True) if ids.get(path) == id_)


def write_commit(repository: Repository, files: Mapping[str, bytes | None], message: str, *, branch: str | None) -> str:
    """Commit some files, together with what is staged, and return the id of the commit.

    If that fails, for example in a hook, the index is unchanged.

    Args:
        repository: The repository.
        files: The content of each file to commit, by its path relative to the checkout; None for the state of the work
            tree.
        message: The whole message.
        branch: The branch to create first, unless it is the current one, or None for none.

    Raises:
        GeoScaffoldError: Git fails; at most the branch was created.
    """
    is_new = branch is not None and branch != branch_of(repository)
    if is_new and branch is not None:
        done = _run(repository, "checkout", "--quiet", "--no-track", "-b", branch, shown=True)
        if done.returncode:
            raise _failed(done, repository, f"git cannot make the branch {branch!a}")
    with _kept_index(repository):
        _stage(repository, files)
        arguments = ("commit", "--quiet", "--cleanup=whitespace", "--no-status", f"--message={message}")
        done = _run(repository, *arguments, shown=True)
        if done.returncode:
            raise WriteError(
                "git made no commit, and says why above; the index is as it was" + ", on the new branch" * is_new,
                path=str(repository.root),
                remedy="Fix what it says, as a hook may, and run this again",
            )
    return repository.ask("rev-parse", "--verify", "HEAD").decode().strip()


def _stage(repository: Repository, files: Mapping[str, bytes | None]) -> None:
    prefix = repository.prefix
    removed = b"".join(os.fsencode(prefix + path) + b"\0" for path, content in files.items() if content is None)
    if removed:
        done = _run(repository, "update-index", "--add", "--remove", "-z", "--stdin", given=removed)
        if done.returncode:
            raise _failed(done, repository, "git cannot stage the files")
    for path, content in files.items():
        if content is None:
            continue
        # With the path's filters applied, as `update-index` would have done.
        done = _run(repository, "hash-object", "-w", "--stdin", "--path", prefix + path, given=content)
        if done.returncode:
            raise _failed(done, repository, f"git cannot store {path}")
        entry = f"{_mode(repository, path)} {done.stdout.decode().strip()}\t{prefix}{path}\0"
        done = _run(repository, "update-index", "-z", "--index-info", given=os.fsencode(entry))
        if done.returncode:
            raise _failed(done, repository, f"git cannot stage {path}")


def _mode(repository: Repository, path: str) -> str:
    """Return the mode of a file in the index; that of a plain file if it is not in there."""
    listed = repository.ask("ls-files", "--stage", "-z", "--", path)
    return listed.split(b" ", 1)[0].decode() or _NO_MODE


@contextmanager
def _kept_index(repository: Repository) -> Iterator[None]:
    """Restore the index if the block fails or is interrupted."""
    index = repository.root / os.fsdecode(repository.ask("rev-parse", "--git-path", "index").removesuffix(b"\n"))
    before = index.read_bytes() if index.exists() else None
    head = repository.ask("rev-parse", "--verify", "HEAD")
    try:
        yield
    except BaseException:
        is_busy = index.with_name(f"{index.name}.lock").exists()
        if before is not None and not is_busy and repository.ask("rev-parse", "--verify", "HEAD") == head:
            write_file(index, before)
        raise


def _refuse_branch(repository: Repository, branch: str) -> None:
    if repository.run("check-ref-format", "--branch", branch).returncode or branch.startswith("-"):
        raise UsageError(f"--branch {branch!a} cannot be the name of a branch", remedy="For example: geo-cool-widget")
    if repository.run("show-ref", "--verify", "--quiet", f"refs/heads/{branch}").returncode == 0:
        raise BlockedError(
            f"there is a branch {branch!a} already",
            path=str(repository.root),
            remedy="Switch to it and leave --branch out, or give another name",
        )


def _run(
    repository: Repository, *arguments: str, given: bytes = b"", shown: bool = False
) -> "subprocess.CompletedProcess[bytes]":
    """Run git as the user would, at the top of the work tree, because not every command works in folders.

    Args:
        repository: The repository.
        arguments: The command and its arguments.
        given: What it reads from standard input.
        shown: Whether it behaves as if the user ran it: hooks may ask, and its output appears on standard error.
    """
    top = repository.root.parents[repository.prefix.count("/") - 1] if repository.prefix else repository.root
    sys.stderr.flush()
    try:
        return subprocess.run(  # noqa: S603 - no shell, and the arguments are our own
            [*_GIT, "-C", str(top), *arguments],
            input=None if shown else given,
            stdout=2 if shown else subprocess.PIPE,
            stderr=None if shown else subprocess.PIPE,
            check=False,
        )
    except OSError as error:
        raise WriteError(
            f"git cannot be started: {error.strerror}", path=str(repository.root), remedy="Check that git can be run"
        ) from error


def _failed(done: "subprocess.CompletedProcess[bytes]", repository: Repository, what: str) -> GeoScaffoldError:
    lines = (done.stderr or b"").decode("utf-8", "backslashreplace").split("\n")
    reason = next((line.partition(": ")[2] or line for line in lines if line), "it gives no reason")
    return WriteError(
        f"{what}: {reason}", path=str(repository.root), remedy="Look at what git status says, and fix that"
    )
