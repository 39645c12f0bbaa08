"""Uploaders whose files GitLab says it does not want to replicate.

`ee/spec/uploaders/every_gitlab_uploader_spec.rb` lists each uploader without a type, with a reason. Most reasons are
that a type is planned; the others are why there should be none.
"""

import re
from functools import cached_property
from typing import Final, NamedTuple

from geo_scaffold.checkout.sources import Sources

GUARD: Final = "ee/spec/uploaders/every_gitlab_uploader_spec.rb"
_STRING: Final = r"""(?:"[^"\n]*"|'[^'\n]*')"""
# Elements of the two hashes in GUARD.
_ENTRY: Final = re.compile(
    rf"^[ \t]*(?:::)?([A-Z][\w:]*Uploader)\s*=>\s*({_STRING}(?:\s*\\\n\s*{_STRING})*)", re.MULTILINE
)
"""A key and its sentence, which may continue on the next line."""
_MAPPED: Final = re.compile(r"""^[ \t]*(['"])(\w+)\1\s*=>\s*(['"])(\w+)\3""", re.MULTILINE)
"""The type that the files of an uploader count as, by the name derived from the uploader's."""
# Sentences there that only postpone a type: "We do want to replicate this, see https://..."
_WANTED: Final = re.compile(r"\b(?:do|does) want to replicate\b|\bnot yet released\b", re.IGNORECASE)


class Listed(NamedTuple):
    """The sentence about a listed uploader, and where it is, `path:line`."""

    text: str
    source: str


class Reason(NamedTuple):
    """Why the files of an uploader are not replicated, and the source, `path:line`."""

    text: str
    source: str


class Unwanted:
    """The uploaders of a tree that should not be replicated.

    Args:
        sources: The files.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def reason(self, uploader: str) -> Reason | None:
        """Return why the files of an uploader should not be replicated, or None if no reason is given.

        Args:
            uploader: Its full name.
        """
        listed = self._listed.get(uploader)
        return None if listed is None or _WANTED.search(listed.text) else Reason(*listed)

    def is_listed(self, uploader: str) -> bool:
        """Tell whether an uploader is listed as having no type, for whatever reason."""
        return uploader in self._listed

    def data_type(self, name: str) -> str | None:
        """Return the type that the files of an uploader count as, or None if its name tells.

        Args:
            name: The uploader's name, in snake case.
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
    """Return the text of adjacent string literals."""
    return "".join(each[1:-1] for each in re.findall(_STRING, strings))
