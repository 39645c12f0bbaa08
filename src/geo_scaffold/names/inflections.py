"""Reads the declarations of a Rails initializer (`inflect.acronym 'CDN'`) without running Ruby."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from geo_scaffold.names.inflector import ACRONYM, Inflector, Rule, anchored, irregular

DECLARATIONS: Final = frozenset({"acronym", "human", "irregular", "plural", "singular", "uncountable", "clear"})

_TOKEN: Final = re.compile(
    r"""
      (?P<comment> \#[^\n]* | ^=begin\b.*?^=end[^\n]* )
    | (?P<newline> \n | ; )
    | (?P<space>   \\\n | \s+? )
    | (?P<words>   %[wi] (?: \[[^\]]*\] | \([^)]*\) | \{[^}]*\} | <[^>]*> ) )
    | (?P<regex>   / (?:[^/\\\n]|\\.)+ / [a-z]* | %r\{ (?:[^{}\\]|\\.)* \} [a-z]* )
    | (?P<string>  ' (?:[^'\\]|\\.)* ' | " (?:[^"\\]|\\.)* " )
    | (?P<name>    [A-Za-z_]\w* )
    | (?P<symbol>  ::? )
    | (?P<other>   . )
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_SIMPLE_STRING: Final = re.compile(r"'(?P<single>(?:[^'\\]|\\.)*)'|\"(?P<double>(?:[^\"\\#]|\\\\)*)\"", re.DOTALL)
_REPLACEMENT: Final = re.compile(r"(?:[^\\$\n]|\\[0-9])*")


@dataclass(frozen=True, slots=True)
class Regexp:
    """A Ruby regular expression: its source and its flags."""

    source: str
    flags: str


Value = str | Regexp


@dataclass(frozen=True, slots=True)
class Declaration:
    """One call such as `inflect.irregular 'cache', 'caches'`.

    Attributes:
        method: The method's name.
        arguments: Its arguments, lists flattened; None when they are not literals.
        line: The line's number in the initializer, from 1.
        text: The first line of the call.
    """

    method: str
    arguments: tuple[Value, ...] | None
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


def declare_all(inflector: Inflector, text: str) -> Inflector:
    """Return the inflections after every declaration of an initializer.

    Args:
        inflector: The inflections before: Rails' own.
        text: The Ruby source of a file such as GitLab's
            `config/initializers_before_autoloader/000_inflections.rb`. It is read, not run: a declaration whose
            arguments are not literals is kept in `unreadable`.
    """
    for declaration in read_declarations(text):
        declared = _declare(inflector, declaration)
        inflector = declared or replace(
            inflector, unreadable=(*inflector.unreadable, f"line {declaration.line}: {declaration.text}")
        )
    return inflector


def read_declarations(text: str) -> Iterator[Declaration]:
    """Yield the declarations of an initializer, in order.

    Only the English inflections count, because Active Support names classes and tables by those.

    Args:
        text: The Ruby source. Comments are ignored; so are conditions around a declaration.
    """
    tokens = list(_tokens(text))
    english = True
    for index, token in enumerate(tokens):
        if token.kind != "name":
            continue
        if token.text == "inflections":
            english = _is_english(tokens[index + 1 : index + 4])
        elif english and token.text in DECLARATIONS and index >= 2 and tokens[index - 1].text == ".":
            line = text.count("\n", 0, token.position)
            yield Declaration(
                method=token.text,
                arguments=_arguments(tokens[index + 1 :]),
                line=line + 1,
                text=text.split("\n")[line].strip(),
            )


def _tokens(text: str) -> Iterator[_Token]:
    text = re.split(r"^__END__$", text, maxsplit=1, flags=re.MULTILINE)[0]
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        if kind not in {"comment", "space"}:
            yield _Token(kind, match[0], match.start())


def _is_english(following: list[_Token]) -> bool:
    texts = [token.text for token in following]
    return texts[:2] != ["(", ":"] or texts[2:] == ["en"]


def _arguments(tokens: list[_Token]) -> tuple[Value, ...] | None:
    """Return the literals of a call whose tokens follow, or None when anything else is among them."""
    values: list[Value] = []
    closing: list[str] = []
    comma_before = True
    for token in tokens:
        if token.kind == "newline":
            if not closing and not comma_before:
                break
        elif token.text in {"(", "["}:
            closing.append(")" if token.text == "(" else "]")
        elif token.text in {")", "]"}:
            if not closing or closing.pop() != token.text:
                return None
            comma_before = False
        elif token.text == ",":
            comma_before = True
        elif token.text in {"end", "}"} and not closing:
            break
        else:
            found = _literal(token) if comma_before else None
            if found is None:
                return None
            values.extend(found)
            comma_before = False
    return None if closing else tuple(values)


def _literal(token: _Token) -> list[Value] | None:
    if token.kind == "words":
        return list(token.text[3:-1].split())
    if token.kind == "regex":
        body, flags = token.text.rsplit("}" if token.text.startswith("%r") else "/", 1)
        source = body.removeprefix("%r{").removeprefix("/")
        return [Regexp(source.replace(r"\/", "/"), flags)]
    if token.kind == "string" and (match := _SIMPLE_STRING.fullmatch(token.text)):
        if match["single"] is not None:
            return [re.sub(r"\\(['\\])", r"\1", match["single"])]
        return [match["double"].replace("\\\\", "\\")]
    return None


def _declare(inflector: Inflector, declaration: Declaration) -> Inflector | None:
    """Return the inflections after a declaration, or None when it cannot be understood."""
    match declaration.method, declaration.arguments:
        case "acronym", (str(word),) if ACRONYM.fullmatch(word):
            return inflector.with_acronyms([word])
        case "irregular", (str(singular), str(plural)) if singular and plural and not re.search(r"[\\$]", plural):
            countable = _without(inflector.uncountables, singular, plural)
            return replace(
                inflector, uncountables=countable, plurals=(*inflector.plurals, *irregular(singular, plural))
            )
        case "uncountable", (*words,) if words and all(isinstance(word, str) and word for word in words):
            lowered = tuple(str(word).lower() for word in words)
            return replace(inflector, uncountables=(*inflector.uncountables, *lowered))
        case "plural" | "singular" | "human", (pattern, str(replacement)):
            return _declare_rule(inflector, declaration.method, pattern, replacement)
    return None


def _declare_rule(inflector: Inflector, kind: str, pattern: Value, replacement: str) -> Inflector | None:
    rule = _rule(pattern, replacement)
    if rule is None:
        return None
    if kind == "human":
        return replace(inflector, humans=(*inflector.humans, rule))
    countable = _without(inflector.uncountables, pattern, replacement)
    plurals = (*inflector.plurals, rule) if kind == "plural" else inflector.plurals
    return replace(inflector, uncountables=countable, plurals=plurals)


def _without(uncountables: tuple[str, ...], *words: Value) -> tuple[str, ...]:
    return tuple(word for word in uncountables if word not in words)


def _rule(pattern: Value, replacement: str) -> Rule | None:
    """Return a Ruby rule as a Python one, or None when Python could not run it the same way."""
    if not _REPLACEMENT.fullmatch(replacement):
        return None
    if not isinstance(pattern, Regexp):
        return Rule(re.escape(pattern), replacement, ignore_case=False) if pattern else None
    if pattern.flags not in {"", "i"} or "[[:" in pattern.source or "#{" in pattern.source:
        return None
    source = (
        pattern.source.replace(r"\z", r"\Z").replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!")
    )
    rule = Rule(source, replacement, pattern.flags == "i")
    try:
        groups = re.compile(source).groups
        re.compile(anchored(rule)[0])
    except re.error:
        return None
    return rule if all(int(digit) <= groups for digit in re.findall(r"\\(\d)", replacement)) else None
