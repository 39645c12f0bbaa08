"""When the parser is loaded."""

import subprocess
import sys

SCRIPT = """
import sys
from geo_scaffold.editors.ruby import ArrayElement
editor = ArrayElement(element="A", array="X")
assert "tree_sitter" not in sys.modules
assert editor.insert("X = []\\n") == "X = [A]\\n"
assert "tree_sitter" in sys.modules
assert "tree_sitter_ruby" not in sys.modules  # its __init__ takes longer than the grammar
"""


def test_the_parser_is_loaded_by_the_first_text() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
