"""What all messages have in common: the second line of an error is a sentence, and names options that the verb has."""

import ast
from collections.abc import Iterator
from pathlib import Path

import geo_scaffold
from geo_scaffold.cli.app import VERBS
from geo_scaffold.cli.own_options import in_own_options, options_in, options_of


def beginnings(value: ast.expr) -> Iterator[str]:
    """Yield each literal text with which an expression may begin; a name is checked where it is set."""
    match value:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=[first, *_]):
            yield from beginnings(first)
        case ast.BinOp(left=first):
            yield from beginnings(first)
        case ast.IfExp(body=one, orelse=other):
            yield from (*beginnings(one), *beginnings(other))


def test_every_remedy_begins_as_a_sentence() -> None:
    found = []
    for path in sorted(Path(geo_scaffold.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.keyword) and node.arg == "remedy":
                found += [(path.name, node.value.lineno, text) for text in beginnings(node.value) if text]
    assert found
    assert [each for each in found if each[2][0].islower()] == []


def sentences_with_options() -> Iterator[tuple[str, str]]:
    """Yield each literal text of the generator that names an option in a sentence, with its file; `x` is a value."""
    folder = Path(geo_scaffold.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_bytes())
        parts = {id(value) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for value in node.values}
        aside = parts | {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                text = "".join(str(each.value) if isinstance(each, ast.Constant) else "x" for each in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in aside:
                text = node.value
            else:
                continue
            if " " in text and "\n" not in text and options_in(text):
                yield path.relative_to(folder).as_posix(), text


def test_every_sentence_can_be_said_in_the_options_of_every_verb() -> None:
    options = {verb: options_of(verb) for verb in VERBS}
    every = frozenset[str]().union(*options.values())
    texts = {text for _, text in sentences_with_options()}
    assert "Give another --name" in texts
    for verb in VERBS:
        for text in texts:
            said, _, addition = in_own_options(text, verb).rpartition("; --")
            named = set(options_in(said or addition)) & every
            if foreign := named - options[verb] if verb != "new" else set[str]():
                owner = addition.rpartition("`geo-scaffold ")[2].rstrip("`")
                assert foreign <= options[owner], (verb, text)
                assert foreign == set(options_in(f"--{addition.partition(' of ')[0]}")), (verb, text)


def test_new_has_the_options_that_layers_below_the_verbs_name() -> None:
    below = ("answers", "checkout/", "commit/", "edition/", "names/", "verbs/new/", "verbs/plan", "verbs/release")
    named = {option for path, text in sentences_with_options() if path.startswith(below) for option in options_in(text)}
    assert "--table" in named
    assert named <= options_of("new")


def test_another_name_is_the_argument_of_rename() -> None:
    assert in_own_options("Give another --name", "release") == "Give another --name"
    assert in_own_options("Give another --name, not --name-x", "rename") == "Give another NEW, not --name-x"
