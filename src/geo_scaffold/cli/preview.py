"""What a plan does and what a run did: a table on a terminal, plain lines in a pipe, one unified diff."""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from geo_scaffold.cli.report import wants_colour

if TYPE_CHECKING:
    from geo_scaffold.commit import Change, CommitResult
    from geo_scaffold.verbs.plan import Plan, Step

_COLOURS: Final = {
    "planned": "green",
    "written": "green",
    "unchanged": "dim",
    "open": "yellow",
    "skipped": "dim",
    "blocked": "red",
    "conflict": "red",
}
_OPTION: Final = {"merge_request": "--mr", "milestone": "--milestone"}


def print_plan(plan: "Plan") -> None:
    """Show what would be done.

    Args:
        plan: The plan.
    """
    _print_steps(plan, {})
    counts = Counter(step.verdict.status.value for step in plan.steps)
    sys.stdout.write(f"\n{_where(plan)}: {', '.join(f'{count} {status}' for status, count in counts.items())}.\n")
    _print_open_answers(plan)
    sys.stdout.write("Nothing was written.\n")


def print_result(plan: "Plan", result: "CommitResult") -> None:
    """Show what was done, and what is left.

    Args:
        plan: The plan.
        result: What was written.
    """
    if not plan.tree.changes():
        sys.stdout.write(f"{_where(plan)} is up to date; nothing was written.\n")
    else:
        _print_steps(plan, {"planned": "written"})
        count = len(result.created) + len(result.edited)
        sys.stdout.write(f"\n{count} file{'s' * (count != 1)} written in {_where(plan)}.\n")
    left = [step for step in plan.steps if step.verdict.status.value in ("open", "blocked")]
    if left:
        where = f"{_where(plan)}/CHECKLIST.md" if plan.target.prefix else "--json"
        entries = f"{len(left)} entr{'ies' if len(left) != 1 else 'y'} of existing files"
        sys.stdout.write(f"{entries} {'are' if len(left) != 1 else 'is'} left to you: {where} has the lines to paste.\n")
    _print_open_answers(plan)


def print_diff(changes: Iterable["Change"]) -> None:
    """Print one unified diff that `git apply` takes.

    Args:
        changes: The files.
    """
    is_coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for line in unified_diff(changes):
        sys.stdout.write(_coloured(line) if is_coloured else line)


def unified_diff(changes: Iterable["Change"]) -> Iterator[str]:
    """Return the lines of one unified diff.

    Args:
        changes: The files.
    """
    import difflib

    for change in changes:
        before, after = ((content or b"").decode("utf-8", "replace") for content in (change.before, change.after))
        yield f"diff --git a/{change.path} b/{change.path}\n"
        if change.before is None:
            yield "new file mode 100644\n"
        elif change.after is None:
            yield "deleted file mode 100644\n"
        old = f"a/{change.path}" if change.before is not None else "/dev/null"
        new = f"b/{change.path}" if change.after is not None else "/dev/null"
        # Not splitlines: a form feed is no line end for git.
        lines = [[f"{line}\n" for line in text.split("\n")] for text in (before, after)]
        for each in lines:
            each[-1] = each[-1][:-1]
        for line in difflib.unified_diff(*([each for each in group if each] for group in lines), old, new):
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


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


def _where(plan: "Plan") -> str:
    relative = os.path.relpath(plan.target.root)
    return str(plan.target.root) if relative.startswith("..") else relative


def _print_steps(plan: "Plan", shown_as: dict[str, str]) -> None:
    rows = [(_status(step, shown_as), step.operation.path, step.operation.id, step.verdict.message) for step in plan.steps]
    if not sys.stdout.isatty():
        for status, path, artifact, message in rows:
            sys.stdout.write(f"{status}\t{path}\t{artifact}{f'{chr(9)}{message}' if message else ''}\n")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("status", "file", "artifact"):
        table.add_column(heading, overflow="fold")
    for status, path, artifact, message in rows:
        style = _COLOURS[status]
        table.add_row(f"[{style}]{status}[/]", f"{path}{f'  [dim]{message}[/]' if message else ''}", artifact)
    Console(highlight=False).print(table)


def _status(step: "Step", shown_as: dict[str, str]) -> str:
    status = step.verdict.status.value
    return shown_as.get(status, status)


def _print_open_answers(plan: "Plan") -> None:
    from geo_scaffold.answers import PLACEHOLDERS

    for key, paths in plan.open_answers().items():
        text = PLACEHOLDERS[key].rpartition("/")[2]
        files = f"{len(paths)} file{'s' * (len(paths) != 1)}"
        sys.stdout.write(f"{text} stands in {files}: give {_OPTION[key]}, now or in another run.\n")
        for path in paths:
            sys.stdout.write(f"  {path}\n")
