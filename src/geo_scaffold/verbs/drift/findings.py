"""The deviations that drift finds, and which of them an edition acknowledges."""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from geo_scaffold.records import dataclass


class Sort(StrEnum):
    """How a checkout has moved away."""

    GONE = "gone"
    """The place of an entry does not exist."""
    DERIVED = "derived"
    """A list is derived from something else, so it takes no entry."""
    MOVED = "moved"
    """A place has another form than any that the edition knows."""
    ADDED = "added"
    """The newest types have something that the edition does not generate."""
    DIFFERS = "differs"
    """The edition generates something that none of the newest types has."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference.

    Args:
        id: The artifact, or `file` or `box` if there is none.
        sort: How it differs.
        path: Where it shows.
        line: The line in that file, from 1, or None for the whole file.
        message: What differs, for people: a clause without a full stop.
    """

    id: str
    sort: Sort
    path: str
    line: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Drift:
    """The deviations of one checkout.

    Args:
        edition: The edition that fits it.
        checked_with: The newest GitLab that the edition was checked with.
        version: The GitLab of the checkout.
        findings: What differs and is not acknowledged.
        acknowledged: How many other differences are acknowledged.
        newest: The newest types, which were compared.
    """

    edition: str
    checked_with: str
    version: str
    findings: tuple[Finding, ...]
    acknowledged: int
    newest: tuple[str, ...]


def unacknowledged(findings: Iterable[Finding], known: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Return the findings that the edition does not acknowledge, each once, in their order.

    Args:
        findings: The findings.
        known: The entries `acknowledged` of the manifest: `id`, `sort`, `says` (a regular expression for the message).
    """
    return [finding for finding in dict.fromkeys(findings) if not any(_is_meant(finding, entry) for entry in known)]


def _is_meant(finding: Finding, entry: Mapping[str, Any]) -> bool:
    return (
        re.fullmatch(entry["id"], finding.id) is not None
        and entry["sort"] == finding.sort
        and re.search(entry["says"], finding.message) is not None
    )
