"""The message of a commit, by GitLab's rules: doc/development/contributing/merge_request_workflow.md.

Danger checks each commit of a merge request against them (`lib/danger/rules/commit_messages` of gitlab-dangerfiles).
"""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from geo_scaffold.errors import ManifestError
from geo_scaffold.verbs.mr.work import Work

MOST: Final = 72
"""The maximum length of a line, including the subject."""
_FEWEST: Final = 3
"""The minimum number of words in a subject."""
_REFERENCE: Final = re.compile(r"(?<!`)[#!&%]\d")
"""Text that GitLab would take for a reference to an issue, a merge request, an epic or a milestone."""
# By the rules in doc/development/contributing/merge_request_workflow.md: no emoji; a prefix and URLs do not count.
_EMOJI: Final = re.compile(r":[a-z0-9_+-]{1,60}:|[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\u3030\U0001f000-\U0001faff]")
_PREFIX: Final = re.compile(r"(?:\[[^\]\n]{1,60}\]|\w{1,60}:) ")
_URL: Final = re.compile(r"https?://\S{1,2000}")


class Message(NamedTuple):
    """The message of a commit.

    Args:
        subject: Its first line.
        body: What and why, in wrapped lines.
        trailers: Its trailers, such as `Changelog: added`.
    """

    subject: str
    body: str
    trailers: tuple[str, ...] = ()

    def text(self) -> str:
        """Return it in Git's form, with a trailing line feed."""
        return "\n\n".join(filter(None, (self.subject, self.body, "\n".join(self.trailers)))) + "\n"


def message_for(work: Work, *, is_later: bool = False) -> Message:
    """Return the message of the commit of a phase.

    Args:
        work: The work of the phase.
        is_later: Whether it changes an earlier commit of the same merge request, which is in the changelog already.

    Raises:
        GeoScaffoldError: The edition has no subject that fits the model, or its template cannot be rendered.
    """
    first = _subject(work, work.request.subjects)
    if is_later:
        body = _wrapped(f'Changes what "{first}" brought, before it is merged.')
        return Message(_subject(work, work.request.later), body)
    # A title may look like a reference, such as `A &1`; the name of a class never does.
    plain = {"title": work.model, "title_plural": f"{work.model} records"}
    bodies = (_body(work, values) for values in ({}, plain))
    messages = [Message(first, body, work.request.trailers) for body in bodies]
    return next((message for message in messages if not list(mistakes_in(message))), messages[-1])


def _subject(work: Work, texts: Sequence[str]) -> str:
    subjects = [text.format_map(work.context) for text in texts]
    good = next((subject for subject in subjects if not list(mistakes_in_subject(subject))), None)
    if good is None:
        raise ManifestError(
            f"no commit subject of the phase {work.phase} suits {work.model}",
            edition=work.renderer.edition,
            remedy=f"Give it a shorter one; the shortest is {min(subjects, key=len, default='')!a}",
        )
    return good


def _body(work: Work, values: Mapping[str, str]) -> str:
    paragraphs = work.rendered(work.request.message, **values).split("\n\n")
    # No colon, which would turn them into trailers.
    links = [f"{reference.relation} {reference.url}" for reference in work.context["references"]]
    return "\n\n".join(filter(None, [*map(_wrapped, paragraphs), "\n".join(links)]))


def mistakes_in_subject(subject: str) -> Iterator[str]:
    """Yield how a subject violates GitLab's rules."""
    if len(subject) > MOST:
        yield f"it is longer than {MOST} characters"
    if len(subject.split()) < _FEWEST:
        yield f"it has fewer than {_FEWEST} words"
    if not _PREFIX.sub("", subject, count=1)[:1].isupper():
        yield "it does not begin with a capital letter"
    if subject.endswith("."):
        yield "it ends with a period"
    yield from _mistakes_in_any(subject)


def mistakes_in(message: Message) -> Iterator[str]:
    """Yield how a message violates GitLab's rules."""
    yield from mistakes_in_subject(message.subject)
    for line in message.body.splitlines():
        if len(_URL.sub("", line).rstrip()) > MOST:  # a URL may make a line longer
            yield f"a line of its body is longer than {MOST} characters"
    yield from _mistakes_in_any(_URL.sub("", message.body))


def _mistakes_in_any(text: str) -> Iterator[str]:
    if _REFERENCE.search(text):
        yield "it has a short reference, where the URL has to be"
    if _EMOJI.search(text):
        yield "it has an emoji"


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(" ".join(paragraph.split()), MOST, break_on_hyphens=False)
