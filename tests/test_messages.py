"""What all messages have in common: the second line of an error is a sentence, wherever it was raised."""

import ast
from collections.abc import Iterator
from pathlib import Path

import geo_scaffold


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
