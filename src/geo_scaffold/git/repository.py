"""Which repository a checkout is in, and the one way in which git is run."""

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
"""A repository names programs in its configuration: none of them is needed here, so each has a harmless other value."""
_QUIET: Final = {
    "GIT_OPTIONAL_LOCKS": "0",
    # An object that a partial clone left out is an error then: by the first from Git 2.45 on, and before that because
    # no way of fetching it is allowed, whatever a remote's configuration says.
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
"""The variables by which a hook is told its repository, which need not be that of the checkout."""
_PROGRAMS: Final = ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_PROXY_COMMAND", "GIT_ASKPASS")
_PATHS: Final = ("GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_INDEX_FILE")


class _Place(NamedTuple):
    """A repository: its git dir, the top of its work tree, and where the checkout is in that, with a last slash."""

    folder: str
    top: str
    prefix: str


@dataclass(frozen=True)
class Repository:
    """The repository that a checkout is in, which may be a folder of it.

    Args:
        root: The checkout.
        prefix: The path of the checkout in the repository, with a slash at its end; empty: it is the top.
        environment: The variables that git is run with.
    """

    root: Path
    prefix: str = ""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, root: Path) -> Self:
        """Find the repository as git does; in a hook, which git tells by variables, it is the hook's if that fits.

        Args:
            root: The checkout, an absolute path.

        Raises:
            ReadError: There is none, git does not trust it or is not installed.
        """
        given = {key: value for key, value in os.environ.items() if key not in _PROGRAMS} | _QUIET
        plain = {key: value for key, value in given.items() if key not in _REPOSITORY}
        why: ReadError | None = None
        try:
            place = _place(root, plain)
        except ReadError as error:
            place, why = None, error
        told = any(key in os.environ for key in ("GIT_DIR", "GIT_INDEX_FILE"))
        if told and (hook := _hooked(root, given, place)):
            return cls(root, hook.prefix, _absolute(given, hook))
        if place is None:
            raise why or _outside(root)
        return cls(root, place.prefix, plain)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        """Run git and return what it says, also where it fails.

        Args:
            arguments: The command and its arguments; what users gave comes after `--end-of-options`.

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
        """Start a command of git that reads from a pipe and answers through another.

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


def refusal(said: bytes, root: Path, otherwise: str) -> ReadError:
    """Return the error for what git refused: what it says first, and the command that it advises.

    Git's last line is often that command, as for a repository of another owner ("dubious ownership").

    Args:
        said: What it printed on standard error.
        root: The checkout.
        otherwise: What failed, where git gives no reason.
    """
    lines = said.decode("utf-8", "backslashreplace").splitlines()
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
    """Ask which repository a folder is in; None: in none whose work tree it is a part of.

    One answer a call: a path may hold a line feed.
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
    """Return the repository that the variables of a hook are about, if the checkout is in that; None: it is not.

    Relative paths in them are relative to the folder that we were started in. Without GIT_WORK_TREE git takes that for
    the top of the work tree, which it need not be for a program that a hook starts; the git dir then decides.
    """
    try:
        here = Path.cwd()
        told = _place(here, given)
    except (OSError, ReadError):
        return None
    if told is None:
        return None
    if own and os.path.realpath(told.folder) == os.path.realpath(own.folder):
        return own
    top = os.path.realpath(told.top)
    if own is None or os.path.realpath(own.top) == top:
        below = os.path.relpath(root, top)
        if below == "." or not below.startswith(".."):
            return _Place(told.folder, top, "" if below == "." else f"{below}/")
    return None


def _absolute(given: Mapping[str, str], place: _Place) -> dict[str, str]:
    """Return the variables of a hook so that they hold in every folder."""
    paths = {key: os.path.join(place.top, given[key]) for key in _PATHS if given.get(key)}  # noqa: PTH118 - as git does
    kept = {key: value for key, value in given.items() if key != "GIT_PREFIX"}
    return {**kept, **paths, "GIT_DIR": place.folder, "GIT_WORK_TREE": place.top}
