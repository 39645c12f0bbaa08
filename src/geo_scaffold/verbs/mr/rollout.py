"""The rollout issue of a type's feature flags: the checkout's template, filled in, with the steps of the release.

The template for a new Geo type lists these: no step that tests on GitLab.com in production, where no Geo site runs, and
a test outside of a GDK, coordinated with the leads of Geo.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from geo_scaffold.edition.merge_request import ROLLOUT
from geo_scaffold.escaping import shown
from geo_scaffold.verbs.mr.sections import Section, joined, lines_of, name_of, plain, sections_of
from geo_scaffold.verbs.mr.shape import Shaped
from geo_scaffold.verbs.mr.work import Work

TEMPLATE: Final = ".gitlab/issue_templates/Feature Flag Roll Out.md"
_MOST: Final = 100_000
"""How many characters of a template are used; GitLab's longest has a few thousand."""
_FLAG: Final = "<feature-flag-name>"
# Texts in backticks, and below the items of a list, in .gitlab/issue_templates/Feature Flag Roll Out.md.
_CODE: Final = re.compile(r"`[^`\n]+`")
_FILL: Final = re.compile(r"<(milestone|[a-z]+(?:[ -][a-z]+)+)>")
"""A placeholder of the template, such as `<feature-issue-link>`."""
_BULLET: Final = re.compile(r"( *)([-*+]|\d{1,9}\.) (?:\[[ xX~]\] )?")
_HARMLESS: Final = frozenset({"assign", "label", "labels", "milestone", "cc", "todo", "relate", "due", "epic"})
"""The quick actions of a template that are kept."""
_OURS: Final[Mapping[str, str]] = {
    "expecting to happen": "What are we expecting to happen?",
    "can go wrong": "What can go wrong and how would we detect it?",
}
"""Our sections that replace those of a template, by words of their headings."""
_STEPS: Final = "Test replication and verification"
_ELSEWHERE: Final = "non-production"
_PRODUCTION: Final = "on production"
_WHY: Final = "No Geo site runs on production of GitLab.com, so that the steps that test there are struck out."


def roll_out(work: Work) -> Shaped:
    """Return the rollout issue.

    Args:
        work: What is known about the type; the milestone is that of its phase.

    Raises:
        GeoScaffoldError: One of our templates, or an override of it, cannot be rendered.
    """
    ours = work.rendered(ROLLOUT, checklist="")
    own, actions = sections_of(ours, deepest=3)
    template = (work.text(TEMPLATE) or "")[:_MOST]
    if not template:
        return Shaped(shown(joined(own, actions), keep="\n\t"))
    flags: Sequence[str] = work.context["flags"]
    filled = "\n".join(_filled(line, flags, _values(work)) for line in plain(template).split("\n"))
    theirs, asked = sections_of(filled, deepest=3)
    mine = {section.heading: section for section in own}
    sections = [_struck(_with_ours(section, mine)) for section in theirs]
    sections.insert(_place_of_steps(sections), mine[_STEPS])
    kept = [
        action
        for action in asked
        if name_of(action) in _HARMLESS and not _FILL.search(action) and not _is_said(action, actions)
    ]
    left_out = tuple(action for action in asked if name_of(action) not in _HARMLESS)
    return Shaped(shown(joined(sections, [*kept, *actions]), keep="\n\t"), left_out)


def _is_said(action: str, actions: Sequence[str]) -> bool:
    """Tell whether other quick actions cover one, such as a label that is one of several there."""
    words = action.split(" ", 1)[-1]
    return any(name_of(each) == name_of(action) and words in each for each in actions)


def still_to_fill(text: str) -> tuple[str, ...]:
    """Return the distinct placeholders that a person still has to fill in."""
    return tuple(dict.fromkeys(match[0] for match in _FILL.finditer(text)))


def _values(work: Work) -> Mapping[str, str]:
    """Return the known values of a template's placeholders."""
    context, urls = work.context, {reference.what: reference.url for reference in work.context["references"]}
    group = str(context["group"])
    known = {
        "feature-issue-link": urls.get("Issue", ""),
        "this-rollout-issue-link": urls.get("Rollout issue of the feature flag", ""),
        "group-label": f'~"{group}"',
        "short description": f"Replicate and verify {context['title_plural']} with Geo",
        "slack-channel-of-dri-team": f"g_{group.removeprefix('group::').replace(' ', '_').replace('-', '_')}",
        "milestone": str(context["milestone"]),
    }
    return {key: value for key, value in known.items() if value}


def _filled(line: str, flags: Sequence[str], values: Mapping[str, str]) -> str:
    """Return a line with known values filled in; code that names the flag is repeated for each flag."""

    def each_flag(code: "re.Match[str]") -> str:
        if _FLAG not in code[0]:
            return code[0]
        return " and ".join(code[0].replace(_FLAG, flag) for flag in flags)

    if len(flags) > 1:
        line = line.replace(f"`{_FLAG}` feature flag", f"`{_FLAG}` feature flags")
    line = _CODE.sub(each_flag, line)
    if _FLAG in line and "/chatops" in line:  # part of a block
        line = "\n".join(line.replace(_FLAG, flag) for flag in flags)
    line = line.replace(_FLAG, " and ".join(flags))
    return _FILL.sub(lambda match: values.get(match[1], match[0]), line)


def _with_ours(section: Section, mine: Mapping[str, Section]) -> Section:
    heading = section.heading.lower()
    ours = next((own for words, own in _OURS.items() if words in heading), None)
    return section._replace(lines=mine[ours].lines) if ours else section


def _struck(section: Section) -> Section:
    """Return a section with its tasks about production struck out; anything else is unchanged."""
    heading = section.heading.lower()
    if _PRODUCTION not in heading or _ELSEWHERE in heading:
        return section
    lines, depth = ["", _WHY], -1
    for line in lines_of("\n".join(section.lines)):
        bullet = _BULLET.match(line.text) if line.is_plain else None
        indent = len(line.text) - len(line.text.lstrip())
        if bullet and "[" in bullet[0]:
            depth = indent
            lines.append(f"{bullet[1]}{bullet[2]} [~] ~~{line.text[bullet.end() :].strip()}~~")
        elif line.is_plain and line.text.strip() and depth >= 0 and indent > depth:
            start = bullet.end() if bullet else indent
            lines.append(f"{line.text[:start]}~~{line.text[start:].strip()}~~")
        else:
            depth = depth if not line.text.strip() else -1
            lines.append(line.text)
    return section._replace(lines=tuple(lines))


def _place_of_steps(sections: Sequence[Section]) -> int:
    """Return where our steps go: after those of other environments, else before those of production, else last."""
    headings = [section.heading.lower() for section in sections]
    for at, heading in enumerate(headings):
        if _ELSEWHERE in heading:
            return at + 1
    return next((at for at, heading in enumerate(headings) if _PRODUCTION in heading), len(headings))
