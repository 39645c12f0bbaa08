"""`geo-scaffold facts`, as a user's shell sees it."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from checkout.invented import FILES
from verbs.conftest import make_checkout, picture

from .forks import geo_scaffold

NAMES = (
    *("file", "ee_only", "table", "primary_key", "model_primary_key", "partitioned", "gitlab_schema", "base_class"),
    *("updated_at", "sharding_keys", "foreign_keys", "owners", "kind", "mounts", "repository", "factory"),
    "replicated_by",
)
"""The facts of the contract."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {**FILES, "VERSION": "18.9.0-pre\n", "ee/lib/gitlab/geo.rb": "REPLICATOR_CLASSES = [].freeze\n"}
    return make_checkout(tmp_path_factory.mktemp("facts") / "gitlab", files, git=False)


def run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return geo_scaffold("facts", *arguments, folder=tree / "app", environment=os.environ)


def test_json_as_the_contract_has_it(tree: Path) -> None:
    before = picture(tree)
    done = run(tree, "::Secured", "Recorded", "NotThere", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["schema"] == 1
    secured, recorded, absent = document["models"]
    assert [model["model"] for model in document["models"]] == ["Secured", "Recorded", "NotThere"]
    assert sorted(secured["facts"]) == sorted(NAMES)
    assert all(sorted(fact) == ["option", "source", "value"] for fact in secured["facts"].values())
    assert secured["facts"]["table"] == {"value": "secureds", "source": "db/docs/secureds.yml:3", "option": "--table"}
    assert secured["refused"] is None
    assert recorded["refused"]["source"] == "app/uploaders/recorded_uploader.rb:2"
    assert absent["facts"]["file"] == {"value": None, "source": None, "option": None}
    assert picture(tree) == before


def test_every_class_of_the_dictionary(tree: Path) -> None:
    done = run(tree, "--all", "--json")
    models = [model["model"] for model in json.loads(done.stdout)["models"]]
    assert models == sorted({"Upload", "Gizmos::Special", "Secured"} | set(models))


def test_text_names_each_source(tree: Path) -> None:
    done = run(tree, "Secured", "Gizmo", "NotThere")
    assert done.returncode == 0
    assert "  table          secureds" in done.stdout
    assert "db/docs/secureds.yml:3" in done.stdout
    assert "No type of its own: Gizmo has neither a file nor a repository" in done.stdout
    assert "The checkout does not define this class." in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "no class was named"),
        (("../Gizmo",), "'../Gizmo' is not the name of a class"),
        (("Gizmo", "--into", "/"), "is not in a GitLab checkout"),
    ],
)
def test_what_cannot_be_asked(tree: Path, arguments: tuple[str, ...], message: str) -> None:
    done = run(tree, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_file_that_cannot_be_read(tree: Path, tmp_path: Path) -> None:
    files = {path: text for path, text in FILES.items() if path != "app/models/gizmo.rb"}
    broken = make_checkout(
        tmp_path / "broken", {**files, "VERSION": "18.9.0\n", "ee/lib/gitlab/geo.rb": "", "app/x": ""}, git=False
    )
    (broken / "app/models/gizmo.rb").mkdir()
    done = run(broken, "Gizmo")
    assert done.returncode == 4
    assert "app/models/gizmo.rb" in done.stderr
