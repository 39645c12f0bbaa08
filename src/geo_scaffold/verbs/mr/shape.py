"""The shape of a description: our sections, merged into those of a checkout's own template.

A template is data: GitLab runs its quick actions as whoever posts the description, so only those that assign the work
are kept, and a comment or a code block that it leaves open is closed.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from geo_scaffold.verbs.mr.sections import Section, joined, name_of, plain, sections_of

TEMPLATE: Final = ".gitlab/merge_request_templates/Default.md"
"""The template that GitLab uses for a new description."""

ACCEPTANCE: Final = "MR acceptance checklist"
"""The section for which a template's own text is better than ours."""
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
"""Our headings, each with words that identify the corresponding heading of a template."""

_HARMLESS: Final = frozenset(
    {"assign", "assign_reviewer", "request_review", "reviewer", "label", "labels", "milestone", "cc", "todo", "draft"}
)
"""The quick actions of a template that are kept (doc/user/project/quick_actions.md in GitLab)."""
_VARIABLE: Final = re.compile(r"%\{([^{}]*)\}")
"""The variables that GitLab fills in: doc/user/project/description_templates.md."""


class Shaped(NamedTuple):
    """A description in the shape of a template.

    Args:
        text: The description.
        left_out: The quick actions of the template that were left out.
    """

    text: str
    left_out: tuple[str, ...] = ()


def in_shape(ours: str, template: str | None, values: Mapping[str, str]) -> Shaped:
    """Return a description in the shape of a template.

    A section of the template that corresponds to one of ours gets our text; any other is kept. Our other sections
    follow the one that they follow in ours. Quick actions are at the end, each once.

    Args:
        ours: The description, with our headings (`## ...`) and quick actions in its last lines.
        template: The checkout's template, or None if there is none.
        values: The values of a template's variables; others are empty.
    """
    own, actions = sections_of(ours)
    if template is None:
        return Shaped(joined(own, actions))
    theirs, asked = sections_of(plain(_filled(template, values)))
    left_out = tuple(action for action in asked if name_of(action) not in _HARMLESS)
    kept = [action for action in asked if name_of(action) in _HARMLESS]
    waiting = {each.heading: each for each in own}
    placed: list[tuple[str | None, Section]] = []
    for section in theirs:
        own_heading = _own_heading(section.heading, waiting)
        mine = waiting.pop(own_heading) if own_heading else None
        lines = mine.lines if mine and own_heading != ACCEPTANCE else section.lines
        placed.append((own_heading, section._replace(lines=lines)))
    at = 0 if placed[0][1].heading else 1  # after what is above the first heading
    for heading in (each.heading for each in own):
        if heading in waiting:
            placed.insert(at, (heading, waiting[heading]))
        else:
            at = [own_heading for own_heading, _ in placed].index(heading)
        at += 1
    return Shaped(joined([section for _, section in placed], [*actions, *kept]), left_out)


def _own_heading(heading: str, among: Mapping[str, object]) -> str | None:
    """Return our heading that corresponds to one of a template, or None."""
    words = heading.lower()
    return next((own for own, meant in _SAME.items() if own in among and any(each in words for each in meant)), None)


def _filled(text: str, values: Mapping[str, str]) -> str:
    filled = _VARIABLE.sub(lambda match: values.get(match[1].strip(), ""), text)
    return filled.replace("%{", "%&#123;")  # removing text may have formed a new one
