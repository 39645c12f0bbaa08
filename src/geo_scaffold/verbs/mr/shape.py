"""The shape of a description: our sections in the order, and among the sections, of a checkout's own template.

A template is data: of its quick actions, which GitLab carries out for whoever posts the description, those stay that
only say whose work it is, and a comment or a fence that it leaves open is closed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

TEMPLATE: Final = ".gitlab/merge_request_templates/Default.md"
"""What GitLab fills a new description with."""

ACCEPTANCE: Final = "MR acceptance checklist"
"""The section that a template words better than we do."""
_SAME: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "What does this MR do and why?": ("what does this mr do", "what does this merge request do"),
        "References": ("references", "related issues", "related links"),
        "Screenshots or screen recordings": ("screenshot",),
        "Database": ("database", "query plan", "migration"),
        "How to set up and validate locally": ("validate locally", "set up and validate", "how to test"),
        ACCEPTANCE: ("acceptance checklist", "acceptance criteria"),
    }
)
"""Our headings, each with words by one of which a heading of a template means the same."""

_HARMLESS: Final = frozenset(
    {"assign", "assign_reviewer", "request_review", "reviewer", "label", "labels", "milestone", "cc", "todo", "draft"}
)
"""The quick actions of a template that stay (doc/user/project/quick_actions.md in GitLab)."""
_ACTION: Final = re.compile(r" {0,3}/([a-z_]+)(?![\w/.-])")
_HEADING: Final = re.compile(r"## +(\S[^\n]*)")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_VARIABLE: Final = re.compile(r"%\{([^{}]*)\}")
"""What GitLab fills in: doc/user/project/description_templates.md."""
_OPENS: Final = "<!--"
_CLOSES: Final = "-->"


class Shaped(NamedTuple):
    """A description in the shape of a template.

    Args:
        text: It.
        left_out: The quick actions of the template that were left out.
    """

    text: str
    left_out: tuple[str, ...] = ()


class _Section(NamedTuple):
    heading: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        body = "\n".join(self.lines).strip("\n")
        return f"## {self.heading}\n\n{body}".strip("\n") if self.heading else body


class _Line(NamedTuple):
    """A line of Markdown.

    Args:
        text: It.
        is_plain: Whether it is in no comment and no fence, and begins none.
        end: What closes the comment or the fence that is open behind it; empty: none is.
    """

    text: str
    is_plain: bool
    end: str


def in_shape(ours: str, template: str | None, values: Mapping[str, str]) -> Shaped:
    """Return a description in the shape of a template.

    A section of the template that means one of ours has our text, any other one stays. Ours that it does not have
    stand behind the one that they follow. Quick actions stand at the end, each once.

    Args:
        ours: The description, with our headings (`## ...`), quick actions among its last lines.
        template: The checkout's template; None: there is none.
        values: What the variables of a template mean; the others mean nothing.
    """
    own, actions = _sections(ours)
    if template is None:
        return Shaped(_joined(own, actions))
    filled = _filled(template.replace("\r\n", "\n").replace("\r", "\n"), values)
    theirs, asked = _sections(_closed(filled))
    left_out = tuple(each for each in asked if _name(each) not in _HARMLESS)
    kept = [each for each in asked if _name(each) in _HARMLESS]
    waiting = {each.heading: each for each in own}
    placed: list[tuple[str | None, _Section]] = []
    for section in theirs:
        meant = _meant(section.heading, waiting)
        mine = waiting.pop(meant) if meant else None
        lines = mine.lines if mine and meant != ACCEPTANCE else section.lines
        placed.append((meant, section._replace(lines=lines)))
    at = 0 if placed[0][1].heading else 1  # behind what stands above the first heading
    for heading in (each.heading for each in own):
        if heading in waiting:
            placed.insert(at, (heading, waiting[heading]))
        else:
            at = [meant for meant, _ in placed].index(heading)
        at += 1
    return Shaped(_joined([section for _, section in placed], [*actions, *kept]), left_out)


def _meant(heading: str, among: Mapping[str, object]) -> str | None:
    """Return our heading that one of a template means; None: it means none of these."""
    words = heading.lower()
    return next((own for own, meant in _SAME.items() if own in among and any(each in words for each in meant)), None)


def _joined(sections: Sequence[_Section], actions: Sequence[str]) -> str:
    parts = [each.text for each in sections if each.text]
    if actions:
        parts.append("\n".join(dict.fromkeys(actions)))
    return "\n\n".join(parts) + "\n"


def _sections(text: str) -> tuple[list[_Section], list[str]]:
    """Return the sections of a text, and its quick actions, which are in none."""
    found: list[tuple[str, list[str]]] = [("", [])]
    actions = []
    for line in _lines(text):
        if line.is_plain and (heading := _HEADING.fullmatch(line.text)):
            found.append((heading[1].rstrip(), []))
        elif line.is_plain and _ACTION.match(line.text):
            actions.append(line.text.strip())
        else:
            found[-1][1].append(line.text)
    return [_Section(heading, tuple(lines)) for heading, lines in found], actions


def _lines(text: str) -> Iterator[_Line]:
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
        yield _Line(line, not (was or end or found), end)


def _open_behind(line: str) -> str:
    """Return what closes the comment that a line opens and leaves open; empty: it opens none."""
    opens = line.rfind(_OPENS)
    return _CLOSES if opens >= 0 and _CLOSES not in line[opens:] else ""


def _closed(text: str) -> str:
    """Return a text with the comment or the fence closed that it leaves open, as it would swallow what follows."""
    *_, last = _lines(text)
    return f"{text}\n{last.end}" if last.end else text


def _filled(text: str, values: Mapping[str, str]) -> str:
    filled = _VARIABLE.sub(lambda found: values.get(found[1].strip(), ""), text)
    return filled.replace("%{", "%&#123;")  # of what was left out a new one may have come about


def _name(action: str) -> str:
    found = _ACTION.match(action)
    return found[1] if found else ""
