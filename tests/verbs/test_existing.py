"""A spec or a factory of the model that somebody has begun gets entries instead of a conflict, in every edition."""

from itertools import product
from pathlib import Path

import pytest

from checkouts import CHECKOUT_16, CHECKOUT_18
from geo_scaffold.checkout.factories import Factories, Factory
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.operations import Status
from geo_scaffold.verbs.checklist import Request, State, check
from sizes import in_turns, some

from .conftest import OTHER_TIME, decide_sharding, make_checkout, new, picture, undo

CHECKOUTS = {"16": CHECKOUT_16, "18": CHECKOUT_18}
SPEC = "ee/spec/models/ee/cool_widget_spec.rb"
FACTORY = "ee/spec/factories/cool_widgets.rb"
FILES = {
    SPEC: """# frozen_string_literal: true

require 'spec_helper'

RSpec.describe CoolWidget, feature_category: :widgets do
  describe '#cool?' do
    it { is_expected.to be_cool }
  end
end
""",
    FACTORY: """# frozen_string_literal: true

FactoryBot.modify do
  factory :cool_widget do
    trait :cold do
      temperature { -1 }
    end
  end
end
""",
}
IDS = {SPEC: "model-spec", FACTORY: "model-factory"}
EXAMPLES_16 = "  include_examples 'a replicable model with a separate table for verification state' do\n"
SCOPE_16 = "  describe '.replicables_for_current_secondary' do\n"
EXAMPLES_18 = "  describe 'Geo replication', feature_category: :geo_replication do\n    describe 'associations' do\n"
STATEMENTS = {"16": (EXAMPLES_16, SCOPE_16), "18": (EXAMPLES_18,)}
REMOTE = {"16": "remote_store", "18": "object_storage"}


@pytest.fixture(params=CHECKOUTS)
def edition(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def begun(tmp_path: Path, edition: str) -> Path:
    return make_checkout(tmp_path / "gitlab", {**CHECKOUTS[edition], **FILES})


def traits_of(checkout: Path) -> list[str]:
    lines = (checkout / FACTORY).read_text().splitlines()
    return [line.split(":")[1].removesuffix(" do") for line in lines if line.startswith("    trait :")]


def red(checkout: Path) -> dict[str, State]:
    [report] = check(Request(models=("CoolWidget",)), checkout).types
    return {item.id: item.state for item in report.items if item.state in {State.MISSING, State.DIFFERS}}


@pytest.mark.parametrize("kind", ["repository", "blob"])
def test_entries_go_in_once_and_come_out(begun: Path, edition: str, kind: str) -> None:
    before = picture(begun)
    made = new(begun, kind=kind, owner="project")
    assert {step.outcome.status for step in made.steps} == {Status.PLANNED}
    assert {step.operation.path: step.operation.kind for step in made.steps if step.operation.path in FILES} == {
        SPEC: "ensure",
        FACTORY: "ensure",
    }
    spec = (begun / SPEC).read_text()
    assert all(spec.count(statement) == 1 for statement in STATEMENTS[edition])
    assert "  describe '#cool?' do\n    it { is_expected.to be_cool }\n  end\n" in spec
    remote = [REMOTE[edition]] if kind == "blob" else []
    assert traits_of(begun) == ["cold", "verification_succeeded", "verification_failed", *remote]
    after = picture(begun)
    again = new(begun, now=OTHER_TIME)
    assert {step.outcome.status for step in again.steps} == {Status.UNCHANGED}
    assert picture(begun) == after
    undo(begun)
    assert picture(begun) == before


@pytest.mark.parametrize("described", ["::CoolWidget, feature_category: :widgets", "(::CoolWidget)", "(CoolWidget)"])
def test_a_class_is_described_in_any_spelling(begun: Path, edition: str, described: str) -> None:
    spec = begun / SPEC
    text = spec.read_text().replace(
        " CoolWidget, feature_category: :widgets", described if described[0] == "(" else f" {described}"
    )
    spec.write_text(text)
    made = new(begun, kind="blob", owner="project")
    assert {step.outcome.status for step in made.steps} == {Status.PLANNED}
    assert all(spec.read_text().count(statement) == 1 for statement in STATEMENTS[edition])
    assert "model-spec" not in red(begun)
    undo(begun)
    assert spec.read_text() == text


def test_the_text_of_both_files(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "gitlab", {**CHECKOUT_16, **FILES})
    new(checkout, kind="repository")
    examples = (
        f"{EXAMPLES_16}"
        "    # Add extra params if needed to make sure the record is in `Geo::ReplicableModel.verifiables` scope\n"
        "    let(:verifiable_model_record) { build(:cool_widget) }\n"
        "    # Add extra params if needed to make sure the record is NOT included in"
        " `Geo::ReplicableModel.verifiables` scope\n"
        "    let(:unverifiable_model_record) { build(:cool_widget) }\n"
        "  end\n"
    )
    first = "  describe '#cool?' do\n"
    assert (checkout / SPEC).read_text() == FILES[SPEC].replace(first, f"{examples}\n{first}")
    cold = "    trait :cold do\n      temperature { -1 }\n    end\n"
    traits = """
    trait :verification_succeeded do
      verification_checksum { 'abcd' }
      verification_state { CoolWidget.verification_state_value(:verification_succeeded) }
    end

    trait :verification_failed do
      verification_failure { 'Could not calculate the checksum' }
      verification_state { CoolWidget.verification_state_value(:verification_failed) }
    end
"""
    assert (checkout / FACTORY).read_text() == FILES[FACTORY].replace(cold, cold + traits)


def test_a_trait_of_the_same_name_stays_when_the_others_go(begun: Path, edition: str) -> None:
    trait = f"    trait :{REMOTE[edition]} do\n      file_store {{ 2 }}\n    end\n"
    factory = begun / FACTORY
    factory.write_text(FILES[FACTORY].replace("    trait :cold", f"{trait}\n    trait :cold"))
    before = picture(begun)
    new(begun, kind="blob")
    new(begun, kind="blob", owner="group")
    assert traits_of(begun) == [REMOTE[edition], "cold", "verification_succeeded", "verification_failed"]
    undo(begun)
    assert picture(begun) == before


@pytest.mark.parametrize("path", FILES)
def test_the_checklist_knows_the_entries(begun: Path, edition: str, path: str) -> None:
    new(begun, kind="blob", owner="project", merge_request="https://gitlab.com/g/p/-/merge_requests/1")
    if edition != "16":
        decide_sharding(begun)
    assert red(begun) == {}
    whole = (begun / path).read_text()
    (begun / path).write_text(FILES[path])
    assert red(begun) == {IDS[path]: State.MISSING}
    (begun / path).unlink()
    assert red(begun) == {IDS[path]: State.MISSING}
    for statement in STATEMENTS[edition] if path == SPEC else ("    trait :verification_failed do\n",):
        (begun / path).write_text(whole.replace(statement, statement.replace("'", "'x", 1).replace(":v", ":xv", 1)))
        assert red(begun).keys() == {IDS[path]}


def test_what_is_in_a_factory_of_somebody_else_is_still_to_be_decided(begun: Path) -> None:
    def decision() -> State:
        [report] = check(Request(models=("CoolWidget",)), begun).types
        return next(item.state for item in report.items if item.id == "model-factory-project")

    assert "model-factory-project" in new(begun).decisions
    assert decision() is State.CONFIRM
    undo(begun)
    (begun / FACTORY).unlink()
    assert "model-factory-project" not in new(begun).decisions
    assert decision() is State.DONE


def test_a_spec_of_another_class_is_blocked_with_the_lines(begun: Path) -> None:
    (begun / SPEC).write_text(FILES[SPEC].replace("CoolWidget", "Tank"))
    steps = {step.operation.id: step for step in new(begun).steps}
    assert steps["model-spec"].outcome.status is Status.BLOCKED
    assert "_examples '" in steps["model-spec"].snippet
    assert (begun / SPEC).read_text() == FILES[SPEC].replace("CoolWidget", "Tank")


OTHERS = """# frozen_string_literal: true

FactoryBot.{how} do
  factory :tank do
    trait :cold do
      temperature {{ -1 }}
    end
  end
end
"""
TWO = OTHERS.format(how="modify") + "\nFactoryBot.modify do\n  factory :barrel do\n  end\nend\n"
DEFINED = "FactoryBot.define do\n  factory :tank\n\n  factory :cool_widget do\n    project\n  end\nend\n"


PLACES = [None, "spec/factories/cool_widgets.rb"]


@pytest.fixture(params=PLACES, ids=["defined", "modified"])
def shared(tmp_path: Path, edition: str, request: pytest.FixtureRequest) -> Path:
    """A checkout whose file for our factory in `ee/` has one of another model."""
    ours = {} if request.param is None else {request.param: DEFINED}
    return make_checkout(tmp_path / "gitlab", {**CHECKOUTS[edition], SPEC: FILES[SPEC], FACTORY: TWO, **ours})


@pytest.mark.parametrize(
    ("edition", "shared", "kind", "content"),
    some(
        product(
            *(CHECKOUTS, PLACES, ["repository", "blob"]),
            [OTHERS.format(how="modify"), TWO, "# Later\n", OTHERS.format(how="define")],
        ),
        6,
    ),
    indirect=["edition", "shared"],
)
def test_a_file_of_another_factory_gets_a_second_one(shared: Path, edition: str, kind: str, content: str) -> None:
    how = "modify" if (shared / "spec/factories/cool_widgets.rb").exists() else "define"
    (shared / FACTORY).write_text(content)
    before = picture(shared)
    made = new(shared, kind=kind, owner="project", merge_request="https://gitlab.com/g/p/-/merge_requests/1")
    assert {step.outcome.status for step in made.steps} == {Status.PLANNED}
    text = (shared / FACTORY).read_text()
    assert text.startswith(content.partition("\n")[0])
    factories = [factory for factory in in_file(text) if factory.name == "cool_widget"]
    assert [(factory.modifies, "verification_failed" in factory.traits) for factory in factories] == [
        (how == "modify", True)
    ]
    blocks = content.count(f"FactoryBot.{how} do")
    assert text.count(f"FactoryBot.{how} do") == max(blocks, 1)
    assert {step.outcome.status for step in new(shared, now=OTHER_TIME).steps} == {Status.UNCHANGED}
    if edition != "16":
        decide_sharding(shared)
    assert red(shared) == {}
    (shared / FACTORY).write_text(content)
    assert red(shared) == {"model-factory": State.MISSING}
    (shared / FACTORY).write_text(text)
    for path in ("db/docs/cool_widget_states.yml",) if edition != "16" else ():
        (shared / path).write_text((shared / path).read_text().rpartition("sharding_key_issue_url")[0])
    undo(shared)
    assert (shared / FACTORY).read_text() == content
    assert {path: before[path] for path in FILES} == {path: picture(shared)[path] for path in FILES}


def in_file(text: str) -> tuple[Factory, ...]:
    class Only:
        def read(self, path: str) -> bytes | None:
            return text.encode() if path == FACTORY else None

        def names(self, _folder: str) -> tuple[str, ...]:
            return ()

    return Factories(Sources(Only(), ""), Inflector.gitlab()).in_file(FACTORY)


def test_another_answer_replaces_the_second_factory(shared: Path) -> None:
    new(shared, kind="blob", owner="group")
    at_once = (shared / FACTORY).read_text()
    undo(shared)
    new(shared, kind="blob")
    new(shared, kind="blob", owner="group")
    assert (shared / FACTORY).read_text() == at_once
    undo(shared)
    assert (shared / FACTORY).read_text() == TWO


def test_what_somebody_adds_to_the_second_factory_stays(shared: Path) -> None:
    new(shared, kind="repository", owner="project")
    trait, first = "    trait :warm do\n      temperature { 30 }\n    end\n\n", "    trait :verification_succeeded"
    text = (shared / FACTORY).read_text()
    (shared / FACTORY).write_text(text.replace(first, f"{trait}{first}"))
    assert (shared / FACTORY).read_text() != text
    undo(shared)
    assert "trait :warm do" in (shared / FACTORY).read_text()


@pytest.mark.parametrize(
    ("place", "name"), in_turns(["cool/widget/all.rb", "tanks.rb"], ["cool_widget", "cool_gadget"])
)
def test_the_factory_in_ee_is_found_in_a_file_of_any_name(tmp_path: Path, edition: str, place: str, name: str) -> None:
    path = f"ee/spec/factories/{place}"
    main = DEFINED.replace("factory :cool_widget", f"factory :{name}, class: 'CoolWidget'")
    content = FILES[FACTORY].replace("cool_widget", name)
    checkout = make_checkout(
        tmp_path / "gitlab", {**CHECKOUTS[edition], "spec/factories/all.rb": main, path: content, SPEC: FILES[SPEC]}
    )
    before = picture(checkout)
    made = new(checkout, kind="blob", owner="project")
    [step] = [step for step in made.steps if step.operation.id == "model-factory"]
    assert (step.operation.path, step.outcome.status) == (path, Status.PLANNED)
    assert {step.outcome.status for step in new(checkout, now=OTHER_TIME).steps} == {Status.UNCHANGED}
    receipt = checkout / made.receipt
    kept = receipt.read_bytes()
    for is_known in (True, False):  # of a type that was not generated only the files say it
        if not is_known:
            receipt.unlink()
        [report] = check(Request(models=("CoolWidget",)), checkout).types
        [item] = [each for each in report.items if each.id == "model-factory"]
        assert (item.state, item.path) == (State.DONE, path)
    receipt.write_bytes(kept)
    undo(checkout)
    assert picture(checkout) == before
