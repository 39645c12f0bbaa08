"""`checklist`: which types, which phase, ticks, broken trees, standalone folders."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from checkouts import CHECKOUT_16, CHECKOUT_18
from commit.harness import in_child
from geo_scaffold.answers import Answers
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.edition import context_for, load_manifest
from geo_scaffold.errors import ReceiptError, UsageError
from geo_scaffold.git import changes_since
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.phases import Phase
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.checklist import Item, Report, Request, State, TypeReport, check
from geo_scaffold.verbs.checklist.decisions import EVIDENCE_FILES
from geo_scaffold.verbs.checklist.equivalents import EQUIVALENTS
from geo_scaffold.verbs.checklist.ticks import ticks_in
from geo_scaffold.verbs.new import Selection

from .conftest import OTHER_TIME, STATES_DICTIONARY, UNSHARDED, decide_sharding, git, make_checkout, new, picture

GIVEN: dict[str, Any] = {"milestone": "16.3", "merge_request": "https://gitlab.com/g/p/-/merge_requests/1"}
RED = {State.MISSING, State.DIFFERS}


def only(report: Report) -> TypeReport:
    assert len(report.types) == 1
    return report.types[0]


def items(report: TypeReport) -> dict[str, Item]:
    return {item.id: item for item in report.items}


def audit(root: Path, *models: str, **request: Any) -> TypeReport:
    return only(check(Request(models=models, **request), root))


FINDER = "ee/app/finders/geo/cool_widget_registry_finder.rb"


def test_a_sharding_key_is_decided_as_the_spec_of_gitlab_has_it(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab", CHECKOUT_18)
    new(root, kind="blob", owner="project", **GIVEN)
    plain = (root / STATES_DICTIONARY).read_text()
    generated = plain.replace(
        "table_size", "desired_sharding_key:\n  project_id:\n    references: projects\ntable_size"
    )
    (root / STATES_DICTIONARY).write_text(generated)

    def found() -> tuple[Item, Item]:
        by_id = items(audit(root))
        return by_id["sharding-key"], by_id["states-dictionary"]

    key, dictionary = found()
    assert (key.state, key.path, dictionary.state) == (State.MISSING, STATES_DICTIONARY, State.DONE)
    assert generated.splitlines()[(key.line or 0) - 1] == "desired_sharding_key:"
    assert f"In {UNSHARDED}" in key.remedy
    assert f"Add to {STATES_DICTIONARY}:\nsharding_key_issue_url: " in key.remedy
    decide_sharding(root)
    assert [item.state for item in found()] == [State.DONE, State.DONE]
    (root / UNSHARDED).write_text("")
    assert found()[0].remedy.startswith(f"In {UNSHARDED}")
    assert "sharding_key_issue_url" not in found()[0].remedy
    own = generated.partition("desired_sharding_key:")[0]
    (root / STATES_DICTIONARY).write_text(f"{own}sharding_key:\n  project_id: projects\ntable_size: small\n")
    assert [item.state for item in found()] == [State.DONE, State.DONE]
    (root / STATES_DICTIONARY).write_text(f"{own}table_size: small\n")
    assert [item.state for item in found()] == [State.CONFIRM, State.DONE]
    schemas = {"db/gitlab_schemas/gitlab_main_org.yaml": "name: gitlab_main_org\nrequire_sharding_key: true\n"}
    make_checkout(root, schemas, git=False)
    assert [item.state for item in found()] == [State.MISSING, State.DONE]
    assert found()[0].remedy.startswith("geo-scaffold new CoolWidget --sharding-key COLUMN\n\nIn ")


def test_a_repair_of_a_type_written_by_hand_asks_for_no_second_migration(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab", CHECKOUT_18)
    new(root, kind="blob", owner="project", **GIVEN)
    shutil.rmtree(root / ".geo-scaffold")
    for folder in ("ee/db/geo/migrate", "db/migrate"):
        for migration in (root / folder).glob("*cool_widget*"):
            migration.unlink()
    before = {id_: item.state for id_, item in items(audit(root, "CoolWidget")).items()}
    assert before["registry-migration"] is before["states-migration"] is State.DONE
    (root / FINDER).unlink()
    new(root, kind="blob", owner="project", now=OTHER_TIME, selection=Selection(only=frozenset({"finder"})), **GIVEN)
    after = {id_: item.state for id_, item in items(audit(root, "CoolWidget")).items()}
    assert after == before


def test_an_open_answer_of_the_first_merge_request_is_given_to_it_alone(checkout: Path) -> None:
    new(checkout, selection=Selection(phases=(Phase.SCHEMA,)))
    item = items(audit(checkout))["registry-dictionary"]
    assert "--phase schema" in item.remedy


def test_what_means_something_else_is_shown_in_its_place(checkout: Path) -> None:
    new(checkout, **GIVEN)
    flag = checkout / "ee/config/feature_flags/development/geo_cool_widget_replication.yml"
    flag.write_text(flag.read_text().replace("name: geo_cool_widget_replication", "name: geo_hot_widget_replication"))
    item = items(audit(checkout))["feature-flag"]
    path = flag.relative_to(checkout)
    assert item.remedy == f"In {path}, instead of what line {item.line} begins:\nname: geo_cool_widget_replication"


def test_nothing_is_written(checkout: Path) -> None:
    new(checkout, **GIVEN)
    before = picture(checkout)
    check(Request(everything=True), checkout)
    assert picture(checkout) == before


def test_a_placeholder_keeps_its_item_open(checkout: Path) -> None:
    new(checkout)
    by_id = items(audit(checkout))
    assert by_id["registry-dictionary"].state is State.DIFFERS
    assert by_id["registry-dictionary"].message == "`XXXXX` still to be filled in"
    assert "--mr" in by_id["registry-dictionary"].remedy
    assert by_id["registry-dictionary"].line == 4


def test_a_method_that_still_raises_is_not_done_whatever_is_ticked(checkout: Path) -> None:
    new(checkout, **GIVEN)
    item = items(audit(checkout, ticks="- [x] `selective-sync`: done\n"))["selective-sync"]
    assert (item.state, item.path) == (State.MISSING, "ee/app/models/ee/cool_widget.rb")
    assert item.line
    model = checkout / item.path
    text = model.read_text()
    start = text.index("      def replicables_for_current_secondary")
    end = text.index("      override :verification_state_table_class")
    method = "      def replicables_for_current_secondary(keys)\n        primary_key_in(keys)\n      end\n\n"
    model.write_text(f"{text[:start]}{method}{text[end:]}")
    assert items(audit(checkout))["selective-sync"].state is State.DONE


def test_ticks_confirm_what_only_a_person_can_tell(checkout: Path) -> None:
    new(checkout, **GIVEN)
    ticks = (
        "- [x] `push-events`: done\r\n* [X] `cool_widget:git-access`\n- [ ] `removal-events`: no\n"
        "- [x] `other_type:batch-destroy`\n```\n- [x] `no-repo-message`\n```\n- [x] `feature-flag` is there\n"
    )
    by_id = items(audit(checkout, ticks=ticks))
    assert {id_ for id_, item in by_id.items() if item.state is State.CONFIRMED} == {"push-events", "git-access"}


def test_an_id_that_several_boxes_share_needs_all_of_them() -> None:
    assert ticks_in("- [x] `rollout-issue`: a\n  - [ ] `rollout-issue`: b\n").confirmed == frozenset()
    assert ticks_in("- [x] `rollout-issue`: a\n  - [x] `rollout-issue`: b\n").confirmed == {("", "rollout-issue")}


def test_boxes_in_comments_and_those_that_a_program_ticked_tell_nothing() -> None:
    comments = "<!--\n- [x] `a:b`\n-->\n- [x] `a:c` <!-- mine -->\n- [x] `a:d`: done <!-- found -->\n"
    text = f"{comments}```\n<!--\n```\n- [x] `a:e`\n"
    assert ticks_in(text).confirmed == {("a", "c"), ("a", "e")}


def test_a_box_without_a_name_confirms_nothing_where_several_types_are_audited(checkout: Path) -> None:
    new(checkout, **GIVEN)
    new(checkout, model="HotWidget", kind="repository", **GIVEN)
    report = check(Request(ticks="- [x] `push-events`\n- [x] `hot_widget:git-access`\n"), checkout)
    confirmed = [
        (type_report.name, item.id)
        for type_report in report.types
        for item in type_report.items
        if item.state is State.CONFIRMED
    ]
    assert confirmed == [("hot_widget", "git-access")]


def test_columns_that_a_person_adds_are_a_persons_to_sort(checkout: Path) -> None:
    new(checkout, **GIVEN)
    assert items(audit(checkout))["registry-column-order"].state is State.DONE
    [migration] = (checkout / "ee/db/geo/migrate").iterdir()
    migration.write_text(migration.read_text().replace("      t.binary", "      t.text :more\n      t.binary", 1))
    by_id = items(audit(checkout))
    assert by_id["registry-column-order"].state is State.CONFIRM
    assert by_id["registry-migration"].state is State.DONE


def test_later_phases_are_pending(checkout: Path) -> None:
    new(checkout, selection=Selection(phases=(Phase.SCHEMA,)), **GIVEN)
    report = audit(checkout)
    states: dict[Phase, set[State]] = {item.phase: set() for item in report.items}
    for item in report.items:
        states[item.phase].add(item.state)
    assert states[Phase.SCHEMA] == {State.DONE, State.CONFIRM}
    assert states[Phase.RELEASE] == {State.PENDING}
    assert not states[Phase.IMPLEMENTATION] & RED
    judged = audit(checkout, "CoolWidget", phase=Phase.IMPLEMENTATION)
    assert items(judged)["replicator"].state is State.MISSING
    assert items(judged)["release-flag"].state is State.PENDING


def test_the_type_that_someone_forgot_to_register_is_seen_and_the_one_without_a_file_too(checkout: Path) -> None:
    new(checkout, owner="none", **GIVEN)
    (checkout / ".geo-scaffold/cool_widget.json").unlink()
    geo = checkout / "ee/lib/gitlab/geo.rb"
    geo.write_text(CHECKOUT_16["ee/lib/gitlab/geo.rb"])
    report = check(Request(everything=True), checkout)
    assert [type_report.name for type_report in report.types] == ["cool_widget", "package_file", "boiler"]
    by_id = items(report.types[0])
    assert {id_ for id_, item in by_id.items() if item.state in RED} == {"replicator-classes"}
    assert by_id["replicator-classes"].path == "ee/lib/gitlab/geo.rb"
    assert by_id["replicator-classes"].line == 7
    assert "::Geo::CoolWidgetReplicator" in by_id["replicator-classes"].remedy


def test_without_a_receipt_all_types_are_audited(checkout: Path) -> None:
    assert {type_.name for type_ in check(Request(), checkout).types} == {"package_file", "boiler"}
    assert items(audit(checkout, "Boiler"))["inflection"].state is State.DONE


def test_names_that_people_gave_are_read_from_the_checkout(checkout: Path) -> None:
    given = {"registry_table": "old_registry", "registry_foreign_key": "thing_id", "state_class": "Geo::OldState"}
    new(
        checkout,
        kind="blob",
        owner="none",
        title="Very COOL Widget",
        factory="cool_one",
        spellings={**given, "registry_factory_file": "ee/spec/factories/geo/an_old_registry.rb"},
        **GIVEN,
    )
    (checkout / ".geo-scaffold/cool_widget.json").unlink()
    report = audit(checkout, "CoolWidget")
    assert [(item.id, item.message) for item in report.items if item.state in RED] == []


def test_files_under_other_names_are_done_with_a_message(checkout: Path) -> None:
    new(checkout, owner="none", **GIVEN)
    (checkout / ".geo-scaffold/cool_widget.json").unlink()
    moved = {
        "ee/spec/models/ee/cool_widget_spec.rb": "ee/spec/models/cool_widget_spec.rb",
        "ee/config/feature_flags/development/geo_cool_widget_replication.yml": (
            "ee/config/feature_flags/ops/geo_cool_widget_replication.yml"
        ),
        "ee/spec/factories/geo/cool_widget_states.rb": "ee/spec/factories/geo/cool_widget_state.rb",
    }
    for before, after in moved.items():
        (checkout / after).parent.mkdir(parents=True, exist_ok=True)
        (checkout / before).rename(checkout / after)
    by_id = items(audit(checkout, "CoolWidget"))
    assert {id_: item.message for id_, item in by_id.items() if item.message.startswith("as ")} == {
        "model-spec": "as ee/spec/models/cool_widget_spec.rb",
        "feature-flag": "as ee/config/feature_flags/ops/geo_cool_widget_replication.yml",
        "state-factory": "as ee/spec/factories/geo/cool_widget_state.rb",
    }
    assert [id_ for id_, item in by_id.items() if item.state in RED] == []


def test_squashed_migrations_are_done(checkout: Path) -> None:
    new(checkout, owner="none", **GIVEN)
    for schema in ("db", "ee/db/geo"):
        structure = checkout / schema / "structure.sql"
        (checkout / schema / "init_structure.sql").write_text(structure.read_text())
        for folder in ("migrate", "schema_migrations"):
            for file in (checkout / schema / folder).iterdir():
                file.unlink()
    by_id = items(audit(checkout))
    assert [id_ for id_, item in by_id.items() if item.state in RED] == []
    assert by_id["registry-migration"].message == "squashed into ee/db/geo/init_structure.sql"


def test_a_container_is_asked_for_what_both_kinds_are_asked_for(checkout: Path) -> None:
    new(checkout, kind="repository", owner="none", **GIVEN)
    (checkout / ".geo-scaffold/cool_widget.json").unlink()
    replicator = checkout / "ee/app/replicators/geo/cool_widget_replicator.rb"
    text = replicator.read_text().replace("RepositoryReplicatorStrategy", "VerifiableReplicator")
    start = text.index("    def repository\n")
    replicator.write_text(f"{text[:start]}    def data_type\n      'container'\n    end\n  end\nend\n")
    spec = checkout / "ee/spec/replicators/geo/cool_widget_replicator_spec.rb"
    spec.write_text(spec.read_text().replace("'a repository replicator'", "'a container replicator'"))
    report = audit(checkout, "CoolWidget")
    assert report.kind == "container"
    by_id = items(report)
    assert [(id_, item.message) for id_, item in by_id.items() if item.state in RED] == []
    assert by_id["push-events"].state is State.NOT_APPLICABLE
    assert by_id["object-storage"].state is State.NOT_APPLICABLE


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"", b"[]"])
def test_a_receipt_that_cannot_be_read_is_no_audit_of_its_type(checkout: Path, content: bytes) -> None:
    """It is unknown what was generated, so too little would be required."""
    new(checkout, owner="none", **GIVEN)
    new(checkout, model="HotWidget", kind="repository", owner="none", **GIVEN)
    other = check(Request(models=("HotWidget",)), checkout)
    (checkout / ".geo-scaffold/cool_widget.json").write_bytes(content)
    for request in (Request(models=("CoolWidget",)), Request(), Request(everything=True)):
        with pytest.raises(ReceiptError) as caught:
            check(request, checkout)
        assert (caught.value.path, caught.value.exit_code) == (".geo-scaffold/cool_widget.json", 4)
    assert check(Request(models=("HotWidget",)), checkout) == other


def test_a_file_that_may_not_be_read_is_a_finding() -> None:
    with tempfile.TemporaryDirectory() as name:  # where another user gets in
        Path(name).chmod(0o755)
        checkout = make_checkout(Path(name, "gitlab"), CHECKOUT_16, git=False)
        new(checkout, owner="none", **GIVEN)
        (checkout / "ee/app/finders/geo/cool_widget_registry_finder.rb").chmod(0)
        user = 65534 if os.geteuid() == 0 else None
        found = in_child(lambda: [item.id for item in audit(checkout).items if item.state in RED], user)
        assert found == (0, ["finder"])


def test_a_folder_in_the_place_of_a_file_and_a_link_out_of_the_tree_are_findings(
    checkout: Path, tmp_path: Path
) -> None:
    new(checkout, owner="none", **GIVEN)
    finder = checkout / "ee/app/finders/geo/cool_widget_registry_finder.rb"
    finder.unlink()
    finder.mkdir()
    resolver = checkout / "ee/app/graphql/resolvers/geo/cool_widget_registries_resolver.rb"
    (tmp_path / "secret").write_text("x")
    resolver.unlink()
    resolver.symlink_to(tmp_path / "secret")
    by_id = items(audit(checkout))
    assert {id_ for id_, item in by_id.items() if item.state in RED} == {"finder", "resolver"}
    assert by_id["finder"].line == 1


@pytest.mark.parametrize("kind", ["repository", "blob"])
def test_in_a_folder_of_its_own_entries_are_a_persons(tmp_path: Path, kind: str) -> None:
    new(tmp_path, kind=kind, owner="project", **GIVEN)
    for folder in (tmp_path, tmp_path / "cool_widget"):
        report = only(check(Request(), folder))
        assert {item.state for item in report.items} <= {State.DONE, State.CONFIRM, State.PENDING, State.NOT_APPLICABLE}
        by_id = items(report)
        assert by_id["replicator"].state is State.DONE
        assert by_id["replicator-classes"].state is State.CONFIRM
        assert "::Geo::CoolWidgetReplicator" in by_id["replicator-classes"].remedy
    checklist = tmp_path / "cool_widget/CHECKLIST.md"
    checklist.write_text(checklist.read_text().replace("- [ ] `replicator-classes`", "- [x] `replicator-classes`"))
    assert items(only(check(Request(), tmp_path)))["replicator-classes"].state is State.CONFIRMED
    (tmp_path / "cool_widget/gitlab/ee/app/finders/geo/cool_widget_registry_finder.rb").unlink()
    assert {item.id for item in only(check(Request(), tmp_path)).items if item.state in RED} == {"finder"}


def test_the_runtime_is_nothing_that_gitlab_asks_for(tmp_path: Path, checkout: Path) -> None:
    new(tmp_path, owner="project", **GIVEN)
    before = only(check(Request(), tmp_path))
    shutil.rmtree(tmp_path / "cool_widget/runtime")
    assert only(check(Request(), tmp_path)) == before
    new(checkout, owner="project", runtime=True, **GIVEN)
    (checkout / "runtime/cool_widgets/model.py").write_text("nothing")
    assert not [item for item in audit(checkout).items if item.state in RED or "runtime" in item.path]


def test_where_nothing_is_there_is_nothing_to_audit(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing has been generated"):
        check(Request(), tmp_path)
    with pytest.raises(UsageError, match="need a GitLab checkout"):
        check(Request(everything=True), tmp_path)
    with pytest.raises(UsageError, match="was not generated here"):
        check(Request(models=("CoolWidget",)), tmp_path)


def test_a_type_that_is_not_begun_is_audited_as_such(checkout: Path) -> None:
    report = check(Request(models=("Packages::Cargo::Crate",)), checkout)
    assert "has not been started" in report.notes[0]
    by_id = items(only(report))
    assert by_id["registry-migration"].state is State.MISSING
    assert by_id["replicator"].state is State.PENDING
    with pytest.raises(UsageError):
        check(Request(models=("not a model",)), checkout)


def test_only_the_types_that_a_branch_touches(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab")
    new(root, owner="none", **GIVEN)
    new(root, model="HotWidget", kind="repository", owner="none", **GIVEN)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")

    def touched() -> list[str]:
        report = check(Request(changes=lambda folder: changes_since(folder, "HEAD")), root)
        return [type_report.name for type_report in report.types]

    assert touched() == []
    (root / "README.md").write_text("cool_widget\n")
    assert touched() == []
    geo = root / "ee/lib/gitlab/geo.rb"
    without = geo.read_text().replace("CoolWidgetReplicator,\n      ::Geo::HotWidgetReplicator", "CoolWidgetReplicator")
    geo.write_text(without)
    assert touched() == ["hot_widget"]  # the line of the other one only lost its comma
    git(root, "checkout", "-q", "ee/lib/gitlab/geo.rb")
    (root / "ee/app/finders/geo/hot_widget_registry_finder.rb").unlink()
    assert touched() == ["hot_widget"]
    git(root, "checkout", "-q", "ee/app/finders/geo/hot_widget_registry_finder.rb")
    schema = root / "db/structure.sql"
    before, table, after = schema.read_text().partition("CREATE TABLE hot_widget_states (\n")
    assert table
    schema.write_text(before + table + after.replace("smallint", "bigint", 1))
    assert touched() == ["hot_widget"]  # by the statement around the line
    schema.write_text(f"{before}CREATE TABLE other (\n    id bigint\n);\n\n{table}{after}")
    assert touched() == []
    with pytest.raises(UsageError, match="git does not know the commit"):
        changes_since(root, "--output=x")


@pytest.mark.parametrize(
    ("path", "old", "new_"),
    [
        ("locale/gitlab.pot", 'msgid "Geo|Hot Widget"', 'msgid "Geo|Hot Widgt"'),
        ("ee/lib/ee/api/geo.rb", ":hot_widgets_verified_count", ":hot_widget_verified_count"),
        ("ee/spec/support/helpers/ee/geo_helpers.rb", "'HotWidget' => :a_hot", "'HotWidget' => :hot"),
        ("ee/app/graphql/types/geo/geo_node_type.rb", "field :hot_widget_registries", "field :hot_registries"),
        ("spec/support/helpers/stub_object_storage.rb", "::HotWidgetUploader", "::HotUploader"),
        ("ee/spec/lib/gitlab/geo/base_batcher_spec.rb", "HotWidget", "HotWidgt"),
    ],
)
def test_a_line_about_a_type_in_a_file_of_all_types_touches_it(tmp_path: Path, path: str, old: str, new_: str) -> None:
    root = make_checkout(tmp_path / "gitlab", CHECKOUT_18)
    for model in ("CoolWidget", "HotWidget"):
        factory = f"a_{model.lower().removesuffix('widget')}_widget"
        new(root, model=model, kind="blob", owner="project", factory=factory, **GIVEN)
    file = root / path
    assert old in file.read_text()
    git(root, "add", ".")
    git(root, "commit", "-qm", "all")
    file.write_text(file.read_text().replace(old, new_))
    report = check(Request(changes=lambda folder: changes_since(folder, "HEAD")), root)
    assert [type_report.name for type_report in report.types] == ["hot_widget"]


def test_ready_made_entries_look_at_every_file_that_an_artifact_is_in() -> None:
    project = Path(__file__).parents[2]
    ready = project / "examples/ci"
    globs = YAML(typ="safe").load(ready / "geo-checklist.gitlab-ci.yml")["geo-checklist"]["rules"][0]["changes"]
    files = [
        YAML(typ="safe").load(ready / "pre-commit-config.yaml")["repos"][0]["hooks"][0]["files"],
        YAML(typ="safe").load(project / ".pre-commit-hooks.yaml")[0]["files"],
    ]
    glob = YAML(typ="safe").load(ready / "lefthook.yml")["pre-push"]["commands"]["geo-checklist"]["glob"]
    folders = re.fullmatch(r"\{(.+)\}/\*\*", glob)
    assert folders
    answers = Answers("CoolWidget", kind="blob", timestamp="20230101000000", sharding_keys=("project_id",))
    names = context_for(answers, answers.names(Inflector.gitlab()))
    artifacts = [*load_manifest("16"), *load_manifest("18")]
    paths = [path for artifact in artifacts for path in artifact.paths_for(names)]
    assert len(paths) > 100
    override = ".geo-scaffold/templates/gitlab-16/create/finder.rb.j2"
    for path in [*paths, ".geo-scaffold/cool_widget.json", override, *EVIDENCE_FILES]:
        assert all(re.match(file, path) for file in files), path
        assert path.split("/")[0] in folders[1].split(","), path
        assert any(glob_matches(each, path) for each in globs), path


def glob_matches(pattern: str, path: str) -> bool:
    """Tell whether GitLab's `changes` takes a path: as Ruby's File.fnmatch, where a star stays in its folder."""
    parts = re.split(r"(\*\*/|\*)", pattern)
    as_regex = {"**/": "(?:[^/]+/)*", "*": "[^/]*"}
    return re.fullmatch("".join(as_regex.get(part, re.escape(part)) for part in parts), path) is not None


def test_each_report_of_the_job_goes_on_after_what_is_open_and_nothing_else() -> None:
    job = YAML(typ="safe").load(Path(__file__).parents[2] / "examples/ci/geo-checklist.gitlab-ci.yml")["geo-checklist"]
    *reports, last = job["script"]
    assert all(line.endswith(" || [ $? -eq 1 ]") for line in reports)
    assert "||" not in last
    for code, goes_on in ((0, True), (1, True), (2, False), (4, False), (74, False), (141, False)):
        line = re.sub(r"geo-scaffold .*? \|\|", f"(exit {code}) ||", reports[0])
        done = subprocess.run(["bash", "-ec", f"{line}\nexit 9"], check=False)
        assert (done.returncode == 9) == goes_on, code


def test_the_remedy_of_a_type_without_a_receipt_mends_it_and_nothing_turns_red(checkout: Path) -> None:
    new(checkout, kind="blob", owner="none", spellings={"registry_table": "old_registry"}, **GIVEN)
    (checkout / ".geo-scaffold/cool_widget.json").unlink()
    for path in (checkout / "ee/app/finders/geo").iterdir():
        path.unlink()
    [finder] = [item for item in audit(checkout, "CoolWidget").items if item.state in RED]
    command = ["-m", *finder.remedy.replace("geo-scaffold", "geo_scaffold").split(), "--into", str(checkout), "--yes"]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (checkout / ".geo-scaffold/cool_widget.json").exists()
    assert [(item.id, item.message) for item in audit(checkout).items if item.state in RED] == []


def test_a_model_whose_code_for_ee_is_a_persons_is_complete_with_the_statements(tmp_path: Path) -> None:
    path = "ee/app/models/ee/cool_widget.rb"
    theirs = "module EE\n  module CoolWidget\n    def hot? = true\n  end\nend\n"
    root = make_checkout(tmp_path / "gitlab", {**CHECKOUT_18, path: theirs})
    new(root, kind="blob", owner="project", **GIVEN)
    decide_sharding(root)
    assert [(item.id, item.message) for item in audit(root).items if item.state in RED] == []
    text = (root / path).read_text()
    for lines, state, message in (
        (
            text.replace("      include ::Geo::VerifiableModel\n", ""),
            State.DIFFERS,
            "lacks `include ::Geo::VerifiableModel`",
        ),
        (text.replace("class_methods", "class_method"), State.DIFFERS, "lacks `class_methods do`, "),
        (
            theirs,
            State.MISSING,
            "lacks `extend ActiveSupport::Concern`, `prepended do`, `include ::Geo::ReplicableModel`",
        ),
        ("module EE\nend\n", State.DIFFERS, "expected `CoolWidget` exactly once, found none"),
    ):
        (root / path).write_text(lines)
        assert {item.id for item in audit(root).items if item.state in RED} == {"model"}
        found = items(audit(root))["model"]
        assert (found.state, found.path) == (state, path)
        assert found.message.startswith(message), found.message


def test_a_model_of_ee_only_that_was_generated_is_complete(tmp_path: Path) -> None:
    files = {path: text for path, text in CHECKOUT_18.items() if path != "app/models/cool_widget.rb"}
    path = "ee/app/models/cool_widget.rb"
    root = make_checkout(tmp_path / "gitlab", {**files, path: "class CoolWidget < ApplicationRecord\nend\n"})
    new(root, kind="repository", owner="project", **GIVEN)
    decide_sharding(root)
    found = {item.id: (item.state, item.path, item.message) for item in audit(root).items}
    assert {id_: each for id_, each in found.items() if each[0] in RED} == {}
    assert found["model"] == (State.DONE, path, "")
    assert found["prepend-mod"][0] is State.NOT_APPLICABLE


SPEC_OF_BLOB = "RSpec.describe Geo::CoolWidgetReplicator do\n  include_examples 'a blob replicator'\nend\n"
BARE = {"app/models/cool_widget.rb": "class CoolWidget < ApplicationRecord\nend\n"}
REGISTRY_TABLE = "CREATE TABLE cool_widget_registry (\n    id bigint NOT NULL{}\n);\n"


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({}, "repository"),
        ({"app/models/cool_widget.rb": "class CoolWidget\n  mount_file_store_uploader CoolUploader\nend\n"}, "blob"),
        ({"app/models/cool_widget.rb": "class CoolWidget\n  STORE_COLUMN = :file_store\nend\n"}, "blob"),
        ({"app/models/cool_widget.rb": "class CoolWidget\n  # mount_uploader :file\nend\n"}, "repository"),
        ({**BARE, "ee/spec/replicators/geo/cool_widget_replicator_spec.rb": SPEC_OF_BLOB}, "blob"),
        ({**BARE, "ee/db/geo/structure.sql": REGISTRY_TABLE.format("")}, "blob"),
        ({**BARE, "ee/db/geo/structure.sql": REGISTRY_TABLE.format(",\n    missing_on_primary boolean")}, "repository"),
        (
            {
                "app/models/cool_widget.rb": "class CoolWidget\n  include HasRepository\nend\n",
                "ee/db/geo/structure.sql": REGISTRY_TABLE.format(""),
            },
            "repository",
        ),
    ],
)
def test_the_kind_of_a_type_without_a_replicator(tmp_path: Path, files: dict[str, str], kind: str) -> None:
    root = make_checkout(tmp_path / "gitlab", {**CHECKOUT_18, **files}, git=False)
    assert audit(root, "CoolWidget").kind == kind


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("  - `CoolCrate`\n  - `Geo::CoolCrateRegistry`\n", "as `CoolCrate`"),
        ("  - `CoolCrate`\n", None),
        ("  - `Geo::CoolCrateRegistry`\n", None),
    ],
)
def test_a_page_that_lists_the_type_under_its_own_name(tmp_path: Path, lines: str, found: str | None) -> None:
    page = "doc/administration/geo/replication/troubleshooting/synchronization_verification.md"
    sources = Sources(Tree(make_checkout(tmp_path, {page: lines}, git=False)), "")
    assert EQUIVALENTS["own-name"]({"registry_class": "Geo::CoolCrateRegistry"}, sources) == found


def test_a_class_that_is_not_there_is_not_taken_for_that_of_a_type_with_its_name(tmp_path: Path) -> None:
    """Else the replicator would be found to have the wrong model, with lines that would give it one."""
    root = make_checkout(tmp_path / "gitlab", CHECKOUT_18)
    new(root, model="Steam::Engine", kind="blob", owner="none")
    (root / ".geo-scaffold/steam_engine.json").unlink()
    report = check(Request(models=("SteamEngine",)), root)
    assert [type_report.model for type_report in report.types] == ["Steam::Engine"]
    assert report.notes == [
        "There is no class SteamEngine: steam_engine is the type of Steam::Engine, which is audited."
    ]
