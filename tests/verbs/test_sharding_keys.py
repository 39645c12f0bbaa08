"""The sharding keys of the table of states: columns that a trigger copies from the model's table."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from checkout.invented import FILES as INVENTED
from checkouts import CHECKOUT_18
from geo_scaffold.editors.sql.statements import Statements
from geo_scaffold.errors import ConflictError, UsageError
from geo_scaffold.operations import Status
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.checklist import Request, State, check
from geo_scaffold.verbs.mr import describe, message_for, work_on
from geo_scaffold.verbs.mr.commits import plan_commit
from geo_scaffold.verbs.undo import Fate

from .conftest import NOW, OTHER_TIME, commit_all, git, make_checkout, new, picture, plan, undo

MERGE_REQUEST: Final = "https://gitlab.com/g/p/-/merge_requests/1"
ONE, TWO, KEYED = "Gadgets::Concerned", "SharedByTwo", "Keyed"
COUNT: Final = "    CONSTRAINT check_0123456789 CHECK ((num_nonnulls(group_id, project_id) >= 1)),\n"


def files(**changed: str) -> dict[str, str]:
    structure = CHECKOUT_18["db/structure.sql"] + INVENTED["db/structure.sql"]
    return {
        **CHECKOUT_18,
        **INVENTED,
        "db/structure.sql": structure,
        "ee/spec/uploaders/every_gitlab_uploader_spec.rb": CHECKOUT_18[
            "ee/spec/uploaders/every_gitlab_uploader_spec.rb"
        ],
        "db/gitlab_schemas/gitlab_main_org.yaml": "name: gitlab_main_org\nrequire_sharding_key: true\n",
        "db/gitlab_schemas/gitlab_main_cell_local.yaml": "name: gitlab_main_cell_local\nrequire_sharding_key: false\n",
        "db/docs/keyeds.yml": INVENTED["db/docs/keyeds.yml"] + "sharding_key:\n  project_id: projects\n",
        SHARDING: (
            "RSpec.describe 'new tables missing sharding_key' do\n  let(:allowed_to_be_missing_foreign_key) do\n    [\n"
            "      'boilers.project_id', # LFK already present\n      'ovens.group_id'\n    ]\n  end\nend\n"
        ),
        SCHEMA: (
            "RSpec.describe 'Database schema' do\n  let(:ignored_fk_columns_map) do\n    {\n"
            "      boilers: %w[project_id], # LFK already present\n      ovens: %w[group_id]\n"
            "    }.with_indifferent_access.freeze\n  end\nend\n"
        ),
        "rubocop/rubocop-migrations.yml": (
            "---\nMigration/UpdateLargeTable:\n  Enabled: true\n  LargeTables:\n  - :namespaces\n"
        ),
        **changed,
    }


SHARDING: Final = "spec/lib/gitlab/organizations/sharding_key_spec.rb"
SCHEMA: Final = "spec/db/schema_spec.rb"
LOOSE: Final = "config/gitlab_loose_foreign_keys.yml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "gitlab", files())


def generated_files(root: Path, model: str, **answers: Any) -> Mapping[str, str]:
    """Generate a type; return its files of the main database, with placeholders for their versions."""
    before = picture(root)
    new(root, model=model, **answers)
    after = {path: content for path, content in picture(root).items() if content is not None}
    changed = {
        path: each.decode() for path, each in after.items() if path.startswith("db/") and before.get(path) != each
    }
    versions = sorted({version for path in changed for version in re.findall(r"\d{14}", path)})
    return {re.sub(r"\d{14}", lambda found: f"<{versions.index(found[0])}>", path): changed[path] for path in changed}


def without_receipt(root: Path) -> dict[str, bytes | None]:
    return {path: each for path, each in picture(root).items() if not path.startswith(".geo-scaffold")}


def trigger(table: str, column: str) -> str:
    return f"trigger_{hashlib.sha256(f'{table}_assign_{column}'.encode()).hexdigest()[:12]}"


def test_one_key_is_required_indexed_and_filled(root: Path) -> None:
    written = generated_files(root, ONE)
    migration = written["db/migrate/<0>_create_gadgets_concerned_states.rb"]
    assert "      t.bigint :project_id, null: false\n" in migration
    assert "      t.index :project_id, name: PROJECT_ID_INDEX_NAME\n" in migration
    assert "disable_ddl_transaction!" not in migration
    assert (
        "sharding_key:\n  project_id: projects\ntable_size: small\n" in written["db/docs/gadgets_concerned_states.yml"]
    )
    filling = written["db/migrate/<1>_add_gadgets_concerned_states_project_id_sharding_key_trigger.rb"]
    assert "class AddGadgetsConcernedStatesProjectIdShardingKeyTrigger < Gitlab::Database::Migration[2.3]" in filling
    assert "parent_table_primary_key" not in filling
    structure, name = written["db/structure.sql"], trigger("gadgets_concerned_states", "project_id")
    assert (
        "    gadgets_concerned_id bigint NOT NULL,\n    project_id bigint NOT NULL,\n    verification_state"
        in structure
    )
    index = "CREATE INDEX index_gadgets_concerned_states_on_project_id ON gadgets_concerned_states USING btree"
    assert f"{index} (project_id);" in structure
    assert f"CREATE FUNCTION {name}() RETURNS trigger\n    LANGUAGE plpgsql\n    AS $$\nBEGIN\n" in structure
    assert f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON gadgets_concerned_states FOR EACH ROW" in structure
    versions = sorted(path.name[:14] for path in (root / "db/migrate").iterdir())
    assert written["db/schema_migrations/<1>"] == hashlib.sha256(versions[1].encode()).hexdigest()


def test_of_several_keys_as_many_are_there_as_the_models_table_has(root: Path) -> None:
    path = root / "db/structure.sql"
    path.write_text(
        path.read_text().replace("CREATE TABLE shared_by_twos (\n", f"CREATE TABLE shared_by_twos (\n{COUNT}")
    )
    written = generated_files(root, TWO)
    migration = written["db/migrate/<0>_create_shared_by_two_states.rb"]
    assert "      t.bigint :project_id\n      t.bigint :group_id\n" in migration
    assert "  disable_ddl_transaction!\n\n  milestone" in migration
    assert "      :project_id, :group_id,\n      operator: '>=', limit: 1\n" in migration
    constraint = hashlib.sha256(b"shared_by_two_states_group_id_project_id_check_num_nonnulls").hexdigest()[:10]
    structure = written["db/structure.sql"]
    assert f"CONSTRAINT check_{constraint} CHECK ((num_nonnulls(group_id, project_id) >= 1))" in structure
    assert "    project_id bigint,\n    group_id bigint,\n" in structure
    for number, column in enumerate(("project_id", "group_id"), 1):
        path_ = f"db/migrate/<{number}>_add_shared_by_two_states_{column}_sharding_key_trigger.rb"
        assert f"sharding_key: :{column}," in written[path_]
        assert structure.count(f"CREATE TRIGGER {trigger('shared_by_two_states', column)} ") == 1
        assert written[f"db/schema_migrations/<{number}>"]
    model = (root / "ee/app/models/ee/shared_by_two.rb").read_text()
    assert "scope :project_id_in, ->(ids) { where(project_id: ids) }" in model
    assert "scope :group_id_in, ->(ids) { where(group_id: ids) }" in model
    assert ".where(project_id:" in model
    assert "where(group_id:" in model


def test_without_another_word_of_several_keys_exactly_one_is_there(root: Path) -> None:
    migration = generated_files(root, TWO)["db/migrate/<0>_create_shared_by_two_states.rb"]
    assert "      :project_id, :group_id\n    )\n" in migration


def test_a_key_has_the_type_of_the_models_own(root: Path) -> None:
    path = root / "db/structure.sql"
    text = path.read_text()
    start = text.index("CREATE TABLE gadgets_concerneds (")
    path.write_text(text[:start] + text[start:].replace("project_id bigint", "project_id integer", 1))
    written = generated_files(root, ONE)
    assert "t.integer :project_id, null: false" in written["db/migrate/<0>_create_gadgets_concerned_states.rb"]
    assert "    project_id integer NOT NULL,\n" in written["db/structure.sql"]


def test_a_primary_key_of_another_name_is_referred_to_as_it_is(root: Path) -> None:
    written = generated_files(root, KEYED, owner="project")
    assert "primary_key: :project_id, on_delete: :cascade }" in written["db/migrate/<0>_create_keyed_states.rb"]
    filling = written["db/migrate/<1>_add_keyed_states_project_id_sharding_key_trigger.rb"]
    assert filling.count("parent_table_primary_key: :project_id,") == 2
    assert "(keyed_id) REFERENCES keyeds(project_id) ON DELETE CASCADE;" in written["db/structure.sql"]
    assert '  WHERE "keyeds"."project_id" = NEW."keyed_id";\n' in written["db/structure.sql"]
    assert "(:id)" not in (root / "ee/spec/models/ee/keyed_spec.rb").read_text()


def test_tables_of_a_schema_that_needs_none_have_none(root: Path) -> None:
    path = root / "db/docs/gadgets_concerneds.yml"
    path.write_text(path.read_text().replace("gitlab_main_org", "gitlab_main_cell_local"))
    written = generated_files(root, ONE)
    assert "sharding_key" not in written["db/docs/gadgets_concerned_states.yml"]
    assert not [each for each in written if "sharding_key" in each]


def test_a_key_of_organizations_says_that_rows_are_moved_between_them_where_the_models_does(root: Path) -> None:
    path = root / "db/docs/gadgets_concerneds.yml"
    text = path.read_text().replace("project_id: projects", "project_id: organizations")
    path.write_text(f"{text}organization_transfer_support: supported\n")
    dictionary = generated_files(root, ONE)["db/docs/gadgets_concerned_states.yml"]
    assert "  project_id: organizations\norganization_transfer_support: todo\n" in dictionary


@pytest.mark.parametrize("reason", ["a key is there already and what it says is deleted in cascades" * 2, "short"])
def test_a_reason_that_is_too_long_for_its_line_is_a_reference(root: Path, reason: str) -> None:
    """GitLab's own reasons, behind or above the entry of the model's table, are as long as a line."""
    for path in ("spec/lib/gitlab/organizations/sharding_key_spec.rb", "spec/db/schema_spec.rb"):
        text = (root / path).read_text()
        keyed = text.replace("'boilers.project_id', #", "'keyeds.project_id', #").replace("boilers: %w", "keyeds: %w")
        keyed = keyed.replace("'ovens.group_id'", "'aprons.group_id' # another reason between the same two")
        (root / path).write_text(keyed.replace("LFK already present", reason))
    before = picture(root)
    new(root, model=KEYED, owner="project")
    keys, columns = (
        (root / path).read_text().splitlines()
        for path in ("spec/lib/gitlab/organizations/sharding_key_spec.rb", "spec/db/schema_spec.rb")
    )
    is_long = reason != "short"
    assert f"      'keyed_states.project_id' # {'as keyeds.project_id' if is_long else reason}" in keys
    assert f"      keyed_states: %w[project_id], # {'as keyeds' if is_long else reason}" in columns
    assert not undo(root, KEYED).with_fate(Fate.KEPT)
    assert picture(root) == before


@pytest.mark.parametrize("model", [ONE, TWO, KEYED])
def test_twice_is_once_and_undo_is_as_before(root: Path, model: str) -> None:
    before = picture(root)
    new(root, model=model, owner="project")
    assert {step.outcome.status for step in new(root, model=model, now=OTHER_TIME).steps} == {Status.UNCHANGED}
    assert not undo(root, model).with_fate(Fate.KEPT)
    assert picture(root) == before


@pytest.mark.parametrize("model", [ONE, TWO, KEYED])
def test_what_was_generated_is_found_done_and_what_is_lost_is_missed(root: Path, model: str) -> None:
    new(root, model=model, merge_request=MERGE_REQUEST)
    ids = {"states-migration", "states-dictionary", "states-structure", "sharding-key"}
    ids |= {"sharding-key-trigger", "sharding-key-structure"}
    ids |= {"sharding-key-foreign-key"} if model == ONE else {"sharding-key-exemption", "fk-column-exemption"}

    def states() -> dict[str, State]:
        [report] = check(Request(models=(model,)), root).types
        return {item.id: item.state for item in report.items if item.id in ids}

    assert states() == dict.fromkeys(ids, State.DONE)
    [migration, *_] = sorted((root / "db/migrate").glob("*_sharding_key_trigger.rb"))
    migration.unlink()
    path = root / "db/structure.sql"
    text = path.read_text()
    [name, *_] = re.findall(r"^CREATE TRIGGER (\w+)", text, re.MULTILINE)
    path.write_text(re.sub(rf"\n\nCREATE TRIGGER {name} [^\n]*", "", text))
    lost = states()
    assert lost["sharding-key-trigger"] == State.MISSING
    assert lost["sharding-key-structure"] in {State.DIFFERS, State.MISSING}


def test_another_answer_changes_what_is_not_merged(root: Path) -> None:
    before = picture(root)
    new(root, model=TWO, owner="project", sharding_keys=("project_id",))
    single = without_receipt(root)
    assert not list((root / "db/migrate").glob("*_group_id_sharding_key_trigger.rb"))
    new(root, model=TWO, sharding_keys=("project_id", "group_id"))
    assert len(list((root / "db/migrate").glob("*_sharding_key_trigger.rb"))) == 2
    new(root, model=TWO, sharding_keys=())
    assert not list((root / "db/migrate").glob("*_sharding_key_trigger.rb"))
    assert "trigger_" not in (root / "db/structure.sql").read_text()
    new(root, model=TWO, sharding_keys=("project_id",))
    assert without_receipt(root) == single
    new(root, model=TWO, sharding_keys=("project_id", "group_id"))
    assert not plan(root, model=TWO).tree.changes()
    new(root, model=TWO, sharding_keys=("group_id",))
    new(root, model=TWO, sharding_keys=("project_id", "group_id"))  # each version file is that of the next key
    assert not plan(root, model=TWO).tree.changes()
    versions = {path.name[:14] for path in (root / "db/migrate").iterdir()}
    assert {path.name for path in (root / "db/schema_migrations").iterdir()} == versions
    new(root, model=TWO, sharding_keys=("project_id",))  # one of several files goes, and the others stay
    assert without_receipt(root) == single
    assert not undo(root, TWO).with_fate(Fate.KEPT)
    assert picture(root) == before


def test_another_answer_is_refused_where_the_table_is_merged(root: Path) -> None:
    new(root, model=ONE, merge_request=MERGE_REQUEST, milestone="18.8")
    commit_all(root)
    merged = picture(root)
    assert {step.outcome.status for step in new(root, model=ONE, now=OTHER_TIME).steps} == {Status.UNCHANGED}
    with pytest.raises(ConflictError, match="the table of states is merged with project_id") as caught:
        plan(root, model=ONE, sharding_keys=())
    assert caught.value.exit_code == 3
    assert picture(root) == merged


@pytest.mark.parametrize("schema", [1, 2])
def test_a_type_of_a_release_without_keys_gets_none_unasked(tmp_path: Path, schema: int) -> None:
    without = files()
    dictionary = without["db/docs/gadgets_concerneds.yml"]
    root = make_checkout(
        tmp_path / "gitlab",
        {**without, "db/docs/gadgets_concerneds.yml": dictionary.partition("sharding_key:")[0]},
    )
    new(root, model=ONE, owner="project")
    receipt = root / ".geo-scaffold/gadgets_concerned.json"
    document = json.loads(receipt.read_text())
    assert "sharding_keys" not in document["answers"]
    if schema == 1:
        document["schema"] = 1
        document["answers"] |= {"milestone": document["answers"].pop("phases")["schema"]["milestone"]}
        receipt.write_text(json.dumps(document, indent=2) + "\n")
    (root / "db/docs/gadgets_concerneds.yml").write_text(dictionary)
    before = without_receipt(root)
    assert {step.outcome.status for step in new(root, model=ONE, now=OTHER_TIME).steps} <= {
        Status.UNCHANGED,
        Status.PLANNED,
    }
    after = without_receipt(root)
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed <= {"db/docs/gadgets_concerned_states.yml"}  # whose wish has the column of the dictionary of now
    asked = new(root, model=ONE, sharding_keys=("project_id",))
    assert [step.operation.path for step in asked.steps if "sharding_key_trigger" in step.operation.path]


def test_a_wish_has_its_issue_where_the_model_has_no_key(tmp_path: Path) -> None:
    without = files()
    path = "db/docs/gadgets_concerneds.yml"
    root = make_checkout(tmp_path / "gitlab", {**without, path: without[path].partition("sharding_key:")[0]})
    issue = "https://gitlab.com/gitlab-org/gitlab/-/issues/1"
    dictionary = generated_files(root, ONE, owner="project", sharding_key_issue=issue)[
        "db/docs/gadgets_concerned_states.yml"
    ]
    assert "desired_sharding_key:\n  project_id:\n    references: projects\n" in dictionary
    assert f"\nsharding_key_issue_url: {issue}\n" in dictionary


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"sharding_keys": ("widget_id",)}, "gadgets_concerneds has no column widget_id that its states could copy"),
        ({"sharding_key_issue": "https://gitlab.com/g/p/-/issues/1"}, "and gadgets_concerneds has project_id"),
        ({"sharding_keys": ("project id",)}, "--sharding-key 'project id' is not a column"),
    ],
)
def test_what_contradicts_the_table_is_refused(root: Path, answers: Mapping[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        plan(root, model=ONE, **answers)


HARD: Final = (
    "\nALTER TABLE ONLY shared_by_twos\n    ADD CONSTRAINT fk_2 FOREIGN KEY (project_id) REFERENCES projects(id);\n"
    "\nALTER TABLE ONLY shared_by_twos\n    ADD CONSTRAINT fk_3 FOREIGN KEY (group_id) REFERENCES namespaces(id);\n"
)


def test_a_key_has_a_foreign_key_where_the_models_own_has_one_after_the_triggers(root: Path) -> None:
    path = root / "db/structure.sql"
    path.write_text(path.read_text() + HARD)
    written = generated_files(root, TWO)
    assert "foreign_key" not in written["db/migrate/<0>_create_shared_by_two_states.rb"].replace("foreign_key: {", "")
    for number, (column, owners, folder) in enumerate(
        [("project_id", "projects", "db/migrate"), ("group_id", "namespaces", "db/post_migrate")], 3
    ):
        migration = written[f"{folder}/<{number}>_add_shared_by_two_states_{column}_foreign_key.rb"]
        assert "  disable_ddl_transaction!\n" in migration
        call = f"add_concurrent_foreign_key :shared_by_two_states, :{owners}, column: :{column}, on_delete: :cascade"
        assert call in migration
        name = hashlib.sha256(f"shared_by_two_states_{column}_fk".encode()).hexdigest()[:10]
        constraint = f"ADD CONSTRAINT fk_{name} FOREIGN KEY ({column}) REFERENCES {owners}(id) ON DELETE CASCADE;"
        assert constraint in written["db/structure.sql"]
        assert written[f"db/schema_migrations/<{number}>"]
    assert "shared_by_two" not in (root / LOOSE).read_text()
    assert "shared_by_two" not in (root / SHARDING).read_text()
    assert {step.outcome.status for step in new(root, model=TWO, now=OTHER_TIME).steps} == {Status.UNCHANGED}


def test_a_key_has_none_where_older_rows_are_not_held_to_the_models_own(root: Path) -> None:
    path = root / "db/structure.sql"
    path.write_text(path.read_text() + HARD.replace("(id);", "(id) NOT VALID;"))
    assert not [each for each in generated_files(root, TWO) if each.endswith("_foreign_key.rb")]


def test_a_key_has_a_loose_foreign_key_where_the_models_own_has_one(root: Path) -> None:
    before = picture(root)
    path = root / LOOSE
    path.write_text(f"{path.read_text()}shared_by_twos:\n  - table: projects\n    column: project_id\n")
    changed = picture(root)
    generated_files(root, TWO)
    assert path.read_text().endswith(
        "shared_by_two_states:\n  - table: projects\n    column: project_id\n    on_delete: async_delete\n"
        "shared_by_twos:\n  - table: projects\n    column: project_id\n"
    )
    assert "'shared_by_two_states.group_id'" in (root / SHARDING).read_text()
    assert "'shared_by_two_states.project_id'" not in (root / SHARDING).read_text()
    undo(root, TWO)
    assert picture(root) == changed
    assert before != changed


def test_a_key_is_exempted_from_one_where_the_models_own_has_none_with_the_reason(root: Path) -> None:
    own = "'ovens.group_id',\n      # objects are stored\n      # elsewhere\n      'shared_by_twos.group_id',\n"
    path = root / SHARDING
    path.write_text(path.read_text().replace("'ovens.group_id'\n", f"{own}      'stoves.id'\n"))
    before = picture(root)
    generated_files(root, TWO)
    states = "      'shared_by_two_states"
    assert f"{states}.group_id', # objects are stored elsewhere\n" in path.read_text()
    assert f"{states}.project_id', # as shared_by_twos.project_id\n" in path.read_text()
    schema = (root / SCHEMA).read_text()
    assert (
        "      ovens: %w[group_id],\n      shared_by_two_states: %w[project_id group_id] # as shared_by_twos\n"
        in schema
    )
    assert {step.outcome.status for step in new(root, model=TWO, now=OTHER_TIME).steps} == {Status.UNCHANGED}
    assert not undo(root, TWO).with_fate(Fate.KEPT)
    assert picture(root) == before


def test_a_function_is_taken_out_and_put_back_whole(root: Path) -> None:
    new(root, model=TWO)
    text = (root / "db/structure.sql").read_text()
    functions = re.findall(r"^CREATE FUNCTION .*?\n\$\$;", text, re.MULTILINE | re.DOTALL)
    assert len(functions) == 2
    editor = Statements(tuple(functions))
    assert editor.insert(editor.remove(text)) == text


def test_no_version_is_later_than_now(root: Path) -> None:
    new(root, model=TWO, now=NOW)
    versions = {path.name[:14] for path in (root / "db/migrate").iterdir()}
    assert max(versions) == NOW
    assert len(versions) == 3


def test_its_merge_request_has_a_trigger_for_each_key(root: Path) -> None:
    commit_all(root)
    for name, value in (("user.name", "A"), ("user.email", "a@example.org")):
        git(root, "config", name, value)
    new(root, model=TWO)
    work = work_on(TWO, Phase.SCHEMA, root)
    text = describe(work, message_for(work), checklist="").text
    listed = re.findall(r"^\| `main` \| (\d{14}) \| `db/migrate/\1_(\w+)\.rb` \|$", text, re.MULTILINE)
    assert [name for _, name in listed] == [
        "create_shared_by_two_states",
        "add_shared_by_two_states_project_id_sharding_key_trigger",
        "add_shared_by_two_states_group_id_sharding_key_trigger",
    ]
    paths = plan_commit(work, branch=None).paths
    for version, name in listed:
        assert {f"db/migrate/{version}_{name}.rb", f"db/schema_migrations/{version}"} <= {*paths}


def test_an_owner_alone_is_no_wish_for_a_key(tmp_path: Path) -> None:
    path = "db/docs/gadgets_concerneds.yml"
    root = make_checkout(tmp_path / "gitlab", {**files(), path: files()[path].partition("sharding_key:")[0]})
    dictionary = generated_files(root, ONE, owner="project")["db/docs/gadgets_concerned_states.yml"]
    assert "sharding_key" not in dictionary
    states = root / "db/docs/gadgets_concerned_states.yml"
    wish = dictionary.replace(
        "table_size", "desired_sharding_key:\n  project_id:\n    references: projects\ntable_size"
    )
    states.write_text(wish)  # as a person decides, or an older geo-scaffold wrote
    assert {step.outcome.status for step in new(root, model=ONE, now=OTHER_TIME).steps} == {Status.UNCHANGED}
    assert states.read_text() == wish
    states.write_bytes(wish.encode().replace(b"description:", b"# \xe9\ndescription:", 1))  # Latin-1: no text
    assert {step.outcome.status for step in new(root, model=ONE, now=OTHER_TIME).steps} <= {
        *(Status.UNCHANGED, Status.BLOCKED, Status.CONFLICT)
    }


def test_the_keys_of_a_type_that_nobody_generated_are_looked_at(root: Path) -> None:
    new(root, model=ONE, merge_request=MERGE_REQUEST)
    (root / ".geo-scaffold/gadgets_concerned.json").unlink()

    def found() -> dict[str, tuple[State, str]]:
        [report] = check(Request(models=(ONE,)), root).types
        ids = {"sharding-key-trigger", "sharding-key-foreign-key", "sharding-key-structure"}
        return {
            item.id.removeprefix("sharding-key-"): (item.state, item.message) for item in report.items if item.id in ids
        }

    assert {state for state, _ in found().values()} == {State.DONE}
    for number, path in enumerate(sorted(root.glob("db/*migrate/*_project_id_*.rb"))):
        version = path.name.partition("_")[0]
        (root / f"db/schema_migrations/{version}").unlink()
        path.rename(path.with_name(f"{version}_fill_it_{number}.rb"))
    structure = root / "db/structure.sql"
    filled, name = structure.read_text(), trigger("gadgets_concerned_states", "project_id")
    line = filled.partition(f"CREATE TRIGGER {name}")[0].count("\n") + 1
    assert found()["trigger"] == (State.DONE, f"by the trigger {name}, db/structure.sql:{line}")
    assert found()["foreign-key"][1].startswith("by the foreign key in db/structure.sql:")
    assert found()["structure"][0] == State.DONE
    structure.write_text(re.sub(rf"\n\nCREATE TRIGGER {name} [^\n]*", "", filled))
    assert {found()[each][0] for each in ("trigger", "structure")} == {State.MISSING}
    model = root / "ee/app/models/geo/gadgets_concerned_state.rb"
    model.write_text(
        model.read_text().replace("\n  end\n", "\n    def fill\n      self.project_id ||= 1\n    end\n  end\n")
    )
    assert found()["trigger"] == (State.DONE, f"by Geo::GadgetsConcernedState, {model.relative_to(root)}")
    assert found()["structure"][0] == State.DONE
    structure.write_text(
        re.sub(r"\n\nALTER TABLE ONLY gadgets_concerned_states\n    ADD [^\n]*\(project_id\)[^\n]*", "", filled)
    )
    assert found()["foreign-key"][0] == State.MISSING
    (create,) = root.glob("db/migrate/*_create_gadgets_concerned_states.rb")
    alone = create.read_text()
    for column, line_end in (("group_id", " "), ("project_id", " "), ("project_id", "\n      ")):
        key = line_end.join((":gadgets_concerned_states,", ":projects,", f"column: :{column},", "on_delete: :cascade"))
        create.write_text(f"{alone}\n    add_concurrent_foreign_key {key}\n")
        where = f"by the foreign key in {create.relative_to(root)}:{alone.count(chr(10)) + 2}"
        assert found()["foreign-key"] == (State.DONE, where) or column == "group_id"
        assert column == "project_id" or found()["foreign-key"][0] == State.MISSING
    create.write_text(alone)
    loose = "gadgets_concerned_states:\n  - table: projects\n    column: project_id\n    on_delete: async_delete\n"
    (root / LOOSE).write_text((root / LOOSE).read_text() + loose)
    assert found()["foreign-key"][1].startswith(f"by the loose foreign key in {LOOSE}:")
