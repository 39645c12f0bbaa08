"""Git repositories through the git program, without prompts and without the configuration of a user or the system.

No hook runs, whether it is in a repository or in a configured folder of hooks, and no template adds one. Anything else
that a repository's own configuration could run is listed in `_NOTHING_RUNS`.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from geo_runtime.errors import GitError, NoRepositoryError
from geo_runtime.files import checksums, pace
from geo_runtime.ground import interruption

_INHERITED = ("PATH", "LANG", "TMPDIR", "LD_LIBRARY_PATH")
_NO_REFERENCES = 1
"""The exit code of `git show-ref` if nothing is wrong, but there is nothing to show."""
# A line of `git ls-remote --symref`.
_SYMREF = re.compile(r"^ref: (refs/heads/\S+)\tHEAD$", re.MULTILINE)
_ORIGIN = re.compile(rb'^\[remote "origin"\]\n(?:[ \t].*\n)*', re.MULTILINE)
"""The part of a configuration file that a clone has just written about its origin."""
_NOTHING_RUNS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.alternateRefsCommand": "true",
    "core.askPass": "",
    "credential.helper": "",
    "gc.recentObjectsHook": "",
}
TIMEOUT_S = 3 * 60 * 60
_LOOK_S = 0.5
_END_S = 2.0


def environment(config: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a git process.

    Args:
        config: Settings for this process alone, passed so that they do not show in the list of processes.
    """
    found = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    found |= {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "SSH_ASKPASS": "",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TEMPLATE_DIR": "",
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
        **_NOTHING_RUNS,
        "http.lowSpeedLimit": str(pace.MIN_RATE),
        "http.lowSpeedTime": str(round(pace.SLOW_GIT_S)),
        **(config or {}),
    }
    found["GIT_CONFIG_COUNT"] = str(len(settings))
    for index, (key, value) in enumerate(settings.items()):
        found[f"GIT_CONFIG_KEY_{index}"] = key
        found[f"GIT_CONFIG_VALUE_{index}"] = value
    return found


def run(
    *arguments: str,
    repository: Path | None = None,
    config: Mapping[str, str] | None = None,
    authorization: tuple[str, str] | None = None,
    stdin: bytes = b"",
) -> bytes:
    """Run git and return what it prints.

    Args:
        arguments: The arguments after `git`.
        repository: The bare repository to work on, if any. It is passed explicitly, because git would otherwise look
            for another one above a damaged one, and change that.
        config: Settings for this process alone, none of them secret.
        authorization: The URL of a remote, and the header to send with every request.
        stdin: The input.

    Raises:
        NoRepositoryError: There is no such repository.
        GitError: Git failed otherwise, or took longer than any synchronisation may.
        Interrupted: The caller should stop.
    """
    command = ["git", *arguments]
    here = {"GIT_DIR": str(repository.absolute()) if repository else os.devnull}
    with ExitStack() as stack:
        kept_open: tuple[int, ...] = ()
        if authorization is not None:
            descriptor, path = stack.enter_context(_unseen(_header_config(*authorization)))
            kept_open, here = (descriptor,), {**here, "GIT_CONFIG_GLOBAL": path}
        process = subprocess.Popen(  # noqa: S603 - a list, no shell; what is not ours comes after options
            command,
            cwd=repository,
            env=environment(config) | here,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=kept_open,
        )
        stack.enter_context(process)
        try:
            output, messages = _communicated(process, arguments[0], stdin)
        except BaseException:
            _end(process)
            raise
    if process.returncode == 0:
        return output
    text = messages.decode(errors="replace").strip()
    last = text.splitlines()[-1] if text else f"git {arguments[0]} exited with {process.returncode}"
    # The message of Git's remote-curl.c, in English because of LC_ALL.
    if arguments[0] == "clone" and re.search(r"^fatal: repository '.*' not found$", text, re.MULTILINE):
        raise NoRepositoryError(last)
    raise GitError(last, process.returncode)


def _communicated(process: "subprocess.Popen[bytes]", name: str, stdin: bytes) -> tuple[bytes, bytes]:
    """Wait for a process; return its output and its messages.

    Raises:
        GitError: It took too long.
        Interrupted: The caller should stop.
    """
    given: bytes | None = stdin
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        try:
            return process.communicate(given, timeout=_LOOK_S)
        except subprocess.TimeoutExpired:
            given = None  # it was accepted, and output so far is kept
            interruption.check()
            if time.monotonic() > deadline:
                raise GitError(f"git {name} took longer than {TIMEOUT_S} s") from None


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Stop git so that it stops its own helpers; kill it if it does not in time."""
    process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()


def _header_config(url: str, authorization: str) -> bytes:
    """Return a configuration that makes git send a header with every request to one URL."""
    section, value = (re.sub(r'(["\\])', r"\\\1", each) for each in (url, f"Authorization: {authorization}"))
    return f'[http "{section}"]\n\textraHeader = "{value}"\n'.encode()


@contextmanager
def _unseen(content: bytes) -> Iterator[tuple[int, str]]:
    """Pass secret input to a child for a block: not in its arguments or environment, and not on disk if possible.

    Git passes its environment to everything it starts, and a file would remain after a kill.

    Args:
        content: The input.

    Yields:
        A descriptor that it must inherit, and the path by which to open it.
    """
    if hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir():
        descriptor = os.memfd_create("geo")
        try:
            os.write(descriptor, content)
            yield descriptor, f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
        return
    with tempfile.NamedTemporaryFile(prefix="geo-") as file:  # nobody else may read it
        file.write(content)
        file.flush()
        yield file.fileno(), file.name


class Repository:
    """A bare repository on this site.

    Args:
        path: Its folder.
        ca_file: Certificate authorities for remotes, instead of the machine's.
    """

    def __init__(self, path: Path, ca_file: Path | None = None) -> None:
        self.path = path
        self._trust = {"http.sslCAInfo": str(ca_file)} if ca_file else None

    def exists(self) -> bool:
        """Whether the folder contains a repository."""
        return (self.path / "HEAD").is_file() and (self.path / "objects").is_dir()

    def create(self) -> None:
        """Create an empty repository.

        Raises:
            GitError: Git failed.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        run("init", "--bare", "--quiet", str(self.path))

    def git(
        self,
        *arguments: str,
        config: Mapping[str, str] | None = None,
        authorization: tuple[str, str] | None = None,
        stdin: bytes = b"",
    ) -> bytes:
        """Run git in the repository; arguments as for `run`.

        Raises:
            GitError: Git failed.
        """
        return run(*arguments, repository=self.path, config=config, authorization=authorization, stdin=stdin)

    def clone_mirror(self, url: str, authorization: str) -> None:
        """Copy a whole remote repository, HEAD included; an existing one is replaced when the copy is complete.

        The copy is made next to its place, and the old one is removed last, so a kill at any time leaves one of them
        complete.

        Args:
            url: The URL of the remote.
            authorization: The value of the Authorization header.

        Raises:
            NoRepositoryError: The remote does not exist.
            GitError: Git failed otherwise.
        """
        fresh, stale = self._swap_paths()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _remove(fresh)
        try:
            run("clone", "--mirror", "--quiet", url, str(fresh), config=self._trust, authorization=(url, authorization))
            config = fresh / "config"
            # Same as `git config --remove-section`, without another process for each of many repositories.
            config.write_bytes(_ORIGIN.sub(b"", config.read_bytes()))
            if os.path.lexists(self.path):
                _remove(stale)
                self.path.rename(stale)
            fresh.rename(self.path)
        finally:
            if fresh.exists():  # a partial copy must not fill the disk
                shutil.rmtree(fresh, ignore_errors=True)
        _remove(stale)

    def fetch_mirror(self, url: str, authorization: str) -> None:
        """Update all references to those of a remote repository, and drop what it no longer has.

        Nobody else may be working here: leftovers of a killed git, above all locks, are removed first.

        Args:
            url: The URL of the remote.
            authorization: The value of the Authorization header.

        Raises:
            NoRepositoryError: There is no local repository.
            GitError: Git failed, also because the remote does not exist.
        """
        if not self.exists():
            raise NoRepositoryError(f"no repository at {self.path.name}")
        for leftover in (*self._leftovers(), *self._swap_paths()):
            _remove(leftover)
        self.git(
            "fetch", "--quiet", "--force", "--prune", "--no-tags", "--update-head-ok", "--no-write-fetch-head",
            "--no-auto-maintenance", url, "+refs/*:refs/*",
            config=self._trust, authorization=(url, authorization),
        )  # fmt: skip

    def remote_head(self, url: str, authorization: str) -> str | None:
        """Return the branch that a remote's HEAD names, or None if that does not exist.

        Args:
            url: The URL of the remote.
            authorization: The value of the Authorization header.

        Raises:
            GitError: Git failed.
        """
        listed = run("ls-remote", "--symref", url, "HEAD", config=self._trust, authorization=(url, authorization))
        found = _SYMREF.search(listed.decode())
        return found[1] if found else None

    def is_readable(self) -> bool:
        """Whether git can read everything here: every reference, and every object with its content.

        That takes as long as reading the whole repository.
        """
        try:
            self.git("fsck", "--no-dangling", "--no-progress")
        except GitError:
            return False
        return True

    def set_head(self, reference: str) -> None:
        """Set HEAD to a branch.

        Raises:
            GitError: Git failed.
        """
        self.git("symbolic-ref", "HEAD", reference)

    def references(self) -> list[bytes]:
        """Return all references, HEAD included, as lines; empty for an empty repository.

        A damaged reference is an error. Gitaly treats such a repository as empty; if a primary did, its secondaries
        would drop their copies.

        Raises:
            NoRepositoryError: There is no repository.
            GitError: The repository is invalid, or a reference is broken.
        """
        if not self.path.exists():
            raise NoRepositoryError("no repository")
        try:
            return self.git("show-ref", "--head").splitlines()
        except GitError as error:
            if error.code == _NO_REFERENCES:
                return []
            raise

    def checksum(self) -> str:
        """Calculate the checksum by the references.

        Raises:
            NoRepositoryError: There is no repository.
            GitError: The repository is invalid.
        """
        return checksums.repository_checksum(self.references())

    def remove(self) -> None:
        """Remove the repository, and what a killed copy left of it.

        Raises:
            OSError: The disk refuses.
        """
        for path in (self.path, *self._swap_paths()):
            _remove(path)

    def _swap_paths(self) -> tuple[Path, Path]:
        """Return the paths of a new copy and of the old one during replacement; no repository has these names."""
        return self.path.with_name(f"{self.path.name}.new"), self.path.with_name(f"{self.path.name}.old")

    def _leftovers(self) -> Iterator[Path]:
        """Find git's locks and temporary files; a reference can be named like the latter, but not like a lock."""
        objects = self.path / "objects"
        for folder, _, names in os.walk(self.path):
            is_below_objects = Path(folder).is_relative_to(objects)
            for name in names:
                if name.endswith(".lock") or (is_below_objects and name.startswith(("tmp_", ".tmp-"))):
                    yield Path(folder, name)


def _remove(path: Path) -> None:
    """Remove whatever is at a path."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
