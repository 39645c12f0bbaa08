"""Why a file cannot be read: conflict markers, bytes that are not text, text that does not parse."""

import json
import re
import shlex
from typing import Final, NamedTuple

from geo_scaffold.editors.conflicts import marker_at
from geo_scaffold.editors.ruby.syntax import innermost_errors
from geo_scaffold.editors.ruby.syntax import parse as parse_ruby
from geo_scaffold.editors.sql.script import endless_line
from geo_scaffold.editors.yaml.plain import plain_mapping
from geo_scaffold.errors import LocatorError

_BINARY: Final = "git log --stat --"
"""Shows the commits that changed it, because Git shows no lines of such a file."""
_CONFLICT: Final = "grep -HnE '^(<{7}|>{7})' --"
_JSON: Final = "python3 -m json.tool"
RUBY: Final = "ruby -c"
_YAML: Final = "ruby -ryaml -e 'YAML.parse_file(ARGV[0])'"

_PARSED: Final = 1 << 20
"""The maximum length of YAML that is parsed completely. GitLab's generated OpenAPI documents have millions of
characters, for which ruamel.yaml takes a minute; their editor searches them, and proves the mappings that it finds."""


class Breakage(NamedTuple):
    """Why a file cannot be read.

    Args:
        what: One sentence without its full stop.
        line: The line, from 1.
        tool: A read-only command that shows it, up to the name of the file.
    """

    what: str
    line: int
    tool: str = "ls -ld"

    @property
    def is_conflict(self) -> bool:
        """Whether a merge has left its markers in it."""
        return self.tool == _CONFLICT

    def command(self, path: str) -> str:
        """Return the command that shows it.

        Args:
            path: The path of the file for the command.
        """
        return f"{self.tool} {shlex.quote(path)}"


def breakage_of(text: str, path: str) -> Breakage | None:
    """Return why a text cannot be parsed in the format of its name, or None if it can.

    Args:
        text: The whole file, decoded with `surrogateescape`.
        path: Its name.
    """
    if "\0" in text:
        return Breakage("this is a binary file", _line(text, text.index("\0")), _BINARY)
    if (marker := marker_at(text)) is not None:
        return Breakage("an unresolved merge conflict", _line(text, marker), _CONFLICT)
    return _unparsable(text, path.rpartition(".")[2])


def _unparsable(text: str, ending: str) -> Breakage | None:
    if ending == "rb":
        return _ruby(text)
    if ending == "json":
        try:
            json.loads(text, parse_int=str, parse_float=str)  # a number may have more digits than Python accepts
        except json.JSONDecodeError as error:
            return Breakage(f"this is not JSON: {error.msg}", error.lineno, _JSON)
        except RecursionError:
            return Breakage("the JSON is nested too deeply", 1, _JSON)
    if ending in {"yml", "yaml"}:
        return _yaml(text)
    if ending == "sql" and (line := endless_line(text)):
        return Breakage(f"what begins on line {line} has no end", line, f"sed -n {line},{line + 4}p")
    return None


def _ruby(text: str) -> Breakage | None:
    source = parse_ruby(text)
    if source.unread:
        return _unread(source.unread[0] + 1)
    root = source.root
    if not root.has_error:
        # The grammar takes an unmatched `end` for a name.
        stray = next((child for child in root.children if child.type == "identifier" and child.text == b"end"), None)
        return Breakage("an `end` closes nothing", stray.start_point.row + 1, RUBY) if stray else None
    errors = innermost_errors(root)
    if narrow := next((node for node in errors if node.start_point.row == node.end_point.row), None):
        return _unread(narrow.start_point.row + 1)
    return Breakage("this is not Ruby that can be parsed", errors[0].start_point.row + 1 if errors else 1, RUBY)


def _unread(line: int) -> Breakage:
    """Return the breakage for a line that the grammar cannot read; it does not cover all of Ruby."""
    return Breakage(f"line {line} cannot be parsed by geo-scaffold; `ruby -c` may accept it", line, RUBY)


def _yaml(text: str) -> Breakage | None:
    from geo_scaffold.editors.yaml.tree import parse  # noqa: PLC0415 - ruamel.yaml, for odd files only

    if len(text) > _PARSED or plain_mapping(text) is not None:
        return None
    try:
        parse(text)
    except LocatorError as error:
        # As `parse` says where.
        line = re.search(r"line (\d+)", error.message)
        return Breakage(error.message, int(line[1]) if line else 1, _YAML)
    return None


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
