"""What a plan does and what a run did: plain lines in a pipe, or one unified diff; `plan_screen` is for a terminal."""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from geo_scaffold.checkout.target import RUNTIME
from geo_scaffold.cli.report import wants_colour
from geo_scaffold.cli.screen import is_screen, status_of
from geo_scaffold.escaping import shown

if TYPE_CHECKING:
    from geo_scaffold.commit import Change, CommitResult
    from geo_scaffold.verbs.plan import Plan


def print_plan(plan: "Plan", again: Sequence[str], *, verbose: bool = False) -> None:
    """Show what would be done.

    Args:
        plan: The plan.
        again: The arguments that repeat this command: the verb, the model, and where.
        verbose: Show every step at a terminal, too; a pipe always gets them all.
    """
    if is_screen():
        from geo_scaffold.cli.plan_screen import show_plan

        show_plan(plan, again, _shown_root(plan), verbose=verbose)
        return
    _print_steps(plan, is_done=False)
    counts = Counter(step.outcome.status.value for step in plan.steps)
    counted = ", ".join(f"{count} {status}" for status, count in counts.items())
    sys.stdout.write(f"\n{_shown_root(plan)}: {counted or 'nothing to do'}.\n")
    _print_open_answers(plan)
    sys.stdout.write("Nothing was written.\n")


def print_result(plan: "Plan", result: "CommitResult", again: Sequence[str], *, verbose: bool = False) -> None:
    """Show what was done, and what is left.

    Args:
        plan: The plan.
        result: What was written.
        again: The arguments that repeat this command: the verb, the model, and where.
        verbose: Show every step at a terminal, too; a pipe always gets them all.
    """
    if is_screen():
        from geo_scaffold.cli.plan_screen import show_result

        show_result(plan, result, again, _shown_root(plan), verbose=verbose)
        return
    if not plan.tree.changes():
        sys.stdout.write(f"{_shown_root(plan)} is up to date; nothing was written.\n")
    else:
        _print_steps(plan, is_done=True)
        count = len(result.created) + len(result.edited)
        sys.stdout.write(f"\n{count} file{'s' * (count != 1)} written in {_shown_root(plan)}.\n")
        if any(path.startswith(RUNTIME) for path in result.created):
            folder = quote(f"{_shown_root(plan)}/{RUNTIME.rstrip('/')}")
            sys.stdout.write(
                f"To run its tests: cd {folder} && python -m pytest (with geo-scaffold[runtime] installed)\n"
            )
    left = [step for step in plan.steps if step.outcome.status.value in ("open", "blocked")]
    if left:
        from geo_scaffold.edition import CHECKLIST

        where = f"{_shown_root(plan)}/{CHECKLIST}" if plan.target.prefix else "--json"
        entries = "1 entry of an existing file is" if len(left) == 1 else f"{len(left)} entries of existing files are"
        sys.stdout.write(f"{entries} left to you: {where} has the lines to paste.\n")
    if plan.decisions:
        count = len(plan.decisions)
        what = f"{count} decision{'s' * (count != 1)} {'are' if count != 1 else 'is'} left to a person"
        sys.stdout.write(f"{what}: {', '.join(plan.decisions)}.\n")
    _print_open_answers(plan)


def print_diff(changes: Iterable["Change"], prefix: str = "") -> None:
    """Print one unified diff that `git apply` accepts.

    Args:
        changes: The files.
        prefix: The prefix of their paths.
    """
    is_terminal = sys.stdout.isatty()
    is_coloured = wants_colour(sys.stdout)
    for line in unified_diff(changes, prefix):
        # The content of a file must not steer the terminal.
        text = shown(line, keep="\n\t") if is_terminal else line
        sys.stdout.write(_coloured(text) if is_coloured else text)


def unified_diff(changes: Iterable["Change"], prefix: str = "") -> Iterator[str]:
    """Return the lines of one unified diff.

    Args:
        changes: The files.
        prefix: The prefix of their paths.
    """
    import difflib

    for change in changes:
        before, after = ((content or b"").decode("utf-8", "replace") for content in (change.before, change.after))
        path = prefix + change.path
        yield f"diff --git a/{path} b/{path}\n"
        if change.before is None:
            yield "new file mode 100644\n"
        elif change.after is None:
            yield "deleted file mode 100644\n"
        old = f"a/{path}" if change.before is not None else "/dev/null"
        new = f"b/{path}" if change.after is not None else "/dev/null"
        for line in difflib.unified_diff(_lines(before), _lines(after), old, new):
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """Split at line feeds only: `splitlines` also splits at characters that git does not count as line ends."""
    lines = [f"{line}\n" for line in text.split("\n")]
    return lines[:-1] if text.endswith("\n") or not text else [*lines[:-1], lines[-1][:-1]]


def _coloured(line: str) -> str:
    if line.startswith(("diff ", "---", "+++", "new file", "deleted file")):
        code = "1"
    elif line.startswith("@@"):
        code = "36"
    elif line.startswith("+"):
        code = "32"
    elif line.startswith("-"):
        code = "31"
    else:
        return line
    return f"\x1b[{code}m{line.rstrip(chr(10))}\x1b[0m\n"


def prefix_of(root: Path) -> str:
    """Return the prefix of the paths of a diff, so that it applies in the current folder.

    Args:
        root: The folder to which the paths are relative.
    """
    relative = os.path.relpath(root)
    return "" if relative.startswith(".") else f"{relative}/"


def _shown_root(plan: "Plan") -> str:
    relative = os.path.relpath(plan.target.root)
    return shown(str(plan.target.root) if relative.startswith(".") else relative)


def _print_steps(plan: "Plan", *, is_done: bool) -> None:
    for step in plan.steps:
        status, message = status_of(step, is_done=is_done), step.outcome.message
        # A preview shows every id; a result only those with a message.
        if is_done and not message and status in {"skipped", "unchanged"}:
            continue
        texts = [status, step.operation.path, step.operation.id, *filter(None, [message])]
        sys.stdout.write("\t".join(map(shown, texts)) + "\n")


def _print_open_answers(plan: "Plan") -> None:
    from geo_scaffold.answers import OPTIONS, shown_placeholder

    for key, paths in plan.open_answers().items():
        files = f"{len(paths)} file{'s' * (len(paths) != 1)}"
        phase = plan.open_in(key)
        options = f"--phase {phase} {OPTIONS[key]}" if phase else OPTIONS[key]
        sys.stdout.write(f"{shown_placeholder(key)} is in {files}: give {options}, now or in another run.\n")
        for path in paths:
            sys.stdout.write(f"  {shown(path)}\n")
