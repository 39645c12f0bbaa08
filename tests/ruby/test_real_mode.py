"""The generated specs pass against GitLab's own Geo framework and shared examples, loaded by path from a checkout.

The checkout is the one that GITLAB_CHECKOUT names; nothing of it is copied. What stands in for the rest of GitLab is in
`real/`: what Rails, Redis, Gitaly or CarrierWave would have to run for. The specs of GraphQL are not among them:
GitLab's types need a newer graphql than Debian has.
"""

import json
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from .checkout import surroundings
from .conftest import unavailable
from .postgres import USER
from .real_checkout import CHECKOUT, NEEDS_IT
from .rendering import KINDS, Case, render, write
from .runner import Runner

pytestmark = NEEDS_IT

PASSED: Final = {
    "blob": {"model": 60, "registry": 83, "state": 4, "replicator": 134, "finder": 14},
    "repository": {"model": 58, "registry": 83, "state": 4, "replicator": 126, "finder": 14},
}
"""How many examples pass by kind and spec with the shared examples of 18.9; later ones may have more."""

NO_FOG: Final = "the example stores a file with Fog, and the uploader that stands in has no object storage"
NO_UPLOADS: Final = "the example creates records of GitLab's own type Upload, whose model needs all of Rails"
KNOWN_FAILURES: Final = {
    "blob": {
        "when GitLab managed replication is enabled deletes the file from object storage": NO_FOG,
        "when GitLab managed replication is disabled does not delete the file from object storage": NO_FOG,
        ".bulk_create_delete_events_async creates events": NO_UPLOADS,
        ".bulk_create_delete_events_async passes a valid JSON parameter to BatchEventCreateWorker": NO_UPLOADS,
    },
    "repository": {},
}
"""Why an example fails, by the end of its description."""

FRAMEWORK: Final = {
    "ee/lib/gitlab/geo.rb",
    "ee/lib/gitlab/geo/replicator.rb",
    "ee/app/models/geo/base_registry.rb",
    "ee/app/models/geo/tracking_base.rb",
    "ee/app/finders/geo/framework_registry_finder.rb",
    *(
        f"ee/app/models/concerns/geo/{name}.rb"
        for name in (
            *("has_replicator", "replicable_model", "replicable_registry", "selective_sync", "verifiable_model"),
            *("verifiable_registry", "verifiable_replicator", "verification_state", "verification_state_definition"),
        )
    ),
}
"""GitLab's files that must not be replaced; the strategy of the kind is added to them."""


@dataclass(frozen=True)
class Example:
    """One example that has run.

    Attributes:
        spec: What the generated spec is of.
        description: As RSpec gives it, with the groups around it.
        status: `passed`, `failed`, or `pending` if GitLab itself skips it for such a type.
        message: What a failed one said.
    """

    spec: str
    description: str
    status: str
    message: str


@dataclass(frozen=True)
class Report:
    """The examples, and the files of the checkout that were loaded."""

    examples: list[Example]
    loaded: set[str]


@pytest.fixture(scope="module", params=KINDS)
def report(request: pytest.FixtureRequest, runner: Runner, tmp_path_factory: pytest.TempPathFactory) -> Report:
    tree = render(Case("CoolWidget", request.param, "project"), "18")
    folder = write({**surroundings(tree), **tree.files}, tmp_path_factory.mktemp("real") / request.param)
    specs = {
        path: spec for path in tree.spec_files for spec in PASSED[request.param] if path.endswith(f"_{spec}_spec.rb")
    }
    specs[f"ee/spec/models/ee/{tree.names['model_path']}_spec.rb"] = "model"
    specs[f"ee/spec/finders/geo/{tree.names['name']}_registry_finder_spec.rb"] = "finder"
    job = {
        "checkout": str(CHECKOUT.resolve()),
        "tree": str(folder),
        "databases": {"main": "main_0", "geo": "geo_0"},
        "server": {
            "host": str(runner.cluster.socket),
            "user": USER,
            "pg_dump": str(runner.cluster.programs / "pg_dump"),
        },
    }
    done = subprocess.run(
        ["ruby", "-W0", "run.rb"],
        cwd=Path(__file__).parent / "real",
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode != 0 and "LoadError" in done.stderr:
        unavailable(f"a Ruby library is not installed: {done.stderr.splitlines()[0]}")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    examples = [
        Example(specs[example["spec"]], example["description"].strip(), example["status"], example["message"] or "")
        for example in answer["examples"]
    ]
    return Report(examples, set(answer["loaded"]))


def kind_of(request: pytest.FixtureRequest) -> str:
    kind: str = request.node.callspec.params["report"]
    return kind


def test_the_framework_is_gitlabs(report: Report, request: pytest.FixtureRequest) -> None:
    strategy = f"ee/app/models/concerns/geo/{kind_of(request)}_replicator_strategy.rb"
    assert FRAMEWORK | {strategy} <= report.loaded


def test_no_example_fails_but_the_known_ones(report: Report, request: pytest.FixtureRequest) -> None:
    """Nor does a known one pass, so that the list stays true."""
    known = KNOWN_FAILURES[kind_of(request)]
    failed = {example.description: example.message for example in report.examples if example.status == "failed"}
    unknown = {text: message for text, message in failed.items() if not text.endswith(tuple(known))}
    assert unknown == {}
    assert [end for end in known if not any(text.endswith(end) for text in failed)] == []


def test_as_many_pass_as_gitlab_has(report: Report, request: pytest.FixtureRequest) -> None:
    """A spec that includes fewer shared examples than it should passes, too."""
    passed = Counter(example.spec for example in report.examples if example.status == "passed")
    assert {spec: count for spec, count in PASSED[kind_of(request)].items() if passed[spec] < count} == {}
    assert set(passed) == set(PASSED[kind_of(request)])
