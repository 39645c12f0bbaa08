"""Which edition fits which GitLab: each manifest gives the first version that it fits."""

import re
from collections.abc import Mapping

from geo_scaffold.edition.sources import MANIFEST, head_of, templates_root
from geo_scaffold.errors import ManifestError, UsageError

# The folder of an edition, and what `VERSION` begins with: `18.9.0-pre`.
_FOLDER = re.compile(r"gitlab-(\d+)")
_VERSION = re.compile(r"\d+(?:\.\d+)*")


def edition_for(version: str | None) -> str:
    """Return the edition that fits a GitLab version: the newest whose first version is not newer.

    Args:
        version: A version such as `16.11` or `18.9.0-pre`; None, or anything else, means the default edition.

    Raises:
        ManifestError: A manifest cannot be used, or there is none.
        ReadError: A manifest cannot be read.
    """
    if version is None or not _VERSION.match(version):
        return default_edition()
    editions = _distinct_editions()
    since = {edition: _numbers(head_of(edition)["from"]) for edition in editions}
    fitting = [edition for edition in editions if since[edition] <= _numbers(version)]
    return max(fitting or editions[:1], key=lambda edition: since[edition])


def _distinct_editions() -> tuple[str, ...]:
    """Return the available editions, no two of which are chosen for the same versions; errors as for `edition_for`."""
    editions = available_editions()
    heads = {edition: head_of(edition) for edition in editions}
    _refuse_shared("from", {edition: _numbers(head["from"]) for edition, head in heads.items()})
    _refuse_shared("default", {edition: True for edition, head in heads.items() if head.get("default")})
    return editions


def _refuse_shared(key: str, values: Mapping[str, object]) -> None:
    """Refuse editions that have the same value where each needs its own, as none could be chosen.

    Args:
        key: The key of the manifests.
        values: Its value in each edition.

    Raises:
        ManifestError: Two have the same.
    """
    first: dict[object, str] = {}
    for edition, value in values.items():
        if (other := first.setdefault(value, edition)) != edition:
            raise ManifestError(
                f"`{key}` has the same value as in edition {other}, so neither can be chosen",
                edition=edition,
                path=str(templates_root() / f"gitlab-{edition}" / MANIFEST),
                remedy="Change it in one of them",
            )


def require_version(text: str) -> str:
    """Return what `VERSION` of a checkout says, which has to be a version.

    Args:
        text: Such as `18.9.0-pre`.

    Raises:
        UsageError: It is none, so that nobody knows what the checkout asks for.
    """
    if _VERSION.match(text):
        return text
    from geo_scaffold.editors.conflicts import marker_at  # noqa: PLC0415 - only for the message

    is_torn = marker_at(text) is not None
    message = "VERSION has merge conflict markers" if is_torn else f"VERSION says {text[:40]!a}, which is not a version"
    raise UsageError(message, path="VERSION", remedy="Write GitLab's version there, such as 18.9.0-pre")


def default_edition() -> str:
    """Return the edition for an unknown GitLab version, outside a checkout; errors as for `edition_for`."""
    editions = _distinct_editions()
    return next((edition for edition in editions if head_of(edition).get("default")), editions[0])


def milestone_of(version: str | None) -> str | None:
    """Return the milestone of a GitLab version, such as `16.3`, or None if the version does not tell."""
    match = re.match(r"\d+\.\d+", version or "")
    return match[0] if match else None


def available_editions() -> tuple[str, ...]:
    """Return the editions that have templates, the oldest first.

    Raises:
        ManifestError: There is none.
    """
    root = templates_root()
    found = (_FOLDER.fullmatch(path.name) for path in root.iterdir()) if root.is_dir() else ()
    editions = tuple(sorted((match[1] for match in found if match), key=int))
    if not editions:
        raise ManifestError("there is no edition", path=str(root), remedy="Install geo-scaffold again")
    return editions


def require_edition(edition: str, *, needed_by: str, remedy: str = "") -> str:
    """Return an edition, which has to exist.

    Args:
        edition: Such as `18`.
        needed_by: What needs it, for the message: a version of GitLab, a receipt, a model.
        remedy: What to do if it does not exist; empty to list those that do.

    Raises:
        UsageError: There are no templates for it.
    """
    available = available_editions()
    if edition not in available:
        hint = f"It has {', '.join(available)}"
        raise UsageError(
            f"{needed_by} needs edition {edition}, which this version of geo-scaffold does not have",
            remedy=f"{hint}; {remedy[0].lower()}{remedy[1:]}" if remedy else hint,
        )
    return edition


def newest_checked(edition: str) -> str | None:
    """Return the newest GitLab that an edition was checked with, such as `18.9`, or None if not recorded.

    Args:
        edition: The GitLab major version.
    """
    checked: str | None = head_of(edition).get("checked_with")
    return checked


def is_newer(version: str, other: str) -> bool:
    """Tell whether a GitLab version is newer than another one, as far as both are known.

    Args:
        version: Such as `18.9` or `18.9.0-pre`.
        other: The same.
    """
    return _numbers(version) > _numbers(other)


def _numbers(version: str) -> tuple[int, int]:
    """Return major and minor version, or `(0, 0)` for anything else."""
    match = _VERSION.match(version)
    major, minor, *_ = [*map(int, match[0].split(".")), 0, 0] if match else [0, 0]
    return major, minor
