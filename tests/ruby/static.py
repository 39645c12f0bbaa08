"""Static checks of Ruby code: Ruby's own parser, and RuboCop."""

import json
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from waiting import PATIENCE_S

_CONFIG: Final = Path(__file__).parent / "rubocop.yml"

# One process for all of them: `ruby -c` takes one file.
_COMPILE: Final = r"""
$stdin.each_line(chomp: true) do |path|
  RubyVM::InstructionSequence.compile(File.read(path), path)
rescue SyntaxError => e
  warn e.message
end
"""


def complaints_of_ruby(paths: Sequence[Path]) -> dict[Path, list[str]]:
    """Return the errors and warnings of `ruby -wc` by file."""
    done = subprocess.run(
        ["ruby", "-W:no-experimental", "-we", _COMPILE],
        input="\n".join(map(str, paths)),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    return _by_file(paths, ((line.split(":")[0], line) for line in done.stderr.splitlines()))


def complaints_of_rubocop(paths: Sequence[Path], root: Path) -> dict[Path, list[str]]:
    """Return RuboCop's offences by file.

    Args:
        paths: The files.
        root: A folder that holds them all, and may hold RuboCop's cache, without which it uses one core.
    """
    command = ["rubocop", "--config", str(_CONFIG), "--only", "Layout,Lint", "--format", "json", "--parallel"]
    done = subprocess.run(
        [*command, "--cache-root", str(root / "cache"), *(str(path.relative_to(root)) for path in paths)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode in {0, 1}, done.stderr
    report = json.loads(done.stdout)
    assert {root / file["path"] for file in report["files"]} == set(paths), "RuboCop has left files out"
    return _by_file(
        paths,
        (
            (str(root / file["path"]), f"{offense['location']['line']}: {offense['cop_name']}: {offense['message']}")
            for file in report["files"]
            for offense in file["offenses"]
        ),
    )


def _by_file(paths: Iterable[Path], complaints: Iterable[tuple[str, str]]) -> dict[Path, list[str]]:
    found: dict[Path, list[str]] = {path: [] for path in paths}
    for path, complaint in complaints:
        if Path(path) in found:
            found[Path(path)].append(complaint)
    return {path: lines for path, lines in found.items() if lines}
