"""Markdown as sections: the content of a checkout's template, and which of it are commands to GitLab."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

# A quick action of GitLab, such as `/label ~"group::geo"`, and a heading of .gitlab/merge_request_templates/*.md.
_ACTION: Final = re.compile(r" {0,3}/([a-z_]+)(?![\w/.-])")
_HEADING: Final = re.compile(r"(#{2,4}) +(\S[^\n]*)")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_OPENS: Final = "<!--"
_CLOSES: Final = "-->"


class Section(NamedTuple):
    """A section.

    Args:
        level: The level of its heading, 2 for `##`; 0 for the part above the first heading.
        heading: The text of its heading.
        lines: The lines up to the next heading.
    """

    level: int
    heading: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The section as Markdown, without blank lines around it."""
        body = "\n".join(self.lines).strip("\n")
        return f"{'#' * self.level} {self.heading}\n\n{body}".strip("\n") if self.level else body


class Line(NamedTuple):
    """A line of Markdown.

    Args:
        text: Its text.
        is_plain: Whether it is outside of comments and code blocks, and begins none.
        end: The end of the comment or code block that is open after it; empty if none is.
    """

    text: str
    is_plain: bool
    end: str


def sections_of(text: str, *, deepest: int = 2) -> tuple[list[Section], list[str]]:
    """Return the sections of a text, and its quick actions separately.

    Args:
        text: The Markdown.
        deepest: The level down to which a heading begins a section.
    """
    sections: list[tuple[int, str, list[str]]] = [(0, "", [])]
    actions = []
    for line in lines_of(text):
        heading = _HEADING.fullmatch(line.text) if line.is_plain else None
        if heading and len(heading[1]) <= deepest:
            sections.append((len(heading[1]), heading[2].rstrip(), []))
        elif line.is_plain and _ACTION.match(line.text):
            actions.append(line.text.strip())
        else:
            sections[-1][2].append(line.text)
    return [Section(level, heading, tuple(lines)) for level, heading, lines in sections], actions


def joined(sections: Sequence[Section], actions: Sequence[str]) -> str:
    """Return sections as one text, followed by the distinct quick actions.

    Args:
        sections: The sections, each with its heading.
        actions: Lines such as `/label ~"group::geo"`.
    """
    parts = [section.text for section in sections if section.text]
    if actions:
        parts.append("\n".join(dict.fromkeys(actions)))
    return "\n\n".join(parts) + "\n"


def name_of(action: str) -> str:
    """Return the name of a quick action."""
    found = _ACTION.match(action)
    return found[1] if found else ""


def lines_of(text: str) -> Iterator[Line]:
    """Yield the lines of a text, each with its context."""
    end = ""
    for line in text.split("\n"):
        was = end
        found = _FENCE.match(line)
        if end == _CLOSES:
            end = _open_behind(line) if _CLOSES in line else end
        elif end:
            is_end = found and found[1].startswith(end) and not line.strip().strip(end[0])
            end = "" if is_end else end
        elif found:
            end = found[1]
        else:
            end = _open_behind(line)
        yield Line(line, not (was or end or found), end)


def plain(text: str) -> str:
    """Return a template with line feeds only, and any unclosed comment or code block closed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    *_, last = lines_of(text)
    return f"{text}\n{last.end}" if last.end else text


def _open_behind(line: str) -> str:
    """Return the end of the comment that a line leaves open; empty if there is none."""
    opens = line.rfind(_OPENS)
    return _CLOSES if opens >= 0 and _CLOSES not in line[opens:] else ""
