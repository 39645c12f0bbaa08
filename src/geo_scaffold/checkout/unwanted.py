"""Uploaders whose files GitLab says it does not want to replicate.

`ee/spec/uploaders/every_gitlab_uploader_spec.rb` holds each uploader that has no type yet, with a sentence why. Most
sentences say that a type is still to come; the others are reasons not to make one.
"""

import re
from functools import cached_property
from typing import Final, NamedTuple

from geo_scaffold.checkout.sources import Sources

GUARD: Final = "ee/spec/uploaders/every_gitlab_uploader_spec.rb"
_ENTRY: Final = re.compile(r"""^\s*(?:::)?([A-Z][\w:]*Uploader) => (["'])(.*?)\2,?\s*$""", re.MULTILINE)
_WANTED: Final = re.compile(r"\b(?:do|does) want to replicate\b|\bnot yet released\b", re.IGNORECASE)


class Reason(NamedTuple):
    """Why the files of an uploader are not replicated, and where that is said, `path:line`."""

    text: str
    source: str


class Unwanted:
    """The uploaders of a tree that are not to be replicated.

    Args:
        sources: The files.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def reason(self, uploader: str) -> Reason | None:
        """Return why the files of an uploader are not replicated; None: nothing says that they should not be.

        Args:
            uploader: Its full name.
        """
        return self._reasons.get(uploader)

    @cached_property
    def _reasons(self) -> dict[str, Reason]:
        text = self._sources.text(GUARD) or ""
        return {
            match[1]: Reason(match[3], f"{GUARD}:{text.count(chr(10), 0, match.start(1)) + 1}")
            for match in _ENTRY.finditer(text)
            if not _WANTED.search(match[3])
        }
