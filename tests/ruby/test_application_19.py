"""Edition 19: the same as `test_application_18` for 18, with partitions of `uploads` and derived lists."""

from dataclasses import replace

import pytest

from geo_scaffold.edition import Surroundings
from geo_scaffold.edition.sharding import KeyColumn, ParentTable

from .checkout import surroundings
from .conftest import unavailable
from .rendering import RUN_CASES_19, Case, Tree, render, write
from .runner import Job, MissingLibraryError, Outcome, Runner
from .test_application_18 import examples as examples_18
from .test_sharding_keys import statements

pytestmark = [pytest.mark.ruby, pytest.mark.slow]

LATER = Case("CoolWidget", "repository", "project")
"""The case whose GraphQL part is left for a later merge request."""
KEYED = RUN_CASES_19[0]
"""The case whose table of states copies a sharding key, so that each of its specs fills one."""
_KEYS = {"organization_id": KeyColumn("organizations", "bigint", "hard")}
_OVERRIDE = """
  # The registry has no GraphQL type yet.
  def self.graphql_registerable?
    false
  end
"""


def without_override(tree: Tree) -> Tree:
    """Return a tree whose replicator does not declare that there is no GraphQL type."""
    path = tree.names["replicator_file"]
    lines = [f"  {line}" if line else line for line in _OVERRIDE.splitlines()]
    text = tree.files[path].replace("\n".join(lines) + "\n", "")
    assert text != tree.files[path]
    return replace(tree, files={**tree.files, path: text})


def examples(tree: Tree) -> dict[str, int]:
    """Return how many examples each spec has, as in edition 18; a partition has no spec of the state's model."""
    if tree.case.kind != "upload":
        return examples_18(tree)
    name, owner = tree.names["name"], tree.case.owner
    owners = (owner,) if isinstance(owner, str) else owner or ()
    # Each owner has the shared examples of selective sync; without one an example says that nothing is guessed.
    selected = len(owners) * 4 if owners and owners != ("none",) else 1
    return {
        f"ee/spec/models/geo/{name}_spec.rb": 23 + selected,
        f"ee/spec/models/geo/{name}_registry_spec.rb": 16,
        f"ee/spec/replicators/geo/{name}_replicator_spec.rb": 10,
        f"ee/spec/finders/geo/{name}_registry_finder_spec.rb": 2,
        f"ee/spec/graphql/resolvers/geo/{name}_registries_resolver_spec.rb": 3,
        f"ee/spec/graphql/types/geo/{name}_registry_type_spec.rb": 3,
        "spec/requests/registries_spec.rb": 2,
        "spec/models/states_spec.rb": 3,
    }


def rendered(case: Case) -> Tree:
    """Return a case, with sharding keys where it is the one of them."""
    if case != KEYED:
        return render(case, "19")
    parent = ParentTable(columns=_KEYS, is_known=True, sharding_keys=tuple(_KEYS))
    return render(case, "19", sharding_keys=tuple(_KEYS), surroundings=Surroundings(parent=parent))


@pytest.fixture(scope="module")
def ran(runner: Runner, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Tree, Outcome]]:
    """Return what became of all trees, which one process runs."""
    root = tmp_path_factory.mktemp("trees")
    later = render(LATER, "19", graphql_later=True)
    trees = {str(case): (rendered(case), "specs") for case in RUN_CASES_19}
    trees |= {"later": (later, "load"), "later, unsaid": (without_override(later), "load")}
    jobs = [
        Job(write({**surroundings(tree), **tree.files}, root / name), last)  # type: ignore[arg-type]
        for name, (tree, last) in trees.items()
    ]
    try:
        done = runner.run(jobs)
    except MissingLibraryError as error:
        unavailable(f"a Ruby library is not installed: {error}")
    return {name: (tree, outcome) for (name, (tree, _)), outcome in zip(trees.items(), done, strict=True)}


@pytest.mark.parametrize("case", RUN_CASES_19, ids=str)
def test_every_layer_passes(case: Case, ran: dict[str, tuple[Tree, Outcome]]) -> None:
    """Migrations, dictionary, Zeitwerk's eager load, FactoryBot's lint and RSpec, in this order."""
    tree, outcome = ran[str(case)]
    assert outcome.failed is None, outcome.message
    assert outcome.examples == examples(tree)
    derived = {"main": "states-structure", "geo": "registry-structure", "partition": "partition-structure"}
    dumps = dict(outcome.dumps)
    if case == KEYED:
        keyed = statements(tree.parts[derived.pop("main")], tree.parts["sharding-key-structure"])
        # Functions are of no table, and compared where nothing but the schema is looked at.
        assert [each for each in keyed if not each.startswith("CREATE FUNCTION")] == statements(dumps.pop("main"))
    assert dumps == {side: tree.parts[id_] for side, id_ in derived.items() if id_ in tree.parts}


def test_a_type_whose_graphql_part_comes_later_says_so(ran: dict[str, tuple[Tree, Outcome]]) -> None:
    """GitLab makes the union of all registries' types from the list of replicators."""
    assert ran["later"][1].failed is None, ran["later"][1].message
    unsaid = ran["later, unsaid"][1]
    assert (unsaid.failed, "Types::Geo::CoolWidgetRegistryType" in unsaid.message) == ("load", True)
