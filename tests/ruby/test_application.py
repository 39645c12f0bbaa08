"""What is created loads, its factories create, a query finds what they created, and its specs pass."""

import pytest

from .rendering import RUN_CASES, Case, Tree
from .runner import Outcome

pytestmark = [pytest.mark.ruby, pytest.mark.slow]


def examples(tree: Tree) -> dict[str, int]:
    """Return how many examples each spec has: one that includes fewer shared examples than it should passes, too."""
    name, model_path = tree.names["name"], tree.names["model_path"]
    blob = tree.case.kind == "blob"
    # Without an owner one of ours says that nothing is guessed; with one, the created spec says what is selected.
    of_model = 18 + ((6 if blob else 4) if tree.case.owner else 1)
    return {
        f"ee/spec/models/ee/{model_path}_spec.rb": of_model,
        f"ee/spec/models/geo/{name}_registry_spec.rb": 14,
        f"ee/spec/replicators/geo/{name}_replicator_spec.rb": 8 if blob else 10,
        f"ee/spec/finders/geo/{name}_registry_finder_spec.rb": 2,
        f"ee/spec/graphql/resolvers/geo/{name}_registries_resolver_spec.rb": 3,
        f"ee/spec/graphql/types/geo/{name}_registry_type_spec.rb": 3,
        # Ours: a query through the schema, and the state's factory.
        "spec/requests/registries_spec.rb": 2,
        "spec/models/states_spec.rb": 3,
    }


@pytest.mark.parametrize("case", RUN_CASES, ids=str)
def test_every_layer_passes(case: Case, outcomes: dict[Case, tuple[Tree, Outcome]]) -> None:
    """Migrations, dictionary, Zeitwerk's eager load, FactoryBot's lint and RSpec, in this order."""
    tree, outcome = outcomes[case]
    assert (outcome.failed, outcome.message) == (None, "")
    assert outcome.examples == examples(tree)
