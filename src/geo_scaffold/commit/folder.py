"""A folder that appears, or disappears, by one rename."""

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from geo_scaffold.commit import effects, files
from geo_scaffold.commit.confine import check_distinct, parts_of
from geo_scaffold.commit.failure import changed, explain
from geo_scaffold.commit.interrupts import Interrupts
from geo_scaffold.commit.siblings import Purpose, find_siblings, own, renamed, sibling_of
from geo_scaffold.errors import BusyError, ConfinementError, GeoScaffoldError, RecoveryError, WriteError

_ATTEMPTS = 5
_WAIT = "wait until it has ended and run the command again"


def create_folder(
    target: Path, files_: Mapping[str, bytes], *, durable: bool = True, modes: Mapping[str, int] | None = None
) -> None:
    """Create a folder with files, completely or not at all.

    It is built as a hidden sibling and renamed at the end. An empty folder of that name is replaced, and its
    permissions are kept: the rename does that in one step, and fails if the folder is no longer empty.

    Args:
        target: The folder; its parent exists.
        files_: The content of each file, by its POSIX path relative to the folder.
        durable: Wait for the disk.
        modes: Permission bits of files that need others than 0o666; the umask applies to all.

    Raises:
        ConfinementError: A path leaves the folder.
        WriteError: Something of that name exists, the disk refused, or the paths contradict each other.
        InterruptedRunError: A signal came.
    """
    check_distinct(files_)
    for path in files_:
        parts_of(path)
    target = _resolve(target)
    with Interrupts() as interrupts:
        with _explained(".geo-scaffold-new-", target):
            mode = _mode_of_empty(target)
            stage, descriptor = _open_stage(target)
            try:
                _fill(stage, files_, modes or {}, interrupts)
                if durable:
                    _sync(stage, files_, interrupts)
                if mode is not None:
                    effects.change_mode(descriptor, mode)
                interrupts.check()
                _appear(stage, target)
            except BaseException:
                _clear(stage)
                raise
            finally:
                _let_go(descriptor)
        if durable:
            _settle(target.parent)


def remove_folder(target: Path, files_: Mapping[str, bytes], *, durable: bool = True) -> None:
    """Remove a folder that contains exactly these files, with these bytes, and nothing else.

    It is moved away by one rename and checked once more there; if anything has changed meanwhile, it is moved back.

    Args:
        target: The folder.
        files_: The content of each file, by its POSIX path relative to the folder.
        durable: Wait for the disk.

    Raises:
        ConfinementError: A path leaves the folder.
        WriteError: The folder contains something else, or the disk refused; it is unchanged.
        BusyError: Another run is working on it.
        InterruptedRunError: A signal came.
        RecoveryError: The folder could not be moved back; the next call of `recover` does it.
    """
    for path in files_:
        parts_of(path)
    target = _resolve(target)
    with Interrupts() as interrupts:
        with _explained(".geo-scaffold-old-", target):
            _check_content(target, files_, target)
            descriptor = own(target)
            if descriptor is None:
                raise BusyError(f"another run of geo-scaffold is at work on {target}", path=str(target), remedy=_WAIT)
            try:
                gone = _move_away(target, files_, interrupts, durable=durable)
            finally:
                _let_go(descriptor)
        _clear(gone)
        if durable:
            _settle(target.parent)


@contextmanager
def _explained(stage: str, target: Path) -> Iterator[None]:
    """Turn what goes wrong into an error for people, which names the target instead of the hidden sibling."""
    try:
        yield
    except BaseException as error:
        shown = explain(error, lambda path: _show(path, stage=stage, target=target))
        left = [
            sibling.path.name
            for sibling in find_siblings(target.parent)
            if sibling.target == target and sibling.is_of_this_run
        ]
        if left and isinstance(shown, GeoScaffoldError) and not isinstance(shown, RecoveryError):
            remark = f"{', '.join(left)} could not be removed: the next `new`, `undo` or `release` here does it"
            shown.remedy = ". ".join(filter(None, [remark, shown.remedy]))
        if shown is error:
            raise
        raise shown from error


def _let_go(descriptor: int) -> None:
    """Close the folder. A failure is ignored: the work is done."""
    with suppress(OSError):
        os.close(descriptor)


def _resolve(target: Path) -> Path:
    name = target.name
    if name in ("", "..") or "\0" in name or name.casefold() == ".git":
        raise ConfinementError(
            f"{target} cannot be the name of a folder to write", path=str(target), remedy="Choose another name"
        )
    try:
        parent = target.parent.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "it cannot be resolved"
        text = f"cannot use the folder {target.parent}: {reason}; nothing was written"
        raise WriteError(text, path=str(target.parent), remedy="Make it a folder that this user may use") from error
    if not parent.is_dir():
        text = f"{target.parent} is a file, where a folder is needed; nothing was written"
        raise WriteError(text, path=str(target.parent), remedy="Choose another folder")
    return parent / name


def _mode_of_empty(target: Path) -> int | None:
    """Return what the new folder will replace: nothing (None) or an empty folder (its permissions)."""
    try:
        mode = target.lstat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISDIR(mode):
        raise _target_exists(target, "is not a folder")
    with os.scandir(target) as entries:
        if next(entries, None) is not None:
            raise _target_exists(target, "is not empty")
    return stat.S_IMODE(mode)


def _target_exists(target: Path, why: str) -> WriteError:
    text = f"{target} exists and {why}; nothing was written"
    return WriteError(text, path=str(target), remedy="Move it away, or choose another folder")


def _open_stage(target: Path) -> tuple[Path, int]:
    for _ in range(_ATTEMPTS):
        stage = sibling_of(target, Purpose.NEW)
        effects.make_directory(stage)
        try:
            descriptor = own(stage)
        except FileNotFoundError:
            descriptor = None
        except BaseException:
            _clear(stage)
            raise
        if descriptor is not None:
            return stage, descriptor
        # A run that is just starting took it for one whose owner is dead, and removes it: try another name.
    raise BusyError(f"other runs of geo-scaffold are at work in {target.parent}", path=str(target.parent), remedy=_WAIT)


def _fill(stage: Path, files_: Mapping[str, bytes], modes: Mapping[str, int], interrupts: Interrupts) -> None:
    for folder in _folders_of(files_):
        interrupts.check()
        if folder:
            effects.make_directory(stage / folder)
    for path, content in files_.items():
        interrupts.check()
        files.write_new(stage / path, content, creation_mode=modes.get(path, files.NEW_FILE_MODE))


def _folders_of(paths: Iterable[str]) -> list[str]:
    """Return the folders of the files, parents first, starting with the target itself (the empty name)."""
    folders = {"": None}
    for path in paths:
        chain = []
        folder = path.rpartition("/")[0]
        while folder not in folders:
            chain.append(folder)
            folder = folder.rpartition("/")[0]
        folders.update(dict.fromkeys(reversed(chain)))
    return list(folders)


def _sync(stage: Path, files_: Mapping[str, bytes], interrupts: Interrupts) -> None:
    files.start_writing(stage / path for path in files_)
    for path in [*files_, *_folders_of(files_)]:
        interrupts.check()
        effects.sync(stage / path)


def _appear(stage: Path, target: Path) -> None:
    try:
        effects.rename(stage, target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise _target_exists(target, "is not empty any more") from error
        if error.errno in (errno.ENOTDIR, errno.EBUSY):
            raise _target_exists(target, "cannot be replaced") from error
        raise


def _move_away(target: Path, files_: Mapping[str, bytes], interrupts: Interrupts, *, durable: bool) -> Path:
    """Move the folder to a hidden name, check it there, and mark it for deletion by a second rename."""
    old = sibling_of(target, Purpose.OLD)
    gone = renamed(old, Purpose.GONE)
    interrupts.check()
    try:
        effects.rename(target, old)
        if durable:
            effects.sync(target.parent)
        _check_content(old, files_, target)
        interrupts.check()
        effects.rename(old, gone)
    except BaseException as error:
        if files.exists(old):
            _put_back(old, target, error)
        raise
    return gone


def _put_back(old: Path, target: Path, cause: BaseException) -> None:
    try:
        effects.rename(old, target)
    except BaseException as error:
        raise RecoveryError(
            f"{cause}, but {target} could not be put back ({error}); it is in {old.name}",
            path=str(target),
            remedy="Run the command again: it recovers first",
        ) from error


def _check_content(folder: Path, files_: Mapping[str, bytes], shown: Path) -> None:
    """Check that a folder contains exactly these files; stops at the first difference."""
    rest = dict(files_)
    folders = _folders_of(files_)
    for relative in folders:
        place, name = folder / relative, str(shown / relative)
        if not files.exists(place):
            raise changed(name, "was deleted")
        if not stat.S_ISDIR(place.lstat().st_mode):
            raise changed(name, "was replaced")
        if not os.access(place, os.W_OK | os.X_OK):  # otherwise it could be moved away, but not emptied
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))
        with os.scandir(place) as entries:
            for entry in entries:
                path = f"{relative}/{entry.name}" if relative else entry.name
                if entry.is_dir(follow_symlinks=False) and path in folders:
                    continue
                if path not in rest:
                    raise changed(str(shown / path), "appeared")
                content = files.read(folder / path) if entry.is_file(follow_symlinks=False) else None
                if content is None or content[0] != rest.pop(path):
                    raise changed(str(shown / path))
    if rest:
        raise changed(str(shown / min(rest)), "was deleted")


def _clear(folder: Path) -> None:
    # Twice: one failure must not leave anything behind. After that, the next start cleans up.
    for _ in range(2):
        try:
            if files.exists(folder):
                files.remove_tree(folder)
        except (OSError, KeyboardInterrupt):
            continue
        return


def _settle(parent: Path) -> None:
    """Wait for the last rename to reach the disk. If that fails, the work is still done; a power cut may undo it."""
    try:
        effects.sync(parent)
    except (OSError, KeyboardInterrupt):
        return


def _show(path: str, *, stage: str, target: Path) -> str:
    """Return the path that the user knows for one inside the hidden folder."""
    path_ = Path(path)
    for depth, part in enumerate(path_.parts):
        if stage in part and Path(*path_.parts[:depth]) == target.parent:
            return str(target.joinpath(*path_.parts[depth + 1 :]))
    return path
