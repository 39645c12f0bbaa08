"""Where a verb works: a GitLab checkout, or a standalone folder named after the replicable."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

from geo_scaffold.commit import read
from geo_scaffold.errors import ConfinementError, ReadError, ReceiptError, UsageError
from geo_scaffold.ownership import owner_of, sentence
from geo_scaffold.receipt import FOLDER, Receipt, receipt_path
from geo_scaffold.records import dataclass
from geo_scaffold.tree import MOST_BYTES, listing


class Layout(StrEnum):
    """What kind of folder the root is."""

    CHECKOUT = "checkout"
    STANDALONE = "standalone"


VERSION: Final = "VERSION"
"""The file of a checkout that holds GitLab's version."""
_MOST_OF_A_VERSION: Final = 1 << 12
"""How much of it is read, in bytes: a checkout may contain anything."""
_LIST: Final = "ee/lib/gitlab/geo.rb"
"""The list of all types, which only GitLab has."""
REPLICATORS: Final = "ee/app/replicators/geo"
"""Where the replicators of all types are."""
RUNTIME: Final = "runtime/"
"""The prefix of a path of the reference runtime."""


@dataclass(frozen=True, slots=True)
class Target:
    """The folder to write to.

    Args:
        root: The folder; a standalone one need not exist yet.
        layout: What kind of folder it is.
    """

    root: Path
    layout: Layout

    @property
    def checkout(self) -> Path | None:
        """The root of the checkout, or None for a standalone folder."""
        return self.root if self.layout is Layout.CHECKOUT else None

    @property
    def prefix(self) -> str:
        """The prefix of a path of GitLab's tree."""
        return "" if self.layout is Layout.CHECKOUT else "gitlab/"

    @property
    def gitlab_version(self) -> str | None:
        """The version of the checkout, from its `VERSION`, or None for a standalone folder."""
        if self.layout is Layout.STANDALONE:
            return None
        path = self.root / VERSION
        if path.is_symlink():
            raise ReadError(
                f"{VERSION} is a symbolic link, which is not followed: messages show its content",
                path=VERSION,
                remedy="Replace the link by the file that it points to",
            )
        try:
            with path.open("rb") as file:
                return file.read(_MOST_OF_A_VERSION).decode("utf-8", "replace").strip()
        except OSError as error:
            raise ReadError(
                f"cannot read {VERSION}: {error.strerror}", path=VERSION, remedy="Make it readable for this user"
            ) from error


@dataclass(frozen=True, slots=True)
class FoundReceipt:
    """A receipt, and where it was found.

    Args:
        target: The target that it belongs to.
        name: The replicable name.
        receipt: Its contents.
        content: Its bytes.
    """

    target: Target
    name: str
    receipt: Receipt
    content: bytes


def folder_of(into: Path) -> Path:
    """Return the folder given to a verb.

    Raises:
        UsageError: There is no such folder.
    """
    folder = path_of(into)
    try:
        is_there = folder.is_dir()
    except OSError as error:
        raise ReadError(
            f"cannot look at {folder}: {error.strerror}", path=str(folder), remedy="Make its folders readable"
        ) from error
    if not is_there:
        raise UsageError(f"{into} is not a folder", remedy="Give an existing folder with --into")
    return folder


def path_of(into: Path) -> Path:
    """Return the path of a folder without checking it: the current folder may no longer be at its path.

    Args:
        into: The folder given by the user.

    Raises:
        UsageError: It is the current folder, which no longer exists.
    """
    try:
        return Path(os.path.realpath(into))
    except OSError as error:
        raise UsageError("the current folder is gone", remedy="Change to another one, or give --into") from error


def find_checkout(folder: Path) -> Path | None:
    """Return the root of the GitLab checkout that a folder is in: the nearest parent that looks like one.

    A parent that another user made does not count: its contents may be anybody's.

    Args:
        folder: An absolute path.

    Raises:
        ReadError: A folder may be a checkout, but cannot be read to the end.
    """
    for parent in (folder, *folder.parents):
        if not _looks_like_checkout(parent, is_own=parent == folder):
            continue
        if parent != folder and _strange_mark(parent):
            continue
        return parent
    return None


def _looks_like_checkout(folder: Path, *, is_own: bool = False) -> bool:
    """Tell whether a folder has the marks of a checkout; one that may not be read has none.

    Args:
        folder: The folder.
        is_own: Whether the user gave it, as opposed to a parent, which may belong to somebody else.

    Raises:
        ReadError: It has one of the marks, and may not be read to check the other.
    """
    try:
        if not (folder / VERSION).is_file():
            return False
    except OSError:
        return False
    try:
        return (folder / _LIST).is_file()
    except OSError as error:
        if not is_own and _strange_among(folder, (".", VERSION, "ee")):
            return False
        raise ReadError(
            f"cannot look at {folder / _LIST}: {error.strerror}",
            path=str(folder / _LIST),
            remedy="Make its folders readable for this user, or work in another folder",
        ) from error


def is_folder(path: Path) -> bool:
    """Tell whether there is an accessible folder."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_strange(root: Path) -> bool:
    """Tell whether the receipts and templates of a folder belong to another user, and so are ignored."""
    return _strange_part(root) is not None


def strangers_around(into: Path) -> list[str]:
    """Return messages about what is ignored around a folder because it belongs to other users.

    Args:
        into: The folder given by the user.
    """
    try:
        folder = Path(os.path.realpath(into))
    except OSError:
        return []
    found = []
    for parent in (folder, *folder.parents):
        part = _strange_part(parent)
        if parent != folder and _looks_like_checkout(parent):
            part = _strange_mark(parent) or part
        if part:
            found.append(sentence(*part, parent))
    return found


def _strange_mark(root: Path) -> tuple[Path, int] | None:
    """Return the mark of a checkout that another user made, and that user."""
    return _strange_among(root, (".", VERSION, "ee", "ee/lib", "ee/lib/gitlab", _LIST))


def _strange_part(root: Path) -> tuple[Path, int] | None:
    return _strange_among(root, (FOLDER, f"{FOLDER}/templates"))


def _strange_among(root: Path, paths: Iterable[str]) -> tuple[Path, int] | None:
    for path in paths:
        owner = owner_of(root / path, inside=root)
        if owner is not None:
            return root / path, owner
    return None


def target_for(folder: Path, name: str) -> Target:
    """Choose the target for a model that has no receipt yet.

    Args:
        folder: The folder given to the verb, an absolute path.
        name: The replicable name.

    Raises:
        ConfinementError: The standalone folder is a symbolic link to somewhere else.
    """
    checkout = find_checkout(folder)
    if checkout:
        return Target(checkout, Layout.CHECKOUT)
    root = folder / name
    if root.is_symlink():
        raise ConfinementError(
            f"{name} is a symbolic link; it is neither followed nor replaced",
            path=name,
            remedy="Remove the link, or give another folder with --into",
        )
    return Target(root, Layout.STANDALONE)


def find_receipt(folder: Path, model: str, name: str | None = None) -> FoundReceipt | None:
    """Find the receipt of a model in a checkout, or in, around or directly below a folder.

    Args:
        folder: The folder given to the verb, an absolute path.
        model: The Active Record class.
        name: The replicable name, if the model has several receipts.

    Raises:
        UsageError: The model has several receipts.
        GeoScaffoldError: The only file that could be its receipt cannot be read.
    """
    model = model.strip().removeprefix("::")
    found = [receipt for receipt in _receipts(folder, model, name) if name is None or receipt.name == name]
    own = [found_receipt for found_receipt in found if found_receipt.target.root.name == found_receipt.name]
    if len(found) > 1 and len(own) == 1:  # the others are copies
        found = own
    if len(found) > 1:
        places = ", ".join(str(found_receipt.target.root) for found_receipt in found)
        hint = "--name" if len({found_receipt.name for found_receipt in found}) > 1 else "--into"
        raise UsageError(f"{model} was generated more than once: {places}", remedy=f"Choose one with {hint}")
    return found[0] if found else None


def folders_in(folder: Path) -> list[Path]:
    """Return the folders directly in a folder, sorted; empty if it cannot be read."""
    with suppress(OSError), os.scandir(folder) as entries:
        return sorted(folder / entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    return []


def receipts_in(root: Path) -> list[str]:
    """Return the replicable names for which a target's root has receipts, sorted.

    Raises:
        ReadError: Their folder cannot be read.
    """
    try:
        return receipts_among(listing(root / FOLDER))
    except OSError as error:
        text = f"cannot read {FOLDER}: {error.strerror}"
        raise ReadError(text, path=FOLDER, remedy="Make it readable: receipts are in there") from error


def receipts_among(files: Iterable[str]) -> list[str]:
    """Return the replicable names of the receipts among the files of their folder, sorted."""
    return sorted(name.removesuffix(".json") for name in files if name.endswith(".json"))


def _receipts(folder: Path, model: str, name: str | None) -> Iterator[FoundReceipt]:
    checkout = find_checkout(folder)
    if checkout:
        yield from _receipts_in(Target(checkout, Layout.CHECKOUT), model, name)
        return
    for inside in (folder, *folder.parents):
        if is_folder(inside / FOLDER):
            yield from _receipts_in(Target(inside, Layout.STANDALONE), model, name)
    for below in folders_in(folder):
        if is_folder(below / FOLDER):
            yield from _receipts_in(Target(below, Layout.STANDALONE), model, name)


def _receipts_in(target: Target, model: str, name: str | None) -> Iterator[FoundReceipt]:
    if is_strange(target.root):
        return
    for each in receipts_in(target.root):
        path = receipt_path(each)
        try:
            content = read(target.root / path, most=MOST_BYTES)
        except OSError as error:
            raise ReadError(f"cannot read {path}: {error.strerror}", path=path, remedy="Make it readable") from error
        try:
            receipt = Receipt.load(content[0] if content else b"", path)
        except ReceiptError:
            # An unreadable one matters only for the model to which it may belong.
            if each in (name, target.root.name) or f'"{model}"'.encode() in (content or (b"",))[0]:
                raise
            continue
        if receipt.answers.model == model and receipt.layout == target.layout:
            yield FoundReceipt(target, each, receipt, content[0] if content else b"")
