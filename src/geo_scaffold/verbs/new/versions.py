"""The versions of migrations: which ones a run may use, and which ones people gave them since.

Rails refuses two migrations with the same version in a database; GitLab refuses one in the future
(`scripts/validate_migration_timestamps`). Versions in real trees need not be times, and are compared as text.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice, takewhile
from typing import Final, NamedTuple

from geo_scaffold.checkout.migrations import DATABASES
from geo_scaffold.edition import Artifact
from geo_scaffold.edition.context import second_before
from geo_scaffold.errors import ConflictError, UsageError
from geo_scaffold.names import Names
from geo_scaffold.receipt import Receipt
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.earlier_runs import recorded_versions, version_of

FOLDERS: Final = tuple(folder for folders in DATABASES for folder in folders)
"""The folders of migrations, for the main and the tracking database."""
_VERSION_FILES: Final = ("db/schema_migrations", "ee/db/geo/schema_migrations")
_MOST_TRIES: Final = 3600
"""How many seconds back to look for a free version."""


class Versions(NamedTuple):
    """The versions by step of the manifest, if they differ from the answer to `--timestamp`.

    Args:
        now: The new versions.
        then: The versions recorded by an earlier run.
    """

    now: Mapping[str, str]
    then: Mapping[str, str]


def versions_of(
    receipt: Receipt | None,
    artifacts: Iterable[Artifact],
    names: Names,
    *,
    edition: str,
    timestamp: str,
    tree: Tree,
    prefix: str,
) -> Versions:
    """Return the versions of each step's migrations: a person may have changed them.

    Args:
        receipt: What an earlier run wrote, or None if there was none.
        artifacts: The artifacts of the edition.
        names: The spellings.
        edition: The edition.
        timestamp: The current answer; if it differs from the receipt's, it applies to all migrations.
        tree: The target.
        prefix: The prefix of a path of GitLab's tree, such as `gitlab/`.
    """
    if receipt is None:
        return Versions({}, {})
    then = recorded_versions(receipt.records, artifacts)
    usual = receipt.answers.timestamp
    then = {step: version for step, version in then.items() if version != usual}
    if timestamp != usual:
        return Versions({}, then)
    present = {record.id for record in receipt.records if tree.read(record.path) is not None}
    recorded = {record.id for record in receipt.records}
    if recorded <= present:
        return Versions(then, then)
    from geo_scaffold.checkout.sources import Sources  # noqa: PLC0415 - only where a person renamed something
    from geo_scaffold.checkout.types import timestamps_of  # noqa: PLC0415

    unknown = {artifact.id for artifact in artifacts} - recorded
    versions = timestamps_of(edition, names, Sources(tree, prefix), known=present | unknown)
    return Versions({**then, **versions}, then)


def free_timestamp(
    given: str | None,
    now: str,
    paths_at: Callable[[str], Iterable[str]],
    tree: Tree,
    own: Collection[str],
) -> str:
    """Return the timestamp to use: the given one, else the newest up to now whose versions are all free.

    Args:
        given: The answer of this run, or None if there is none.
        now: The time of the run, in UTC.
        paths_at: Returns the paths of the files of the run, by a timestamp.
        tree: The checkout.
        own: The files that earlier runs wrote, whose versions are the type's own.

    Raises:
        ConflictError: Another migration has a version derived from the given timestamp, or all are taken.
        UsageError: The given timestamp leads to a version in the future.
    """
    if given is not None:
        paths = set(paths_at(given))
        versions = _versions(paths)
        if late := max((version for version in versions if version > now), default=None):
            raise UsageError(
                f"--timestamp {given} is later than now, {now} UTC{'' if late == given else f': a version is {late}'}",
                remedy="Give one in the past: GitLab refuses migrations from the future",
            )
        if taken := next(_used_versions(versions, tree, own, paths), None):
            raise ConflictError(
                f"version {taken.version} of --timestamp {given} is taken; nothing was written",
                path=taken.path,
                remedy="Give another --timestamp, or none: the next free second is used then",
            )
        return given
    timestamp = now
    for _ in range(_MOST_TRIES):
        versions = _versions(paths_at(timestamp))
        if all(version <= now for version in versions) and next(_used_versions(versions, tree, own, ()), None) is None:
            return timestamp
        timestamp = second_before(timestamp)
    raise ConflictError(f"no second before {now} is free for a migration", remedy="Give one with --timestamp")


class _UsedVersion(NamedTuple):
    """A version that is taken, and the file that has it."""

    version: str
    path: str


def _versions(paths: Iterable[str]) -> list[str]:
    return sorted({version for path in paths if (version := version_of(path))})


def _used_versions(
    versions: Iterable[str], tree: Tree, own: Collection[str], wanted: Collection[str]
) -> Iterator[_UsedVersion]:
    """Yield the versions that others have; one in another database does not count.

    Args:
        versions: The versions.
        tree: The checkout.
        own: The files that earlier runs wrote.
        wanted: The files of this run: an existing file at one of these paths may have its version.
    """
    for version in versions:
        paths = [f"{folder}/{name}" for folder in FOLDERS for name in _having(tree.names(folder), version)]
        yield from (_UsedVersion(version, path) for path in paths if path not in own and path not in wanted)
        for folder in _VERSION_FILES if not paths else ():
            path = f"{folder}/{version}"
            if path not in own and tree.read(path) is not None:
                yield _UsedVersion(version, path)


def _having(names: Sequence[str], version: str) -> Iterator[str]:
    """Return which of the sorted names, possibly thousands, begin with a version."""
    beginning = f"{version}_"
    return takewhile(lambda name: name.startswith(beginning), islice(names, bisect_left(names, beginning), None))
