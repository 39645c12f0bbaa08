"""What records belong to: one owner, several, a user, nobody; by option and by the sharding keys of a table."""

import shutil
import subprocess
from pathlib import Path

import pytest

from checkout.invented import FILES as INVENTED
from checkouts import CHECKOUT_18
from geo_scaffold.answers import OWNERS, Answers
from geo_scaffold.edition import OWNER_KEYS, OwnerKey, Renderer, Surroundings, context_for, owners_of
from geo_scaffold.errors import UsageError
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.operations import Status
from geo_scaffold.verbs.checklist import Request, State, check

from .conftest import OTHER_TIME, make_checkout, new, picture, plan, undo

SHARED = "SharedByTwo"
MERGE_REQUEST = "https://gitlab.com/g/p/-/merge_requests/1"
COMBINED = (
    ("user",),
    ("project", "group"),
    ("group", "organization"),
    ("organization", "user"),
    ("project", "group", "organization", "user"),
)


def rendered(edition: str, template: str, owners: tuple[str, ...], surroundings: Surroundings, kind: str) -> str:
    answers = Answers("CoolWidget", kind=kind, owner=owners, timestamp="20230101000000")
    values = context_for(answers, answers.names(Inflector.gitlab()), surroundings=surroundings)
    return Renderer(edition).render(template, values)


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        (("project",), "project"),
        (("group", "group"), "group"),
        (("group", "project"), ("project", "group")),
        (("user", "organization"), ("organization", "user")),
        (("none", "none"), "none"),
        ((), None),
    ],
)
def test_an_answer_is_kept_in_one_form(given: tuple[str, ...], answer: object) -> None:
    answers = Answers("CoolWidget", owner=given)
    assert answers.owner == answer
    assert Answers.recorded("CoolWidget", answers.given()) == answers


@pytest.mark.parametrize("other", [owner for owner in OWNERS if owner != "none"])
def test_nobody_is_no_other_owner(other: str) -> None:
    with pytest.raises(UsageError) as caught:
        Answers("CoolWidget", owner=(other, "none"))
    assert (caught.value.exit_code, caught.value.message) == (2, f"--owner none contradicts --owner {other}")


@pytest.mark.parametrize("owner", [[], {}, 1])
def test_a_receipt_with_another_answer_is_none(owner: object) -> None:
    with pytest.raises(TypeError):
        Answers.recorded("CoolWidget", {"owner": owner})


@pytest.mark.parametrize(
    ("keys", "owners"),
    [
        ({}, ()),
        ({"container_id": "projects"}, ("project",)),
        ({"uploaded_by_user_id": "users"}, ("user",)),
        ({"namespace_id": "namespaces", "project_id": "projects"}, ("group", "project")),
        ({"source_id": "projects", "target_id": "projects"}, ()),
        ({"project_id": "projects", "runner_id": "ci_runners"}, ()),
    ],
)
def test_the_owners_that_sharding_keys_name(keys: dict[str, str], owners: tuple[str, ...]) -> None:
    assert owners_of(OwnerKey(*key) for key in keys.items()) == owners


@pytest.mark.parametrize("is_main", [True, False])
@pytest.mark.parametrize("kind", ["repository", "blob"])
@pytest.mark.parametrize("owners", COMBINED, ids="-".join)
@pytest.mark.parametrize("edition", ["16", "18"])
def test_the_scope_and_its_spec_have_every_owner(
    edition: str, owners: tuple[str, ...], kind: str, is_main: bool, tmp_path: Path
) -> None:
    around = Surroundings(
        is_main_database=is_main,
        owner_keys=tuple(OwnerKey(f"of_{owner}_id", OWNER_KEYS[owner].table) for owner in owners),
    )
    model = rendered(edition, "create/model.rb.j2", owners, around, kind)
    spec = rendered(edition, "ensure/model-spec.rb.j2", owners, around, kind)
    factory = rendered(edition, "create/model-factory.rb.j2", owners, around, kind)
    for owner in owners:
        assert f"of_{owner}_id: " in model
        assert f"record_of_{owner}" in spec
        assert f"record_of_other_{owner}" in spec
    if edition == "18":
        conditions = [line for line in model.splitlines() if "_id: " in line and "where(of_" in line]
        assert len(conditions) >= len(owners)
        assert is_main or not [line for line in conditions if "select(" in line]
        assert model.count(".or(replicables.where") >= len(owners) - 1
    assert "NotImplementedError" not in model
    assert max(map(len, (model + spec + factory).splitlines())) <= 120
    if ruby := shutil.which("ruby"):
        for name, text in (("model", model), ("spec", spec), ("factory", factory)):
            path = tmp_path / f"{name}.rb"
            path.write_text(text)
            done = subprocess.run([ruby, "-c", str(path)], capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, ""), text


def test_every_owner_of_a_factory_that_is_there_is_given_as_it_takes_them() -> None:
    around = Surroundings(
        factory_exists=True,
        factory_takes=frozenset({"project", "namespace"}),
        owner_keys=(
            OwnerKey("project_id", "projects"),
            OwnerKey("namespace_id", "namespaces"),
            OwnerKey("uploaded_by_user_id", "users"),
        ),
    )
    spec = rendered("18", "ensure/model-spec.rb.j2", ("project", "group", "user"), around, "repository")
    assert "create(:cool_widget, project: project, namespace: nil, uploaded_by_user_id: nil)" in spec
    assert "create(:cool_widget, project: nil, namespace: group, uploaded_by_user_id: nil)" in spec
    assert "create(:cool_widget, project: nil, namespace: nil, uploaded_by_user_id: user.id)" in spec


@pytest.fixture
def invented(tmp_path: Path) -> Path:
    structure = CHECKOUT_18["db/structure.sql"] + INVENTED["db/structure.sql"]
    guard = "ee/spec/uploaders/every_gitlab_uploader_spec.rb"
    files = {**CHECKOUT_18, **INVENTED, "db/structure.sql": structure, guard: CHECKOUT_18[guard]}
    return make_checkout(tmp_path / "gitlab", files)


@pytest.mark.parametrize("owner", [None, ("group", "project")], ids=["by the dictionary", "by option"])
def test_a_model_with_two_sharding_keys(invented: Path, owner: tuple[str, ...] | None) -> None:
    before = picture(invented)
    made = new(invented, model=SHARED, owner=owner, milestone="18.9", merge_request=MERGE_REQUEST)
    assert made.answers.owner == ("project", "group")
    model = (invented / "ee/app/models/ee/shared_by_two.rb").read_text()
    assert "where(project_id: ::Project.selective_sync_scope(node).select(:id))" in model
    assert ".or(replicables.where(group_id: node.namespaces_for_group_owned_replicables.select(:id)))" in model
    after = picture(invented)
    again = new(invented, model=SHARED, now=OTHER_TIME)
    assert {step.outcome.status for step in again.steps} == {Status.UNCHANGED}
    assert picture(invented) == after
    [report] = check(Request(models=(SHARED,)), invented).types
    items = {item.id: item for item in report.items}
    ids = ("selective-sync", "selective-sync-spec", "states-dictionary", "model")
    assert {id_: items[id_].message for id_ in ids if items[id_].state is not State.DONE} == {}
    undo(invented, SHARED)
    assert picture(invented) == before


def test_one_owner_of_two_leaves_records_out_and_it_is_reported(invented: Path) -> None:
    made = plan(invented, model=SHARED, owner="project")
    assert "records of group are in no scope, though db/docs/shared_by_twos.yml:7 names them" in made.notes


def test_a_receipt_of_one_owner_is_as_it_was(tmp_path: Path) -> None:
    new(tmp_path, owner=("project",))
    assert '"owner": "project"' in (tmp_path / "cool_widget/.geo-scaffold/cool_widget.json").read_text()
