"""Git repositories through the git program: nothing asked, nothing read from a user's or the system's configuration."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from geo_runtime import checksums
from geo_runtime.errors import GitError, NoRepositoryError

_INHERITED = ("PATH", "LANG", "TMPDIR", "LD_LIBRARY_PATH")
_SYMREF = re.compile(r"^ref: (refs/heads/\S+)\tHEAD$", re.MULTILINE)
_ORIGIN = re.compile(rb'^\[remote "origin"\]\n(?:[ \t].*\n)*', re.MULTILINE)
"""The part of a configuration file where a clone has just written its origin."""
TIMEOUT_S = 3 * 60 * 60


def environment(config: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a git process.

    Args:
        config: Settings for this process alone; they reach it without showing in the list of processes.
    """
    found = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    found |= {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "SSH_ASKPASS": "",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "HOME": os.devnull,
        "LC_ALL": "C",
    }
    settings = {
        "http.followRedirects": "false",
        "init.defaultBranch": "main",
        "gc.auto": "0",
        "protocol.allow": "never",
        "protocol.http.allow": "always",
        "protocol.https.allow": "always",
        "safe.directory": "*",
        **(config or {}),
    }
    found["GIT_CONFIG_COUNT"] = str(len(settings))
    for index, (key, value) in enumerate(settings.items()):
        found[f"GIT_CONFIG_KEY_{index}"] = key
        found[f"GIT_CONFIG_VALUE_{index}"] = value
    return found


def run(*arguments: str, cwd: Path | None = None, config: Mapping[str, str] | None = None, stdin: bytes = b"") -> bytes:
    """Run git and return what it prints.

    Args:
        arguments: After `git`.
        cwd: Where.
        config: Settings for this process alone.
        stdin: What it reads.

    Raises:
        NoRepositoryError: Git says that there is no such repository.
        GitError: Git failed otherwise, or took longer than any synchronisation may.
    """
    command = ["git", *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - a list, no shell; what is not ours comes after options
            command,
            cwd=cwd,
            env=environment(config),
            input=stdin,
            capture_output=True,
            check=False,
            timeout=TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise GitError(f"git {arguments[0]} took longer than {TIMEOUT_S} s") from error
    if done.returncode == 0:
        return done.stdout
    text = done.stderr.decode(errors="replace").strip()
    last = text.splitlines()[-1] if text else f"git {arguments[0]} exited with {done.returncode}"
    if arguments[0] == "clone" and re.search(r"^fatal: repository '.*' not found$", text, re.MULTILINE):
        raise NoRepositoryError(last)
    raise GitError(last)


def remote_config(url: str, authorization: str) -> dict[str, str]:
    """Return the settings that send a header with every request to one address."""
    return {f"http.{url}.extraHeader": f"Authorization: {authorization}"}


class Repository:
    """A bare repository on this site.

    Args:
        path: Its folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        """Whether the folder holds a repository."""
        return (self.path / "HEAD").is_file() and (self.path / "objects").is_dir()

    def create(self) -> None:
        """Make an empty repository.

        Raises:
            GitError: Git failed.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        run("init", "--bare", "--quiet", str(self.path))

    def git(self, *arguments: str, config: Mapping[str, str] | None = None, stdin: bytes = b"") -> bytes:
        """Run git in the repository; arguments as of `run`.

        Raises:
            GitError: Git failed.
        """
        return run(*arguments, cwd=self.path, config=config, stdin=stdin)

    def clone_mirror(self, url: str, authorization: str) -> None:
        """Copy a whole remote repository to where there is none; HEAD comes with it.

        Raises:
            NoRepositoryError: The remote does not exist.
            GitError: Git failed otherwise.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        run("clone", "--mirror", "--quiet", url, str(self.path), config=remote_config(url, authorization))
        config = self.path / "config"
        # What `git config --remove-section` does, without another process for each of many repositories.
        config.write_bytes(_ORIGIN.sub(b"", config.read_bytes()))

    def fetch_mirror(self, url: str, authorization: str) -> None:
        """Make all references those of a remote repository, and drop what it no longer has.

        Raises:
            NoRepositoryError: There is no local repository.
            GitError: Git failed, also because the remote does not exist.
        """
        if not self.exists():
            raise NoRepositoryError(f"no repository at {self.path.name}")
        config = remote_config(url, authorization)
        self.git(
            "fetch", "--quiet", "--force", "--prune", "--no-tags", "--update-head-ok", "--no-write-fetch-head",
            "--no-auto-maintenance", url, "+refs/*:refs/*", config=config,
        )  # fmt: skip

    def remote_head(self, url: str, authorization: str) -> str | None:
        """Return the branch that a remote's HEAD names; None if it has none that is there.

        Raises:
            GitError: Git failed.
        """
        listed = self.git("ls-remote", "--symref", url, "HEAD", config=remote_config(url, authorization))
        found = _SYMREF.search(listed.decode())
        return found[1] if found else None

    def set_head(self, reference: str) -> None:
        """Make HEAD name a branch.

        Raises:
            GitError: Git failed.
        """
        self.git("symbolic-ref", "HEAD", reference)

    def references(self) -> list[bytes]:
        """Return all references, HEAD included, as lines; none of an empty repository.

        Raises:
            NoRepositoryError: There is no repository.
            GitError: What is there is not a valid one.
        """
        if not self.path.exists():
            raise NoRepositoryError("no repository")
        try:
            return self.git("show-ref", "--head").splitlines()
        except GitError as error:
            try:
                self.git("rev-parse", "--resolve-git-dir", ".")
            except GitError:
                raise GitError(f"not a git repository: {self.path.name}") from error
            return []

    def checksum(self) -> str:
        """Calculate the checksum by the references.

        Raises:
            NoRepositoryError: There is no repository.
            GitError: What is there is not a valid one.
        """
        return checksums.repository_checksum(self.references())
