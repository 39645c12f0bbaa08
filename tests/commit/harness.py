"""Trees to work on, pictures of them, and ways to let a run fail or die at each of its effects."""

import os
import pickle
import signal
import stat
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from geo_scaffold.commit import Change, commit_changes, create_folder, effects, remove_folder

EFFECTS = sorted(
    name
    for name, value in vars(effects).items()
    if callable(value) and getattr(value, "__module__", None) == effects.__name__ and not name.startswith("_")
)

Picture = dict[str, tuple[int, bytes | None]]

DIED = 77


def picture(root: Path) -> Picture:
    """Everything below a folder: permission bits and bytes of files, permission bits of folders, targets of links."""
    found: Picture = {}
    for folder, folders, files in os.walk(root):
        for name in [*folders, *files]:
            path = Path(folder, name)
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                content: bytes | None = b"-> " + os.fsencode(path.readlink())
            else:
                content = path.read_bytes() if stat.S_ISREG(status.st_mode) else None
            found[path.relative_to(root).as_posix()] = (stat.S_IMODE(status.st_mode), content)
    return found


def times(root: Path) -> dict[str, int]:
    return {
        path.relative_to(root).as_posix(): path.lstat().st_mtime_ns
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


@contextmanager
def watched(call: Callable[[int, str, tuple[Any, ...]], None]) -> Iterator[None]:
    """Call a function with number, name and arguments before each effect."""
    count = 0

    def wrap(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any) -> Any:
            nonlocal count
            count += 1
            call(count, name, args)
            return function(*args)

        return wrapped

    with pytest.MonkeyPatch.context() as patch:
        for name in EFFECTS:
            patch.setattr(effects, name, wrap(name, getattr(effects, name)))
        yield


@dataclass
class Fault:
    """Does something once, before effect number `at`; a write that fails or dies has got half of its bytes out."""

    at: int
    action: Callable[[str], None]
    fired: str = ""
    seen: list[str] = field(default_factory=list)

    def __call__(self, number: int, name: str, args: tuple[Any, ...]) -> None:
        self.seen.append(name)
        if number == self.at:
            self.fired = name
            if self.action is die and name == "write":
                self._write_half(args)
            try:
                self.action(name)
            except BaseException:
                if name == "write":
                    self._write_half(args)
                raise

    @staticmethod
    def _write_half(args: tuple[Any, ...]) -> None:
        os.write(args[0], bytes(args[1])[: len(args[1]) // 2])


def fail(code: int) -> Callable[[str], None]:
    def action(name: str) -> None:
        raise OSError(code, os.strerror(code))

    return action


def interrupt(name: str) -> None:
    raise KeyboardInterrupt


def send(number: int) -> Callable[[str], None]:
    def action(name: str) -> None:
        os.kill(os.getpid(), number)

    return action


def die(name: str) -> None:
    os._exit(DIED)


def in_child(function: Callable[[], Any], user: int | None = None) -> tuple[int, Any]:
    """Run a function in a forked process, optionally as another user, and return its exit code and result."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reading)
            if user is not None:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            try:
                result = function()
            except Exception as error:
                result = error
            os.write(writing, pickle.dumps(_portable(result)))
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        content = pipe.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), pickle.loads(content) if content else None


def _slowly(number: int, name: str, args: tuple[Any, ...]) -> None:
    """Slow each effect down, as on a slow disk: otherwise a run is killed before its first one, or after its last."""
    time.sleep(0.001)


def length_of(run: Callable[[], object]) -> float:
    """Return how many seconds a run takes in a forked process: a first idea of when to kill another one."""

    def timed() -> float:
        began = time.perf_counter()
        with watched(_slowly):
            run()
        return time.perf_counter() - began

    code, seconds = in_child(timed)
    assert code == 0
    assert isinstance(seconds, float), seconds
    return seconds


def killed_after(delay: float, run: Callable[[], object]) -> bool:
    """Run in a forked process and kill that after some seconds; whether it died of it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with watched(_slowly):
                os.write(writing, b".")
                run()
            os._exit(0)
        finally:
            os._exit(1)
    os.read(reading, 1)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(reading)
    os.close(writing)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL)
    return code != 0


def _portable(result: Any) -> Any:
    if isinstance(result, BaseException):
        return type(result).__name__, getattr(result, "message", str(result))
    return result


@dataclass
class Case:
    """A folder with a tree in it, an operation on it, and pictures of both ends."""

    folder: Path
    root: Path
    run: Callable[[], object]
    before: Picture
    after: Picture


BIG = b"".join(b"line %d\n" % number for number in range(3000))

USER = {"user/notes.txt": b"mine\n", "user/bin/tool": b"#!/bin/sh\n"}


def fill(root: Path, content: dict[str, bytes], modes: dict[str, int] | None = None) -> None:
    for path, text in content.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text)
        (root / path).chmod((modes or {}).get(path, 0o644))


TREE = {
    "lib/list.rb": b"A = [\n  1,\n]\n",
    "lib/tool": b"#!/bin/sh\necho 1\n",
    "secret.yml": b"a: 1\n",
    "old/only.txt": b"going\n",
    "lib/stale.rb": b"stale\n",
    "bin/run": b"run\n",
    "big.sql": BIG,
    "untouched.txt": b"same\r\n",
}
TREE_MODES = {"lib/tool": 0o755, "secret.yml": 0o600, "old/only.txt": 0o640, "lib/stale.rb": 0o444, "bin/run": 0o644}
CHANGES = [
    Change("lib/list.rb", TREE["lib/list.rb"], b"A = [\n  1,\n  2,\n]\n"),
    Change("lib/tool", TREE["lib/tool"], b"#!/bin/sh\necho 2\n"),
    Change("secret.yml", TREE["secret.yml"], b"a: 2\n"),
    Change("old/only.txt", TREE["old/only.txt"], None),
    Change("lib/stale.rb", TREE["lib/stale.rb"], None),
    Change("bin/run", TREE["bin/run"], TREE["bin/run"], 0o750),
    Change("big.sql", BIG, BIG + b"end\n"),
    Change("untouched.txt", TREE["untouched.txt"], TREE["untouched.txt"]),
    Change("new/deep/er/one.rb", None, b"one\n"),
    Change("new/two.rb", None, b"", 0o755),
    Change("lib/three.rb", None, b"three\n"),
]
CHANGED = {
    "lib/list.rb": (0o644, b"A = [\n  1,\n  2,\n]\n"),
    "lib/tool": (0o755, b"#!/bin/sh\necho 2\n"),
    "secret.yml": (0o600, b"a: 2\n"),
    "bin/run": (0o750, b"run\n"),
    "big.sql": (0o644, BIG + b"end\n"),
    "new": (0o755, None),
    "new/deep": (0o755, None),
    "new/deep/er": (0o755, None),
    "new/deep/er/one.rb": (0o644, b"one\n"),
    "new/two.rb": (0o755, b""),
    "lib/three.rb": (0o644, b"three\n"),
}
CREATED_DIRECTORIES = ("new", "new/deep", "new/deep/er")

FOLDER = {
    "CHECKLIST.md": b"# all\n" * 100,
    "gitlab/a/b/c.rb": b"c\n",
    "gitlab/a/d.rb": b"d\n",
    "gitlab/e.rb": b"",
    ".geo-scaffold/cool_widget.json": b"{}\n",
}


ONE_OF_EACH = ("lib/list.rb", "old/only.txt", "bin/run", "new/deep/er/one.rb")
"""An edit, a deletion, a change of mode, and a new file in new folders."""


def edit_case(folder: Path, *, git: bool = True, durable: bool = True, only: tuple[str, ...] = ()) -> Case:
    """A tree that is edited."""
    folder.mkdir()
    fill(folder, USER)
    root = folder / "tree"
    fill(root, TREE, TREE_MODES)
    if git:
        fill(root, {".git/HEAD": b"ref: refs/heads/main\n"})
    before = picture(folder)
    changes = [change for change in CHANGES if not only or change.path in only]
    after = dict(before)
    for change in changes:
        if change.after is None:
            del after[f"tree/{change.path}"]
        elif change.path in CHANGED:
            after[f"tree/{change.path}"] = CHANGED[change.path]
    after.update({f"tree/{path}": CHANGED[path] for path in CREATED_DIRECTORIES})
    del after["tree/old"]
    return Case(
        folder, root, lambda: commit_changes(root, changes, durable=durable, remove_empty=["old"]), before, after
    )


def create_case(folder: Path, *, durable: bool = True) -> Case:
    """A folder that appears."""
    folder.mkdir()
    fill(folder, USER)
    before = picture(folder)
    target = folder / "cool_widget"
    fill(target, FOLDER)
    after = picture(folder)
    _remove(target)
    return Case(folder, folder, lambda: create_folder(target, FOLDER, durable=durable), before, after)


def remove_case(folder: Path, *, durable: bool = True) -> Case:
    """A folder that goes."""
    folder.mkdir()
    fill(folder, USER)
    after = picture(folder)
    target = folder / "cool_widget"
    fill(target, FOLDER)
    before = picture(folder)
    return Case(folder, folder, lambda: remove_folder(target, FOLDER, durable=durable), before, after)


def _remove(target: Path) -> None:
    for path in sorted(target.rglob("*"), reverse=True):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()
    target.rmdir()


CASES: dict[str, Callable[[Path], Case]] = {
    "edit": edit_case,
    "edit without git": lambda folder: edit_case(folder, git=False),
    "create": create_case,
    "remove": remove_case,
}

QUICK_CASES: dict[str, Callable[[Path], Case]] = {
    "edit": lambda folder: edit_case(folder, durable=False),
    "edit without git": lambda folder: edit_case(folder, git=False, durable=False),
    "create": lambda folder: create_case(folder, durable=False),
    "remove": lambda folder: remove_case(folder, durable=False),
}

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
