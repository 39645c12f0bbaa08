"""The folders of the editions, the content of their manifests, and which edition builds on which."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from geo_scaffold.edition.format_strings import perhaps
from geo_scaffold.edition.manifest_cache import cached
from geo_scaffold.edition.vocabulary import OF_DECISIONS, Op
from geo_scaffold.errors import GeoScaffoldError, ManifestError, ReadError
from geo_scaffold.kinds import generated

if TYPE_CHECKING:
    from geo_scaffold.edition.schema import Entry
    from geo_scaffold.edition.validation import Mistake

MANIFEST: Final = "manifest.toml"
RUNTIME: Final = "runtime"
"""The folder of the reference runtime, whose manifest all editions share."""
_PACKAGE: Final = Path(__file__).resolve().parent.parent
_HEAD: Final = re.compile(r"^\s*\[", re.MULTILINE)
"""Begins the first table of a manifest."""


def templates_root() -> Path:
    """Return the folder of all editions: inside an installed package, at the top of the project otherwise."""
    installed = _PACKAGE / "templates"
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "templates"


def folders_of(edition: str) -> tuple[Path, ...]:
    """Return the folders to search for templates of an edition: its own, then those of its bases.

    Args:
        edition: The GitLab major version, such as `16`.

    Raises:
        ManifestError: A manifest cannot be used.
        ReadError: A manifest cannot be read.
    """
    return tuple(_folder(each) for each in lineage_of(edition))


def lineage_of(edition: str) -> tuple[str, ...]:
    """Return an edition and its bases, nearest first; errors as for `folders_of`."""
    lineage = [edition]
    while (base := head_of(lineage[-1]).get("base")) is not None:
        if base in lineage or not (_folder(base) / MANIFEST).is_file():
            what = "builds on itself" if base in lineage else "builds on an edition that does not exist"
            raise ManifestError(
                f"`base` is {base!a}: it {what}",
                edition=lineage[-1],
                path=str(_folder(lineage[-1]) / MANIFEST),
                remedy=f"There are {', '.join(sorted(folder.name.removeprefix('gitlab-') for folder in _folders()))}",
            )
        lineage.append(base)
    return tuple(lineage)


def features_of(edition: str) -> frozenset[str]:
    """Return the features of an edition, including those of its bases; errors as for `folders_of`."""
    return frozenset(feature for each in lineage_of(edition) for feature in head_of(each).get("features", ()))


def kinds_of(edition: str) -> tuple[str, ...]:
    """Return the kinds that an edition can generate: its own list, else its nearest base's, else all.

    Args:
        edition: The GitLab major version, such as `16`.

    Raises:
        ManifestError: A manifest cannot be used.
        ReadError: A manifest cannot be read.
    """
    declared = (head_of(each).get("kinds") for each in lineage_of(edition))
    return tuple(next((each for each in declared if each is not None), generated()))


def find_original(path: str) -> Path | None:
    """Return the template or folder at a path, from the edition or its base, or None if there is none.

    Args:
        path: A path below the folder of all editions, such as `gitlab-18/create/finder.rb.j2`, without `..`.
    """
    top, _, below = path.partition("/")
    folder = templates_root() / top
    is_edition = top.startswith("gitlab-") and folder.is_dir()
    folders = folders_of(top.removeprefix("gitlab-")) if is_edition else (folder,)
    return next((found for each in folders if (found := each / below).exists()), None)


def steps_of(edition: str) -> Mapping[str, str]:
    """Return the titles of the steps of an edition by id; errors as for `folders_of`."""
    titles: Mapping[str, str] = _merged_tables(edition)["steps"]
    return titles


def sections_of(edition: str) -> "list[Entry]":
    """Return the sections of an edition's checklist: its own, else those of its nearest base.

    Args:
        edition: The GitLab major version, such as `16`.

    Returns:
        The sections in order, each with all keys but the title; empty if it is divided by phases and steps.

    Raises:
        ManifestError: A manifest cannot be used.
        ReadError: A manifest cannot be read.
    """
    return list(_merged_tables(edition)["section"])


def entries_of(edition: str) -> "list[Entry]":
    """Return the entries of an edition in order, including those of its base.

    Args:
        edition: The GitLab major version, such as `16`.

    Raises:
        ManifestError: A manifest cannot be used.
        ReadError: A manifest cannot be read.
    """
    return list(_merged_tables(edition)["artifact"])


@lru_cache
def _merged_tables(edition: str) -> Mapping[str, Any]:
    """Return the validated tables of an edition and of all its bases; errors as above."""
    lineage = lineage_of(edition)
    texts = [_text(_folder(ancestor) / MANIFEST, ancestor) for ancestor in lineage]

    def make() -> Mapping[str, Any]:
        entries = _entries(edition)
        return {
            "artifact": entries,
            "steps": _steps(edition),
            "section": _sections(edition, entries),
            "merge_requests": _requests(edition),
        }

    return _cached("edition", [*lineage, *texts, _features()], make)


def _features() -> str:
    """Return the text that defines the features; empty if it cannot be read, which is reported when needed."""
    try:
        return _text(templates_root() / RUNTIME / MANIFEST, RUNTIME)
    except GeoScaffoldError:
        return ""


def _cached(what: str, texts: Sequence[str], make: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    tables: Mapping[str, Any] = cached(what, texts, make)
    return tables


def _steps(edition: str) -> dict[str, str]:
    titles: dict[str, str] = {}
    for each in reversed(lineage_of(edition)):
        own = read_manifest(each).get("steps", {})  # in its order, if it also names those of its base
        titles = {**own, **{step: title for step, title in titles.items() if step not in own}}
    return titles


def requests_of(edition: str) -> "Mapping[str, Entry]":
    """Return an edition's merge requests, by phase; errors as for `folders_of`."""
    requests: Mapping[str, Entry] = _merged_tables(edition)["merge_requests"]
    return requests


def _requests(edition: str) -> "dict[str, Entry]":
    declared: dict[str, Entry] = {}
    for each in reversed(lineage_of(edition)):
        declared |= read_manifest(each).get("merge_requests", {})
    return declared


def _sections(edition: str, entries: "list[Entry]") -> "list[Entry]":
    from geo_scaffold.edition.schema import mistakes_in_sections  # noqa: PLC0415 - see `kept`

    gone: set[str] = set()  # what newer editions than that of the sections leave out
    for each in lineage_of(edition):
        if own := read_manifest(each).get("section"):
            sections: list[Entry] = [{"takes": [], **section, "artifacts": _without(section, gone)} for section in own]
            _refuse(mistakes_in_sections(sections, entries), edition)
            return sections
        gone |= set(head_of(each).get("without", ()))
    return []


def _without(section: "Entry", gone: Collection[str]) -> list[str]:
    return [id_ for id_ in section.get("artifacts", ()) if id_ not in gone]


def _entries(edition: str) -> "list[Entry]":
    merged: list[Entry] = []
    for each in reversed(lineage_of(edition)):
        merged = _merged(each, merged)
    return _numbered(merged) if "base" in head_of(edition) else merged


def _merged(edition: str, base: "list[Entry]") -> "list[Entry]":
    """Return the entries of an edition merged with those of its base."""
    from geo_scaffold.edition.schema import mistakes_in_entries, mistakes_in_order  # noqa: PLC0415 - see `kept`

    read = read_manifest(edition)
    ids = [entry["id"] for entry in base]
    _refuse(mistakes_in_order(read, ids), edition)
    gone = frozenset(read.get("without", ()))
    merged = [entry for entry in base if entry["id"] not in gone]
    at = {entry["id"]: entry for entry in merged}
    for entry in read.get("artifact", ()):
        if not base:
            merged.append(entry)
        elif entry["id"] in at:
            merged[_position(merged, entry["id"])] = {**_inherited(at[entry["id"]], entry), **entry}
        else:
            new = {key: value for key, value in entry.items() if key != "after"}
            merged.insert(_position(merged, entry["after"]) + 1, new)
    _refuse(_of_released_by(edition, {entry["id"] for entry in merged}), edition)
    _refuse(mistakes_in_entries(merged, _steps(edition), is_base=not base), edition)
    return merged


def _inherited(base: "Entry", entry: "Entry") -> "Entry":
    """Return what an entry inherits from its base's: no keys that only fit the base's `op`, if it has another."""
    op = entry.get("op", base["op"])
    if (op == Op.CONFIRM) == (base["op"] == Op.CONFIRM):
        return base
    gone = ("targets", "forms") if op == Op.CONFIRM else OF_DECISIONS
    return {key: value for key, value in base.items() if key not in gone}


def released_by(edition: str) -> str | None:
    """Return the id of the artifact whose file shows whether a type is released; errors as for `folders_of`."""
    declared = (head_of(each).get("released_by") for each in lineage_of(edition))
    return next((each for each in declared if each is not None), None)


def acknowledged_by(edition: str) -> "list[Entry]":
    """Return the findings of `drift` that an edition or its bases acknowledge; errors as for `folders_of`."""
    return [each for one in lineage_of(edition) for each in read_manifest(one).get("acknowledged", ())]


def _of_released_by(edition: str, ids: Collection[str]) -> "Iterator[Mistake]":
    from geo_scaffold.edition.validation import Mistake  # noqa: PLC0415 - see `kept`

    declared = head_of(edition).get("released_by")
    if declared is not None and declared not in ids:
        yield Mistake(f"`released_by` names {declared!a}, which is not there{perhaps(declared, ids)}")


def runtime_entries() -> "list[Entry]":
    """Return the entries of the reference runtime in order; all editions share them; errors as for `folders_of`."""
    return list(_runtime()["artifact"])


def known_features() -> Mapping[str, str]:
    """Return the meaning of each feature that an edition may have, by its name; errors as for `folders_of`."""
    path = templates_root() / RUNTIME / MANIFEST
    # Reading all of it would take ten times as long.
    head = _parsed(_text(path, RUNTIME).partition("[[artifact]]")[0], path, RUNTIME)
    features: Mapping[str, str] = head.get("features", {})
    return features


@lru_cache
def read_manifest(edition: str) -> Mapping[str, Any]:
    """Return a validated manifest as it is written; errors as for `folders_of`."""
    from geo_scaffold.edition.schema import mistakes_in_edition  # noqa: PLC0415 - see `kept`

    path = _folder(edition) / MANIFEST
    read = _parsed(_text(path, edition), path, edition)
    features = known_features() if "features" in read else {}
    _refuse(mistakes_in_edition(read, features), edition)
    return read


@lru_cache
def head_of(edition: str) -> Mapping[str, Any]:
    """Return the top-level keys of a manifest, above its first table.

    They are enough to choose an edition; reading a whole manifest takes ten times as long.
    """
    path = _folder(edition) / MANIFEST
    text = _text(path, edition)
    return _cached("head", [edition, text], lambda: _head(text, path, edition))


def _head(text: str, path: Path, edition: str) -> Mapping[str, Any]:
    import tomllib  # noqa: PLC0415 - see `kept`

    from geo_scaffold.edition.schema import mistakes_in_head  # noqa: PLC0415

    try:
        head: Mapping[str, Any] = tomllib.loads(_HEAD.split(text, maxsplit=1)[0])
    except tomllib.TOMLDecodeError:  # a list of lists, say, or it is not TOML
        head = _parsed(text, path, edition)
    _refuse(mistakes_in_head(head), edition)
    return head


def forget() -> None:
    """Forget all manifests, so that they are read again: only tests change them while a process runs."""
    for each in (read_manifest, head_of, _merged_tables, _runtime):
        each.cache_clear()


@lru_cache
def _runtime() -> Mapping[str, Any]:
    path = templates_root() / RUNTIME / MANIFEST
    text = _text(path, RUNTIME)
    return _cached("runtime", [text], lambda: _read_runtime(text, path))


def _read_runtime(text: str, path: Path) -> Mapping[str, Any]:
    from geo_scaffold.edition.schema import mistakes_in_runtime  # noqa: PLC0415 - see `kept`

    read = _parsed(text, path, RUNTIME)
    _refuse(mistakes_in_runtime(read), RUNTIME)
    return read


def _text(path: Path, edition: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ManifestError(
            "there is no manifest", edition=edition, path=str(path), remedy="Write one, or remove the folder"
        ) from error
    except OSError as error:
        raise ReadError(
            f"cannot read the manifest: {error.strerror}", path=str(path), remedy="Make it a file that can be read"
        ) from error
    except UnicodeDecodeError as error:
        raise ManifestError(
            "the manifest is not UTF-8", edition=edition, path=str(path), remedy="Save it so"
        ) from error


def _parsed(text: str, path: Path, edition: str) -> Mapping[str, Any]:
    import tomllib  # noqa: PLC0415 - see `kept`

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ManifestError(
            f"the manifest is not TOML: {error}", edition=edition, path=str(path), remedy="Fix it there"
        ) from error


def _refuse(mistakes: "Iterator[Mistake]", edition: str) -> None:
    """Raise the first mistake in a manifest.

    Raises:
        ManifestError: There is one.
    """
    if mistake := next(mistakes, None):
        raise manifest_error(mistake, edition)


def manifest_error(mistake: "Mistake", edition: str) -> ManifestError:
    """Return the error for a mistake.

    Args:
        mistake: The mistake.
        edition: The edition whose manifest it is in, or `runtime`.
    """
    folder = templates_root() / RUNTIME if edition == RUNTIME else _folder(edition)
    return ManifestError(
        mistake.what,
        edition=edition,
        artifact=mistake.artifact,
        path=str(folder / MANIFEST),
        remedy=mistake.hint or "Fix it there",
    )


def _folder(edition: str) -> Path:
    return templates_root() / f"gitlab-{edition}"


def _folders() -> list[Path]:
    return [path for path in templates_root().glob("gitlab-*") if path.is_dir()]


def _position(entries: "list[Entry]", id_: str) -> int:
    return [entry["id"] for entry in entries].index(id_)


def _numbered(entries: "list[Entry]") -> "list[Entry]":
    """Return entries with their boxes numbered in order, as in the issue template.

    Until then a number only identifies a box within an artifact: the base's number for a box of the base.
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
        if "forms" in entry:
            again["forms"] = [
                {**form, "boxes": {str(numbers[box]): text for box, text in form.get("boxes", {}).items()}}
                for form in entry["forms"]
            ]
        numbered.append({**entry, **again})
    return numbered
