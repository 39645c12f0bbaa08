"""Judges whether an entry is in its file."""

import re
from collections.abc import Iterable, Sequence
from functools import partial
from shlex import quote
from typing import Final

from geo_scaffold.checkout.sources import Sources
from geo_scaffold.edition import Artifact
from geo_scaffold.edition.editing import ManifestEditor
from geo_scaffold.edition.missing_parts import MissingPieces, missing_pieces
from geo_scaffold.editors import Editor
from geo_scaffold.editors.ruby.editor import RubyEditor
from geo_scaffold.errors import LocatorError
from geo_scaffold.operations import EntryOperation, Part
from geo_scaffold.outline import schema_gaps, table_gaps
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.checklist.items import State, Verdict
from geo_scaffold.verbs.checklist.schema_remedies import optional_columns
from geo_scaffold.verbs.checklist.subject import Subject

_SHOWN: Final = 6
"""How many pieces a message names."""


def entry_verdict(
    artifact: Artifact, operation: EntryOperation, path: str, subject: Subject, sources: Sources, *, standalone: bool
) -> Verdict:
    """Look for an entry by its locator, or for statements of a schema by their effect.

    Args:
        artifact: The artifact.
        operation: The operation of `new`.
        path: The file, in GitLab's tree.
        subject: The type.
        sources: The files.
        standalone: Whether the tree is a standalone folder, which has no file of GitLab.
    """
    if broken := sources.breakage(path):
        recipe = broken.command(sources.prefix + path)
        if broken.is_conflict and subject.is_generated:
            verb = "release" if artifact.phase is Phase.RELEASE else "new"
            recipe = (
                f"In {quote(sources.prefix + path)}, keep one side entirely, in a merge with git checkout --ours;"
                " then run, for each type that the other side has:\n"
                f"geo-scaffold {verb} {subject.answers.model}"
            )
        return Verdict(State.DIFFERS, broken.what, recipe, path, broken.line)
    text = sources.text(path)
    if text is None:
        if standalone:
            return Verdict(State.CONFIRM, "its file is not in this folder", _paste(path, operation.parts), path)
        return Verdict(State.MISSING, "the file is not there", _paste(path, operation.parts), path, 1)
    incomplete: list[tuple[Part, MissingPieces]] = []
    by_hand = [part for part in operation.parts if part.editor is None]
    for part in operation.parts:
        if part.editor is None:
            continue
        try:
            missing = _missing_pieces(part, text, is_made=subject.made(artifact))
        except LocatorError as error:
            return Verdict(State.DIFFERS, error.message, _by_hand(artifact, path, operation.parts), path, 1)
        if missing.pieces:
            incomplete.append((part, missing))
    if not incomplete:
        message = "somebody else's file; check it for what these lines do"
        return Verdict(State.CONFIRM, message, _paste(path, by_hand), path) if by_hand else _done(path)
    is_whole = len(incomplete) + len(by_hand) == len(operation.parts) and all(
        missing.is_whole for _, missing in incomplete
    )
    first_part, first = incomplete[0]
    place = partial(_place, first.first, text) if first.first and not first.line else None
    pieces = [piece for _, missing in incomplete for piece in missing.pieces]
    shown = ", ".join(pieces if len(pieces) <= _SHOWN else [*pieces[: _SHOWN - 1], f"{len(pieces) - _SHOWN + 1} more"])
    how = "still has" if _is_absence(first_part) else "lacks"
    is_for_new = is_whole or (subject.made(artifact) and operation.can_be_put_in(text))
    remedy = subject.command(artifact) if is_for_new and subject.is_generated else None
    return Verdict(
        State.MISSING if is_whole else State.DIFFERS,
        f"{how} {shown}",
        remedy
        or _by_hand(
            artifact, path, [part._replace(snippet=missing.lines or part.snippet) for part, missing in incomplete]
        ),
        path,
        first.line or 1,
        place,
        tuple(f"{how} {piece}" for piece in pieces),
    )


def _done(path: str) -> Verdict:
    return Verdict(State.DONE, "", "", path)


def _is_absence(part: Part) -> bool:
    """Tell whether an entry is the absence of something."""
    return isinstance(part.editor, ManifestEditor) and part.editor.spec["kind"].startswith("no-")


def _missing_pieces(part: Part, text: str, *, is_made: bool) -> MissingPieces:
    editor = part.editor
    if not isinstance(editor, ManifestEditor):
        raise LocatorError(f"only a person can tell: {part.place or 'the lines are pasted by hand'}")
    if editor.spec["kind"] != "sql":
        missing = missing_pieces(editor, text, lenient=not is_made)
        option = editor.spec.get("name") if missing.pieces and _is_absence(part) else None
        return missing._replace(pieces=(f"the option `{option}`",)) if option else missing
    # Our own rendering of a part of db/structure.sql.
    tables = re.findall(r"CREATE TABLE (\w+) \(", part.snippet)
    gaps = schema_gaps(part.snippet, text) if is_made else table_gaps(part.snippet, text, optional=optional_columns())
    if not gaps:
        return MissingPieces()
    is_whole = len([gap for gap in gaps if gap.what.startswith("the table ")]) == len(tables)
    lines = "" if is_whole else "\n\n".join(dict.fromkeys(gap.text for gap in gaps))
    at = next((at for table in tables if (at := text.find(f"CREATE TABLE {table} (")) >= 0), -1)
    line = None if is_whole or at < 0 else text.count("\n", 0, at) + 1
    return MissingPieces(tuple(gap.what for gap in gaps), is_whole, lines=lines, line=line)


def _place(editor: Editor, text: str) -> int | None:
    """Return the line where a piece of an entry would go."""
    try:
        after = editor.drafted(text) if isinstance(editor, RubyEditor) else editor.insert(text)
    except LocatorError:
        return None
    before, new = text.splitlines(), after.splitlines()
    same = next((at for at, (one, other) in enumerate(zip(before, new, strict=False)) if one != other), None)
    return min(len(before), len(before) if same is None else same + 1) or 1


def _by_hand(artifact: Artifact, path: str, parts: Sequence[Part]) -> str:
    """Return the remedy for missing lines: a command to run, if the lines mean nothing alone."""
    command = next(iter(artifact.commands.values()), "")
    editors = [part.editor for part in parts]
    is_of_neighbours = all(isinstance(editor, ManifestEditor) and editor.is_of_neighbours for editor in editors)
    return command if command and is_of_neighbours else _paste(path, parts)


def _paste(path: str, parts: Iterable[Part]) -> str:
    """Return the lines to paste, with their place."""
    texts = []
    for part in parts:
        place = f", {part.place}" if part.place else ""
        texts.append(f"In {path}{place}:\n{part.snippet.rstrip()}")
    return "\n\n".join(texts)
