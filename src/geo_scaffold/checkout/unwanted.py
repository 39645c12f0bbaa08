"""Uploaders whose files GitLab says it does not want to replicate.

`ee/spec/uploaders/every_gitlab_uploader_spec.rb` holds each uploader that has no type yet, with a sentence why. Most
sentences say that a type is still to come; the others are reasons not to make one.
"""

import re
from functools import cached_property
from typing import Final, NamedTuple

from geo_scaffold.checkout.sources import Sources

GUARD: Final = "ee/spec/uploaders/every_gitlab_uploader_spec.rb"
_STRING: Final = r"""(?:"[^"\n]*"|'[^'\n]*')"""
_ENTRY: Final = re.compile(
    rf"^[ \t]*(?:::)?([A-Z][\w:]*Uploader)\s*=>\s*({_STRING}(?:\s*\\\n\s*{_STRING})*)", re.MULTILINE
)
"""A key, and its sentence, which may go on in the next line."""
_MAPPED: Final = re.compile(r"""^[ \t]*(['"])(\w+)\1\s*=>\s*(['"])(\w+)\3""", re.MULTILINE)
"""What the files of an uploader are taken for, by the name that follows from the uploader's."""
_WANTED: Final = re.compile(r"\b(?:do|does) want to replicate\b|\bnot yet released\b", re.IGNORECASE)


class Listed(NamedTuple):
    """What is said of an uploader that is listed, and where, `path:line`."""

    text: str
    source: str


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
        listed = self._listed.get(uploader)
        return None if listed is None or _WANTED.search(listed.text) else Reason(*listed)

    def is_listed(self, uploader: str) -> bool:
        """Tell whether an uploader is among those without a type, whatever is said of it."""
        return uploader in self._listed

    def data_type(self, name: str) -> str | None:
        """Return the type that the files of an uploader are taken for; None: no other than by its name.

        Args:
            name: That of the uploader, in snake case.
        """
        text = (self._sources.text(GUARD) or "").partition("unmatched_data_types = {")[2].partition("}")[0]
        return {match[2]: match[4] for match in _MAPPED.finditer(text)}.get(name)

    @cached_property
    def _listed(self) -> dict[str, Listed]:
        text = self._sources.text(GUARD) or ""
        return {
            match[1]: Listed(_sentence(match[2]), f"{GUARD}:{text.count(chr(10), 0, match.start(1)) + 1}")
            for match in _ENTRY.finditer(text)
        }


def _sentence(strings: str) -> str:
    """Return the text of string literals that stand one after another."""
    return "".join(each[1:-1] for each in re.findall(_STRING, strings))
