"""How a hand-written table gets what it lacks: migrations, and the schema that results."""

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
    """Return columns that tables made by hand may do without: the key may be the record's, a state that of one kind."""
    return registry_columns() | {"id"}


def level_of_gaps(operation: EntryOperation, text: str) -> Level | None:
    """Return what the gaps of a table that people made cost, where it is less than a table that is missing.

    Args:
        operation: What `new` would do: its parts say what the table has to have.
        text: The schema.
    """
    gaps = _gaps(operation, text)
    return Level.TEST if gaps and all(gap.is_lesser for gap in gaps) else None


def _gaps(operation: EntryOperation, text: str) -> list[Gap]:
    try:
        return [gap for part in operation.parts for gap in table_gaps(part.snippet, text, optional=optional_columns())]
    except LocatorError:  # a template of the checkout's own has lines that are no statements
        return []


def altering_remedy(
    artifact: Artifact, operation: EntryOperation, path: str, subject: Subject, sources: Sources, *, renderer: Renderer
) -> str | None:
    """Return what to add to a table that is there, files and lines of the schema; None: nothing, or not to a table.

    Args:
        artifact: The artifact.
        operation: What `new` would do: its parts say what the table has to have.
        path: The schema.
        subject: The type.
        sources: The files.
        renderer: Renders the templates of the edition.
    """
    text = sources.text(path)
    target = next((each for each in artifact.targets if each.path == path and each.alter), None)
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
    for each in target.alter:
        file = artifact.fill(each.path, context)
        stem = file.rpartition("/")[2].partition("_")[2].removesuffix(".rb")
        migration = subject.inflector.camelize(stem) if subject.inflector else stem
        if lines := renderer.render(each.template or "", {**context, "migration": migration}).rstrip():
            heading = f"In {file}, {each.place}:" if each.place else f"Create {file}:"
            remedies.append(f"{heading}\n{lines}")
    return "\n\n".join(remedies)
