"""Which types a branch touches."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from geo_scaffold.edition import Artifact, Op
from geo_scaffold.edition.conditions import files_of
from geo_scaffold.names import Names
from geo_scaffold.verbs.checklist.decisions import EVIDENCE_FILES
from geo_scaffold.verbs.checklist.elsewhere import files_elsewhere
from geo_scaffold.verbs.checklist.selection import Chosen

_SPECIFIC: Final = (
    *("replicator_class", "registry_class", "registry_table", "state_table", "state_class", "graphql_field"),
    *("graphql_field_camel", "graphql_type", "graphql_enum", "registry_factory", "state_factory", "uploader_class"),
    *("replication_flag", "checksumming_flag"),
)
"""Spellings that only this type has, so that a line with one of them is about it."""
_OWN: Final = ("{model_file}", "{ee_model_file}", "spec/factories/{model_path_plural}.rb")
"""Files of a model that are no artifacts, and that artifacts are judged by."""


def touched(chosen: Chosen, artifacts: Iterable[Artifact], changes: Mapping[str, str]) -> bool:
    """Tell whether a branch touches a type: one of its own files, or a line about it in a file of all types.

    Args:
        chosen: The type.
        artifacts: The manifest.
        changes: The lines that the branch adds or takes away, by path.
    """
    subject, sources = chosen.subject, chosen.sources
    own, shared = {path.format_map(subject.names) for path in _OWN}, set(EVIDENCE_FILES)
    for artifact in artifacts:
        if not subject.asks(artifact):
            continue
        context = subject.context(artifact.step)
        shared |= files_of(artifact, context)
        for target in (target for form in artifact.every_form() for target in form.targets):
            path = artifact.fill(target.path, context)
            (own if target.whole or artifact.op is Op.CREATE else shared).add(path)
            own.update(files_elsewhere(artifact, target, context, sources))
    if not own.isdisjoint(changes):
        return True
    return any(_is_about(subject.names, path, changes[path]) for path in shared - own if path in changes)


def _is_about(names: Names, path: str, lines: str) -> bool:
    """Tell whether lines of a file of all types are about one of them."""
    return re.search("|".join(_words(names, path.rpartition(".")[2])), lines) is not None


def _words(names: Names, ending: str) -> Iterator[str]:
    """Yield, as regular expressions, what lines about a type hold, each as a whole name.

    Args:
        names: The spellings of the type.
        ending: That of the file, without the dot.
    """
    known = [re.escape(names[key]) for key in _SPECIFIC if names[key]]
    yield rf"(?<!\w)(?<!\w::)(?:{'|'.join(known)})(?!\w|::)"
    if ending == "pot":  # the class of a model may be an English word
        titles = "|".join(re.escape(names[key]) for key in ("title", "title_plural"))
        yield rf'"Geo\|(?:{titles})"'
        return
    if ending != "sql":  # tables and indexes of the model itself begin like this
        yield rf"(?<!\w)(?:geo_)?{re.escape(names['status_prefix'])}_\w"
    if ending == "rb":
        yield rf"(?<!\w)(?<!\w::){re.escape(names['model'])}(?!\w|::)"
