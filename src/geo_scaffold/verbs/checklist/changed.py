"""Which types a branch touches."""

from collections.abc import Iterable, Mapping

from geo_scaffold.edition import Artifact, Op
from geo_scaffold.verbs.checklist.elsewhere import ELSEWHERE
from geo_scaffold.verbs.checklist.selection import Chosen

_SPECIFIC = (
    *("replicator_class", "registry_class", "registry_table", "state_table", "state_class", "graphql_field"),
    *("graphql_type", "graphql_enum", "metric_prefix", "registry_factory", "replication_flag", "checksumming_flag"),
)
"""Spellings that only this type has, so that a line with one of them is about it."""


def touched(chosen: Chosen, artifacts: Iterable[Artifact], changes: Mapping[str, str]) -> bool:
    """Tell whether a branch touches a type: one of its own files, or a line about it in a file of all types.

    Args:
        chosen: The type.
        artifacts: The manifest.
        changes: The lines that the branch adds or takes away, by path.
    """
    subject, sources = chosen.subject, chosen.sources
    own, shared = {subject.names["model_file"], subject.names["ee_model_file"]}, set[str]()
    for artifact in artifacts:
        if not subject.asks(artifact):
            continue
        context = subject.context(artifact.step)
        for target in artifact.targets:
            path = target.path.format_map(context)
            (own if target.whole or artifact.op is Op.CREATE else shared).add(path)
        for pattern in ELSEWHERE.get(artifact.id, ()):
            own.update(sources.matching(pattern.format_map(context)))
    if not own.isdisjoint(changes):
        return True
    words = [subject.names[key] for key in _SPECIFIC] + [f'"{subject.names["status_prefix"]}_']
    return any(word in changes[path] for path in shared - own if path in changes for word in words if word)
