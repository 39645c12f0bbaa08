"""Whole lines that are added to a text or removed from it; one is the inverse of the other."""

from collections.abc import Sequence

from geo_scaffold.editors.splice import BOM, Splice, line_end_at, line_start, line_stop


def insert_lines_after(text: str, offset: int, lines: Sequence[str]) -> Splice:
    """Return the splice that puts lines after the line that holds an offset.

    Args:
        text: The text.
        offset: Any offset in that line.
        lines: The lines, without line ends.
    """
    stop, eol = line_stop(text, offset), line_end_at(text, offset)
    if stop > 0 and text[stop - 1] == "\n":
        return Splice(stop, stop, "".join(line + eol for line in lines))
    # The last line has no end, and the new last one has none either.
    return Splice(stop, stop, "".join(eol + line for line in lines))


def insert_lines_before(text: str, offset: int, lines: Sequence[str]) -> Splice:
    """Return the splice that puts lines before the line that holds an offset; see `insert_lines_after`."""
    start, eol = line_start(text, offset), line_end_at(text, offset)
    return Splice(start, start, "".join(line + eol for line in lines))


def cut_lines(text: str, start: int, end: int) -> Splice:
    """Return the splice that takes out whole lines.

    Args:
        text: The text.
        start: Any offset in the first of them.
        end: Any offset in the last of them.
    """
    start, stop = line_start(text, start), line_stop(text, end)
    if stop < len(text) or text.endswith("\n") or start in {0, len(BOM)}:
        return Splice(start, stop, "")
    # The line before becomes the last one, without a line end as the last one was.
    eol = 2 if text[:start].endswith("\r\n") else 1 if text[:start].endswith("\n") else 0
    return Splice(start - eol, stop, "")
