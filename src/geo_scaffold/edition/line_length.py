"""Breaks lines after rendering that a long name makes too long."""

import re
import textwrap
from typing import Final

LIMIT: Final = 120
"""The maximum of `Layout/LineLength` in GitLab's RuboCop configuration; the same for Python."""

_BLOCK: Final = re.compile(r"(\w+(?:\(:\w+\))?) \{ (.+) \}")
"""An attribute of a factory, a `let`, or a call with nothing but a block."""

_REMARK: Final = re.compile(r"([^#]*[^\s#]) (# .+)")
"""Code with a comment after it."""

_LINK: Final = re.compile(r"((?:\.\w+)+\()(.+)(\))")
"""One or several links of a chain."""

_HASH: Final = re.compile(r"(\w+: \{) (.+) (\},?)")
"""A key whose value is a hash."""

_TEXT: Final = re.compile(r"(\w+ )'([^']*)'")
"""A call with one string."""

_BRACKETS: Final = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


def wrap_ruby(text: str, limit: int = LIMIT) -> str:
    """Break lines of Ruby code that are too long, where that does not change their meaning.

    Comments are refilled, and those after code move above it; a call gets one argument per line, with fixed
    indentation; a chain breaks before its dots; a block in braces gets separate lines, and so does a hash. A line
    without such a place is unchanged.

    Args:
        text: Ruby code, with LF line ends.
        limit: The longest allowed line, in characters.
    """
    return "".join(
        line if len(line.rstrip("\n")) <= limit else _wrap(line.rstrip("\n"), limit)
        for line in text.splitlines(keepends=True)
    )


def wrap_python(text: str, limit: int = LIMIT) -> str:
    """Format Python code that has a line that is too long, with Black; the templates are in Black's format already.

    Args:
        text: Python code, with LF line ends.
        limit: The longest allowed line, in characters.
    """
    if all(len(line) <= limit for line in text.splitlines()):
        return text
    import black  # noqa: PLC0415 - takes longer than all else, and only long names need it

    return black.format_str(text, mode=black.Mode(line_length=limit))


def _wrap(line: str, limit: int) -> str:  # noqa: PLR0911 - each return is one way to break a line
    indentation = line[: len(line) - len(line.lstrip())]
    code = line[len(indentation) :]
    if code.startswith("#"):
        if code.startswith("# rubocop:"):
            return f"{line}\n"
        filled = textwrap.wrap(
            code.removeprefix("# "), limit - len(indentation) - 2, break_long_words=False, break_on_hyphens=False
        )
        return "".join(f"{indentation}# {part}\n" for part in filled)
    if remark := _REMARK.fullmatch(code):
        return wrap_ruby(f"{indentation}{remark[2]}\n{indentation}{remark[1]}\n", limit)
    if block := _BLOCK.fullmatch(code):
        call, body = block.groups()
        inner = wrap_ruby(f"{indentation}  {body}\n", limit)
        return f"{indentation}{call} do\n{inner}{indentation}end\n"
    if inside := _LINK.fullmatch(code) or _HASH.fullmatch(code):
        pieces = _split(inside[2], ", ", keep=",") or [inside[2]]
        inner = wrap_ruby("".join(f"{indentation}  {piece}\n" for piece in pieces), limit)
        return f"{indentation}{inside[1]}\n{inner}{indentation}{inside[3]}\n"
    if text := _TEXT.fullmatch(code):
        cut = text[2].rfind(" ", 0, limit - len(indentation) - len(text[1]) - 4) + 1
        if cut:
            return f"{indentation}{text[1]}'{text[2][:cut]}' \\\n{indentation}{' ' * len(text[1])}'{text[2][cut:]}'\n"
    pieces = (
        _split(code, ", ", keep=",") or _arguments(code) or _split(code, ").", keep=")") or _split(code, ".", keep="")
    )
    if not pieces:
        return f"{line}\n"
    # Each piece is shorter than the line, so this terminates.
    return wrap_ruby(
        f"{indentation}{pieces[0]}\n" + "".join(f"{indentation}  {piece}\n" for piece in pieces[1:]), limit
    )


def _arguments(code: str) -> list[str]:
    """Split a call that fills the line at the commas between its parentheses."""
    # Our own Ruby, which the templates render.
    call = re.fullmatch(r"(\w+\()(.+)\)", code)
    pieces = _split(call[2], ", ", keep=",") if call else []
    return [f"{call[1]}{pieces[0]}", *pieces[1:-1], f"{pieces[-1]})"] if call and pieces else []


def _split(code: str, separator: str, *, keep: str) -> list[str]:
    """Split outside of brackets and strings, with `keep` at the end of each piece; empty without a separator."""
    pieces, start, depth, quote = [], 0, 0, ""
    for position, character in enumerate(code):
        if quote:
            quote = "" if character == quote else quote
            continue
        if character in "'\"":
            quote = character
        depth += _BRACKETS.get(character, 0)
        if depth == 0 and code.startswith(separator, position):
            end = position + len(keep)
            pieces.append(code[start:end].lstrip(" "))
            start = end
    pieces.append(code[start:].lstrip(" "))
    return pieces if len(pieces) > 1 else []
