"""What keeps a file from being read: conflict markers, bytes that are no text, text that does not parse."""

import json
import re
from typing import Final, NamedTuple

from geo_scaffold.editors.ruby.syntax import parse as parse_ruby
from geo_scaffold.editors.yaml.plain import plain_mapping
from geo_scaffold.errors import LocatorError

_MARKER: Final = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: |\r?$)|^={7}\r?$", re.MULTILINE)
_STARTS: Final = ("<<<<<<<", ">>>>>>>")


class Breakage(NamedTuple):
    """Why a file cannot be read.

    Args:
        what: One sentence without its end.
        line: Where, from 1.
    """

    what: str
    line: int


def breakage_of(text: str, path: str) -> Breakage | None:
    """Return what keeps a text from being read as what its name says; None: nothing.

    Args:
        text: The whole file, decoded with `surrogateescape`.
        path: Its name.
    """
    if "\0" in text:
        return Breakage("this is a binary file", _line(text, text.index("\0")))
    if any(marker in text for marker in _STARTS):
        markers = [match for match in _MARKER.finditer(text) if match[0].startswith(_STARTS)]
        if markers:
            return Breakage("an unresolved merge conflict", _line(text, markers[0].start()))
    return _unparsable(text, path.rpartition(".")[2])


def _unparsable(text: str, ending: str) -> Breakage | None:
    if ending == "rb":
        return _ruby(text)
    if ending == "json":
        try:
            json.loads(text)
        except json.JSONDecodeError as error:
            return Breakage(f"this is not JSON: {error.msg}", error.lineno)
        except RecursionError:
            return Breakage("the JSON is nested too deeply", 1)
    if ending in {"yml", "yaml"}:
        return _yaml(text)
    return None


def _ruby(text: str) -> Breakage | None:
    root = parse_ruby(text).root
    if not root.has_error:
        return None
    nodes = [root]
    while nodes:
        node = nodes.pop()
        if node.is_error or node.is_missing:
            return Breakage("this is not Ruby that can be parsed", node.start_point.row + 1)
        nodes += reversed([child for child in node.children if child.has_error or child.is_missing])
    return Breakage("this is not Ruby that can be parsed", 1)


def _yaml(text: str) -> Breakage | None:
    from geo_scaffold.editors.yaml.tree import parse  # noqa: PLC0415 - ruamel.yaml, for odd files only

    if plain_mapping(text) is not None:
        return None
    try:
        parse(text)
    except LocatorError as error:
        line = re.search(r"line (\d+)", error.message)
        return Breakage(error.message, int(line[1]) if line else 1)
    return None


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
