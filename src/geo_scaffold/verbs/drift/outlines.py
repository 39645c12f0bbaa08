"""What the newest files have that ours lack, and what ours have that none of them has, by their outlines."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from geo_scaffold.checkout.lookup import granular_token
from geo_scaffold.checkout.other_places import other_file_for
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.edition import Artifact, Op, Renderer, owners_of
from geo_scaffold.edition.conditions import applicability_in
from geo_scaffold.operations import FileOperation
from geo_scaffold.outline import Gap, mapping_gaps, outline_ruby, ruby_gaps
from geo_scaffold.records import replace
from geo_scaffold.verbs.checklist.subject import Subject
from geo_scaffold.verbs.drift.findings import Finding, Sort
from geo_scaffold.verbs.drift.newest import FEWEST, common, renaming, without_keys


def of_outlines(
    artifacts: Sequence[Artifact],
    renderer: Renderer,
    context: Mapping[str, Any],
    sources: Sources,
    newest: Sequence[Subject],
) -> Iterator[Finding]:
    """Yield how each created file differs from those of the newest types.

    Args:
        artifacts: All artifacts of the edition.
        renderer: Renders their templates.
        context: What templates may use, for an invented type, whose names the findings use.
        sources: The checkout.
        newest: The newest types; only hand-written ones count.
    """
    for artifact in artifacts:
        if artifact.op is not Op.CREATE:
            continue
        more: list[frozenset[str]] = []
        less: list[frozenset[str]] = []
        last = ""
        for subject in newest:
            if not subject.asks(artifact) or subject.is_generated:
                continue
            subject = _as_new(subject, sources)  # noqa: PLW2901
            own = subject.context(artifact.step)
            if not applicability_in(artifact, sources, own).applies or not artifact.needed_for(own):
                continue
            rename, keyless = renaming(dict(subject.names), context), without_keys(subject)
            for operation in subject.operations(artifact, renderer, prefix=""):
                target = artifact.target_at(operation.path, own)
                found = other_file_for(artifact, target, own, sources) if target else None
                if found is None or not isinstance(operation, FileOperation) or sources.breakage(found):
                    continue
                last = last or found
                rendered, text = operation.content.decode(), sources.text(found) or ""
                more.append(frozenset(rename(keyless(gap.what)) for gap in _gaps(text, rendered, found)))
                less.append(frozenset(rename(keyless(gap.what)) for gap in _gaps(rendered, text, found)))
        for what, count in common(more).items():
            yield Finding(artifact.id, Sort.ADDED, last, None, f"{count} of the {len(more)} newest have {what}")
        counts = Counter(each for found_in in less for each in found_in)
        for what, count in sorted(counts.items()):
            if count == len(less) >= FEWEST:
                yield Finding(artifact.id, Sort.DIFFERS, last, None, f"none of the {count} newest has {what}")


def _as_new(subject: Subject, sources: Sources) -> Subject:
    """Return a type as `new` would generate it today, with its owners and its neighbours' permission declaration."""
    owned = subject.owned_by(owners_of(subject.surroundings.owner_keys) or ("project",))
    token = granular_token(sources, subject.names["name"])
    return replace(owned, surroundings=owned.surroundings._replace(granular_token=token))


def _gaps(wanted: str, text: str, path: str) -> list[Gap]:
    """Return what one file has that another does not."""
    if path.endswith(".rb"):
        gaps = ruby_gaps(outline_ruby(wanted), outline_ruby(text))
        return [gap for gap in gaps if not gap.what.startswith("`index ")]  # the schema shows these, by their effect
    return mapping_gaps(wanted, text, fixed=()) if path.endswith(".yml") else []
