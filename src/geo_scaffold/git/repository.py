"""Which repository a checkout is in, and the one way to run git."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple, Self

from geo_scaffold.errors import ReadError
from geo_scaffold.records import dataclass, field

_GIT: Final = (
    *("git", "--no-pager", "--no-optional-locks", "--no-replace-objects", "--literal-pathspecs"),
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.sshCommand=false"),
    *("-c", "core.alternateRefsCommand=false", "-c", "core.askPass=false", "-c", "credential.helper="),
    *("-c", "protocol.allow=never", "-c", "gc.auto=0", "-c", "maintenance.auto=false"),
)
"""A repository may configure programs; none is needed here, so each is overridden with a harmless value."""
_QUIET: Final = {
    "GIT_OPTIONAL_LOCKS": "0",
    # These make an object that a partial clone left out an error: the first from Git 2.45 on, the others before that,
    # because they allow no way of fetching it, whatever a remote's configuration is.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_PROTOCOL_FROM_USER": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
_REPOSITORY: Final = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"),
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE"),
    *("GIT_IMPLICIT_WORK_TREE", "GIT_REPLACE_REF_BASE", "GIT_INTERNAL_SUPER_PREFIX"),
)
"""The variables that give a hook its repository, which need not be the checkout's."""
_PROGRAMS: Final = ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_PROXY_COMMAND", "GIT_ASKPASS")
_PATHS: Final = ("GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_INDEX_FILE")


class _Place(NamedTuple):
    """A repository: git dir, top of the work tree, and the path of the checkout in it, with a trailing slash."""

    folder: str
    top: str
    prefix: str


@dataclass(frozen=True)
class Repository:
    """The repository that a checkout is in; the checkout may be a folder of it.

    Args:
        root: The checkout.
        prefix: The path of the checkout in the repository, with a trailing slash; empty if it is the top.
        environment: The environment variables for git.
    """

    root: Path
    prefix: str = ""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, root: Path) -> Self:
        """Find the repository as git does; in a hook, to which git gives variables, it is the hook's if that fits.

        Args:
            root: The checkout, an absolute path.

        Raises:
            ReadError: There is none, or git does not trust it or is not installed.
        """
        given = {key: value for key, value in os.environ.items() if key not in _PROGRAMS} | _QUIET
        plain = {key: value for key, value in given.items() if key not in _REPOSITORY}
        why: ReadError | None = None
        try:
            place = _place(root, plain)
        except ReadError as error:
            place, why = None, error
        is_set = any(key in os.environ for key in ("GIT_DIR", "GIT_INDEX_FILE"))
        if is_set and (hook := _hooked(root, given, place)):
            return cls(root, hook.prefix, _absolute(given, hook))
        if place is None:
            raise why or _outside(root)
        return cls(root, place.prefix, plain)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        """Run git and return its result, even if it fails.

        Args:
            arguments: The command and its arguments; those from users come after `--end-of-options`.

        Raises:
            ReadError: Git is not installed, or cannot be started.
        """
        return _run(self.root, self.environment, *arguments)

    def ask(self, *arguments: str) -> bytes:
        """Run git and return what it prints.

        Raises:
            ReadError: It failed, with its reason.
        """
        done = self.run(*arguments)
        if done.returncode:
            raise refusal(done.stderr, self.root, f"git {arguments[0]} failed")
        return done.stdout

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start a git command that reads from one pipe and answers through another.

        Raises:
            ReadError: Git is not installed, or cannot be started.
        """
        try:
            return subprocess.Popen(  # noqa: S603 - no shell, and the arguments are our own
                [*_GIT, "-C", str(self.root), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self.environment,
            )
        except OSError as error:
            raise _not_started(error, self.root) from error


def refusal(output: bytes, root: Path, otherwise: str) -> ReadError:
    """Return the error for a failure of git: its first line, and the command that it suggests.

    Git's last line is often that command, as for another user's repository ("dubious ownership").

    Args:
        output: What git printed on standard error.
        root: The checkout.
        otherwise: What failed, if git gives no reason.
    """
    lines = output.decode("utf-8", "backslashreplace").splitlines()
    serious = [line for line in lines if line.startswith(("fatal: ", "error: "))] or [line for line in lines if line]
    reason = serious[0].partition(": ")[2] or serious[0] if serious else "no reason given"
    advised = [line.strip() for line in lines if line.startswith("\tgit ")]
    remedy = f"Git's advice: {advised[0]}" if advised else "Run it in a work tree of git, or name the types instead"
    return ReadError(f"{otherwise}: {reason}", path=str(root), remedy=remedy)


def _run(folder: Path, environment: Mapping[str, str], *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(  # noqa: S603 - no shell, and what users gave is behind --end-of-options
            [*_GIT, "-C", str(folder), *arguments], capture_output=True, check=False, env=environment
        )
    except OSError as error:
        raise _not_started(error, folder) from error


def _not_started(error: OSError, folder: Path) -> ReadError:
    if isinstance(error, FileNotFoundError):
        return ReadError("git is not installed", remedy="Install git, or name the types instead")
    return ReadError(f"git cannot be started: {error.strerror}", path=str(folder), remedy="Check that git can be run")


def _outside(root: Path) -> ReadError:
    return ReadError(
        f"{root} is not in a work tree of git", path=str(root), remedy="Run it in one, or name the types instead"
    )


def _place(folder: Path, environment: Mapping[str, str]) -> _Place | None:
    """Return the repository whose work tree contains a folder, or None.

    One answer per call: a path may contain a line feed.
    """
    inside, _, prefix = _answer(folder, environment, "--is-inside-work-tree", "--show-prefix").partition("\n")
    if inside != "true":
        return None
    git_dir, top = (_answer(folder, environment, option) for option in ("--absolute-git-dir", "--show-toplevel"))
    return _Place(git_dir, top, prefix)


def _answer(folder: Path, environment: Mapping[str, str], *options: str) -> str:
    done = _run(folder, environment, "rev-parse", *options)
    if done.returncode:
        raise refusal(done.stderr, folder, "git cannot be asked")
    return os.fsdecode(done.stdout.removesuffix(b"\n"))


def _hooked(root: Path, given: Mapping[str, str], own: _Place | None) -> _Place | None:
    """Return the repository that the variables of a hook name, or None if the checkout is not in it.

    Relative paths in them are relative to the folder in which we were started. Without GIT_WORK_TREE git assumes that
    this is the top of the work tree, which need not be so for a program started by a hook; then the git dir decides.
    """
    try:
        here = Path.cwd()
        place = _place(here, given)
    except (OSError, ReadError):
        return None
    if place is None:
        return None
    if own and os.path.realpath(place.folder) == os.path.realpath(own.folder):
        return own
    top = os.path.realpath(place.top)
    if own is None or os.path.realpath(own.top) == top:
        below = os.path.relpath(root, top)
        if below == "." or not below.startswith(".."):
            return _Place(place.folder, top, "" if below == "." else f"{below}/")
    return None


def _absolute(given: Mapping[str, str], place: _Place) -> dict[str, str]:
    """Return the variables of a hook so that they are valid in every folder."""
    paths = {key: os.path.join(place.top, given[key]) for key in _PATHS if given.get(key)}  # noqa: PTH118 - as git does
    kept = {key: value for key, value in given.items() if key != "GIT_PREFIX"}
    return {**kept, **paths, "GIT_DIR": place.folder, "GIT_WORK_TREE": place.top}
