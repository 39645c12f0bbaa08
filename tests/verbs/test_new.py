"""`new`: complete, idempotent, contradiction-proof, and never over what is a person's."""

import json
from pathlib import Path
from typing import Any

import pytest

from checkouts import CHECKOUT_16
from editions import asked_of
from geo_scaffold.answers import PHASED, Answers
from geo_scaffold.checkout.inflections import AUTOLOADERS
from geo_scaffold.edition import load_manifest
from geo_scaffold.errors import (
    ConfinementError,
    ConflictError,
    ContradictionError,
    InvalidNameError,
    ReceiptError,
    UsageError,
    WriteError,
)
from geo_scaffold.kinds import of_models
from geo_scaffold.operations import Status
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.new import Selection
from geo_scaffold.verbs.plan import Choice

from .conftest import NOW, OTHER_TIME, always, commit_all, git, make_checkout, new, picture, plan, undo

RECEIPT = "cool_widget/.geo-scaffold/cool_widget.json"
FINDER = "cool_widget/gitlab/ee/app/finders/geo/cool_widget_registry_finder.rb"
DICTIONARY = "cool_widget/gitlab/db/docs/cool_widget_states.yml"


def tasks(folder: Path) -> list[str]:
    text = (folder / "cool_widget/CHECKLIST.md").read_text()
    return [line.strip() for line in text.splitlines() if line.lstrip().startswith(("- [ ] ", "- [x] "))]


@pytest.mark.parametrize("kind", of_models())
def test_on_its_own_it_writes_the_files_a_checklist_and_a_receipt(tmp_path: Path, kind: str) -> None:
    made = new(tmp_path, kind=kind)
    files = [path for path, content in picture(tmp_path / "cool_widget").items() if content is not None]
    asked = {path for id_, path in asked_of(made) if (tmp_path / "cool_widget" / path).is_file()}
    assert {path for path in files if path.startswith("gitlab/")} == asked
    assert {step.operation.path for step in made.steps if not step.is_entry} - asked == {
        path for path in files if path.startswith("runtime/") or path == "CHECKLIST.md"
    }
    assert {path for path in files if not path.startswith(("gitlab/", "runtime/"))} == {
        "CHECKLIST.md",
        ".geo-scaffold/cool_widget.json",
    }
    boxes = [box for artifact in load_manifest(made.edition) if artifact.asked_of(kind) for box in artifact.boxes]
    assert len(tasks(tmp_path)) == len(boxes)
    migration = tmp_path / f"cool_widget/gitlab/ee/db/geo/schema_migrations/{NOW}"
    assert migration.read_text() == "a980a9464cdd55925b8e1ccefe3fe2698353eeca9614c728e5ba5ffb78ce5cf8"


def runtime_files(folder: Path) -> list[str]:
    return [path for path in picture(folder) if path.startswith("runtime/") and path.endswith((".py", ".yml", ".md"))]


def test_on_its_own_it_makes_the_runtime_unless_that_is_refused(tmp_path: Path) -> None:
    new(tmp_path)
    assert "runtime/cool_widgets/__init__.py" in runtime_files(tmp_path / "cool_widget")
    with pytest.raises(ContradictionError, match="--runtime is now off, but was on"):
        plan(tmp_path, runtime=False)
    undo(tmp_path)
    assert picture(tmp_path) == {}
    new(tmp_path, runtime=False)
    assert runtime_files(tmp_path / "cool_widget") == []
    with pytest.raises(ContradictionError, match="--runtime is now on, but was off"):
        plan(tmp_path, runtime=True)


def test_a_checkout_gets_the_runtime_only_on_demand(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path, CHECKOUT_16)
    before = picture(checkout)
    new(checkout)
    assert runtime_files(checkout) == []
    new(checkout, runtime=True)
    made = runtime_files(checkout)
    assert "runtime/cool_widgets/migrations/main/" + f"{NOW}_create_cool_widget_states.py" in made
    again = new(checkout, now=OTHER_TIME)
    assert again.tree.changes() == ()
    undo(checkout)
    assert picture(checkout) == before


def test_parts_of_the_runtime_can_be_chosen(tmp_path: Path) -> None:
    new(tmp_path, selection=Selection(only=frozenset({"runtime-finder"})))
    assert runtime_files(tmp_path / "cool_widget") == ["runtime/cool_widgets/finder.py"]
    new(tmp_path, selection=Selection(skip=frozenset({"runtime-spec"})))
    assert len(runtime_files(tmp_path / "cool_widget")) == 14


def test_a_table_that_the_runtime_has_itself_leaves_it_out(tmp_path: Path) -> None:
    made = new(tmp_path, model="Project")
    assert runtime_files(tmp_path / "project") == []
    assert [note for note in made.notes if "has a table projects itself" in note]


def test_ticks_stand_where_the_tool_did_it(tmp_path: Path) -> None:
    new(tmp_path)
    ticked = [line for line in tasks(tmp_path) if line.startswith("- [x]")]
    assert "registry-migration" in ticked[0]
    assert not [line for line in ticked if "dictionary" in line]  # they hold placeholders
    assert not [line for line in ticked if "replicator-classes" in line or "push-events" in line]
    assert not [line for line in ticked if "selective-sync`" in line]
    undo(tmp_path)
    new(tmp_path, milestone="16.3", merge_request="https://gitlab.com/g/p/-/merge_requests/1", owner="project")
    ticked = [line for line in tasks(tmp_path) if line.startswith("- [x]")]
    assert len([line for line in ticked if "dictionary" in line]) == 2
    assert len([line for line in ticked if "selective-sync`" in line]) == 1


def test_a_second_run_plans_nothing_and_changes_no_byte(tmp_path: Path) -> None:
    new(tmp_path, owner="group", milestone="16.3")
    before = picture(tmp_path)
    again = new(tmp_path, now=OTHER_TIME)
    assert again.tree.changes() == ()
    assert picture(tmp_path) == before
    assert {step.outcome.status for step in again.steps} == {Status.UNCHANGED, Status.OPEN}
    inside = new(tmp_path / "cool_widget", now=OTHER_TIME)
    assert inside.tree.changes() == ()
    assert inside.target == again.target


@pytest.mark.parametrize("model", ["CoolWidget", "::CoolWidget", " CoolWidget"])
def test_undo_leaves_nothing_behind(tmp_path: Path, model: str) -> None:
    new(tmp_path)
    undo(tmp_path, model)
    assert picture(tmp_path) == {}


def test_what_was_given_is_given_once(tmp_path: Path) -> None:
    first = new(tmp_path, model="Upload", kind="blob", spellings={"registry_table": "file_registry"}, acronyms=("XYZ",))
    again = plan(tmp_path, model="Upload", now=OTHER_TIME)
    assert again.answers == first.answers
    assert again.answers.timestamp == NOW
    assert again.tree.changes() == ()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "blob"}, "--kind is now blob, but was repository"),
        ({"gitlab": "18.9"}, "--gitlab 18.9 means edition 18, but edition 16 was generated"),
    ],
)
def test_what_a_receipt_fixes_is_not_answered_differently(tmp_path: Path, given: dict[str, Any], message: str) -> None:
    new(tmp_path, owner="project", gitlab="16.3")
    before = picture(tmp_path)
    with pytest.raises(ContradictionError, match=message):
        plan(tmp_path, **given)
    assert picture(tmp_path) == before


def test_another_name_is_another_type_but_not_in_a_checkout(tmp_path: Path, checkout: Path) -> None:
    new(tmp_path, name="cool_widget")
    assert plan(tmp_path, name="cool_gadget").names["name"] == "cool_gadget"
    new(checkout)
    with pytest.raises(ContradictionError, match="--name is now cool_gadget, but was cool_widget"):
        plan(checkout, name="cool_gadget")


def test_an_answer_that_nobody_gave_may_be_filled_in(tmp_path: Path) -> None:
    first = new(tmp_path)
    assert set(first.open_answers()) == {"merge_request", "milestone"}
    untouched = (tmp_path / FINDER).stat().st_mtime_ns
    second = new(tmp_path, milestone="16.3", spellings={"title": "Gadget"}, owner="none")
    assert set(second.open_answers()) == {"merge_request"}
    assert "milestone: '16.3'" in (tmp_path / DICTIONARY).read_text()
    assert (tmp_path / FINDER).stat().st_mtime_ns == untouched
    assert plan(tmp_path).tree.changes() == ()
    more = plan(tmp_path, spellings={"human": "Cool gadget"})
    assert more.answers.spellings == {"title": "Gadget", "human": "Cool gadget"}


def test_a_file_that_a_person_edited_is_theirs(tmp_path: Path) -> None:
    new(tmp_path)
    (tmp_path / FINDER).write_text("# mine\n")
    again = new(tmp_path)
    assert again.tree.changes() == ()
    assert [s.outcome for s in again.steps if s.operation.id == "finder"] == [
        (Status.UNCHANGED, "edited since, kept as it is")
    ]


def test_answers_are_filled_in_among_the_edits_of_a_person(tmp_path: Path) -> None:
    new(tmp_path)
    dictionary, registry = (
        tmp_path / DICTIONARY,
        tmp_path / DICTIONARY.replace("db/docs", "ee/db/geo/docs").replace("states", "registry"),
    )
    dictionary.write_text(dictionary.read_text().replace("description: Separate", "description: My") + "# mine\n")
    registry.write_text(registry.read_text().replace("XX.Y", "16.2"))
    checklist = tmp_path / "cool_widget/CHECKLIST.md"
    made = plan(tmp_path, milestone="16.3")
    assert [s.operation.id for s in made.with_status(Status.CONFLICT)] == ["registry-dictionary"]
    new(tmp_path, milestone="16.3", decide=always(Choice.SKIP))
    assert "milestone: '16.3'" in dictionary.read_text()
    assert "description: My table" in dictionary.read_text()
    assert dictionary.read_text().endswith("# mine\n")
    assert "milestone: '16.2'" in registry.read_text()
    assert "16.3" in checklist.read_text()
    assert plan(tmp_path).with_status(Status.PLANNED) == []


@pytest.mark.parametrize(
    "given", [{"title": "Kool Widget"}, {"spellings": {"graphql_field": "foo_registries"}}, {"owner": "group"}]
)
def test_an_entry_that_is_rendered_differently_replaces_the_earlier_one(checkout: Path, given: dict[str, Any]) -> None:
    before = picture(checkout)
    new(checkout, **given)
    at_once = picture(checkout)
    undo(checkout)
    new(checkout)
    new(checkout, **given)
    in_steps = picture(checkout)
    assert {path for path in at_once if at_once[path] != in_steps[path]} <= {".geo-scaffold/cool_widget.json"}
    assert plan(checkout).tree.changes() == ()
    undo(checkout)
    assert picture(checkout) == before


def test_a_file_that_a_person_deleted_is_made_again(tmp_path: Path) -> None:
    new(tmp_path)
    before = picture(tmp_path)
    (tmp_path / FINDER).unlink()
    new(tmp_path)
    assert picture(tmp_path) == before


@pytest.mark.parametrize("choice", [Choice.SKIP, Choice.FORCE])
def test_a_file_of_somebody_else(tmp_path: Path, choice: Choice) -> None:
    theirs = tmp_path / FINDER
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"\xfftheirs\r\n")
    before = picture(tmp_path)
    refused = plan(tmp_path)
    assert [step.operation.id for step in refused.with_status(Status.CONFLICT)] == ["finder"]
    made = new(tmp_path, decide=always(choice))
    step = next(step for step in made.steps if step.operation.id == "finder")
    if choice is Choice.SKIP:
        assert step.outcome.status is Status.SKIPPED
        assert theirs.read_bytes() == b"\xfftheirs\r\n"
    else:
        assert "class CoolWidgetRegistryFinder" in theirs.read_text()
        assert plan(tmp_path).tree.changes() == ()
    undo(tmp_path)
    assert picture(tmp_path) == before


def test_what_the_user_edits_in_the_menu_is_written_and_undone(tmp_path: Path) -> None:
    theirs = tmp_path / FINDER
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"theirs")
    before = picture(tmp_path)
    new(tmp_path, decide=always(Choice.FORCE, b"both"))
    assert theirs.read_bytes() == b"both"
    assert plan(tmp_path).tree.changes() == ()
    undo(tmp_path)
    assert picture(tmp_path) == before


def test_a_file_that_is_already_right_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    new(tmp_path / "elsewhere")
    right = (tmp_path / "elsewhere" / FINDER).read_bytes()
    theirs = tmp_path / FINDER
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(right)
    made = new(tmp_path)
    assert [s.outcome.status for s in made.steps if s.operation.id == "finder"] == [Status.UNCHANGED]
    undo(tmp_path)
    assert theirs.read_bytes() == right


def test_only_skip_and_phase(tmp_path: Path) -> None:
    part = new(tmp_path, selection=Selection(only=frozenset({"finder", "resolver"}), skip=frozenset({"resolver"})))
    planned = {step.operation.id for step in part.with_status(Status.PLANNED)}
    assert planned == {"finder", "checklist"}
    assert len([path for path in picture(tmp_path) if path.endswith(".rb")]) == 1
    schema = new(tmp_path, selection=Selection(phases=(Phase.SCHEMA,)))
    assert {step.artifact.phase for step in schema.steps if step.artifact} == {Phase.SCHEMA}
    ticked = [line for line in tasks(tmp_path) if line.startswith("- [x]")]
    assert [line for line in ticked if "`finder`" in line]
    assert not [line for line in ticked if "`resolver`" in line]
    assert json.loads((tmp_path / RECEIPT).read_text())["phases"] == ["schema", "implementation"]
    new(tmp_path)
    whole = picture(tmp_path)
    undo(tmp_path)
    assert picture(tmp_path) == {}
    new(tmp_path)
    again = picture(tmp_path)
    # In steps or at once: the same files; the receipt lists them in the order in which they were written.
    assert {path for path in whole if whole[path] != again[path]} == {RECEIPT}
    assert whole.keys() == again.keys()


@pytest.mark.parametrize("kind", ["repository", "blob"])
def test_each_merge_request_of_a_checkout_is_applied_alone(checkout: Path, kind: str) -> None:
    before = picture(checkout)
    new(checkout, kind=kind, owner="project")
    at_once = picture(checkout)
    undo(checkout)
    for phase in (Phase.SCHEMA, Phase.IMPLEMENTATION):
        earlier = picture(checkout)
        alone = Selection(phases=(phase,))
        made = new(checkout, kind=kind, owner="project", selection=alone)
        assert {step.outcome.status for step in made.steps} == {Status.PLANNED}
        assert {step.artifact.phase for step in made.steps if step.artifact} == {phase}
        now = picture(checkout)
        changed = {path for path, content in now.items() if content and content != earlier.get(path)}
        changed.remove(".geo-scaffold/cool_widget.json")
        assert {path.startswith(("db/", "ee/db/")) for path in changed} == {phase is Phase.SCHEMA}
        assert plan(checkout, now=OTHER_TIME, selection=alone).tree.changes() == ()
    in_steps = picture(checkout)
    assert {path for path in at_once if at_once[path] != in_steps.get(path)} <= {".geo-scaffold/cool_widget.json"}
    undo(checkout)
    assert picture(checkout) == before


def test_an_id_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--only 'findr' is not the id of an artifact") as caught:
        plan(tmp_path, selection=Selection(only=frozenset({"findr"})))
    assert "finder" in (caught.value.remedy or "")
    with pytest.raises(UsageError, match="--skip 'x' is not the id of an artifact"):
        plan(tmp_path, selection=Selection(skip=frozenset({"x"})))


@pytest.mark.parametrize(
    ("phase", "id_", "where"),
    [
        ("schema", "finder", "new --phase implementation"),
        ("release", "model", "new --phase implementation"),
        ("implementation", "release-flag", "release"),
        ("implementation", "states-migration", "new --phase schema"),
    ],
)
def test_an_id_of_another_phase_is_refused(checkout: Path, phase: str, id_: str, where: str) -> None:
    selection = Selection(phases=(Phase(phase),), only=frozenset({id_}))
    with pytest.raises(UsageError, match=f"--only {id_} is in the phase .*, and this run is for {phase}") as caught:
        plan(checkout, selection=selection)
    assert caught.value.remedy == f"Use geo-scaffold {where}, or leave it out"


def test_an_id_of_the_other_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'object-storage' is not the id of an artifact of this kind"):
        plan(tmp_path, selection=Selection(only=frozenset({"object-storage"})))


@pytest.mark.parametrize(
    "answers",
    [
        {"kind": "container"},
        {"kind": "Blob"},
        {"owner": "nobody"},
        {"milestone": "16"},
        {"milestone": "16.3'\nfoo: bar"},
        {"group": "geo"},
        {"group": "group::geo\n- evil"},
        {"merge_request": "javascript:alert(1)"},
        {"merge_request": "https://gitlab.com/a b"},
        {"merge_request": "https://gitlab.com/x\ny: z"},
        {"merge_request": "#12"},
        {"merge_request": "!012"},
        {"feature_issue": "!12"},
        {"rollout_issue": "https://gitlab.com/x y"},
        {"timestamp": "2023"},
        {"timestamp": "20230231000000"},
        {"timestamp": "20230101000000\n"},
        {"timestamp": "२०२३०१०१००००००"},
        {"gitlab": "sixteen"},
    ],
)
def test_an_answer_that_could_break_out_of_a_template_is_refused(answers: dict[str, Any]) -> None:
    phased = {key: answers[key] for key in answers if key in PHASED}
    with pytest.raises(UsageError) as caught:
        Answers(model="CoolWidget", **{key: answers[key] for key in answers if key not in PHASED}).in_phases(
            ["schema"], **phased
        )
    assert "\n" not in caught.value.message
    assert caught.value.remedy


def test_any_folder_of_a_checkout_means_the_checkout(checkout: Path) -> None:
    for into in (checkout, checkout / "app/models", checkout / "ee"):
        made = plan(into)
        assert made.target.root == checkout
        assert made.target.prefix == ""
        assert not [step for step in made.steps if step.operation.id == "checklist"]


@pytest.mark.parametrize(("kind", "count"), [("repository", 38), ("blob", 39)])
def test_a_checkout_gets_every_file_and_every_entry_and_gives_them_back(checkout: Path, kind: str, count: int) -> None:
    before = picture(checkout)
    made = new(checkout, kind=kind, owner="project")
    assert len(made.steps) == count
    assert {step.outcome.status for step in made.steps} == {Status.PLANNED}
    after = picture(checkout)
    assert {path for path, content in before.items() if content is not None and after[path] == content} == {
        "VERSION",
        "doc/administration/geo/replication/datatypes.md",
        "ee/spec/support/helpers/ee/geo_helpers.rb",
    }
    again = new(checkout / "app", now=OTHER_TIME)
    assert {step.outcome.status for step in again.steps} == {Status.UNCHANGED}
    assert picture(checkout) == after
    undo(checkout / "app")
    assert picture(checkout) == before


def test_the_entries_of_a_checkout(checkout: Path, snapshot: Any) -> None:
    before = picture(checkout)
    made = new(checkout, factory="shiny_widget")
    after = picture(checkout)
    snapshot.snapshot_dir = Path(__file__).parent / "snapshots/entries"
    changed = {path: content for path, content in after.items() if content and before.get(path, content) != content}
    entries = {path for _, path in asked_of(made) if before.get(path) is not None}
    assert changed.keys() == entries
    for path, content in changed.items():
        snapshot.assert_match(content, path.replace("/", "__"))


def test_the_milestone_of_a_checkout_is_its_version(checkout: Path) -> None:
    assert new(checkout).open_answers().keys() == {"merge_request"}
    assert "milestone: '16.3'" in (checkout / "db/docs/cool_widget_states.yml").read_text()


def test_entries_are_taken_out_from_among_later_edits(checkout: Path) -> None:
    new(checkout)
    path = checkout / "ee/lib/gitlab/geo.rb"
    path.write_text(path.read_text().replace("    ].freeze", "      # ours\n    ].freeze").replace("Boiler", "Kettle"))
    (checkout / "app/models/cool_widget.rb").write_text("class CoolWidget\nend\n\nCoolWidget.prepend_mod\n# mine\n")
    undo(checkout)
    assert "CoolWidget" not in path.read_text()
    assert "::Geo::KettleReplicator" in path.read_text()
    assert (checkout / "app/models/cool_widget.rb").read_text() == "class CoolWidget\nend\n\n# mine\n"


def test_an_entry_that_was_there_is_not_ours(checkout: Path) -> None:
    path = checkout / "ee/lib/gitlab/geo.rb"
    path.write_text(path.read_text().replace("      ::Geo::P", "      Geo::CoolWidgetReplicator,\n      ::Geo::P"))
    theirs = path.read_text()
    made = new(checkout)
    assert [s.outcome.status for s in made.steps if s.operation.id == "replicator-classes"] == [Status.UNCHANGED]
    undo(checkout)
    assert path.read_text() == theirs


def test_what_is_not_there_is_open_and_what_exists_more_than_once_is_blocked(checkout: Path) -> None:
    (checkout / "doc/api/geo_nodes.md").unlink()
    path = checkout / "ee/lib/gitlab/geo.rb"
    path.write_text(path.read_text().replace("REPLICATOR_CLASSES", "REPLICATORS"))
    made = plan(checkout)
    assert [step.operation.id for step in made.with_status(Status.OPEN)] == ["status-docs"]
    (blocked,) = made.with_status(Status.BLOCKED)
    assert blocked.operation.id == "replicator-classes"
    assert "REPLICATOR_CLASSES" in blocked.outcome.message
    assert blocked.snippet == "::Geo::CoolWidgetReplicator\n"


def test_the_factory_is_modified_where_it_exists(checkout: Path) -> None:
    factory = checkout / "ee/spec/factories/cool_widgets.rb"
    new(checkout)
    assert "FactoryBot.define do" in factory.read_text()
    undo(checkout)
    (checkout / "spec/factories").mkdir()
    (checkout / "spec/factories/cool_widgets.rb").write_text("FactoryBot.define { factory :cool_widget }\n")
    new(checkout)
    assert "FactoryBot.modify do" in factory.read_text()


def test_two_types_live_side_by_side(tmp_path: Path) -> None:
    new(tmp_path, model="Packages::Cargo::Crate", kind="blob")
    alone = picture(tmp_path)
    new(tmp_path)
    undo(tmp_path)
    assert picture(tmp_path) == alone


def test_a_replicable_name_belongs_to_one_model(checkout: Path) -> None:
    new(checkout)
    with pytest.raises(ContradictionError, match="the replicable name cool_widget belongs to CoolWidget here"):
        plan(checkout, model="Cool::Widget", kind="repository")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"schema": 2}', b'{"schema": 1}', b"\xff", b'{"schema": 1, "model": 3}']
)
def test_a_broken_receipt_is_an_error_with_a_remedy(tmp_path: Path, content: bytes) -> None:
    new(tmp_path)
    (tmp_path / RECEIPT).write_bytes(content)
    before = picture(tmp_path)
    for verb in (plan, undo):
        with pytest.raises(ReceiptError) as caught:
            verb(tmp_path)
        assert caught.value.path == ".geo-scaffold/cool_widget.json"
        assert caught.value.remedy
    assert picture(tmp_path) == before


def test_a_file_a_link_or_a_missing_folder_where_the_folder_is_needed(tmp_path: Path) -> None:
    (tmp_path / "cool_widget").write_text("a file")
    with pytest.raises(WriteError, match="cool_widget is a file, where a folder is needed"):
        plan(tmp_path)
    (tmp_path / "cool_widget").unlink()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "cool_widget").symlink_to("elsewhere")
    with pytest.raises(ConfinementError, match="cool_widget is a symbolic link"):
        plan(tmp_path)
    with pytest.raises(UsageError, match="is not a folder"):
        plan(tmp_path / "nowhere")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_link_out_of_the_checkout_is_refused(checkout: Path) -> None:
    outside = checkout.parent / "outside"
    outside.mkdir()
    (checkout / "db/docs").symlink_to(outside)
    with pytest.raises(ConfinementError, match="db/docs is a symbolic link"):
        plan(checkout)
    assert list(outside.iterdir()) == []


def test_a_class_whose_file_the_autoloader_knows_by_another_name_is_taken(checkout: Path) -> None:
    autoloaders = checkout / AUTOLOADERS
    autoloaders.write_text("Rails.autoloaders.main.inflector.inflect('dns_record' => 'DNSRecord')\n")
    made = new(checkout, model="DNSRecord", kind="blob")
    assert made.names["replicator_class"] == "Geo::DnsRecordReplicator"
    state = (checkout / "ee/app/models/geo/dns_record_state.rb").read_text()
    assert "belongs_to :dns_record, inverse_of: :dns_record_state, class_name: 'DNSRecord'\n" in state
    with pytest.raises(InvalidNameError, match=r"'DnsRecord' does not survive.* then DNSRecord"):
        plan(checkout, model="DnsRecord", kind="blob")


def test_the_inflections_of_the_checkout_apply(checkout: Path, tmp_path: Path) -> None:
    initializer = checkout / "config/initializers_before_autoloader/000_inflections.rb"
    with pytest.raises(InvalidNameError, match="'DNSRecord' does not survive"):
        plan(checkout, model="DNSRecord")
    text = initializer.read_text()
    declared = "  inflect.acronym 'DNS'\n  inflect.irregular 'gizmo', 'gizmata'\n  inflect.acronym WORD\nend\n"
    initializer.write_text(text.removesuffix("end\n") + declared)
    made = new(checkout, model="DNSRecord", kind="blob")
    assert made.names["replicator_class"] == "Geo::DNSRecordReplicator"
    note, absence = made.notes
    assert absence.startswith("there is no app/models/dns_record.rb; ")
    assert note.endswith("000_inflections.rb: not read, only Ruby can: line 10: inflect.acronym WORD")
    assert plan(checkout, model="CoolGizmo", kind="blob").names["table"] == "cool_gizmata"
    assert plan(checkout, model="CoolGizmo", kind="blob", default_acronyms=False).names["table"] == "cool_gizmos"
    (tmp_path / "elsewhere").mkdir()
    assert plan(tmp_path / "elsewhere", model="CoolGizmo").names["table"] == "cool_gizmos"
    before = picture(checkout)
    assert new(checkout, model="DNSRecord").tree.changes() == ()
    assert picture(checkout) == before
    undo(checkout, "DNSRecord")
    assert initializer.read_text().endswith(declared)


def test_a_second_migration_of_the_same_name_is_refused(checkout: Path) -> None:
    path = checkout / "db/migrate/20220202000000_create_cool_widget_states.rb"
    path.parent.mkdir()
    path.write_text("class CreateCoolWidgetStates\nend\n")
    with pytest.raises(ConflictError, match="a migration with this name") as caught:
        plan(checkout)
    assert caught.value.path == "db/migrate/20220202000000_create_cool_widget_states.rb"
    assert "--timestamp 20220202000000" in (caught.value.remedy or "")
    conflicting = plan(checkout, timestamp="20220202000000").with_status(Status.CONFLICT)
    assert [step.operation.id for step in conflicting] == ["states-migration"]


def test_what_only_a_person_can_do_is_named(checkout: Path) -> None:
    decisions = set(new(checkout).decisions)
    assert decisions >= {"selective-sync", "push-events", "git-access", "batch-destroy", "review-query-plans"}
    assert "rollout-issue" not in decisions
    assert "selective-sync" not in plan(checkout, owner="project").decisions


def test_a_file_with_conflict_markers_is_not_edited(checkout: Path) -> None:
    path = checkout / "ee/lib/gitlab/geo.rb"
    path.write_text(f"<<<<<<< ours\n{path.read_text()}=======\n>>>>>>> theirs\n")
    (blocked,) = plan(checkout).with_status(Status.BLOCKED)
    assert blocked.outcome.message == (
        "the file has merge conflict markers: keep one side entirely, then run this again"
    )


def test_inside_the_folder_it_is_found(tmp_path: Path) -> None:
    new(tmp_path)
    assert plan(tmp_path / "cool_widget/gitlab/ee/app").tree.changes() == ()


def test_a_version_that_is_not_one(checkout: Path) -> None:
    (checkout / "VERSION").write_text("garbage\n")
    with pytest.raises(UsageError, match="VERSION says 'garbage'"):
        plan(checkout)


@pytest.mark.parametrize("mount", ["mount_uploader :file, X", "mount_file_store_uploader X", "# mount_uploader :file"])
def test_an_uploader_is_mounted_once(checkout: Path, mount: str) -> None:
    model = checkout / "app/models/cool_widget.rb"
    model.write_text(model.read_text().replace("  belongs_to", f"  {mount}\n\n  belongs_to"))
    new(checkout, kind="blob")
    mixin = (checkout / "ee/app/models/ee/cool_widget.rb").read_text()
    assert ("mount_uploader :file, ::CoolWidgetUploader" in mixin) is mount.startswith("#")


def test_the_name_of_a_merged_migration_is_not_free(tmp_path: Path) -> None:
    """Its timestamp would only lead to working on that table."""
    old = "db/migrate/20200707210300_create_cool_widget_states.rb"
    files = {**CHECKOUT_16, old: "class CreateCoolWidgetStates < Gitlab::Database::Migration[2.1]\nend\n"}
    root = make_checkout(tmp_path / "gitlab", files)
    git(root, "checkout", "-q", "-b", "master")
    commit_all(root)
    with pytest.raises(ConflictError) as caught:
        new(root)
    assert caught.value.remedy == "Give --timestamp 20200707210300, or move that migration away"
    git(root, "checkout", "-q", "-b", "type")
    with pytest.raises(ConflictError) as caught:
        new(root)
    assert (caught.value.path, caught.value.remedy) == (old, "It is merged: give another --name")
