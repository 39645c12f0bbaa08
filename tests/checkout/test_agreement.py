"""`new` and `checklist` say the same of a model, as they ask the same reader: of invented ones and of a real tree's."""

import os
from pathlib import Path
from typing import Any, Final

import pytest

from checkouts import CHECKOUT_18
from geo_scaffold.answers import Answers
from geo_scaffold.checkout import Checkout, Facts, as_it_is_there, look_up, refusal_of
from geo_scaffold.errors import RefusedError, UndecidedError
from geo_scaffold.operations import Status
from geo_scaffold.verbs.checklist.selection import TypeSelection
from geo_scaffold.verbs.checklist.subject import Subject
from geo_scaffold.verbs.facts import open_checkout
from geo_scaffold.verbs.new import plan_new
from geo_scaffold.verbs.plan import Plan
from verbs.conftest import NOW, make_checkout

from .invented import FILES as INVENTED

REAL: Final = os.environ.get("GITLAB_CHECKOUT", "")
SHARED: Final = (
    *("model_file", "ee_model_file", "table", "factory", "model_path_plural", "ee_factory_file"),
    "uploader_class",
)
"""The spellings that come from the checkout."""
MAY: Final = (
    *("Gadgets::Concerned", "Secured", "SharedByTwo", "Storeless", "Versioned", "Extended"),
    *("Gizmos::Special", "NestedOwner::Part", "Keyed"),
)
REFUSED: Final = (
    *("Composite", "Gadgets::KeptEntry", "Recorded", "Gizmo", "Replicated"),
    "ReplicatedChild",
)
PLANNED: Final = frozenset(
    {
        *("Packages::Debian::GroupComponentFile", "Packages::Debian::GroupDistribution"),
        *("Packages::Debian::ProjectComponentFile", "Packages::Debian::ProjectDistribution"),
        *("Packages::Npm::MetadataCache", "Packages::Rpm::RepositoryFile"),
    }
)
"""The classes of 18.9 with a file or a repository that have no type, and can have one."""
REASONS: Final = (
    "as Upload",
    "replicated already, by",
    "is replicated as a container repository",
    "documented as not to be replicated",
    "is partitioned by",
)
"""Why the others get none."""


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    structure = CHECKOUT_18["db/structure.sql"] + INVENTED["db/structure.sql"]
    guard = "ee/spec/uploaders/every_gitlab_uploader_spec.rb"
    files = {**CHECKOUT_18, **INVENTED, "db/structure.sql": structure, guard: CHECKOUT_18[guard]}
    return make_checkout(tmp_path_factory.mktemp("agreement") / "gitlab", files)


def planned(root: Path, model: str, **answers: Any) -> Plan:
    return plan_new(Answers(model=model, **answers), root, now=NOW)


def assert_agreement(root: Path, model: str, **answers: Any) -> None:
    """See to it that a plan and an audit rest on the same."""
    plan = planned(root, model, **answers)
    [audited] = TypeSelection(root).named([model])
    subject = audited.subject
    assert {key: plan.names[key] for key in SHARED} == {key: subject.names[key] for key in SHARED}
    assert plan.answers.kind == subject.kind
    assert plan.facts
    assert_audited(plan.facts, subject)


def assert_audited(facts: Facts, subject: Subject) -> None:
    """See to it that an audit rests on the facts of a model."""
    context, mount = subject.context(), (*filter(None, [facts.own_mount]), *facts.mounts)[:1]
    assert (facts["file"], facts["table"]) == (subject.names["model_file"], subject.names["table"])
    assert facts["kind"] in {subject.kind, "upload", None}
    assert facts["ee_only"] == subject.ee_only
    assert facts["gitlab_schema"] == context["gitlab_schema"]
    assert facts["base_class"] == f"::{context['base_class']}"
    assert facts["sharding_keys"] == {key.column: key.table for key in context["sharding_keys"]}
    for each in mount if facts.table else ():
        assert (each.attribute, each.store_column or "") == (context["mounted"], context["store_column"])
        assert subject.names["uploader_class"] == each.uploader


def assert_agreement_on_refused(reader: Checkout, audited: TypeSelection, model: str) -> None:
    """See to it that an audit of a model that `new` refuses is one of the type that replicates it, or says why."""
    facts = reader.facts(model)
    refusal = refusal_of(facts)
    assert refusal
    before = len(audited.notes)
    [chosen] = audited.named([model])
    subject = chosen.subject
    name = subject.names["name"]
    if facts["replicated_by"] == f"Geo::{reader.inflector.camelize(name)}Replicator":
        answers = as_it_is_there(Answers(model=subject.answers.model, kind=subject.answers.kind), reader)
        made = look_up(answers, reader.inflector, reader).names  # what `new --only` would use
        assert dict(made.items()) == dict(subject.names.items())
        assert_audited(reader.facts(subject.answers.model), subject)
    else:
        assert [refusal.reason in note and f"({refusal.source})" in note for note in audited.notes[before:]] == [True]
        assert subject.answers.model == model
        assert subject.names["factory"] == (facts["factory"] or reader.factories.usual_name(model))
        assert_audited(facts, subject)


@pytest.mark.parametrize("model", MAY)
def test_new_and_checklist_agree_on_invented_models(invented: Path, model: str) -> None:
    kind = {} if model not in {"NestedOwner::Part"} else {"kind": "repository"}
    assert_agreement(invented, model, **kind)


@pytest.mark.parametrize("model", REFUSED)
def test_new_and_checklist_agree_on_invented_models_that_get_no_type(invented: Path, model: str) -> None:
    assert_agreement_on_refused(open_checkout(invented), TypeSelection(invented), model)


def test_what_another_type_replicates_is_audited_as_that_type(invented: Path) -> None:
    audited = TypeSelection(invented)
    [chosen] = audited.named(["ReplicatedChild"])
    assert chosen.subject.answers.model == "Replicated"
    assert audited.notes == [
        "ReplicatedChild has no type of its own: Geo::ReplicatedReplicator replicates what it has"
        " (ee/app/models/ee/replicated.rb:6), so the type of Replicated is audited."
    ]


@pytest.fixture(scope="module")
def real() -> Checkout:
    return open_checkout(Path(REAL))


def with_content(checkout: Checkout) -> list[str]:
    """Return the classes that mount an uploader, have a repository or are replicated."""
    facts = (checkout.facts(name) for name in checkout.dictionary.classes())
    return [fact.model for fact in facts if fact.mounts or fact["repository"] or fact["replicated_by"]]


@pytest.mark.real_tree
@pytest.mark.slow
@pytest.mark.skipif(not REAL, reason="GITLAB_CHECKOUT names no checkout")
def test_every_class_with_a_file_or_a_repository_is_planned_or_refused_with_the_reason(real: Checkout) -> None:
    models = with_content(real)
    assert len(models) >= 57
    made, refused = {}, {}
    for model in models:
        try:
            made[model] = planned(Path(REAL), model)
        except (RefusedError, UndecidedError) as error:
            refused[model] = error
    assert set(made) == PLANNED
    blocked = {Status.BLOCKED, Status.CONFLICT}
    assert {each: step.operation.path for each in made for step in made[each].with_status(*blocked)} == {}
    assert [each for each in refused if not (Path(REAL) / str(refused[each].path)).is_file()] == []
    unexplained = {each.message for each in refused.values() if not any(why in each.message for why in REASONS)}
    assert unexplained == set()
    assert {each for each in refused if REASONS[0] in refused[each].message} == {
        each for each in models if real.facts(each)["kind"] == "upload"
    }


@pytest.mark.real_tree
@pytest.mark.slow
@pytest.mark.skipif(not REAL, reason="GITLAB_CHECKOUT names no checkout")
@pytest.mark.parametrize("model", sorted(PLANNED))
def test_new_and_checklist_agree_on_real_models(model: str) -> None:
    assert_agreement(Path(REAL), model)


@pytest.mark.real_tree
@pytest.mark.slow
@pytest.mark.skipif(not REAL, reason="GITLAB_CHECKOUT names no checkout")
def test_new_and_checklist_agree_on_real_models_that_get_no_type(real: Checkout) -> None:
    audited = TypeSelection(Path(REAL))
    for model in sorted({*with_content(real)} - PLANNED):
        assert_agreement_on_refused(real, audited, model)
