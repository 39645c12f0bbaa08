"""A line of a file that is a list: one entry per line, with the sort of entry before a colon."""

from geo_scaffold.editors.failures import blocked, not_proven
from geo_scaffold.editors.lines import cut_lines, insert_lines_after, insert_lines_before
from geo_scaffold.editors.order import AscendingRun
from geo_scaffold.editors.splice import apply_splices
from geo_scaffold.records import dataclass


@dataclass(frozen=True)
class ListedLine:
    """A line such as `type:BoilerRegistry`, sorted by name among those of its sort; `#` begins a comment.

    Args:
        line: The line. The part before its first colon is its sort, of which there must be others.

    Example:
        ```toml
        editor = { kind = "line" }
        ```

        with the lines:

        ```text
        type: CoolWidgetRegistry
        ```

        Before:

        ```text
        type: BoilerRegistry
        type: SteamRegistry
        ```

        After:

        ```text
        type: BoilerRegistry
        type: CoolWidgetRegistry
        type: SteamRegistry
        ```
    """

    line: str

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        return self._number(text) is not None

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        if self.contains(text):
            return text
        lines = text.splitlines(keepends=True)
        sort = f"{self.line.partition(':')[0]}:"
        like = [at for at, line in enumerate(lines) if line.startswith(sort)]
        if not like:
            raise blocked(f"a line that begins with `{sort}` was expected, but there is none")
        place = AscendingRun([lines[at].rstrip() for at in like]).place(self.line)
        at = like[place - 1] if place else like[0]
        offset = sum(map(len, lines[:at]))
        splice = (insert_lines_after if place else insert_lines_before)(text, offset, [self.line])
        result = apply_splices(text, [splice])
        stripped = [line.rstrip("\r\n") for line in lines]
        if result.splitlines() != [*stripped[: at + bool(place)], self.line, *stripped[at + bool(place) :]]:
            raise not_proven(f"the line `{self.line}`")
        return result

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        number = self._number(text)
        if number is None:
            return text
        offset = sum(map(len, text.splitlines(keepends=True)[:number]))
        return apply_splices(text, [cut_lines(text, offset, offset)])

    def _number(self, text: str) -> int | None:
        found = [at for at, line in enumerate(text.splitlines()) if line.rstrip() == self.line]
        if len(found) > 1:
            raise blocked(f"`{self.line}` appears more than once")
        return found[0] if found else None
