"""A plan and its result, on a terminal: what needs a person first, the rest as counts, then the next steps."""

import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from geo_scaffold.cli.screen import LABEL, NextStep, Screen, count_of, heading_of, status_of
from geo_scaffold.escaping import shown

if TYPE_CHECKING:
    from geo_scaffold.commit import CommitResult
    from geo_scaffold.verbs.plan import Plan, PlanStep

_FIRST: Final = ("conflict", "blocked", "open")
"""The statuses that need a person, the most urgent first."""
_AT_MOST: Final = 3
"""How many rows with the same message are shown one by one without -v."""


def show_plan(plan: "Plan", again: Sequence[str], where: str, *, verbose: bool) -> None:
    """Show what would be done.

    Args:
        plan: The plan.
        again: The arguments that repeat this command: the verb, the model, and where.
        where: The folder, as shown to the user.
        verbose: Show every step, too.
    """
    screen = Screen.of_output()
    lines = [*_head(plan, screen, where), *_steps(plan, screen, is_done=False, verbose=verbose), ""]
    if yours := list(_yours(plan)):
        lines += [*screen.wrapped(f"Left to you: {', '.join(yours)}", "  "), ""]
    lines += ["Nothing was written.", *screen.next_steps(_to_do(plan, again, where, is_done=False))]
    sys.stdout.write("\n".join(lines) + "\n")


def show_result(plan: "Plan", result: "CommitResult", again: Sequence[str], where: str, *, verbose: bool) -> None:
    """Show what was done, and what is left.

    Args:
        plan: The plan.
        result: What was written.
        again: The arguments that repeat this command: the verb, the model, and where.
        where: The folder, as shown to the user.
        verbose: Show every step, too.
    """
    screen = Screen.of_output()
    lines = [*_head(plan, screen, where), *_steps(plan, screen, is_done=True, verbose=verbose), ""]
    if plan.tree.changes():
        lines.append(f"{count_of(len(result.created) + len(result.edited), 'file')} written in {where}.")
    else:
        lines.append(f"{where} is up to date; nothing was written.")
    lines += screen.next_steps(_to_do(plan, again, where, is_done=True))
    sys.stdout.write("\n".join(lines) + "\n")


def _head(plan: "Plan", screen: Screen, where: str) -> list[str]:
    title = f"{plan.answers.kind}, edition {plan.edition}"
    return [screen.painted(shown(f"{plan.answers.model} ({title}) in {where}"), "strong")]


def _steps(plan: "Plan", screen: Screen, *, is_done: bool, verbose: bool) -> Iterator[str]:
    shown_steps = [step for step in plan.steps if _is_told(step, verbose=verbose)]
    if shown_steps:
        yield from ("", "  Look at these")
        yield from _grouped(shown_steps, screen, is_done=is_done, verbose=verbose)
    groups: dict[str, list[PlanStep]] = {}
    for step in plan.steps:
        groups.setdefault(_group_of(step), []).append(step)
    yield ""
    width = max(map(len, groups), default=0)
    for heading, steps in groups.items():
        counts = Counter(status_of(step, is_done=is_done) for step in steps)
        yield f"  {heading:<{width}}  {', '.join(f'{count} {status}' for status, count in counts.items())}"
        if verbose:
            for step in steps:
                yield screen.labelled(
                    status_of(step, is_done=is_done), shown(step.operation.path), shown(step.operation.id)
                )


def _is_told(step: "PlanStep", *, verbose: bool) -> bool:
    """Tell whether people should look at a step: changes by a new answer were asked for, and are only counted."""
    from geo_scaffold.operations import RENDERED_ANEW

    message = step.outcome.message
    return step.outcome.status.value in _FIRST or bool(message and (verbose or message != RENDERED_ANEW))


def _yours(plan: "Plan") -> Iterator[str]:
    """Yield what will be left to a person when the plan is written."""
    from geo_scaffold.answers import shown_placeholder

    if plan.decisions:
        yield f"{count_of(len(plan.decisions), 'decision')} ({', '.join(plan.decisions)})"
    for key, paths in plan.open_answers().items():
        yield f"{shown_placeholder(key)} in {count_of(len(paths), 'file')}"


def _grouped(steps: Iterable["PlanStep"], screen: Screen, *, is_done: bool, verbose: bool) -> Iterator[str]:
    """Yield what needs a person: each message once, with all files that it concerns."""
    groups: dict[tuple[str, str], list[PlanStep]] = {}
    for step in steps:
        groups.setdefault((status_of(step, is_done=is_done), step.outcome.message), []).append(step)

    def urgency(group: tuple[str, str]) -> int:
        return _FIRST.index(group[0]) if group[0] in _FIRST else len(_FIRST)

    for status, message in sorted(groups, key=urgency):
        those = groups[status, message]
        if len(those) <= _AT_MOST or verbose:
            for step in those:
                yield screen.labelled(status, shown(step.operation.path), shown(step.operation.id))
            yield from screen.wrapped(shown(message))
            continue
        kinds = {step.is_entry for step in those}
        thing = "place" if len(kinds) > 1 else "entry" if kinds == {True} else "file"
        first, *rest = screen.wrapped(shown(f"{count_of(len(those), thing)}: {message}"))
        yield screen.labelled(status, first[LABEL + 4 :])
        yield from rest
        ids = ", ".join(dict.fromkeys(step.operation.id for step in those))
        yield from (screen.painted(line, "dim") for line in screen.wrapped(shown(ids)))


def _group_of(step: "PlanStep") -> str:
    return heading_of(step.operation.path, step.artifact.phase if step.artifact else None)


def _to_do(plan: "Plan", again: Sequence[str], where: str, *, is_done: bool) -> Iterator[NextStep]:
    """Yield the next steps, in order, each with the command that does or shows it."""
    from geo_scaffold.checkout.target import RUNTIME
    from geo_scaffold.edition import CHECKLIST

    is_refused = any(step.outcome.status.value in _FIRST[:2] for step in plan.steps)
    audit = _command("checklist", *_place(again))
    if not is_done:
        if plan.tree.changes() and not is_refused:
            given = [each for each in sys.argv[1:] if each not in ("--dry-run", "--diff")]
            yield NextStep("Write it", _command(*given))
        return
    # The number of a merge request is only known once it is open; if there is none, all answers are given together.
    filling = list(_fillings(plan, again))
    comes_last = plan.target.checkout is not None and set(plan.open_answers()) == {"merge_request"}
    yield from () if comes_last else filling
    left = [step for step in plan.steps if step.outcome.status.value in ("open", "blocked")]
    if left:
        entries = (
            "Paste the one entry that is left" if len(left) == 1 else f"Paste the {len(left)} entries that are left"
        )
        if plan.target.prefix:
            yield NextStep(f"{entries}: {where}/{CHECKLIST} has the lines")
        else:
            yield NextStep(f"{entries}; this shows the lines", audit)
    if plan.decisions:
        yield NextStep(f"Make the {count_of(len(plan.decisions), 'decision')} that only a person can", f"{audit} -v")
    if plan.target.checkout:
        named = again[again.index("--phase") + 1] if "--phase" in again else None  # it may touch files of another phase
        phase = named or next((step.artifact.phase for step in plan.steps if step.artifact), None)
        yield NextStep("Describe its merge request", f"{_command('mr', *_place(again))} --phase {phase}")
    yield from filling if comes_last else ()
    if any(step.operation.path.startswith(RUNTIME) and step.is_done for step in plan.steps):
        folder = shlex.quote(f"{where}/{RUNTIME.rstrip('/')}")
        yield NextStep(
            "Run the tests of the reference runtime, where geo-scaffold[runtime] is installed",
            f"cd {folder} && python -m pytest",
        )


def _fillings(plan: "Plan", again: Sequence[str]) -> Iterator[NextStep]:
    """Yield the commands that fill in missing answers: one, or one for each phase if they differ."""
    from geo_scaffold.answers import GIVEN, OPTIONS, shown_placeholder

    groups: dict[str, dict[str, list[str]]] = {}
    for key, paths in plan.open_answers().items():
        phase = plan.open_in(key) if again[0] == "new" and "--phase" not in again else None
        groups.setdefault(f" --phase {phase}" if phase else "", {})[key] = paths
    for its_phase, missing in groups.items():
        names = " and ".join(map(shown_placeholder, missing))
        files = count_of(len({path for paths in missing.values() for path in paths}), "file")
        when = ", when the merge request is open" if set(missing) == {"merge_request"} else ""
        options = "".join(f" {OPTIONS[key]} {GIVEN[key]}" for key in missing)
        yield NextStep(f"Fill in {names}, in {files}{when}", f"{_command(*again)}{its_phase}{options}")


def _place(again: Sequence[str]) -> list[str]:
    """Return the model and, if given, `--into`: what every verb takes."""
    _, model, *options = again
    at = options.index("--into") if "--into" in options else len(options)
    return [model, *options[at : at + 2]]


def _command(*arguments: str) -> str:
    return shlex.join(["geo-scaffold", *arguments])
