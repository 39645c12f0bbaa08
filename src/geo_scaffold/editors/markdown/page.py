"""The lines of a Markdown page: which are text, where sections begin, and the content of code blocks."""

import re
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from geo_scaffold.editors.failures import blocked
from geo_scaffold.editors.splice import BOM
from geo_scaffold.records import dataclass

# Possessive, because backtracking could not help and a line may be as long as a file.
FENCE: Final = re.compile(r"\s*+(?:>\s?)*+(?:[-*+]\s++)?(`{3,}+|~{3,}+)\s*+([^`\s]*+)[^`]*+$")
HEADING: Final = re.compile(r" {0,3}(#{1,6})\s++(.*)$")
COMMENT: Final = ("<!--", "-->")


class Line(NamedTuple):
    """One line.

    Args:
        start: Offset of its first character.
        stop: Offset after its line end.
        text: Its text, without the line end.
        is_text: Whether it is text, not code, a comment or the front matter.
    """

    start: int
    stop: int
    text: str
    is_text: bool


class Fence(NamedTuple):
    """The content of a code block: from `start` to `end`, without the fence lines, in the language `language`."""

    start: int
    end: int
    language: str


@dataclass(frozen=True, eq=False)
class Page:
    """A page.

    Args:
        lines: Its lines.
        fences: Its code fences.
    """

    lines: tuple[Line, ...]
    fences: tuple[Fence, ...]

    def section(self, heading: str) -> range:
        """Return the numbers of the lines under a heading, up to the next heading of any level.

        Args:
            heading: The heading with its hashes: `## Data types`.

        Raises:
            LocatorError: It does not exist exactly once.
        """
        found = [number for number, title in self._headings if title == heading]
        if len(found) != 1:
            raise blocked(f"the heading `{heading}` was expected once, but appears {len(found)} times")
        after = [number for number, _ in self._headings if number > found[0]]
        return range(found[0] + 1, after[0] if after else len(self.lines))

    @cached_property
    def _headings(self) -> list[tuple[int, str]]:
        return [(number, title) for number, line in enumerate(self.lines) if (title := _heading(line))]


def _heading(line: Line) -> str | None:
    match = HEADING.match(line.text) if line.is_text and "#" in line.text else None
    if match is None:
        return None
    title = match[2].rstrip()
    if (open_ := title.rstrip("#")) != title and open_[-1:].isspace():  # trailing hashes close it
        title = open_.rstrip()
    return f"{match[1]} {title}"


@lru_cache(maxsize=32)
def parse(text: str) -> Page:
    """Return the page of a text.

    Args:
        text: The whole file.
    """
    lines: list[Line] = []
    fences: list[Fence] = []
    at = len(BOM) if text.startswith(BOM) else 0
    fence, language, inside = "", "", 0
    in_comment = in_matter = False
    while at < len(text):
        stop = text.find("\n", at) + 1 or len(text)
        content = text[at:stop].rstrip("\r\n")
        match = FENCE.match(content)
        is_text = not (fence or in_comment or in_matter)
        if fence:
            if match and match[1].startswith(fence) and not match[2]:
                fences.append(Fence(inside, at, language))
                fence = ""
        elif in_matter or (not lines and content == "---"):
            in_matter = not lines or content != "---"
            is_text = False
        elif in_comment or content.lstrip().startswith(COMMENT[0]):
            in_comment = COMMENT[1] not in content
            is_text = False
        elif match:
            fence, language, inside = match[1], match[2], stop
            is_text = False
        lines.append(Line(at, stop, content, is_text))
        at = stop
    if fence:
        fences.append(Fence(inside, len(text), language))
    return Page(tuple(lines), tuple(fences))
