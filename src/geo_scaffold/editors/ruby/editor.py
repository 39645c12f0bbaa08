"""What all Ruby editors share: find, splice, prove."""

from abc import ABC, abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING

from geo_scaffold.editors.failures import blocked
from geo_scaffold.editors.ruby.proof import is_proven
from geo_scaffold.editors.ruby.syntax import Source, comments_in, equivalent, parse, parse_result
from geo_scaffold.editors.splice import Splice, apply_splices

if TYPE_CHECKING:
    from tree_sitter import Node


class RubyEditor(ABC):
    """One entry at one place of a Ruby file; subclasses determine its place and the splices.

    `find`, `adding` and `removing` raise LocatorError if the place does not exist exactly once.
    """

    @property
    @abstractmethod
    def what(self) -> str:
        """A description of the entry, for messages."""

    @property
    def remark(self) -> str:
        """The comment behind the entry, which is added and removed with it; empty if there is none."""
        return ""

    @abstractmethod
    def expected(self) -> "Node":
        """Return the entry as written, parsed alone."""

    @abstractmethod
    def find(self, source: Source) -> "list[Node]":
        """Return the nodes in a file that are the entry, in any spelling."""

    @abstractmethod
    def adding(self, source: Source) -> list[Splice]:
        """Return the splices that insert the entry into a file that does not have it."""

    @abstractmethod
    def removing(self, source: Source, entry: "Node") -> list[Splice]:
        """Return the splices that remove the entry from a file."""

    def contains(self, text: str) -> bool:
        """Tell whether the entry exists, in any equivalent spelling."""
        return bool(self.find_in(text))

    def find_in(self, text: str) -> "tuple[Node, ...]":
        """Return the result of `find` for a text; it is cached, because several checks in a row need it."""
        return _find(self, text)

    def insert(self, text: str) -> str:
        """Return the text with the entry; unchanged if it exists already."""
        source = parse(text)
        if self.find(source):
            return text
        splices = self.adding(source)
        result = apply_splices(text, splices)
        after = parse_result(result, source)
        added = self.added(after)
        if added is None or not is_proven(source, after, [added], splices, grows=True, remark=self.remark):
            raise blocked(f"with {self.what} the file would not read as before plus that entry")
        if apply_splices(result, self.removing(after, added)) != text:
            raise blocked(f"{self.what} could not be taken out again as it was put in")
        return result

    def drafted(self, text: str) -> str:
        """Return the unproven result of `insert` for a text without the entry, to find out where it would go.

        Raises:
            LocatorError: Its place does not exist exactly once.
        """
        return apply_splices(text, self.adding(parse(text)))

    def remove(self, text: str) -> str:
        """Return the text without the entry; unchanged if it does not exist."""
        source = parse(text)
        found = self.find(source)
        if not found:
            return text
        if len(found) > 1:
            raise blocked(f"{self.what} appears {len(found)} times")
        [entry] = found
        if set(comments_in(entry)) - set(comments_in(self.expected())):
            raise blocked(f"{self.what} has a comment in it that would go with it")
        splices = self.removing(source, entry)
        result = apply_splices(text, splices)
        if not is_proven(parse_result(result, source), source, found, splices, grows=False, remark=self.remark):
            raise blocked(f"{self.what} cannot be removed alone: something else is on its lines or depends on it")
        return result

    def added(self, source: Source) -> "Node | None":
        """Return the entry in a result, if it is there once and as written."""
        found = self.find(source)
        return found[0] if len(found) == 1 and equivalent(found[0], self.expected()) else None


@lru_cache(maxsize=16)
def _find(editor: RubyEditor, text: str) -> "tuple[Node, ...]":
    return tuple(editor.find(parse(text)))
