"""Git repositories through the git program: it asks nothing, and reads no configuration of a user or the system.

No hook runs, whoever put it into a repository or names a folder of hooks in its configuration, and no template puts one
there. What else a repository's own configuration could have run is named in `_NOTHING_RUNS`.
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
"""What `git show-ref` exits with if there is nothing wrong, but also nothing to show."""
_SYMREF = re.compile(r"^ref: (refs/heads/\S+)\tHEAD$", re.MULTILINE)
_ORIGIN = re.compile(rb'^\[remote "origin"\]\n(?:[ \t].*\n)*', re.MULTILINE)
"""The part of a configuration file where a clone has just written its origin."""
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
        config: Settings for this process alone; they reach it without showing in the list of processes.
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
        arguments: After `git`.
        repository: The bare repository that it works on, if any. Git is told, because it would look for another one in
            the folders above a damaged one, and change that.
        config: Settings for this process alone, none of them secret.
        authorization: The address of a remote, and the header that it is to be sent with every request.
        stdin: What it reads.

    Raises:
        NoRepositoryError: Git says that there is no such repository.
        GitError: Git failed otherwise, or took longer than any synchronisation may.
        Interrupted: Whoever waits for it should end.
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
    if arguments[0] == "clone" and re.search(r"^fatal: repository '.*' not found$", text, re.MULTILINE):
        raise NoRepositoryError(last)
    raise GitError(last, process.returncode)


def _communicated(process: "subprocess.Popen[bytes]", name: str, stdin: bytes) -> tuple[bytes, bytes]:
    """Return what a process printed when it has ended, and its messages.

    Raises:
        GitError: It took too long.
        Interrupted: Whoever waits for it should end.
    """
    given: bytes | None = stdin
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        try:
            return process.communicate(given, timeout=_LOOK_S)
        except subprocess.TimeoutExpired:
            given = None  # it was taken over, and what was printed is kept
            interruption.check()
            if time.monotonic() > deadline:
                raise GitError(f"git {name} took longer than {TIMEOUT_S} s") from None


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End git so that it ends its own helpers; by force if it does not in time."""
    process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()


def _header_config(url: str, authorization: str) -> bytes:
    """Return a configuration by which git sends a header with every request to one address."""
    section, value = (re.sub(r'(["\\])', r"\\\1", each) for each in (url, f"Authorization: {authorization}"))
    return f'[http "{section}"]\n\textraHeader = "{value}"\n'.encode()


@contextmanager
def _unseen(content: bytes) -> Iterator[tuple[int, str]]:
    """Let a child read something for a block: not in its arguments or environment, and on no disk where that can be.

    Git hands its environment on to all that it starts, and a file would stay after a kill.

    Args:
        content: What it may read.

    Yields:
        A descriptor that it must inherit, and the path by which it opens that.
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
        ca_file: Certificates of who signs those of remotes, in place of the machine's.
    """

    def __init__(self, path: Path, ca_file: Path | None = None) -> None:
        self.path = path
        self._trust = {"http.sslCAInfo": str(ca_file)} if ca_file else None

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

    def git(
        self,
        *arguments: str,
        config: Mapping[str, str] | None = None,
        authorization: tuple[str, str] | None = None,
        stdin: bytes = b"",
    ) -> bytes:
        """Run git in the repository; arguments as of `run`.

        Raises:
            GitError: Git failed.
        """
        return run(*arguments, repository=self.path, config=config, authorization=authorization, stdin=stdin)

    def clone_mirror(self, url: str, authorization: str) -> None:
        """Copy a whole remote repository, HEAD included; what is there is replaced when the copy is complete.

        The copy is made beside its place, and what was there goes last, so a kill at any time leaves one of them whole.

        Raises:
            NoRepositoryError: The remote does not exist.
            GitError: Git failed otherwise.
        """
        fresh, stale = self._beside()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _remove(fresh)
        try:
            run("clone", "--mirror", "--quiet", url, str(fresh), config=self._trust, authorization=(url, authorization))
            config = fresh / "config"
            # What `git config --remove-section` does, without another process for each of many repositories.
            config.write_bytes(_ORIGIN.sub(b"", config.read_bytes()))
            if os.path.lexists(self.path):
                _remove(stale)
                self.path.rename(stale)
            fresh.rename(self.path)
        finally:
            if fresh.exists():  # half a copy must not fill the disk
                shutil.rmtree(fresh, ignore_errors=True)
        _remove(stale)

    def fetch_mirror(self, url: str, authorization: str) -> None:
        """Make all references those of a remote repository, and drop what it no longer has.

        Nobody else may be at work here: what a killed git left, locks above all, is removed first.

        Raises:
            NoRepositoryError: There is no local repository.
            GitError: Git failed, also because the remote does not exist.
        """
        if not self.exists():
            raise NoRepositoryError(f"no repository at {self.path.name}")
        for leftover in (*self._leftovers(), *self._beside()):
            _remove(leftover)
        self.git(
            "fetch", "--quiet", "--force", "--prune", "--no-tags", "--update-head-ok", "--no-write-fetch-head",
            "--no-auto-maintenance", url, "+refs/*:refs/*",
            config=self._trust, authorization=(url, authorization),
        )  # fmt: skip

    def remote_head(self, url: str, authorization: str) -> str | None:
        """Return the branch that a remote's HEAD names; None if it has none that is there.

        Raises:
            GitError: Git failed.
        """
        listed = run("ls-remote", "--symref", url, "HEAD", config=self._trust, authorization=(url, authorization))
        found = _SYMREF.search(listed.decode())
        return found[1] if found else None

    def is_readable(self) -> bool:
        """Whether git can read all that is here: every reference, and every object with its content.

        That takes as long as reading the whole repository.
        """
        try:
            self.git("fsck", "--no-dangling", "--no-progress")
        except GitError:
            return False
        return True

    def set_head(self, reference: str) -> None:
        """Make HEAD name a branch.

        Raises:
            GitError: Git failed.
        """
        self.git("symbolic-ref", "HEAD", reference)

    def references(self) -> list[bytes]:
        """Return all references, HEAD included, as lines; none of an empty repository.

        A damaged reference is an error. Gitaly takes such a repository for an empty one; a primary that did would have
        its secondaries drop what they have of it.

        Raises:
            NoRepositoryError: There is no repository.
            GitError: What is there is not a valid one, or a reference leads nowhere.
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
            GitError: What is there is not a valid one.
        """
        return checksums.repository_checksum(self.references())

    def remove(self) -> None:
        """Remove the repository, and what a killed copying left of it.

        Raises:
            OSError: The disk refuses.
        """
        for path in (self.path, *self._beside()):
            _remove(path)

    def _beside(self) -> tuple[Path, Path]:
        """Return where a new copy is made, and where an old one waits for it; no repository is called so."""
        return self.path.with_name(f"{self.path.name}.new"), self.path.with_name(f"{self.path.name}.old")

    def _leftovers(self) -> Iterator[Path]:
        """Find the locks and temporary files of git; a reference cannot be called like a lock, but like the others."""
        objects = self.path / "objects"
        for folder, _, names in os.walk(self.path):
            is_below_objects = Path(folder).is_relative_to(objects)
            for name in names:
                if name.endswith(".lock") or (is_below_objects and name.startswith(("tmp_", ".tmp-"))):
                    yield Path(folder, name)


def _remove(path: Path) -> None:
    """Remove whatever is at a path, if anything is."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
