"""What the newest types have that no artifact covers: their own files, and lines in files shared by all types."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from geo_scaffold.checkout.dictionary import FOLDER as DICTIONARY
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.edition import Artifact, Op
from geo_scaffold.edition.format_strings import fill
from geo_scaffold.verbs.checklist.subject import Subject
from geo_scaffold.verbs.drift.findings import Finding, Sort
from geo_scaffold.verbs.drift.newest import common, is_common, without_keys

# The version in db/migrate/20230101000000_create_cool_widget_states.rb.
_TIME: Final = re.compile(r"\b\d{14}(?=_|$)")
_OF_ALL: Final = (
    "config",
    "config/authz/graphql",
    "config/initializers",
    "config/initializers_before_autoloader",
    "ee/app/graphql/types/geo",
    "ee/app/models/concerns/geo",
    "ee/lib/ee/api",
    "ee/lib/gitlab/geo",
    "ee/spec/graphql/types/geo",
    "ee/spec/lib/gitlab/geo",
    "ee/spec/requests/api/graphql/geo",
    "ee/spec/support/shared_contexts/graphql/geo",
    "ee/spec/workers/geo/secondary",
    "spec/lib/gitlab/organizations",
    "spec/db",
)
"""Folders with files that name every type; walking through all of GitLab would take minutes."""


def of_files(
    artifacts: Sequence[Artifact], sources: Sources, newest: Sequence[Subject], *, progress: Callable[[], None]
) -> Iterator[Finding]:
    """Yield the files that the newest types, or those of one kind, have in common and no artifact covers.

    Args:
        artifacts: All artifacts of the edition.
        sources: The checkout.
        newest: The newest types.
        progress: Called when one of them is done.
    """
    seen: dict[str, list[frozenset[str]]] = {}
    examples: dict[str, str] = {}
    for subject in newest:
        context = subject.context()
        folders, known = set[str](), {f"{DICTIONARY}/{subject.names['table']}.yml"}  # the table existed before Geo
        for artifact in artifacts:
            own = subject.context(artifact.step)
            for target in artifact.targets_for(own) if subject.asks(artifact) else ():
                path = fill(target.path, own)
                known |= {
                    path,
                    *(found for pattern in target.elsewhere for found in sources.matching(fill(pattern, context))),
                }
                folders.add(path.rpartition("/")[0])
        found, keyless = set(), without_keys(subject)
        # The longer one first, because the table is usually named after the type.
        both = sorted((subject.names["name"], subject.names["table"]), key=len, reverse=True)
        words = re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, both))})(?![a-z0-9])")
        placeholders = {subject.names["table"]: "TABLE", subject.names["name"]: "NAME"}
        for folder in folders:
            for name in sources.folder(folder):
                path = f"{folder}/{name}"
                if path not in known and words.search(name) and "." in name:
                    named = words.sub(lambda match, placeholders=placeholders: placeholders[match[0]], name)  # type: ignore[misc]
                    shape = f"{folder}/{_TIME.sub('TIMESTAMP', keyless(named))}"
                    found.add(shape)
                    examples.setdefault(shape, path)
        seen.setdefault(subject.kind, []).append(frozenset(found))
        progress()
    every = [shapes for of_kind in seen.values() for shapes in of_kind]
    told = common(every)
    for count_of, shapes, which in (
        (told, every, "newest"),
        *(
            (
                {shape: count for shape, count in common(of_kind).items() if shape not in told},
                of_kind,
                f"newest {kind} types",
            )
            for kind, of_kind in seen.items()
        ),
    ):
        for shape, count in count_of.items():
            message = f"{count} of the {len(shapes)} {which} have a file `{shape}`, but no artifact covers it"
            yield Finding("file", Sort.ADDED, examples[shape], None, message)


def of_shared_files(artifacts: Sequence[Artifact], sources: Sources, newest: Sequence[Subject]) -> Iterator[Finding]:
    """Yield the files that name nearly all of the newest types, and to which no artifact writes.

    An unreadable one is reported, because it may be one of these.

    Args:
        artifacts: All artifacts of the edition.
        sources: The checkout.
        newest: The newest types.
    """
    known = {
        path
        for subject in newest
        for artifact in artifacts
        if artifact.op is not Op.CONFIRM
        for path in artifact.paths_for(subject.context(artifact.step))
    }
    # Classes of ee/app/models/geo and ee/app/replicators/geo, and the replicable name.
    patterns = [
        re.compile(rf"\b{camel}(?:Registry|Replicator|State)?\b|\b{name}\b")
        for camel, name in ((re.escape(subject.names["camel"]), re.escape(subject.names["name"])) for subject in newest)
    ]
    for folder in _OF_ALL:
        for name in sources.folder(folder):
            path = f"{folder}/{name}"
            if "." not in name or path in known:
                continue
            text = sources.text(path)
            if text is None and sources.cannot_read(path):
                yield Finding("file", Sort.GONE, path, None, "it cannot be read, and may name every type")
            count = sum(1 for pattern in patterns if pattern.search(text or ""))
            if is_common(count, len(newest)):
                message = f"{count} of the {len(newest)} newest are named in it, but no artifact writes to it"
                yield Finding("file", Sort.ADDED, path, None, message)
