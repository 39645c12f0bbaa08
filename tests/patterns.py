"""The regular expressions in the source of a package, how each is applied, and texts on which a bad one takes long."""

import ast
import importlib
import inspect
import itertools
import pkgutil
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from re import _constants as ops  # type: ignore[attr-defined]  # the parser that `re` itself uses
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any, Final, NamedTuple

_PLAIN: Final = " \n\t\ra1A_-.,:;'\"`()[]{}<>|/*#$\\=!"
_REPEATS: Final = (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT)
_METHODS: Final = ("fullmatch", "finditer")
_ALL_OF_A_TEXT: Final = ("finditer", "findall", "sub", "subn", "split")
_MANY: Final = 50
"""A repetition of at most this many takes no longer in a longer text."""
_FEW_S: Final = 0.0008
_N: Final = 8000
"""Characters."""


class Use(NamedTuple):
    """A regular expression, and one way in which it is applied."""

    name: str
    pattern: re.Pattern[Any]
    method: str


def uses_in(package: ModuleType) -> list[Use]:
    """Return the uses of `re` in a package: what is compiled in its modules, and what its functions compile.

    A letter replaces any part of a pattern that is only known at run time.

    Args:
        package: The package.
    """
    modules = [package, *_modules_below(package)]
    sources = {module: inspect.getsource(module) for module in modules if _has_source(module)}
    everywhere = _methods_in("\n".join(sources.values()))
    found: dict[tuple[str, int, str, bool], Use] = {}
    for module, source in sources.items():
        uses = [*_of_names(module, source, everywhere), *_of_calls(module, source)]
        for use in uses:
            key = (str(use.pattern.pattern), use.pattern.flags, use.method, isinstance(use.pattern.pattern, bytes))
            found.setdefault(key, use)
    return list(found.values())


def unexplained_in(package: ModuleType) -> list[str]:
    """Return the places in a package with patterns that do not say what text these are written for.

    A comment above a constant says so, also for those that follow without an empty line, or a docstring below; in a
    function, where only a pattern with a word of its text needs it, a comment above.

    Args:
        package: The package.
    """
    missing = []
    for module in (package, *_modules_below(package)):
        lines = inspect.getsource(module).splitlines() if _has_source(module) else []
        body = ast.parse("\n".join(lines)).body
        for statement, following in zip(body, [*body[1:], None], strict=True):
            if not isinstance(statement, ast.Assign | ast.AnnAssign) or "re.compile(" not in ast.unparse(statement):
                continue
            above = itertools.takewhile(str.strip, reversed(lines[: statement.lineno - 1]))
            has_docstring = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
            if not has_docstring and not any(line.startswith("# ") for line in above):
                missing.append(f"{module.__name__}:{statement.lineno}")
        missing += [f"{module.__name__}:{number}" for number in _unexplained_calls(lines)]
    return missing


def _unexplained_calls(lines: list[str]) -> Iterator[int]:
    """Yield where functions apply a pattern that is written there and has a word, with no comment above.

    Args:
        lines: The lines of a module.
    """
    for function in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(function, ast.FunctionDef):
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("re.") and call.args:
                    above = lines[function.lineno : call.args[0].end_lineno]
                    if _has_word(call.args[0]) and not any(line.lstrip().startswith("# ") for line in above):
                        yield call.lineno


def _has_word(pattern: ast.expr) -> bool:
    """Tell whether the literal parts of a pattern have a word of three letters or more, apart from its classes."""
    parts = pattern.values if isinstance(pattern, ast.JoinedStr) else [pattern]
    texts = (part.value for part in parts if isinstance(part, ast.Constant))
    return any(
        re.search(r"[A-Za-z]{3}", re.sub(r"\\.|\[[^\]]*\]", " ", text)) for text in texts if isinstance(text, str)
    )


def slow_text(use: Use, *, in_lines: bool = False) -> str | None:
    """Return the form of a text on which a use takes more than linear time, or None if none was found.

    Args:
        use: The use.
        in_lines: Whether it is applied to single lines only, without what ends them.
    """
    apply = _applied(use)
    for before, pump, after in _texts(use.pattern):
        if in_lines and "\n" in before + pump + after:
            continue

        def text(count: int, parts: tuple[str, str, str] = (before, pump, after)) -> Any:
            made = parts[0] + parts[1] * max(count // len(parts[1]), 20) + parts[2]
            return made.encode("utf-8", "replace") if isinstance(use.pattern.pattern, bytes) else made

        for count in (0, 400, _N):
            if _seconds(apply, text(count)) > _FEW_S and _grows(apply, text, count):
                return f"{before!r} + {pump!r} * n + {after!r}"
    return None


def _grows(apply: Callable[[Any], object], text: Callable[[int], Any], count: int) -> bool:
    """Tell whether a text takes more than eight times as long as a quarter of it; it is four where it is linear."""
    long = min(_seconds(apply, text(count)) for _ in range(3))
    if count == 0:  # so long for so little: it may be exponential, and a quarter is as good as nothing
        return long > _FEW_S
    return long > _FEW_S and long > 8 * min(_seconds(apply, text(count // 4)) for _ in range(3))


def _seconds(apply: Callable[[Any], object], text: Any) -> float:
    start = time.process_time()
    apply(text)
    return time.process_time() - start


def _applied(use: Use) -> Callable[[Any], object]:
    if use.method in _ALL_OF_A_TEXT:
        return lambda text: sum(1 for _ in use.pattern.finditer(text))
    method: Callable[[Any], object] = getattr(use.pattern, use.method)
    return method


# What is applied, and how.


def _modules_below(package: ModuleType) -> Iterator[ModuleType]:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith("__main__"):
            yield importlib.import_module(module.name)


def _has_source(module: ModuleType) -> bool:
    return bool(module.__file__) and str(module.__file__).endswith(".py")


def _methods_in(source: str) -> dict[str, set[str]]:
    """Return the methods of patterns that a source calls, by the names that it calls them on."""
    found: dict[str, set[str]] = {}
    for name, method in re.findall(rf"\b(\w+)\.(match|fullmatch|search|{'|'.join(_ALL_OF_A_TEXT)})\b", source):
        found.setdefault(name, set()).add(method)
    return found


def _of_names(module: ModuleType, source: str, everywhere: Mapping[str, set[str]]) -> Iterator[Use]:
    here = _methods_in(source)
    for name, value in vars(module).items():
        patterns = [] if name.startswith("__") else [*_patterns_in(value)]
        if not patterns or not re.search(rf"^{name}\b.*=|^    {name}\b.*=", source, re.MULTILINE):
            continue  # from another module
        methods = (here if name.startswith("_") else everywhere).get(name, set())
        for pattern in patterns:
            for method in sorted(methods) or _METHODS:
                yield Use(f"{module.__name__}.{name}", pattern, method)


def _patterns_in(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _patterns_in(each)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _patterns_in(each)


def _of_calls(module: ModuleType, source: str) -> Iterator[Use]:
    tree = ast.parse(source)
    nodes = [*ast.walk(tree)]
    applied = {id(node.value): node.attr for node in nodes if isinstance(node, ast.Attribute)}
    compiled_at = {id(statement.value) for statement in tree.body if isinstance(statement, ast.Assign | ast.AnnAssign)}
    for call in nodes:
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args):
            continue
        if not (isinstance(call.func.value, ast.Name) and call.func.value.id == "re") or id(call) in compiled_at:
            continue
        method = call.func.attr
        source_of = _known(call.args[0], vars(module))
        if method == "escape" or not isinstance(source_of, str | bytes):
            continue
        flag = next((keyword.value for keyword in call.keywords if keyword.arg == "flags"), None)
        at = 2 if method in {"search", "match", "fullmatch", "findall", "finditer"} else 1
        flag = flag or (call.args[at] if method not in {"sub", "subn", "split"} and len(call.args) > at else None)
        flags = _known(flag, vars(module)) if flag else 0
        pattern = re.compile(source_of, flags if isinstance(flags, int) else 0)
        methods = (applied[id(call)],) if id(call) in applied else _METHODS
        for each in (method,) if method != "compile" else methods:
            yield Use(f"{module.__name__}:{call.lineno}", pattern, each)


def _known(node: ast.expr, names: dict[str, Any]) -> Any:
    """Return the value of an expression as far as a module's names tell it."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(_known(expr, names)) for expr in node.values)
    if isinstance(node, ast.FormattedValue):
        value = _known(node.value, names)
        return "x" if value is None else value
    try:
        return eval(compile(ast.Expression(node), "pattern", "eval"), dict(names))
    except Exception:
        return None


# Texts that are made of what a pattern holds.


def _texts(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str, str]]:
    """Yield what is before something repeated, what is repeated, and what is after it and does not fit."""
    source = pattern.pattern
    parsed = parser.parse(
        source.decode("latin-1") if isinstance(source, bytes) else source, pattern.flags & ~re.UNICODE
    )
    letters = "".join(dict.fromkeys((*_PLAIN[:8], *_literals(parsed))))
    pumps = [(before, pump) for before, body in _repeated(parsed, "", {}) for pump in _samples_of(body, letters)]
    whole = _sample(parsed, {}, most=True)
    pumps += [("", whole), ("", whole[:-1])]
    seen = set()
    for before, pump in pumps:
        for head, repeated in ((before, pump), ("", before + pump), ("", pump)):
            for after in ("\1", "\n\1"):
                if repeated and (head, repeated, after) not in seen:
                    seen.add((head, repeated, after))
                    yield head, repeated, after


def _literals(parsed: Iterable[Any]) -> Iterator[str]:
    for op, value in parsed:
        if op in (ops.LITERAL, ops.NOT_LITERAL):
            yield chr(value)
        elif op is ops.IN:
            yield from (chr(each) for kind, each in value if kind is ops.LITERAL)
        else:
            for each in _inner(op, value):
                yield from _literals(each)


def _inner(op: Any, value: Any) -> list[Any]:
    """Return the patterns in a node."""
    if op in _REPEATS:
        return [value[2]]
    if op is ops.BRANCH:
        return list(value[1])
    if op is ops.SUBPATTERN:
        return [value[3]]
    if op is ops.ATOMIC_GROUP:
        return [value]
    if op in (ops.ASSERT, ops.ASSERT_NOT):
        return [value[1]]
    return []


def _repeated(parsed: Iterable[Any], before: str, groups: dict[int, str]) -> Iterator[tuple[str, Any]]:
    """Yield what may be repeated without a bound, with a text that leads there."""
    for node in parsed:
        op, value = node
        if op in _REPEATS and value[1] > _MANY:
            yield before, value[2]
        for each in _inner(op, value):
            yield from _repeated(each, before, groups)
        before += _sample([node], groups, most=True)


def _samples_of(body: Any, letters: str) -> list[str]:
    """Return texts that match what is repeated: of a class, each kind of character in it."""
    if len(body) == 1 and body[0][0] in (ops.IN, ops.ANY, ops.NOT_LITERAL):
        return [letter for letter in letters if _is_in(body[0], letter)][:12]
    texts = [_sample(body, {}, most=most, take=take) for most in (True, False) for take in range(3)]
    return list(dict.fromkeys(filter(None, texts)))


def _sample(parsed: Iterable[Any], groups: dict[int, str], *, most: bool, take: int = 0) -> str:
    """Return a text that matches a pattern, but for its assertions.

    Args:
        parsed: The pattern.
        groups: What groups have matched.
        most: Whether what may be there is.
        take: Which of several alternatives is taken.
    """
    text = ""
    for op, value in parsed:
        if op is ops.LITERAL:
            text += chr(value)
        elif op in (ops.IN, ops.ANY, ops.NOT_LITERAL):
            fitting = [each for each in "a1 \n" + _PLAIN if _is_in((op, value), each)] or [_first(value)]
            text += fitting[min(take, len(fitting) - 1)]
        elif op in _REPEATS:
            text += _sample(value[2], groups, most=most, take=take) * max(value[0], int(most))
        elif op is ops.BRANCH:
            text += _sample(value[1][min(take, len(value[1]) - 1)], groups, most=most, take=take)
        elif op is ops.SUBPATTERN:
            part = _sample(value[3], groups, most=most, take=take)
            groups[value[0]] = part
            text += part
        elif op is ops.ATOMIC_GROUP:
            text += _sample(value, groups, most=most, take=take)
        elif op is ops.GROUPREF:
            text += groups.get(value, "")
    return text


def _first(value: Any) -> str:
    """Return a character of a class that has none of the usual ones."""
    return next((chr(each[0] if kind is ops.RANGE else each) for kind, each in value if kind is not ops.NEGATE), "a")


def _is_in(node: Any, character: str) -> bool:
    op, value = node
    if op is ops.ANY:
        return character != "\n"
    if op is ops.NOT_LITERAL:
        return bool(ord(character) != value)
    negated = any(kind is ops.NEGATE for kind, _ in value)
    return bool(negated != any(_fits(kind, each, character) for kind, each in value))


_CATEGORIES: Final[dict[Any, Callable[[str], bool]]] = {
    ops.CATEGORY_DIGIT: str.isdigit,
    ops.CATEGORY_NOT_DIGIT: lambda each: not each.isdigit(),
    ops.CATEGORY_SPACE: str.isspace,
    ops.CATEGORY_NOT_SPACE: lambda each: not each.isspace(),
    ops.CATEGORY_WORD: lambda each: each.isalnum() or each == "_",
    ops.CATEGORY_NOT_WORD: lambda each: not (each.isalnum() or each == "_"),
}


def _fits(kind: Any, value: Any, character: str) -> bool:
    if kind is ops.LITERAL:
        return bool(ord(character) == value)
    if kind is ops.RANGE:
        return bool(value[0] <= ord(character) <= value[1])
    return kind is ops.CATEGORY and _CATEGORIES[value](character)
