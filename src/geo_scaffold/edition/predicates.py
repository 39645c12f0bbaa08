"""The conditions that a manifest may test on a file of the checkout: each a pure function of its content.

GitLab's lists do not change on the day of a major version, so a tree between two has old and new forms side by side;
the tree, not its version, decides what is needed and in which form.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from geo_scaffold.edition.shapes import FLAG, PATTERN, TEXT, TEXTS, Table
from geo_scaffold.errors import LocatorError
from geo_scaffold.kinds import KINDS

if TYPE_CHECKING:
    from typing import Protocol

    from tree_sitter import Node

    from geo_scaffold.outline import Breakage, Outline

    class ReadableTree(Protocol):
        """The files of a tree, as `checkout.sources.Sources` reads them."""

        def text(self, path: str) -> str | None:
            """Return the text of a file, or None if there is none or it cannot be read."""

        def breakage(self, path: str) -> Breakage | None:
            """Return why a file cannot be read, or None if it can, or there is none."""

        def outline(self, path: str) -> Outline:
            """Return the constructs of a Ruby file."""

        def matching(self, pattern: str) -> list[str]:
            """Return the files whose path matches a pattern."""


class Evaluation(NamedTuple):
    """The answer of a file to a question.

    Args:
        holds: Whether it is true, or None if undecided.
        what: Why, for people: a clause without a full stop.
        path: The file.
        line: The line, if it concerns one.
        command: The command that shows why the file cannot be read; empty if it can, or does not exist.
    """

    holds: bool | None
    what: str
    path: str
    line: int | None = None
    command: str = ""


class Predicate(NamedTuple):
    """One question.

    Args:
        ask: Returns the answer of the files.
        table: The arguments in a manifest.
        reads_file: Whether `file` is a single file that has to exist.
    """

    ask: Callable[..., Evaluation]
    table: Table
    reads_file: bool = True


_LITERALS: Final = frozenset({"array", "string_array", "symbol_array", "hash"})
_NAMES: Final = frozenset({"constant", "scope_resolution", "identifier", "call"})


def _exists(reading: "ReadableTree", file: str) -> Evaluation:
    found = reading.matching(file)
    return Evaluation(bool(found), f"`{file}` is {'' if found else 'not '}there", found[0] if found else file)


def _is_derived(reading: "ReadableTree", file: str, constant: str) -> Evaluation:
    """Tell whether a constant is derived from something else instead of being a literal list for entries."""
    from geo_scaffold.editors.ruby.syntax import parse  # noqa: PLC0415 - most editions ask nothing of Ruby
    from geo_scaffold.outline.keys import Constant  # noqa: PLC0415

    found = [
        construct
        for construct in reading.outline(file).values()
        if isinstance(construct.key, Constant)
        and f"::{construct.key.scope}::{construct.key.name}".endswith(f"::{constant}")
    ]
    if len(found) != 1:
        return Evaluation(None, f"`{constant}` is set {len(found)} times there", file)
    line = found[0].line
    assignment = next(iter(parse(found[0].text).root.named_children), None)
    value = assignment.child_by_field_name("right") if assignment is not None else None
    while value is not None and value.type == "call" and value.child_by_field_name("receiver") is not None:
        value = value.child_by_field_name("receiver")
    if value is not None and (value.type in _NAMES or _is_all_splats(value)):
        return Evaluation(True, f"`{constant}` is derived, not a list", file, line)
    if value is not None and value.type in _LITERALS:
        return Evaluation(False, f"`{constant}` is a list", file, line)
    return Evaluation(None, f"`{constant}` is neither a list nor derived as a whole", file, line)


def _is_all_splats(value: "Node") -> bool:
    members = [child for child in value.named_children if child.type != "comment"]
    return value.type == "array" and bool(members) and all(member.type == "splat_argument" for member in members)


def _has_method(reading: "ReadableTree", file: str, method: str) -> Evaluation:
    methods = reading.outline(file).methods(method)
    return _presence(methods[0].line if methods else None, f"the method `{method}`", file)


def _has_constant(reading: "ReadableTree", file: str, constant: str) -> Evaluation:
    value = reading.outline(file).constant(constant)
    return _presence(value.line if value else None, f"the constant `{constant}`", file)


def _has_call(reading: "ReadableTree", file: str, method: str, first: str = "") -> Evaluation:
    """Tell whether a method such as `include` is called at class level, with this first argument if given."""
    found = [call for call in reading.outline(file).calls(method) if not first or call.key.first == first]
    return _presence(found[0].line if found else None, f"`{method} {first}".rstrip() + "`", file)


def _has_line(reading: "ReadableTree", file: str, pattern: str) -> Evaluation:
    text = reading.text(file) or ""
    found = re.search(pattern, text, re.MULTILINE)
    return _presence(text.count("\n", 0, found.start()) + 1 if found else None, f"a line with `{pattern}`", file)


def _has_key(reading: "ReadableTree", file: str, keys: Sequence[str]) -> Evaluation:
    """Tell whether a JSON or YAML file has a value at a path of keys; the last one may be an item of a list."""
    text, shown = reading.text(file) or "", ".".join(keys)
    try:
        at = _json_offset(text, keys) if file.endswith(".json") else _yaml_offset(text, keys)
    except LocatorError as error:
        return Evaluation(False if "0 times" in error.message else None, error.message, file)
    return _presence(None if at is None else text.count("\n", 0, at) + 1, f"`{shown}`", file)


def _json_offset(text: str, keys: Sequence[str]) -> int | None:
    from geo_scaffold.editors.json_.tree import parse, value_at  # noqa: PLC0415 - most editions ask nothing of JSON

    above = value_at(parse(text), tuple(keys[:-1]))
    found = [property_.start for property_ in above.properties if property_.key == keys[-1]]
    return next(iter([*found, *(item.start for item in above.items if item.meaning == keys[-1])]), None)


def _yaml_offset(text: str, keys: Sequence[str]) -> int | None:
    from geo_scaffold.editors.yaml import tree  # noqa: PLC0415 - ruamel.yaml takes long to import

    above = tree.value_at(tree.parse(text), tuple(keys[:-1]))
    parts: Iterator[Any] = iter(())
    if isinstance(above, tree.Mapping):
        parts = (key for key, _ in above.pairs)
    elif isinstance(above, tree.Sequence):
        parts = iter(above.items)
    return next((part.start for part in parts if isinstance(part, tree.Scalar) and part.value == keys[-1]), None)


def _is_sorted(reading: "ReadableTree", file: str, list: str, inside: Sequence[str] = ()) -> Evaluation:  # noqa: A002 - as in a manifest
    """Tell whether the members of a list are sorted by their texts, or those of a hash by its keys."""
    from geo_scaffold.editors.ruby.lists import only_list  # noqa: PLC0415 - most editions ask nothing of Ruby
    from geo_scaffold.editors.ruby.syntax import parse, text_of  # noqa: PLC0415

    source = parse(reading.text(file) or "")
    try:
        node = only_list(source, list, tuple(inside), _LITERALS, "list")
    except LocatorError as error:
        return Evaluation(None, error.message, file)
    members = [child for child in node.named_children if child.type != "comment"]
    line = node.start_point.row + 1
    if len(members) < 2:
        return Evaluation(None, f"`{list}` has too few entries to be sorted or not", file, line)
    texts = [text_of(member.child_by_field_name("key") or member).lstrip(":").strip("'\"") for member in members]
    holds = texts == sorted(texts)
    return Evaluation(holds, f"`{list}` is {'' if holds else 'not '}sorted", file, line)


_REGISTRIES: Final = "ee/db/geo/migrate/*_create_*_registry.rb"
# The names of those files; and of ee/app/replicators/geo/*_replicator.rb the class below `def self.model`, and its
# `include ::Geo::BlobReplicatorStrategy`.
_MIGRATION: Final = re.compile(r"(\d+)_create_(\w+)_registry\.rb")
_MODEL: Final = re.compile(r"def self\.model\b[^\n]{0,500}\n\s*+(?:::)?([A-Z][\w:]*)")
_INCLUDED: Final = re.compile(r"^[ \t]*include (?:::)?(?:[\w:]*::)?(\w+)", re.MULTILINE)
_NEWEST: Final = 3
"""How many of the newest types decide: the last but one may be an exception."""


def _newest_have(
    reading: "ReadableTree", file: str, pattern: str, kind: str, besides: str, *, by_default: bool = True
) -> Evaluation:
    """Tell whether most of the newest types of a kind have a line in a file that matches a pattern."""
    newest = _newest_types(reading, kind, besides)
    having = []
    for name, model in newest:
        known = {"<type>": name, "<stem>": name.removesuffix("y"), "<model>": model, "<path>": _path(model)}

        def filled(text: str, known: Mapping[str, str] = known) -> str:
            return re.sub("|".join(known), lambda match: known[match[0]], text)

        if re.search(filled(pattern), reading.text(filled(file)) or "", re.MULTILINE):
            having.append(name)
    holds = len(having) * 2 > len(newest) if newest else by_default
    shown = "<".join(file.split("<")[:1])
    of = f"{len(having)} of the {len(newest)} newest types of this kind have it: {', '.join(having) or 'none'}"
    return Evaluation(holds, of if newest else "no type shows otherwise", file if file == shown else _REGISTRIES)


def _newest_types(reading: "ReadableTree", kind: str, besides: str) -> list[tuple[str, str]]:
    """Return the replicable names and models of the newest types of a kind, except some, newest first.

    The registry's migration tells a type's age: GitLab 19.3 rewrote the milestones of feature flags.
    """
    strategies = frozenset(KINDS[kind].strategies)
    of_kinds = frozenset(strategy for other in KINDS.values() for strategy in other.strategies)
    wanted = frozenset(strategy.rpartition("::")[2] for strategy in strategies)
    known = frozenset(each.rpartition("::")[2] for each in of_kinds) | _PARTITIONED
    migrations = (_MIGRATION.fullmatch(path.rpartition("/")[2]) for path in reading.matching(_REGISTRIES))
    found = []
    for migration in sorted(filter(None, migrations), key=lambda each: each[1], reverse=True):
        text = reading.text(f"ee/app/replicators/geo/{migration[2]}_replicator.rb") or ""
        model = _MODEL.search(text)
        if model and migration[2] not in besides.split() and known & set(_INCLUDED.findall(text)) == wanted:
            found.append((migration[2], model[1]))
            if len(found) == _NEWEST:
                break
    return found


_PARTITIONED: Final = frozenset({"UploadReplicatorBehavior"})
"""Also included by replicators of partitions of `uploads`, which are another kind than a class with a file."""


def _path(model: str) -> str:
    """Return the path of a class by Rails' convention, ignoring acronyms."""
    # Before each capital that follows a small letter or a digit.
    return "/".join(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", part).lower() for part in model.split("::"))


def _presence(line: int | None, what: str, file: str) -> Evaluation:
    return Evaluation(line is not None, f"{what} is {'not ' if line is None else ''}there", file, line)


_FILE: Final = {"file": TEXT}

PREDICATES: Final[Mapping[str, Predicate]] = {
    "exists": Predicate(_exists, Table("`exists`", _FILE, {}), reads_file=False),
    "is-derived": Predicate(_is_derived, Table("`is-derived`", {**_FILE, "constant": TEXT}, {})),
    "is-sorted": Predicate(_is_sorted, Table("`is-sorted`", {**_FILE, "list": TEXT}, {"inside": TEXTS})),
    "has-method": Predicate(_has_method, Table("`has-method`", {**_FILE, "method": TEXT}, {})),
    "has-constant": Predicate(_has_constant, Table("`has-constant`", {**_FILE, "constant": TEXT}, {})),
    "has-call": Predicate(_has_call, Table("`has-call`", {**_FILE, "method": TEXT}, {"first": TEXT})),
    "has-key": Predicate(_has_key, Table("`has-key`", {**_FILE, "keys": TEXTS}, {})),
    "has-line": Predicate(_has_line, Table("`has-line`", {**_FILE, "pattern": PATTERN}, {})),
    "newest-have": Predicate(
        _newest_have,
        Table("`newest-have`", {**_FILE, "pattern": PATTERN, "kind": TEXT, "besides": TEXT}, {"by_default": FLAG}),
        reads_file=False,
    ),
}
"""The questions by the name that a manifest uses.

- exists: the file exists; `*` matches a part of one name
- is-derived: the constant is derived from something else, so it takes no entry, unlike a literal list, whatever methods
  are called on that. `Worker::REGISTRY_CLASSES` distinguishes it from others of its name
- is-sorted: the members of the list are sorted by their texts; `list` and `inside` are as for the Ruby editors
- has-method, has-constant: it is defined there
- has-call: a class or module calls the method there, with this first argument if one is given
- has-key: the JSON or YAML file has the keys, from the top; the last one may be an item of a list
- has-line: a line matches the regular expression
- newest-have: most of the newest types of the kind, by the migrations of their registries, have a line in their file
  that matches the regular expression; in both, `<type>` is the replicable name of such a type, `<stem>` the same
  without a final `y`, `<model>` its model and `<path>` the model's path. `besides` has the names of the type in
  question; if there is no other type, `by_default` is the answer (true if not given)

All but `exists` and `newest-have` are undecided if the file does not exist or cannot be parsed.
"""
