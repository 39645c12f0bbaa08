"""Edition 18: what is created loads, its factories create, a query finds what they created, and its specs pass."""

import pytest

from .checkout import surroundings
from .conftest import unavailable
from .rendering import RUN_CASES_18, Case, Tree, render, write
from .runner import Job, MissingLibraryError, Outcome, Runner

pytestmark = [pytest.mark.ruby, pytest.mark.slow]


def examples(tree: Tree) -> dict[str, int]:
    """Return how many examples each spec has: one that includes fewer shared examples than it should passes, too."""
    name, model_path = tree.names["name"], tree.names["model_path"]
    blob = tree.case.kind == "blob"
    # With a project or a group the shared examples say what is selected, else the created spec does.
    with_shared: dict[object, int] = {None: 1, "project": 4, "group": 4}
    selected = with_shared.get(tree.case.owner, 6 if blob else 4)
    return {
        f"ee/spec/models/ee/{model_path}_spec.rb": 20 + selected,
        f"ee/spec/models/geo/{name}_registry_spec.rb": 14,
        f"ee/spec/models/geo/{tree.names['state_association']}_spec.rb": 4,
        f"ee/spec/replicators/geo/{name}_replicator_spec.rb": 8 if blob else 10,
        f"ee/spec/finders/geo/{name}_registry_finder_spec.rb": 2,
        f"ee/spec/graphql/resolvers/geo/{name}_registries_resolver_spec.rb": 3,
        f"ee/spec/graphql/types/geo/{name}_registry_type_spec.rb": 3,
        # Ours: a query through the schema, and the state's factory.
        "spec/requests/registries_spec.rb": 2,
        "spec/models/states_spec.rb": 3,
    }


@pytest.fixture(scope="module")
def ran(runner: Runner, tmp_path_factory: pytest.TempPathFactory) -> dict[Case, tuple[Tree, Outcome]]:
    root = tmp_path_factory.mktemp("trees")
    trees = {case: render(case, "18") for case in RUN_CASES_18}
    jobs = [Job(write({**surroundings(tree), **tree.files}, root / str(case))) for case, tree in trees.items()]
    try:
        done = runner.run(jobs)
    except MissingLibraryError as error:
        unavailable(f"a Ruby library is not installed: {error}")
    return {case: (tree, outcome) for (case, tree), outcome in zip(trees.items(), done, strict=True)}


@pytest.mark.parametrize("case", RUN_CASES_18, ids=str)
def test_every_layer_passes(case: Case, ran: dict[Case, tuple[Tree, Outcome]]) -> None:
    """Migrations, dictionary, Zeitwerk's eager load, FactoryBot's lint and RSpec, in this order."""
    tree, outcome = ran[case]
    assert (outcome.failed, outcome.message) == (None, "")
    assert outcome.examples == examples(tree)
