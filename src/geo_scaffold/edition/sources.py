"""Where the folders of the editions are, what their manifests hold, and which edition builds on which."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

_PACKAGE: Final = Path(__file__).resolve().parent.parent

Entry = Mapping[str, Any]


def templates_root() -> Path:
    """Return the folder of all editions: inside the package when installed, at the top of the project otherwise."""
    installed = _PACKAGE / "templates"
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "templates"


def folders_of(edition: str) -> tuple[Path, ...]:
    """Return the folders that templates of an edition are looked for in: its own, then those that it builds on.

    Args:
        edition: The GitLab major version, such as `16`.

    Raises:
        FileNotFoundError: There is no such edition.
        ValueError: A manifest is not TOML.
    """
    base = read_manifest(edition).get("base")
    return (_folder(edition), *(folders_of(base) if base else ()))


def find_original(path: str) -> Path | None:
    """Return the template or folder that a path leads to, of an edition its own or that of its base; None: nothing.

    Args:
        path: Below the folder of all editions, such as `gitlab-18/create/finder.rb.j2`, without `..`.
    """
    top, _, below = path.partition("/")
    folder = templates_root() / top
    is_edition = top.startswith("gitlab-") and folder.is_dir()
    folders = folders_of(top.removeprefix("gitlab-")) if is_edition else (folder,)
    return next((found for each in folders if (found := each / below).exists()), None)


def steps_of(edition: str) -> Mapping[str, str]:
    """Return the titles of the steps of an edition by id; errors as for `folders_of`."""
    read = read_manifest(edition)
    return {**(steps_of(read["base"]) if "base" in read else {}), **read.get("steps", {})}


def entries_of(edition: str) -> list[Entry]:
    """Return the entries of an edition in order, those of its base among them.

    Args:
        edition: The GitLab major version, such as `16`.

    Raises:
        FileNotFoundError: There is no such edition.
        ValueError: A manifest is not TOML, or an id that it builds on is not there.
    """
    read = read_manifest(edition)
    if "base" not in read:
        return list(read["artifact"])
    base = {entry["id"]: entry for entry in entries_of(read["base"])}
    _check(edition, read.get("without", ()), base)
    merged = [entry for id_, entry in base.items() if id_ not in read.get("without", ())]
    for entry in read["artifact"]:
        if entry["id"] in base:
            at = _position(edition, merged, entry["id"])
            merged[at] = {**base[entry["id"]], **entry}
        else:
            new = {key: value for key, value in entry.items() if key != "after"}
            merged.insert(_position(edition, merged, entry["after"]) + 1, new)
    return _numbered(merged)


def runtime_entries() -> list[Entry]:
    """Return the entries of the reference runtime in order; all editions share them.

    Raises:
        ValueError: The manifest is not TOML.
    """
    read = tomllib.loads((templates_root() / "runtime" / "manifest.toml").read_text(encoding="utf-8"))
    return list(read["artifact"])


@lru_cache
def read_manifest(edition: str) -> Mapping[str, Any]:
    """Return a manifest as it is written; errors as for `folders_of`."""
    return tomllib.loads((_folder(edition) / "manifest.toml").read_text(encoding="utf-8"))


def _folder(edition: str) -> Path:
    return templates_root() / f"gitlab-{edition}"


def _position(edition: str, entries: list[Entry], id_: str) -> int:
    ids = [entry["id"] for entry in entries]
    _check(edition, [id_], ids)
    return ids.index(id_)


def _check(edition: str, ids: Iterable[str], known: Iterable[str]) -> None:
    if unknown := set(ids) - set(known):
        raise ValueError(f"edition {edition} builds on {', '.join(sorted(unknown))}, which is not there")


def _numbered(entries: list[Entry]) -> list[Entry]:
    """Return entries whose boxes are numbered in their order, as an issue template counts them.

    Until then a number only says which box of an artifact it is: the base's for a box of the base.
    """
    numbered: list[Entry] = []
    last = 0
    for entry in entries:
        numbers = {box: last + count for count, box in enumerate(entry.get("boxes", {}), 1)}
        last += len(numbers)
        again: dict[str, Any] = {
            key: {str(numbers[box]): text for box, text in entry[key].items()}
            for key in ("boxes", "commands")
            if key in entry
        }
        if "nested" in entry:
            again["nested"] = [numbers[str(box)] for box in entry["nested"]]
        numbered.append({**entry, **again})
    return numbered
