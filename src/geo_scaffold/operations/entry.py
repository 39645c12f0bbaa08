"""An entry in an existing file."""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final, NamedTuple, cast

from geo_scaffold.commit import digest
from geo_scaffold.editors import Editor, Remembering, remembers
from geo_scaffold.errors import LocatorError, NotDerivedError
from geo_scaffold.operations.merging import CONTEXT, Clash, both_sides, merge
from geo_scaffold.operations.operation import IN_CONFLICT, Applied, OpKind, Outcome, Status, is_in_conflict
from geo_scaffold.records import dataclass
from geo_scaffold.tree import Tree

_HOLDING: Final = re.compile(r"end|\w+ do|private")
"""Lines of Ruby that only enclose others: whether they go with an entry depends on what people added next to it."""
# Words and signs, by which two layouts of a line are compared; a trailing comma depends on the neighbours.
_WORD: Final = re.compile(r"\w+|[^\w\s,]")

_SAMPLE: Final = 256
"""How many bytes identify the place in a file after the insertion."""
_LARGE_BYTES: Final = 1 << 16
_LARGE: Final[deque[tuple[bytes, str]]] = deque(maxlen=12)
"""The most recently decoded large files: several entries go into one file, and each reads it often."""


class Part(NamedTuple):
    """One place of the entry; most entries have one.

    Args:
        editor: Inserts it into the file's text; None if no editor can, so a person must.
        snippet: The lines to paste by hand.
        place: Where in the file they go, in words.
        language: The language of the lines, for a Markdown code block.
    """

    editor: Editor | None
    snippet: str
    place: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class EntryOperation:
    """Ensure an entry in an existing file, or derive a part of one.

    Args:
        id: The artifact's id.
        kind: `ensure` or `derive`.
        path: The file.
        parts: Its parts, which are applied together or not at all.
        earlier: What an earlier run inserted for the same artifact, or None.
        trace: Hash of the lines that the earlier run inserted, or None.
        source: The path of the file at the time of the earlier run, if somebody has moved it since, or None.
    """

    id: str
    kind: OpKind
    path: str
    parts: tuple[Part, ...]
    earlier: "EntryOperation | None" = None
    trace: str | None = None
    source: str | None = None

    @property
    def snippet(self) -> str:
        """All the lines to paste by hand."""
        return "\n".join(part.snippet for part in self.parts)

    def status(self, tree: Tree) -> Outcome:
        """Look for the entry, and for its place."""
        return self._look(tree.read(self.path)).outcome

    def apply(self, tree: Tree, *, force: bool = False) -> Applied:
        """Insert the entry, replacing that of an earlier run; there is no conflict to force."""
        applied = self.applied_to(tree.read(self.path))
        if applied.after is not None:
            tree.write(self.path, applied.after)
        return applied

    def applied_to(self, content: bytes | None) -> Applied:
        """Return what applying it to a file of this content changes; None if there is no file."""
        applied = self._look(content)
        if applied.after is None:
            return applied
        new = applied.after if applied.rendered is None else applied.rendered
        return applied._replace(
            trace=_trace(applied.before or b"", new), memory=self._to_remember(_decode(applied.before) or "")
        )

    def can_be_put_in(self, text: str) -> bool:
        """Tell whether the missing parts of the entry can be inserted; a differing version is in the way."""
        try:
            self._put_in(text)
        except LocatorError:
            return False
        return True

    def is_in(self, tree: Tree) -> bool:
        """Tell whether any part of the entry is in its file."""
        return self._is_partly_in(tree.read(self.path))

    @property
    def replaces(self) -> bool:
        """Whether what an earlier run inserted is rendered differently now."""
        return self.earlier is not None and self.earlier.snippet != self.snippet

    def stood_in(self, content: bytes | None) -> bool:
        """Tell whether a file has what the earlier run inserted, or a part of it.

        Args:
            content: The content of the file, or None if there is none.
        """
        return self.earlier is not None and self.earlier._is_partly_in(content)

    def stands_whole_in(self, content: bytes | None) -> bool:
        """Tell whether a file has the complete entry as rendered now; its content is None if there is no file."""
        text = _decode(content)
        return text is not None and self._is_whole_in(text)

    def completes_earlier(self, applied: Applied) -> bool:
        """Tell whether this restored missing parts of an earlier run's entry, so that it is complete again."""
        after = _decode(applied.after)
        if self.trace is None or after is None or self.replaces:
            return False
        try:
            return _trace(_encode(self._without(after)), _encode(after)) == self.trace
        except LocatorError:
            return False

    def trace_in(self, tree: Tree) -> str | None:
        """Return the hash of the entry's lines in its file, or None if they differ from what would be inserted."""
        text = _decode(tree.read(self.path)) or ""
        try:
            without = self._without(text)
            trace, usual = (_trace(_encode(without), _encode(each)) for each in (text, self._put_in(without)))
        except LocatorError:
            return None
        return trace if without != text and trace == usual else None

    def revert(self, tree: Tree) -> str | None:
        """Remove the entry by structure, unless it was edited; later edits around it stay."""
        text = _decode(tree.read(self.path))
        if text is None:
            return None
        if is_in_conflict(text):
            return f"kept: {IN_CONFLICT}"
        try:
            without = self._taken_out(text)
        except LocatorError as error:
            return f"kept: {error.message}"
        tree.write(self.path, _encode(without))
        return None

    def _to_remember(self, before: str) -> str:
        editors = [part.editor for part in self.parts if part.editor and remembers(type(part.editor))]
        return next(filter(None, (cast("Remembering", editor).to_remember(before) for editor in editors)), "")

    def _look(self, content: bytes | None) -> Applied:
        """Return the outcome of applying it to a file of this content."""
        text = _decode(content)
        if text is None:
            return Applied(Outcome(Status.OPEN, "the file is not in this tree"))
        for part in self.parts:
            if part.editor is None:
                by_hand = f"the file is there already; by hand {part.place or 'where it fits'}"
                return Applied(Outcome(Status.OPEN, by_hand))
        replaces = self.replaces
        try:
            before = self.earlier._taken_out(text) if self.earlier and replaces else text
            after = self._put_in(before)
        except LocatorError as error:
            # People, or a change to all types in GitLab, may have given it its current form already.
            if self.earlier and (not replaces or self._is_whole_in(text)) and not is_in_conflict(text):
                return Applied(Outcome(Status.UNCHANGED, "edited since, kept as it is"))
            return self._merged(text) or Applied(self._obstacle(error, text))
        # The new form may contain lines that the tree already has, which need not move.
        if after == text or (replaces and not any(_difference(_encode(text), _encode(after)))):
            return Applied(Outcome(Status.UNCHANGED))
        message = ("replaces the entry of the earlier run" if replaces else "", _unread(text, self.path))
        outcome = Outcome(Status.PLANNED, "; ".join(filter(None, message)))
        return Applied(outcome, _encode(before), _encode(after))

    def _merged(self, text: str) -> Applied | None:
        """Merge the change between the renderings into an edited entry, or return None if it is not there."""
        if self.earlier is None:
            return None
        try:
            without = self.earlier._without(text)
            old, new = self.earlier._put_in(without), self._put_in(without)
        except LocatorError:
            return None
        if without == text:
            return None
        earlier, rendered, edited = versions = _encode(old), _encode(new), _encode(text)
        start, stop = _around_changes(earlier, rendered, edited)
        merged = merge(*(version[start : len(version) - stop] for version in versions))
        if isinstance(merged, Clash):
            return Applied(Outcome(Status.BLOCKED, f"edited since where an answer goes{both_sides(merged)}"))
        after = edited[:start] + merged + edited[len(edited) - stop :]
        outcome = Outcome(Status.PLANNED, "your edits are kept, the new answers are filled in")
        return Applied(outcome, _encode(without), after, rendered=rendered)

    def _obstacle(self, error: LocatorError, text: str) -> Outcome:
        if is_in_conflict(text):
            return Outcome(Status.BLOCKED, IN_CONFLICT)
        if isinstance(error, NotDerivedError):
            return Outcome(Status.OPEN, f"{error.message}; its command has to write it")
        unread = _unread(text, self.path)
        return Outcome(Status.BLOCKED, f"{error.message}; {unread}" if unread else error.message)

    def _is_partly_in(self, content: bytes | None) -> bool:
        text = _decode(content)
        return text is not None and any(_contains(part.editor, text) for part in self.parts)

    def _is_whole_in(self, text: str) -> bool:
        return all(_contains(part.editor, text) for part in self.parts)

    def _put_in(self, text: str) -> str:
        if is_in_conflict(text):
            raise LocatorError(IN_CONFLICT, path=self.path)
        for part in self.parts:
            if part.editor is None:
                raise LocatorError(f"no editor for this place yet: {part.place or 'paste the lines by hand'}")
            text = part.editor.insert(text)
        return text

    def _taken_out(self, text: str) -> str:
        """Return the text without the entry; unchanged if it has no part of it.

        Raises:
            LocatorError: It is not there as written.
        """
        without = self._without(text)
        if without == text:
            with suppress(NotDerivedError):
                self._put_in(text)  # which raises if something else is in its place
        elif (
            self.trace
            and _trace(_encode(without), _encode(text)) != self.trace
            and not self._is_laid_out_otherwise(text)
        ):
            raise LocatorError("edited since")  # and not only moved
        return without

    def _is_laid_out_otherwise(self, text: str) -> bool:
        """Tell whether its words are there in another layout, as in a list that somebody put on one line."""
        editors = [part.editor for part in self.parts if part.editor]
        existing, usual = [], []
        try:
            for editor in reversed(editors):
                without = editor.remove(text)
                existing.append(_words_added(without, text))
                text = without
            for editor in editors:
                inserted = editor.insert(text)
                usual.append(_words_added(text, inserted))
                text = inserted
        except LocatorError:
            return False
        return all(map(_is_rotated, existing, reversed(usual)))

    def _without(self, text: str) -> str:
        for part in reversed(self.parts):
            text = part.editor.remove(text) if part.editor else text
        return text


def _contains(editor: Editor | None, text: str) -> bool:
    try:
        return editor is not None and editor.contains(text)
    except LocatorError:  # its place does not exist
        return False


def _words_added(before: str, after: str) -> list[str]:
    """Return the words that only the later text has, without commas; empty if they are not contiguous."""
    contents = _encode(before), _encode(after)
    start, stop = _same_lines(*contents)
    one, other = (_WORD.findall(_text(content[start : len(content) - stop])) for content in contents)
    same = next((at for at, (word, its) in enumerate(zip(one, other, strict=False)) if word != its), len(one))
    more = len(other) - len(one)
    stands_together = more > 0 and one == other[:same] + other[same + more :]
    return other[same : same + more] if stands_together else []


def _is_rotated(one: list[str], other: list[str]) -> bool:
    """Tell whether two runs of words are equal up to rotation: a diff may shift them if neighbours begin alike."""
    return bool(one) and any(other == one[at:] + one[:at] for at in range(len(one)))


def _trace(before: bytes, after: bytes) -> str:
    gone, come = _difference(before, after)
    return digest(
        "\n".join([*sorted(gone.elements()), "", *sorted(come.elements())]).encode("utf-8", "surrogateescape")
    )


def _difference(before: bytes, after: bytes) -> tuple[Counter[str], Counter[str]]:
    """Return the lines only in each content, ignoring blank and enclosing lines, spacing and trailing commas.

    Files are large, and entries small: only the parts in which they differ are decoded.
    """
    net = Counter[str]()
    for one, other in _differing(before, after):
        net.subtract(_text(one).splitlines())
        net.update(_text(other).splitlines())
    gone, come = Counter[str](), Counter[str]()
    for line, more in net.items():
        if more and (bare := _bare(line)) and not _HOLDING.fullmatch(bare):
            (come if more > 0 else gone)[bare] += abs(more)
    return gone - come, come - gone


def _differing(before: bytes, after: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the parts, in whole lines, in which two contents differ.

    That is the inserted lines, or everything from the first to the last difference if lines also changed.
    """
    start, stop = _same_lines(before, after)
    at, end, to, until = start, len(before) - stop, start, len(after) - stop
    # With offsets, as each copy of megabytes would take as long as their comparison.
    while end - at > _SAMPLE and (found := after.find(b"\n" + before[at : at + _SAMPLE], to, until) + 1):
        yield b"", after[to:found]
        same = _same_start(before, after, at, found, min(end - at, until - found))
        at, to = at + same, found + same
    yield before[at:end], after[to:until]


def _same_lines(one: bytes, other: bytes) -> tuple[int, int]:
    """Return how many bytes two contents share in whole lines at their beginnings, and then at their ends."""
    shorter = min(len(one), len(other))
    start = _same_start(one, other, 0, 0, shorter)
    ends = len(one), len(other)
    stop = _longest(shorter - start, lambda at, to: other.startswith(one[ends[0] - to : ends[0] - at], ends[1] - to))
    line_end = one.find(b"\n", ends[0] - stop)
    return start, ends[0] - line_end if line_end >= 0 else 0


def _same_start(one: bytes, other: bytes, at: int, to: int, limit: int) -> int:
    """Return how many bytes two contents share in whole lines, from an offset in each, and up to a number of bytes."""
    same = _longest(limit, lambda start, end: other.startswith(one[at + start : at + end], to + start))
    return max(one.rfind(b"\n", at, at + same) + 1 - at, 0)


def _around_changes(old: bytes, new: bytes, edited: bytes) -> tuple[int, int]:
    """Return how many bytes before and after all changes are equal in three contents, less some lines of context.

    Args:
        old: What an earlier run would have made of a file.
        new: What this run would make of it.
        edited: The file, as a person edited the old version.
    """
    sames = (_same_lines(old, new), _same_lines(old, edited))
    start, stop = (min(each) for each in zip(*sames, strict=True))
    for _ in range(CONTEXT):
        start = old.rfind(b"\n", 0, max(0, start - 1)) + 1
        line_end = old.find(b"\n", len(old) - stop)
        stop = len(old) - line_end - 1 if stop and line_end >= 0 else 0
    return start, stop


def _longest(limit: int, is_same: Callable[[int, int], bool]) -> int:
    """Return up to where everything is equal; by blocks, because files are large."""
    at, block = 0, 1 << 16
    while block:
        while at + block <= limit and is_same(at, at + block):
            at += block
        block //= 2
    return at


def _bare(line: str) -> str:
    return re.sub(r"\s+|-{3,}", " ", line).strip().rstrip(",")


def _unread(text: str, path: str) -> str:
    """Return the message about a Ruby file that cannot be parsed completely; empty if it can."""
    if not path.endswith(".rb"):
        return ""
    from geo_scaffold.outline.broken import RUBY, breakage_of  # noqa: PLC0415 - only for what is there to edit

    broken = breakage_of(text, path)
    return broken.what if broken and broken.tool == RUBY else ""


def _decode(content: bytes | None) -> str | None:
    if content is None:
        return None
    text = next((text for known, text in _LARGE if known is content), None)
    if text is None:
        text = _text(content)
        _keep(content, text)
    return text


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _encode(text: str) -> bytes:
    content = next((content for content, known in _LARGE if known is text), None)
    if content is None:
        content = text.encode("utf-8", "surrogateescape")
        _keep(content, text)
    return content


def _keep(content: bytes, text: str) -> None:
    if len(content) >= _LARGE_BYTES:
        _LARGE.append((content, text))
