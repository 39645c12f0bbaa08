"""What git knows about a checkout; git is asked, never told to do anything."""

import re
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from geo_scaffold.errors import ReadError, UsageError

# A repository may name programs to run in its configuration; none of them is needed here.
_GIT: Final = ("git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "--no-optional-locks")
_DIFF: Final = ("--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--unified=0", "--src-prefix=a/")
_FILE: Final = re.compile(r"^(?:---|\+\+\+) (?:[ab]/(.*?)|/dev/null)\t?$")


def changes_since(root: Path, reference: str) -> Mapping[str, str]:
    """Return the lines that were added or taken away since a branch left another one, by path.

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
    since = commit.stdout.strip()
    base = _run(root, "merge-base", since, "HEAD")
    since = base.stdout.strip() or since  # a shallow clone may not have the place where the branches parted
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
    return {name: "\n".join([*lines, *(statements.get(name, ()) if lines else ())]) for name, lines in found.items()}


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
        raise ReadError("git is not installed", remedy="Install git, or name the types instead") from error
