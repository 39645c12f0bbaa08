"""The menu for a file that somebody else wrote, on a terminal."""

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from geo_scaffold.cli.preview import print_diff
from geo_scaffold.cli.report import tell
from geo_scaffold.commit import Change
from geo_scaffold.errors import DeclinedError, UsageError
from geo_scaffold.operations import FileOperation
from geo_scaffold.verbs.plan import Choice, Decision

if TYPE_CHECKING:
    from geo_scaffold.tree import Tree
    from geo_scaffold.verbs.plan import PlanStep

_HELP = """\
  y  yes: overwrite it (undo gives it back)
  n  no: keep it
  a  all: overwrite this one and every other
  d  diff: show what would change
  e  edit: open the new content in an editor, then write that
  q  quit: write nothing at all"""


class ConflictMenu:
    """Asks about each conflict; `all` answers the rest."""

    def __init__(self) -> None:
        self._all = False

    def __call__(self, step: "PlanStep", tree: "Tree") -> Decision:
        """Ask until there is an answer.

        Args:
            step: The step whose file is in the way.
            tree: The tree that it is in.

        Raises:
            DeclinedError: The user quits.
        """
        operation = step.operation
        assert isinstance(operation, FileOperation)  # noqa: S101 - only whole files conflict
        content = operation.content
        while not self._all:
            tell(f"{operation.path}: {step.outcome.message}")
            answer = str(typer.prompt("Overwrite? [y,n,a,d,e,q,?]", default="n", show_default=False, err=True)).strip()
            match answer[:1].lower():
                case "y":
                    break
                case "n":
                    return Decision(Choice.SKIP)
                case "a":
                    self._all = True
                case "d":
                    print_diff([Change(operation.path, tree.read(operation.path), content)])
                    sys.stdout.flush()
                case "e":
                    content = _edited(operation.path, content)
                case "q":
                    raise DeclinedError("quit; nothing was written")
                case _:
                    tell(_HELP, has_lines=True)
        return Decision(Choice.FORCE, None if content == operation.content else content)


def _edited(path: str, content: bytes) -> bytes:
    """Let the user edit what would be written; then the menu asks again."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="geo-scaffold-") as folder:
        draft = Path(folder, Path(path).name)
        draft.write_bytes(content)
        try:
            done = subprocess.run([*shlex.split(editor), str(draft)], check=False)  # noqa: S603 - the user's own editor
        except OSError as error:
            raise UsageError(
                f"the editor {editor!r} does not start: {error.strerror}", remedy="Name one in EDITOR"
            ) from error
        if done.returncode != 0:
            tell(f"The editor ended with {done.returncode}; its text is not used.")
            return content
        return draft.read_bytes()
