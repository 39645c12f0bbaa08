"""Whether an entry is in its file."""

from geo_scaffold.edition import Artifact
from geo_scaffold.edition.editing import ManifestEditor
from geo_scaffold.edition.lacking import lacking
from geo_scaffold.editors import Editor
from geo_scaffold.errors import LocatorError
from geo_scaffold.operations import EntryOperation, Part
from geo_scaffold.outline import schema_gaps
from geo_scaffold.verbs.checklist.items import State, Verdict
from geo_scaffold.verbs.checklist.sources import Sources
from geo_scaffold.verbs.checklist.subject import Subject


def entry_verdict(
    artifact: Artifact, operation: EntryOperation, path: str, subject: Subject, sources: Sources, *, standalone: bool
) -> Verdict:
    """Look for an entry by its locator, for statements of a schema by what they do.

    Args:
        artifact: The artifact.
        operation: What `new` would do.
        path: The file, in GitLab's tree.
        subject: The type.
        sources: The files.
        standalone: Whether the tree is a folder of its own, which holds no file of GitLab.
    """
    if broken := sources.breakage(path):
        return Verdict(State.DIFFERS, broken.what, f"Mend {path}:{broken.line}", path, broken.line)
    text = sources.text(path)
    if text is None:
        if standalone:
            return Verdict(State.CONFIRM, "its file is not in this folder", _paste(path, operation.parts), path)
        return Verdict(State.MISSING, "the file is not there", _paste(path, operation.parts), path, 1)
    pieces: list[str] = []
    count, line, incomplete = 0, None, []
    for part in operation.parts:
        try:
            found, of, at, first = _lacking(part, text, subject)
        except LocatorError as error:
            return Verdict(State.DIFFERS, error.message, _paste(path, operation.parts), path, 1)
        count += of
        if found:
            pieces += found
            incomplete.append(part)
            line = line or at or (_place(first, text) if first else None)
    if not pieces:
        return Verdict(State.DONE, "", "", path)
    state = State.MISSING if len(pieces) >= count else State.DIFFERS
    shown = pieces if len(pieces) <= 6 else [*pieces[:5], f"{len(pieces) - 5} more"]
    remedy = _paste(path, tuple(incomplete))
    if state is State.MISSING and subject.is_generated:
        remedy = subject.command(artifact) or remedy
    return Verdict(
        state, f"{'still has' if _is_absence(incomplete[0]) else 'lacks'} {', '.join(shown)}", remedy, path, line or 1
    )


def _is_absence(part: Part) -> bool:
    """Tell whether an entry is that something is not there."""
    return isinstance(part.editor, ManifestEditor) and part.editor.spec["kind"].startswith("no-")


def _lacking(part: Part, text: str, subject: Subject) -> tuple[list[str], int, int | None, Editor | None]:
    editor = part.editor
    if not isinstance(editor, ManifestEditor):
        raise LocatorError(f"only a person can tell: {part.place or 'the lines are pasted by hand'}")
    if editor.spec["kind"] != "sql":
        found = lacking(editor, text, lenient=not subject.is_generated)
        option = editor.spec.get("name") if found.pieces and _is_absence(part) else None
        return [f"the option `{option}`"] if option else list(found.pieces), found.total, found.line, found.first
    gaps = schema_gaps(part.snippet, text, matters=lambda sort: subject.is_generated or _matters(sort))
    tables = part.snippet.count("CREATE TABLE ")
    is_all = len([gap for gap in gaps if gap.what.startswith("the table ")]) == tables
    return [gap.what for gap in gaps], len(gaps) if is_all else part.snippet.count(";") + len(gaps), None, None


def _matters(sort: str) -> bool:
    """Tell whether a table that was made by hand needs this; its columns and indexes have a history of their own."""
    return sort == "table"


def _place(editor: Editor, text: str) -> int | None:
    """Return the line where a piece of an entry would go."""
    try:
        after = editor.insert(text)
    except LocatorError:
        return None
    before, new = text.splitlines(), after.splitlines()
    same = next((at for at, (one, other) in enumerate(zip(before, new, strict=False)) if one != other), None)
    return min(len(before), len(before) if same is None else same + 1) or 1


def _paste(path: str, parts: tuple[Part, ...]) -> str:
    """Return the lines to paste, with where they go."""
    texts = []
    for part in parts:
        place = f", {part.place}" if part.place else ""
        texts.append(f"In {path}{place}:\n{part.snippet.rstrip()}")
    return "\n\n".join(texts)
