"""Bugs planted into created files are caught: proof that the layers see what they should."""

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import pytest

from sizes import sized, some

from . import test_application, test_application_18, test_application_19
from .checkout import surroundings
from .conftest import need_program, unavailable
from .planted_bugs import BUGS_16, BUGS_18, BUGS_19, Bug
from .rendering import Case, Tree, render, write
from .runner import Job, Layer, MissingLibraryError, Runner
from .static import complaints_of_rubocop, complaints_of_ruby

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.ruby

LEAST_CAUGHT: Final = 0.95
EXAMPLES: Final = {
    "16": test_application.examples,
    "18": test_application_18.examples,
    "19": test_application_19.examples,
}
"""How many examples each spec has, by edition."""
BUGS: Final = (*sized(BUGS_16[::8], BUGS_16), *some(BUGS_18, 2), *some(BUGS_19, 2))
"""Each layer catches some of them in the small size, too; Ruby's parser the first one only."""


@cache
def tree_of(edition: str, case: Case) -> Tree:
    """Render a tree, once for all bugs that are planted in it."""
    return render(case, edition)


@dataclass(frozen=True)
class Catch:
    """Which layer has caught a bug, and what it said; no layer: it was missed."""

    layer: str | None
    message: str


@pytest.fixture(scope="module")
def catches(runner: Runner, tmp_path_factory: pytest.TempPathFactory) -> dict[Bug, Catch]:
    """Return what became of each bug. The trees without a bug go first, to compare with."""
    need_program("rubocop", "rubocop")
    root = tmp_path_factory.mktemp("bugs").resolve()
    trees = {key: tree_of(*key) for key in dict.fromkeys((bug.edition, bug.case) for bug in BUGS)}
    wholes = [
        write({**surroundings(tree), **tree.files}, root / f"whole-{number}")
        for number, tree in enumerate(trees.values())
    ]
    try:
        last: Layer = sized("migrate", "specs")  # that they are sound in all layers --full proves
        sound = dict(zip(trees, runner.run([Job(whole, last) for whole in wholes]), strict=True))
    except MissingLibraryError as error:
        unavailable(f"a Ruby library is not installed: {error}")
    assert [outcome.message for outcome in sound.values() if outcome.failed] == []

    planted = {
        bug: _plant(bug, trees[bug.edition, bug.case], root / f"bug-{number}") for number, bug in enumerate(BUGS)
    }
    ruby_files = [path for path in planted.values() if path.suffix == ".rb"]
    caught: dict[Bug, Catch] = {}
    for layer, complaints in (
        ("ruby -wc", complaints_of_ruby(ruby_files)),
        ("rubocop", complaints_of_rubocop(ruby_files, root)),
    ):
        for bug, path in planted.items():
            if path in complaints:
                caught.setdefault(bug, Catch(layer, "\n".join(complaints[path])))

    left = [bug for bug in BUGS if bug not in caught]
    outcomes = runner.run([Job(root / f"bug-{BUGS.index(bug)}", brief="/migrate/" not in bug.path) for bug in left])
    for bug, outcome in zip(left, outcomes, strict=True):
        if outcome.dumps and outcome.dumps != sound[bug.edition, bug.case].dumps:
            caught[bug] = Catch("schema", "")
        elif not outcome.failed and outcome.examples != EXAMPLES[bug.edition](trees[bug.edition, bug.case]):
            caught[bug] = Catch("specs", "The number of examples differs")
        else:
            caught[bug] = Catch(outcome.failed, outcome.message)
    return caught


def _plant(bug: Bug, tree: Tree, folder: "Path") -> "Path":
    path, text = bug.planted(tree.files, tree.names)
    write({**surroundings(tree), **tree.files, path: text}, folder)
    return folder / path


@pytest.mark.parametrize("bug", [*BUGS_16, *BUGS_18, *BUGS_19], ids=lambda bug: bug.id)
def test_a_bug_can_be_planted_in_one_place(bug: Bug) -> None:
    tree = tree_of(bug.edition, bug.case)
    path, text = bug.planted(tree.files, tree.names)
    assert text != tree.files[path]


@pytest.mark.slow
def test_nearly_all_are_caught(catches: dict[Bug, Catch]) -> None:
    assert len(BUGS_16) >= 34
    assert len(BUGS_18) >= 19
    assert len(BUGS_19) >= 15
    for bug, catch in sorted(catches.items(), key=lambda pair: str(pair[1].layer)):
        print(f"{catch.layer or 'missed':12}{bug.id}")  # `pytest -rP` shows who has caught what
    missed = [bug.id for bug, catch in catches.items() if catch.layer is None]
    report = Counter(str(catch.layer) for catch in catches.values())
    assert 1 - len(missed) / len(BUGS) >= LEAST_CAUGHT, (report, missed)


@pytest.mark.slow
def test_no_layer_is_idle(catches: dict[Bug, Catch]) -> None:
    layers = {catch.layer for catch in catches.values()}
    assert layers >= {"ruby -wc", "rubocop", "migrate", "schema", "dictionary", "load", "factories", "specs"}


@pytest.mark.slow
def test_no_catch_is_an_accident(catches: dict[Bug, Catch]) -> None:
    """A process that dies or runs into its time limit has caught nothing."""
    assert [bug.id for bug, catch in catches.items() if catch.layer == "crash"] == []
    assert [bug.id for bug, catch in catches.items() if "Timeout::Error" in catch.message] == []
