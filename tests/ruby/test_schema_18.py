"""Edition 18: the migrations go up, down and up, and leave exactly what is derived for `structure.sql`."""

import re
from typing import Any

import pytest

from geo_scaffold.identifiers import MAX_IDENTIFIER_BYTES

from .checkout import surroundings
from .conftest import unavailable
from .rendering import CASES, Case, Tree, render, write
from .runner import Job, MissingLibraryError, Outcome, Runner

pytestmark = pytest.mark.ruby


@pytest.fixture(scope="module")
def migrated(runner: Runner, tmp_path_factory: pytest.TempPathFactory) -> dict[Case, tuple[Tree, Outcome]]:
    root = tmp_path_factory.mktemp("trees")
    trees = {case: render(case, "18") for case in CASES}
    jobs = [
        Job(write({**surroundings(tree), **tree.files}, root / str(case)), "migrate") for case, tree in trees.items()
    ]
    try:
        done = runner.run(jobs)
    except MissingLibraryError as error:
        unavailable(f"a Ruby library is not installed: {error}")
    return {case: (tree, outcome) for (case, tree), outcome in zip(trees.items(), done, strict=True)}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_derived_is_what_postgresql_has(case: Case, migrated: dict[Case, Any]) -> None:
    tree, outcome = migrated[case]
    assert outcome.failed is None, outcome.message
    assert tree.parts["states-structure"] == outcome.dumps["main"]
    assert tree.parts["registry-structure"] == outcome.dumps["geo"]
    for structure, count in ((outcome.dumps["main"], 6 if case.kind == "blob" else 5), (outcome.dumps["geo"], 6)):
        indexes = re.findall(r"INDEX (\w+) ON", structure)
        assert len(set(indexes)) == count
        assert max(map(len, indexes)) <= MAX_IDENTIFIER_BYTES
