"""Adding whole lines to a text and removing them; each is the inverse of the other."""

from collections.abc import Sequence

from geo_scaffold.editors.splice import BOM, Splice, line_end_at, line_start, line_stop


def insert_lines_after(text: str, offset: int, lines: Sequence[str]) -> Splice:
    """Return the splice that inserts lines after the line that contains an offset.

    Args:
        text: The text.
        offset: Any offset in that line.
        lines: The lines, without line ends.
    """
    stop, eol = line_stop(text, offset), line_end_at(text, offset)
    if stop > 0 and text[stop - 1] == "\n":
        return Splice(stop, stop, "".join(line + eol for line in lines))
    # The last line has no line end, and neither has the new last one.
    return Splice(stop, stop, "".join(eol + line for line in lines))


def insert_lines_before(text: str, offset: int, lines: Sequence[str]) -> Splice:
    """Return the splice that inserts lines before the line that contains an offset; see `insert_lines_after`."""
    start, eol = line_start(text, offset), line_end_at(text, offset)
    return Splice(start, start, "".join(line + eol for line in lines))


def cut_lines(text: str, start: int, end: int) -> Splice:
    """Return the splice that removes whole lines.

    Args:
        text: The text.
        start: Any offset in the first of them.
        end: Any offset in the last of them.
    """
    start, stop = line_start(text, start), line_stop(text, end)
    if stop < len(text) or text.endswith("\n") or start in {0, len(BOM)}:
        return Splice(start, stop, "")
    # The line before becomes the last one, without a line end, like the last one before.
    eol = 2 if text[:start].endswith("\r\n") else 1 if text[:start].endswith("\n") else 0
    return Splice(start - eol, stop, "")
