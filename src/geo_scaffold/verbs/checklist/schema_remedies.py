"""Completes a hand-written table: migrations, and the resulting schema."""

from geo_scaffold.answers import PLACEHOLDERS
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.edition import Artifact, Level, Renderer, milestone_of
from geo_scaffold.errors import LocatorError
from geo_scaffold.kinds import registry_columns
from geo_scaffold.operations import EntryOperation
from geo_scaffold.outline import Gap, table_gaps
from geo_scaffold.outline.table_change import table_change
from geo_scaffold.verbs.checklist.subject import SOME_TIME, Subject


def optional_columns() -> frozenset[str]:
    """Return columns that may be missing from hand-written tables: the key may be the record's, a state a kind's."""
    return registry_columns() | {"id"}


def level_of_gaps(operation: EntryOperation, text: str) -> Level | None:
    """Return the cost of gaps in a hand-written table, if it is less than that of a missing table.

    Args:
        operation: The operation of `new`, whose parts define what the table must have.
        text: The schema.
    """
    gaps = _gaps(operation, text)
    return Level.TEST if gaps and all(gap.is_lesser for gap in gaps) else None


def _gaps(operation: EntryOperation, text: str) -> list[Gap]:
    try:
        return [gap for part in operation.parts for gap in table_gaps(part.snippet, text, optional=optional_columns())]
    except LocatorError:  # one of the checkout's own templates has lines that are not statements
        return []


def altering_remedy(
    artifact: Artifact, operation: EntryOperation, path: str, subject: Subject, sources: Sources, *, renderer: Renderer
) -> str | None:
    """Return what to add to an existing table, files and lines of the schema, or None.

    Args:
        artifact: The artifact.
        operation: The operation of `new`, whose parts define what the table must have.
        path: The schema.
        subject: The type.
        sources: The files.
        renderer: Renders the templates of the edition.
    """
    text = sources.text(path)
    target = next(
        (target_file for target_file in artifact.targets if target_file.path == path and target_file.alter), None
    )
    if text is None or target is None or target.table is None or sources.breakage(path):
        return None
    known = subject.context(artifact.step)
    gaps = _gaps(operation, text)
    table = known[target.table]
    if not gaps or f"CREATE TABLE {table} (" not in text:
        return None
    context = {
        **known,
        "timestamp": SOME_TIME,
        "milestone": milestone_of(sources.text("VERSION")) or PLACEHOLDERS["milestone"],
        "change": table_change(table, gaps, text),
    }
    remedies = []
    for target_file in target.alter:
        file = artifact.fill(target_file.path, context)
        stem = file.rpartition("/")[2].partition("_")[2].removesuffix(".rb")
        migration = subject.inflector.camelize(stem) if subject.inflector else stem
        if lines := renderer.render(target_file.template or "", {**context, "migration": migration}).rstrip():
            heading = f"In {file}, {target_file.place}:" if target_file.place else f"Create {file}:"
            remedies.append(f"{heading}\n{lines}")
    return "\n\n".join(remedies)
