"""Finds what an artifact asks for, in its place or elsewhere if the manifest allows it."""

from collections.abc import Iterator, Mapping
from typing import Any

from geo_scaffold.checkout.sources import Sources
from geo_scaffold.edition import Artifact
from geo_scaffold.edition.manifest import TargetFile


def other_file_for(artifact: Artifact, target: TargetFile, context: Mapping[str, Any], sources: Sources) -> str | None:
    """Return the file that contains what a target asks for, or None if there is none.

    Args:
        artifact: The artifact.
        target: Its target.
        context: What format strings may use.
        sources: The files.
    """
    path = artifact.fill(target.path, context)
    if sources.exists(path):
        return path
    others = files_elsewhere(artifact, target, context, sources)
    if target.table is None:
        return next(others, None)
    # Of several migrations with such a name, take the one that creates the table.
    return next((other for other in others if f":{context[target.table]}" in (sources.text(other) or "")), None)


def files_elsewhere(
    artifact: Artifact, target: TargetFile, context: Mapping[str, Any], sources: Sources
) -> Iterator[str]:
    """Yield the other files where a target may be.

    Args:
        artifact: The artifact.
        target: Its target.
        context: What format strings may use.
        sources: The files.
    """
    for pattern in target.elsewhere:
        yield from sources.matching(artifact.fill(pattern, context))
