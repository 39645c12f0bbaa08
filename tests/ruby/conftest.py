"""What the tests of the generated Ruby share: the cluster, and the outcomes of all trees that a session asks for."""

import os
import shutil
from collections.abc import Iterator
from typing import NoReturn

import pytest

from .checkout import surroundings
from .postgres import bin_folder, running_cluster
from .rendering import MIGRATED_CASES, MIGRATED_CASES_18, RUN_CASES, Case, Tree, render, write
from .runner import Job, MissingLibraryError, Outcome, Runner


def unavailable(reason: str) -> NoReturn:
    """Skip with a plain reason; in CI, where nothing may be missing, fail."""
    if os.environ.get("CI"):
        pytest.fail(f"CI skips nothing: {reason}")
    pytest.skip(reason)


def need_program(program: str, package: str) -> None:
    if shutil.which(program) is None:
        unavailable(f"{program} is not installed (Debian package {package})")


@pytest.fixture(scope="session")
def runner() -> Iterator[Runner]:
    need_program("ruby", "ruby")
    programs = bin_folder()
    if programs is None:
        unavailable("initdb is not installed (Debian package postgresql)")
    with running_cluster(programs) as cluster, Runner(cluster) as runner:
        runner.create_databases()
        yield runner


@pytest.fixture(scope="session")
def outcomes(
    request: pytest.FixtureRequest, runner: Runner, tmp_path_factory: pytest.TempPathFactory
) -> dict[Case, tuple[Tree, Outcome]]:
    """Return what became of the trees of all selected tests: one Ruby process runs them, several at once."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    users = [item for item in items if "outcomes" in item.fixturenames]
    selected = {item.callspec.params["case"] for item in users}
    run = {item.callspec.params["case"] for item in users if item.get_closest_marker("slow")}
    cases = [case for case in dict.fromkeys((*RUN_CASES, *MIGRATED_CASES)) if case in selected]
    root = tmp_path_factory.mktemp("trees")
    trees = {case: render(case) for case in cases}
    jobs = [
        Job(write({**surroundings(tree), **tree.files}, root / str(case)), "specs" if case in run else "migrate")
        for case, tree in trees.items()
    ]
    try:
        done = runner.run(jobs)
    except MissingLibraryError as error:
        unavailable(f"a Ruby library is not installed: {error}")
    return {case: (trees[case], outcome) for case, outcome in zip(cases, done, strict=True)}


@pytest.fixture(scope="session")
def outcomes_18(runner: Runner, tmp_path_factory: pytest.TempPathFactory) -> dict[Case, tuple[Tree, Outcome]]:
    """Return what became of the migrations of edition 18."""
    root = tmp_path_factory.mktemp("trees_18")
    trees = {case: render(case, "18") for case in MIGRATED_CASES_18}
    jobs = [
        Job(write({**surroundings(tree), **tree.files}, root / str(case)), "migrate") for case, tree in trees.items()
    ]
    try:
        done = runner.run(jobs)
    except MissingLibraryError as error:
        unavailable(f"a Ruby library is not installed: {error}")
    return {case: (tree, outcome) for (case, tree), outcome in zip(trees.items(), done, strict=True)}
