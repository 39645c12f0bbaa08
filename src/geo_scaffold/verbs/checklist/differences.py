"""The lines in which two versions of a file differ, whatever their order, layout and line ends."""

from collections import Counter
from collections.abc import Iterator


def different_lines(before: bytes | None, after: bytes | None, path: str) -> str:
    """Return the lines that only one version of a file has.

    A line that only moved, changed its padding or got a comma because another one follows is not among them. In SQL the
    first line of the statement around a line is included, because only that names the table.

    Args:
        before: One version, or None if there was no file.
        after: The other one.
        path: The name of the file.
    """
    one, other = (Counter(_text(content).split("\n")) for content in (before, after))
    if not path.endswith(".sql"):
        # Few lines of a large file differ, and comparing the views finds them fast.
        return "\n".join(_apart((line, one[line] - other[line]) for line, _ in one.items() ^ other.items()))
    ours, counters = (Counter(_statements(content)) for content in (before, after))
    net = ((pair, ours[pair] - counters[pair]) for pair, _ in ours.items() ^ counters.items())
    return "\n".join(_apart((f"{head}\n{line}", count) for (head, line), count in net))


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def _apart(counted: Iterator[tuple[str, int]]) -> list[str]:
    net: Counter[str] = Counter()
    for line, more in counted:
        net["\n".join(" ".join(part.split()).rstrip(",") for part in line.split("\n"))] += more
    return [line for line, count in net.items() if count and line.strip()]


def _statements(content: bytes | None) -> Iterator[tuple[str, str]]:
    """Yield each line with the first one of its statement: the last one that begins with a letter."""
    head = ""
    for line in _text(content).split("\n"):
        if line[:1].isalpha():
            head = line
        yield head, line
