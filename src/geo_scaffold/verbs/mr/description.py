"""The description of a merge request: the template of its phase, in the shape of the checkout's own."""

from typing import Final

from geo_scaffold.escaping import shown
from geo_scaffold.verbs.mr.message import Message
from geo_scaffold.verbs.mr.shape import TEMPLATE, Shaped, in_shape
from geo_scaffold.verbs.mr.work import Work

_MOST: Final = 100_000
"""How many characters of a template are taken; the longest of GitLab has some thousands."""


def describe(work: Work, message: Message, *, checklist: str, branch: str = "") -> Shaped:
    """Return the description.

    Args:
        work: What it is about.
        message: That of the commit, which a template may ask for.
        checklist: The task list of the phase.
        branch: The branch that is merged; empty: not known.

    Raises:
        GeoScaffoldError: A template of ours, or an override of it, cannot be rendered.
    """
    ours = work.rendered(work.request.template, checklist=checklist.strip("\n"))
    template = (work.text(TEMPLATE) or "")[:_MOST]
    whole = message.whole()
    values = {
        "first_multiline_commit": whole,
        "first_multiline_commit_description": message.body,
        "first_commit": whole,
        "all_commits": whole,
        "title": message.subject,
        "source_branch": branch,
    }
    shaped = in_shape(ours, template or None, values)
    return shaped._replace(text=shown(shaped.text, keep="\n\t"))
