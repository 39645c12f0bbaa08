"""What is created loads, its factories create, a query finds what they created, and its specs pass."""

import pytest

from .conftest import of
from .rendering import RUN_CASES, Case, Tree
from .runner import Outcome

pytestmark = [pytest.mark.ruby, pytest.mark.slow]


@pytest.mark.parametrize("case", RUN_CASES, ids=of)
def test_every_layer_passes(case: Case, outcomes: dict[Case, tuple[Tree, Outcome]]) -> None:
    """Migrations, dictionary, Zeitwerk's eager load, FactoryBot's lint and RSpec, in this order."""
    tree, outcome = outcomes[case]
    assert (outcome.failed, outcome.message) == (None, "")
    assert len(tree.spec_files) == 6
    # Ours: a query through the schema, which no generated spec makes.
    assert sorted(outcome.examples) == sorted([*tree.spec_files, "spec/requests/registries_spec.rb"])
    assert min(outcome.examples.values()) > 0
    assert sum(outcome.examples.values()) > 40
