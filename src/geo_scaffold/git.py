"""What git knows about a checkout; git is asked, never told to do anything."""

import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple, Self

from geo_scaffold.errors import ReadError, UsageError

# A repository may name programs to run in its configuration; none of them is needed here.
_GIT: Final = ("git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "--no-optional-locks")
_DIFF: Final = ("--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--unified=0", "--src-prefix=a/")
_FILE: Final = re.compile(r"^(?:---|\+\+\+) (?:[ab]/(.*?)|/dev/null)\t?$")
_NO_FETCH: Final = {"GIT_NO_LAZY_FETCH": "1"}
"""An object that a partial clone left out is an error then, and not fetched (Git 2.45)."""
_FOLDER, _FILES = "40000", frozenset({"100644", "100755", "100664"})
"""The modes of a folder and of files in a tree of git; 100664 is in old commits."""


class Changes(NamedTuple):
    """What a branch changes.

    Args:
        lines: The lines that it adds or takes away, by path.
        base: The id of the commit that it is compared with.
        is_where_it_left: Whether that is where the branch left the other one; else it is the end of the other one.
    """

    lines: Mapping[str, str]
    base: str
    is_where_it_left: bool = True


def changes_since(root: Path, reference: str) -> Changes:
    """Return what was added or taken away since a branch left another one.

    What is not committed counts, new files that git does not know yet too. A line that only moved, was padded otherwise
    or got a comma because another one follows it is not among them. In SQL the line that begins the statement around a
    changed one comes with it, as only that names the table.

    Args:
        root: The root of a work tree.
        reference: The other branch, a tag or a commit.

    Raises:
        UsageError: There is no such commit.
        ReadError: This is no work tree, or git is not installed.
    """
    commit = _run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
    if commit.returncode:
        _run_or_fail(root, "rev-parse", "--git-dir")
        raise UsageError(
            f"git knows no commit {reference!a}",
            remedy="Fetch it first, for example: git fetch origin master; in a shallow clone with --depth",
        )
    end = commit.stdout.strip()
    parted = _run(root, "merge-base", end, "HEAD").stdout.strip()
    since = parted or end  # a shallow clone may not have the place where the branches parted
    changes: dict[str, list[str]] = {}
    statements: dict[str, set[str]] = {}
    path = statement = ""
    for line in _run_or_fail(root, "diff", *_DIFF, "--dst-prefix=b/", since, "--").split("\n"):
        if line.startswith(("--- ", "+++ ")) and (match := _FILE.match(line)):
            path = match[1] or path
            changes.setdefault(path, [])
        elif line.startswith("diff --git a/"):
            # A binary file, or one of which only the mode changed, has no other line with its name.
            path = line.removeprefix("diff --git a/").partition(" b/")[0]
            changes.setdefault(path, [])
        elif line.startswith("@@ "):
            statement = line.split("@@", 2)[2].strip() if path.endswith(".sql") else ""
        elif line[:1] in {"+", "-"}:
            changes[path].append(line)
            if line[1:2].isalpha():  # another one begins
                statement = ""
            elif statement:
                statements.setdefault(path, set()).add(statement)
    for new in _run_or_fail(root, "ls-files", "--others", "--exclude-standard", "-z").split("\0"):
        if new:
            changes.setdefault(new, [])
    found = {name: _really_changed(lines) for name, lines in changes.items()}
    really = {name: "\n".join([*lines, *(statements.get(name, ()) if lines else ())]) for name, lines in found.items()}
    return Changes(really, since, is_where_it_left=bool(parted))


class _Entry(NamedTuple):
    """What a tree of git says of one name: what it is, and the id of its object."""

    mode: str
    id: str


class Commit:
    """The files of a commit, read from git's objects; nothing is checked out. It is a context manager.

    Paths are POSIX paths relative to the root of the work tree.

    Args:
        root: The root of a work tree.
        commit: The id of the commit.
    """

    def __init__(self, root: Path, commit: str) -> None:
        self._commit = commit
        self._trees: dict[str, Mapping[str, _Entry]] = {}
        self._git = _start(root, "cat-file", "--batch")

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let git end."""
        for pipe in (self._git.stdin, self._git.stdout):
            if pipe:
                with suppress(OSError):  # git has ended already
                    pipe.close()
        self._git.wait()

    def read(self, path: str) -> bytes | None:
        """Return what a file holds; None: there is none.

        Raises:
            ReadError: There is something that is no file, or git does not have it.
        """
        folder, _, name = path.rpartition("/")
        entry = self._entries(folder).get(name)
        if entry is None:
            return None
        if entry.mode not in _FILES:
            raise self._unreadable(path, "is no file")
        return self._object(entry.id, path)[1]

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the names in a folder, sorted; none where there is no folder.

        Raises:
            ReadError: Git does not have it, or it is somewhere else.
        """
        return tuple(sorted(self._entries(folder.rstrip("/"))))

    def _entries(self, folder: str) -> Mapping[str, _Entry]:
        if folder not in self._trees:
            self._trees[folder] = self._tree(folder)
        return self._trees[folder]

    def _tree(self, folder: str) -> Mapping[str, _Entry]:
        if not folder:
            return dict(_parsed(*self._object(f"{self._commit}^{{tree}}", self._commit)))
        above, _, name = folder.rpartition("/")
        entry = self._entries(above).get(name)
        if entry is None or entry.mode in _FILES:
            return {}
        if entry.mode != _FOLDER:  # a link may lead to a folder that is there
            raise self._unreadable(folder, "is no folder")
        return dict(_parsed(*self._object(entry.id, folder)))

    def _object(self, name: str, path: str) -> tuple[str, bytes]:
        """Return the id and the content of an object that has to be there."""
        assert self._git.stdin is not None and self._git.stdout is not None  # noqa: S101, PT018 - for the type checker
        try:
            self._git.stdin.write(f"{name}\n".encode())
            self._git.stdin.flush()
            header = self._git.stdout.readline().decode().split()
            if len(header) == 3:  # id, type and size
                content = self._git.stdout.read(int(header[2]) + 1)
                if len(content) == int(header[2]) + 1:
                    return header[0], content[:-1]
        except OSError as error:
            raise self._unreadable(path, str(error.strerror)) from error
        raise self._unreadable(path, "git does not have it")

    def _unreadable(self, path: str, why: str) -> ReadError:
        return ReadError(f"cannot read {path} of the commit {self._commit}: {why}", path=path, remedy="Fetch it first")


def _parsed(id_: str, content: bytes) -> Iterator[tuple[str, _Entry]]:
    """Yield the entries of a tree: mode, space, name, NUL, and an id of as many bytes as that of the tree itself."""
    at, width = 0, len(id_) // 2
    while at < len(content):
        end = content.index(b"\0", at)
        mode, _, name = content[at:end].partition(b" ")
        at = end + 1 + width
        yield os.fsdecode(name), _Entry(mode.decode(), content[end + 1 : at].hex())


def _really_changed(lines: list[str]) -> list[str]:
    counts: Counter[str] = Counter()
    for line in lines:
        counts[" ".join(line[1:].split()).rstrip(",")] += 1 if line[0] == "+" else -1
    return [line for line, count in counts.items() if count]


def _run_or_fail(root: Path, *arguments: str) -> str:
    done = _run(root, *arguments)
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise ReadError(
            f"git {arguments[0]} failed: {reason[0]}", path=str(root), remedy="Run it in a work tree of git"
        )
    return done.stdout


def _run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - no shell, and the reference is behind --end-of-options
            [*_GIT, "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
        )
    except FileNotFoundError as error:
        raise _not_installed() from error


def _start(root: Path, *arguments: str) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - no shell, and the arguments are our own
            [*_GIT, "-C", str(root), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_NO_FETCH},
        )
    except FileNotFoundError as error:
        raise _not_installed() from error


def _not_installed() -> ReadError:
    return ReadError("git is not installed", remedy="Install git, or name the types instead")
