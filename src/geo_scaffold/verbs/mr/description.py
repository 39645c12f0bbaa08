"""The description of a merge request: the template of its phase, in the shape of the checkout's own."""

from typing import Final

from geo_scaffold.escaping import shown
from geo_scaffold.verbs.mr.message import Message
from geo_scaffold.verbs.mr.shape import TEMPLATE, Shaped, in_shape
from geo_scaffold.verbs.mr.work import Work

_MOST: Final = 100_000
"""How many characters of a template are used; GitLab's longest has a few thousand."""


def describe(work: Work, message: Message, *, checklist: str, branch: str = "") -> Shaped:
    """Return the description.

    Args:
        work: The work of the phase.
        message: The message of the commit, which a template may use.
        checklist: The task list of the phase.
        branch: The branch to merge; empty if unknown.

    Raises:
        GeoScaffoldError: One of our templates, or an override of it, cannot be rendered.
    """
    ours = work.rendered(work.request.template, checklist=checklist.strip("\n"))
    template = (work.text(TEMPLATE) or "")[:_MOST]
    text = message.text()
    values = {
        "first_multiline_commit": text,
        "first_multiline_commit_description": message.body,
        "first_commit": text,
        "all_commits": text,
        "title": message.subject,
        "source_branch": branch,
    }
    shaped = in_shape(ours, template or None, values)
    return shaped._replace(text=shown(shaped.text, keep="\n\t"))
