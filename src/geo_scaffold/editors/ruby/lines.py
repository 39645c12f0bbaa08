"""Adding and removing whole lines, with the line ends of their neighbours."""

from collections.abc import Sequence

from geo_scaffold.editors.splice import Splice, line_end_at, line_start, line_stop


def lines_after(text: str, offset: int, lines: Sequence[str]) -> Splice:
    """Return the splice that adds lines below the line that contains an offset.

    Args:
        text: The text.
        offset: An offset on the line above.
        lines: The lines, indented, without line ends.
    """
    line_end, stop = line_end_at(text, offset), line_stop(text, offset)
    if stop == len(text) and not text.endswith("\n"):
        # A file without a final line end stays without one.
        return Splice(stop, stop, "".join(f"{line_end}{line}" for line in lines))
    return Splice(stop, stop, "".join(f"{line}{line_end}" for line in lines))


def lines_before(text: str, offset: int, lines: Sequence[str]) -> Splice:
    """Return the splice that adds lines above the line that contains an offset; arguments as for `lines_after`."""
    line_end, start = line_end_at(text, offset), line_start(text, offset)
    return Splice(start, start, "".join(f"{line}{line_end}" for line in lines))


def without_lines(text: str, first: int, last: int) -> Splice:
    """Return the splice that removes the lines from one offset to another.

    Args:
        text: The text.
        first: An offset on the first of the lines.
        last: An offset on the last of the lines.
    """
    start, stop = line_start(text, first), line_stop(text, last)
    if stop == len(text) and not text.endswith("\n") and text[start - 1 : start] == "\n":
        start -= 2 if text[start - 2 : start] == "\r\n" else 1
    return Splice(start, stop, "")


def line_above(text: str, offset: int) -> str:
    """Return the line above an offset's line, with its line end; empty for the first line.

    Args:
        text: The text.
        offset: The offset, in characters.
    """
    start = line_start(text, offset)
    return text[line_start(text, start - 1) : start] if text[start - 1 : start] == "\n" else ""


def line_below(text: str, offset: int) -> str:
    """Return the line below an offset's line, with its line end if it has one; empty for the last line.

    Args:
        text: The text.
        offset: The offset, in characters.
    """
    stop = line_stop(text, offset)
    return text[stop : line_stop(text, stop)] if stop < len(text) else ""


def is_blank(line: str) -> bool:
    """Tell whether a line exists and is completely empty."""
    return bool(line) and not line.strip("\r\n")


def indented(text: str, indentation: str, continuation: str = "") -> list[str]:
    """Return the lines of a text, indented like their neighbours.

    Args:
        text: The text: its lines end in line feeds and are indented by steps of two spaces.
        indentation: The indentation of the neighbours; tabs make the steps tabs.
        continuation: The neighbours' additional indentation of continuation lines; empty for two spaces or a tab. It is
            used if only the first line starts at the left, as in a call without brackets.
    """
    tabs = "\t" in indentation
    first, *rest = text.split("\n")
    depth = min((len(line) - len(line.lstrip(" ")) for line in rest if line.strip()), default=0)
    step = continuation or ("\t" if tabs else "  ")
    lines = [indentation + first]
    for line in rest:
        inner = line[depth:]
        spaces = len(inner) - len(inner.lstrip(" "))
        inside = "\t" * (spaces // 2) + " " * (spaces % 2) + inner.lstrip(" ") if tabs else inner
        lines.append(f"{indentation}{step if depth else ''}{inside}" if line.strip() else "")
    return lines
