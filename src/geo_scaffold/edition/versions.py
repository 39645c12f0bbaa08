"""Which edition fits which GitLab."""

import re

from geo_scaffold.edition.sources import read_manifest, templates_root
from geo_scaffold.errors import UsageError

_FOLDER = re.compile(r"gitlab-(\d+)")


def edition_for(version: str) -> str:
    """Return the edition that fits a GitLab version: 16 up to 16.x, 18 from 17 on.

    Args:
        version: Such as `16.11` or `18.9.0-pre`.
    """
    major = re.match(r"\d+", version)
    return "16" if major is None or int(major[0]) <= 16 else "18"


def milestone_of(version: str | None) -> str | None:
    """Return the milestone of a GitLab version, such as `16.3`; None where the version does not say it."""
    match = re.match(r"\d+\.\d+", version or "")
    return match[0] if match else None


def available_editions() -> tuple[str, ...]:
    """Return the editions that have templates, the oldest first."""
    found = (_FOLDER.fullmatch(path.name) for path in templates_root().iterdir())
    return tuple(sorted((match[1] for match in found if match), key=int))


def require_edition(edition: str, *, needed_by: str, remedy: str = "") -> str:
    """Return an edition, which has to be there.

    Args:
        edition: Such as `18`.
        needed_by: What needs it, for the message: a version of GitLab, a receipt, a model.
        remedy: What to do where it is not there; empty: the editions that are there say it.

    Raises:
        UsageError: There are no templates of it.
    """
    available = available_editions()
    if edition not in available:
        there = f"It has {', '.join(available)}"
        raise UsageError(
            f"{needed_by} needs edition {edition}, which this version of geo-scaffold does not have",
            remedy=f"{there}; {remedy[0].lower()}{remedy[1:]}" if remedy else there,
        )
    return edition


def newest_checked(edition: str) -> str | None:
    """Return the newest GitLab that an edition was checked with, such as `18.9`; None: it is of one version only.

    Raises:
        FileNotFoundError: There is no such edition.
    """
    checked: str | None = read_manifest(edition).get("checked_with")
    return checked


def is_newer(version: str, other: str) -> bool:
    """Tell whether a GitLab version is newer than another one, as far as both say it."""
    return _numbers(version) > _numbers(other)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)[:2]]
