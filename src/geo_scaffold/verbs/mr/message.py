"""The message of a commit, by GitLab's rules: doc/development/contributing/merge_request_workflow.md.

Danger holds each commit of a merge request to them (`lib/danger/rules/commit_messages` of gitlab-dangerfiles).
"""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from geo_scaffold.errors import ManifestError
from geo_scaffold.verbs.mr.work import Work

MOST: Final = 72
"""Characters of a line, of the subject too."""
_FEWEST: Final = 3
"""Words of a subject."""
_REFERENCE: Final = re.compile(r"(?<!`)[#!&%]\d")
"""What GitLab would take for a reference to an issue, a merge request, an epic or a milestone."""
_EMOJI: Final = re.compile(r":[a-z0-9_+-]{1,60}:|[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\u3030\U0001f000-\U0001faff]")
_PREFIX: Final = re.compile(r"(?:\[[^\]\n]{1,60}\]|\w{1,60}:) ")
_URL: Final = re.compile(r"https?://\S{1,2000}")


class Message(NamedTuple):
    """The message of a commit.

    Args:
        subject: Its first line.
        body: What and why, in lines that fit.
        trailers: Such as `Changelog: added`.
    """

    subject: str
    body: str
    trailers: tuple[str, ...] = ()

    def whole(self) -> str:
        """Return it as Git takes it, with a line feed at its end."""
        return "\n\n".join(filter(None, (self.subject, self.body, "\n".join(self.trailers)))) + "\n"


def message_for(work: Work, *, is_later: bool = False) -> Message:
    """Return the message of the commit of a phase.

    Args:
        work: What it is about.
        is_later: Whether it changes what an earlier commit of the same merge request brought, which the changelog has.

    Raises:
        GeoScaffoldError: The edition has no subject that is good for the model, or its template cannot be rendered.
    """
    first = _subject(work, work.request.subjects)
    if is_later:
        body = _wrapped(f'Changes what "{first}" brought, before it is merged.')
        return Message(_subject(work, work.request.later), body)
    # A title may be one that looks like a reference, such as `A &1`; the name of a class never does.
    plain = {"title": work.model, "title_plural": f"{work.model} records"}
    bodies = (_body(work, values) for values in ({}, plain))
    found = [Message(first, body, work.request.trailers) for body in bodies]
    return next((each for each in found if not list(mistakes_in(each))), found[-1])


def _subject(work: Work, texts: Sequence[str]) -> str:
    subjects = [text.format_map(work.context) for text in texts]
    good = next((each for each in subjects if not list(mistakes_in_subject(each))), None)
    if good is None:
        raise ManifestError(
            f"no commit subject of the phase {work.phase} suits {work.model}",
            edition=work.renderer.edition,
            remedy=f"Give it a shorter one; the shortest is {min(subjects, key=len, default='')!a}",
        )
    return good


def _body(work: Work, values: Mapping[str, str]) -> str:
    paragraphs = work.rendered(work.request.message, **values).split("\n\n")
    # No colon, which would make trailers of them.
    links = [f"{each.relation} {each.url}" for each in work.context["references"]]
    return "\n\n".join(filter(None, [*map(_wrapped, paragraphs), "\n".join(links)]))


def mistakes_in_subject(subject: str) -> Iterator[str]:
    """Yield what GitLab's rules do not accept of a subject."""
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
    """Yield what GitLab's rules do not accept of a message."""
    yield from mistakes_in_subject(message.subject)
    for line in message.body.splitlines():
        if len(_URL.sub("", line).rstrip()) > MOST:  # a line may be longer by its URL
            yield f"a line of its body is longer than {MOST} characters"
    yield from _mistakes_in_any(_URL.sub("", message.body))


def _mistakes_in_any(text: str) -> Iterator[str]:
    if _REFERENCE.search(text):
        yield "it has a short reference, where the URL has to be"
    if _EMOJI.search(text):
        yield "it has an emoji"


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(" ".join(paragraph.split()), MOST, break_on_hyphens=False)
