"""Items of a list."""

import re
from functools import lru_cache
from typing import Final

from geo_scaffold.editors.failures import blocked, not_proven
from geo_scaffold.editors.lines import cut_lines, insert_lines_after, insert_lines_before
from geo_scaffold.editors.markdown.page import Line, Page, parse
from geo_scaffold.editors.order import Placed
from geo_scaffold.editors.splice import Splice, apply_splices
from geo_scaffold.records import dataclass, field

# An item of one of Markdown's lists.
ITEM: Final = re.compile(r"(?P<indent>[ \t]*)(?P<marker>[-*+])(?P<space>[ \t]++)(?P<text>.*)$")


@dataclass
class Item:
    """An item: the text of its first line, and its first and last line, including what is nested in it."""

    text: str
    first: Line
    last: Line


@dataclass
class Bullets:
    """A list: the line before it, the bullet of its items, and the items."""

    lead: str
    beginning: str
    indent: int
    items: list[Item] = field(default_factory=list)

    def holds(self, indent: int, beginning: str) -> bool:
        """Tell whether a line with this indentation and bullet, if any, is a part of the list.

        Args:
            indent: How many columns the line's text is indented.
            beginning: Its indentation, bullet and the space after that; empty for a line without a bullet.
        """
        return indent > self.indent or (indent == self.indent and beginning == self.beginning)


@dataclass(frozen=True)
class BulletItems(Placed):
    """Items of a list under a heading.

    Args:
        heading: The heading with its hashes; the list is before the next heading.
        items: The text of each, without its bullet.
        lead: The beginning of the line before the list, without its bullet if it is an item itself; `None` if there is
            only one list under the heading.

    Example:
        ```toml
        editor = { kind = "bullets", heading = "## Models", order = "sorted" }
        ```

        with the lines:

        ```markdown
        - `cool_widgets`
        ```

        Before:

        ```markdown
        ## Models

        - `boilers`
        - `steams`
        ```

        After:

        ```markdown
        ## Models

        - `boilers`
        - `cool_widgets`
        - `steams`
        ```
    """

    heading: str
    items: tuple[str, ...]
    lead: str | None = None

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        texts = _texts(self._list(text))
        return all(item in texts for item in self.items)

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        bullets = self._list(text)
        texts = _texts(bullets)
        splices, expected = [], list(texts)
        for place, new in self.places(texts, self.items):
            lines = [bullets.beginning + item for item in new]
            if place:
                splices.append(insert_lines_after(text, bullets.items[place - 1].last.start, lines))
            else:
                splices.append(insert_lines_before(text, bullets.items[0].first.start, lines))
            offset = len(expected) - len(texts)
            expected[place + offset : place + offset] = new
        return self._proven(text, splices, expected)

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        bullets = self._list(text)
        gone = [item for item in bullets.items if item.text in self.items]
        if not gone:
            return text
        remaining = [item.text for item in bullets.items if item.text not in self.items]
        if not remaining or any(item.first != item.last for item in gone):
            raise blocked(f"an item of the list under `{self.heading}` cannot be removed alone")
        return self._proven(text, [cut_lines(text, item.first.start, item.first.start) for item in gone], remaining)

    def _list(self, text: str) -> Bullets:
        page = parse(text)
        found = [bullets for bullets in _lists(page, page.section(self.heading)) if self._is_meant(bullets)]
        if len(found) != 1:
            lead = f" after `{self.lead}`" if self.lead is not None else ""
            raise blocked(f"one list was expected under `{self.heading}`{lead}, {len(found)} are there")
        doubled = [item for item in self.items if _texts(found[0]).count(item) > 1]
        if doubled:
            raise blocked(f"`{doubled[0]}` is in the list under `{self.heading}` more than once")
        return found[0]

    def _is_meant(self, bullets: Bullets) -> bool:
        return self.lead is None or bullets.lead.startswith(self.lead)

    def _proven(self, text: str, splices: list[Splice], expected: list[str]) -> str:
        result = apply_splices(text, splices)
        if _texts(self._list(result)) != expected:
            raise not_proven(f"the items under `{self.heading}`")
        return result


def _texts(bullets: Bullets) -> list[str]:
    return [item.text for item in bullets.items]


@lru_cache(maxsize=16)
def _lists(page: Page, section: range) -> list[Bullets]:
    lists: list[Bullets] = []
    open_lists: list[Bullets] = []
    lead = ""
    for number in section:
        line = page.lines[number]
        if not line.text.strip():
            continue
        indent = len(line.text) - len(line.text.lstrip(" \t"))
        match = ITEM.match(line.text) if line.is_text else None
        beginning = match["indent"] + match["marker"] + match["space"] if match else ""
        while open_lists and not open_lists[-1].holds(indent, beginning):
            open_lists.pop()
        if match:
            if not open_lists or open_lists[-1].indent < indent:
                open_lists.append(Bullets(lead, beginning, indent))
                lists.append(open_lists[-1])
            open_lists[-1].items.append(Item(match["text"].rstrip(), line, line))
        for open_list in open_lists:
            open_list.items[-1].last = line
        lead = match["text"] if match else line.text.strip()
    return lists
