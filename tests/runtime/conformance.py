"""Which tests cover which of the specification's 129 points, and why a point has none.

`python tests/runtime/conformance.py` prints the table.
"""

import ast
from pathlib import Path

POINTS = range(1, 130)
NOT_COVERED: dict[int, str] = {}
"""A point without a test, and why."""


def covered() -> dict[int, list[str]]:
    """Return the tests of each point, by the marker that they carry."""
    found: dict[int, list[str]] = {}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.FunctionDef):
                continue
            for number in _numbers(node):
                found.setdefault(number, []).append(f"{path.name}::{node.name}")
    return found


def _numbers(function: ast.FunctionDef) -> list[int]:
    return [
        argument.value
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.point"
        for argument in decorator.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, int)
    ]


def table() -> str:
    """Write each point with its tests, or why it has none."""
    tests = covered()
    lines = [
        f"{number:3} {', '.join(tests[number]) if number in tests else '- ' + NOT_COVERED.get(number, '?')}"
        for number in POINTS
    ]
    return "\n".join([*lines, f"{len(tests)} of {len(POINTS)} points have tests"])


if __name__ == "__main__":
    print(table())
