"""The created files of edition 18: every kind and owner, long names, and what upstream's template gets wrong."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_snapshot.plugin import Snapshot  # type: ignore[import-untyped]
from ruamel.yaml import YAML

from geo_scaffold.answers import Answers
from geo_scaffold.edition import Op, OwnerKey, Renderer, Surroundings, context_for, load_manifest
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.phases import Phase
from sizes import in_turns, some

RENDERER = Renderer("18")
KINDS = ("repository", "blob")
OWNERS = (None, "project", "group", "organization", "none")
DEPEND_ON_OWNER = {"model", "model-spec", "model-factory"}
NOTHING = Surroundings()
NEWER = Surroundings(
    updated_column="created_at",
    knows_registerable=True,
    granular_token="authorize_granular_token skip_reason: :parent_authorizes",
)
"""A tree that has moved on, around a table without `updated_at`."""
TEMPLATES = {
    artifact.id: (artifact, target)
    for artifact in load_manifest("18")
    if artifact.op is Op.CREATE
    for target in artifact.targets
    if target.each is None
}


def rendered(
    id_: str,
    model: str = "CoolWidget",
    kind: str = "blob",
    owner: str | None = None,
    surroundings: Surroundings = NOTHING,
    *,
    graphql_later: bool = False,
    issue: str | None = None,
    **spellings: str,
) -> str:
    artifact, target = TEMPLATES[id_]
    answers = Answers(
        model,
        kind=kind,
        owner=owner,
        timestamp="20230101000000",
        sharding_key_issue=issue,
        spellings=spellings or None,
    ).in_phases(Phase, milestone="18.9")
    names = answers.names(Inflector.gitlab())
    context = context_for(answers, names, surroundings=surroundings, graphql_later=graphql_later)
    assert artifact.asked_of(kind)
    return RENDERER.render(target.template or "", context)


def everything(model: str, kind: str) -> Iterator[tuple[str, str]]:
    """Return every created file in every form that an owner gives it, with a name for each."""
    for id_, (artifact, target) in TEMPLATES.items():
        for owner in OWNERS if id_ in DEPEND_ON_OWNER else OWNERS[:1]:
            suffix = Path((target.template or "").removesuffix(".j2")).suffix
            yield f"{artifact.id}{f'-{owner}' if owner else ''}{suffix}", rendered(id_, model, kind, owner)
    for id_ in ("registry-model", "replicator", "graphql-type"):
        yield f"{id_}-newer.rb", rendered(id_, model, kind, surroundings=NEWER, graphql_later=True)


@pytest.mark.parametrize("model", ["CoolWidget", "Packages::Cargo::Crate"])
@pytest.mark.parametrize("kind", KINDS)
def test_created_files(model: str, kind: str, snapshot: Snapshot) -> None:
    snapshot.snapshot_dir = Path(__file__).parent / "snapshots-18" / f"{model.replace('::', '-')}-{kind}"
    files = dict(everything(model, kind))
    for name, text in files.items():
        snapshot.assert_match(text, name)
    assert {path.name for path in snapshot.snapshot_dir.iterdir()} == set(files)


def test_only_what_depends_on_the_owner_does() -> None:
    for id_ in TEMPLATES:
        texts = {rendered(id_, kind=kind, owner=owner) for kind in KINDS for owner in OWNERS}
        assert (len(texts) > 2) == (id_ in DEPEND_ON_OWNER), id_


@pytest.mark.parametrize("model", ["CoolWidget", "Packages::Cargo::Crate"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_upstreams_template_gets_wrong(model: str, kind: str) -> None:
    text = "\n".join(text for _, text in everything(model, kind))
    for wrong in (
        "type: development",
        "verification_feature_flag_enabled",
        "self.primary_key",
        "Migration[2.1]",
        "Migration[2.2]",
        "enable_lock_retries!",
        "gitlab_main\n",
        "pool_repository",
        "force_to_redownload",
        "MODEL_CLASS",
        "MODEL_FOREIGN_KEY",
        "replicables_for_current_secondary(primary_key_in)",
        "type: :model",
        "after_save",
        "available_verifiables, ->",
        "git_access_class",
        "no_repo_message",
        "a verifiable replicator",
        "a replicable model with a separate table",
        "include_examples 'a Geo verifiable registry'",
        "remote_store",
        "FactoryBot.create",
    ):
        assert wrong not in text, wrong
    assert ("missing_on_primary" in text) == (kind == "repository")
    assert text.count("type: ops") == text.count("default_enabled: ") > 0
    assert text.count("Migration[2.3]\n  milestone '18.9'\n\n") == text.count("Gitlab::Database::Migration") > 0
    assert "table_size: small" in text
    assert "gitlab_schema: gitlab_main_org" in text


@pytest.mark.parametrize("kind", KINDS)
def test_both_flags(kind: str) -> None:
    for id_, flag in (("feature-flag", "replication"), ("checksumming-flag", "force_primary_checksumming")):
        text = rendered(id_, kind=kind)
        loaded = YAML(typ="safe").load(text)
        assert loaded["name"] == f"geo_cool_widget_{flag}"
        assert loaded["type"] == "ops"
        assert loaded["default_enabled"] is False
        # The order of bin/feature-flag.
        assert list(loaded) == [
            "name",
            "description",
            "feature_issue_url",
            "introduced_by_url",
            "rollout_issue_url",
            "milestone",
            "group",
            "type",
            "default_enabled",
        ]


def test_titles_are_what_is_given() -> None:
    text = rendered("replicator", title="NuGet Thing", title_plural="NuGet Things")
    assert re.findall(r"s_\('(.*)'\)", text) == ["Geo|NuGet Thing", "Geo|NuGet Things"]


@pytest.mark.parametrize(
    ("owner", "scope"),
    [
        ("project", "replicables.where(project_id: ::Project.selective_sync_scope(node).select(:id))"),
        ("group", "replicables.where(group_id: node.namespaces_for_group_owned_replicables.select(:id))"),
        ("organization", "replicables.where(organization_id: node.organizations.pluck_primary_key)"),
        ("none", "# These records have no owner, so every selection includes all of them."),
        (None, "raise NotImplementedError"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_the_scope_of_an_owner(kind: str, owner: str | None, scope: str) -> None:
    text = rendered("model", kind=kind, owner=owner)
    assert text.count(scope) == 1
    assert ("NotImplementedError" in text) == (owner is None)
    assert text.count("override :") == 3


def test_what_a_checkout_has_around_the_model() -> None:
    ci = Surroundings(
        gitlab_schema="gitlab_ci",
        owner_keys=(OwnerKey("container_id", "projects"),),
        base_class="Ci::ApplicationRecord",
        table_prefix="ci_",
        is_main_database=False,
    )
    model = rendered("model", owner="project", surroundings=ci)
    # A query cannot join tables of two databases.
    assert "replicables.where(container_id: ::Project.selective_sync_scope(node).pluck_primary_key)" in model
    assert "< Ci::ApplicationRecord" in rendered("state-model", surroundings=ci)
    issue = "https://gitlab.com/gitlab-org/gitlab/-/issues/1"
    wished = rendered("states-dictionary", owner="project", surroundings=ci, issue=issue)
    dictionary = YAML(typ="safe").load(wished)
    assert dictionary["gitlab_schema"] == "gitlab_ci"
    assert dictionary["desired_sharding_key"]["container_id"]["references"] == "projects"
    # Its keys are the model's, whoever owns it.
    assert "references: projects" in rendered("states-dictionary", owner="none", surroundings=ci, issue=issue)
    assert "desired_sharding_key" not in rendered("states-dictionary", owner="none", issue=issue)
    assert "desired_sharding_key" not in rendered("states-dictionary", owner="project", surroundings=ci)
    assert "self.table_name = 'cool_widget_states'" in rendered("state-model", surroundings=ci)
    factory = rendered("model-factory", surroundings=Surroundings(factory_exists=True))
    assert "FactoryBot.modify" in factory
    assert "trait :object_storage" in factory
    there = Surroundings(factory_exists=True, factory_traits=frozenset({"object_storage"}))
    assert "trait :object_storage" not in rendered("model-factory", surroundings=there)


def model_of(length: int, namespaces: str) -> str:
    """Return a model whose replicable name has as many characters."""
    return f"{namespaces}C{'r' * (length - 1 - len(namespaces.replace('::', '_')))}"


LONG = [model_of(length, part) for length in (20, 21, 26, 28, 36, 47, 48, 54) for part in ("", "Packages::Cargo::")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", ["CoolWidget", *LONG])
def test_structure_has_the_indexes_of_the_migrations(model: str, kind: str) -> None:
    answers = Answers(model, kind=kind, timestamp="20230101000000")
    context = context_for(answers, answers.names(Inflector.gitlab()))
    for table, count in (("registry", 6), ("states", 6 if kind == "blob" else 5)):
        structure = RENDERER.render(f"derive/{table}-structure.sql.j2", context)
        indexes = re.findall(r"^CREATE (?:UNIQUE )?INDEX (\w+) ON", structure, re.MULTILINE)
        assert len(indexes) == len(set(indexes)) == count
        assert indexes == sorted(indexes)
        named = re.findall(r"name: :(\w+)|INDEX_NAME = \"(\w+)\"", rendered(f"{table}-migration", model, kind))
        assert {one or other for one, other in named} <= set(indexes)
        assert table == "registry" or len(named) == count
        assert all(len(identifier) <= 63 for identifier in re.findall(r"\w+", structure))


@pytest.mark.ruby
@pytest.mark.parametrize(
    ("model", "kind"), in_turns(["CoolWidget", "Packages::Cargo::Crate", "S3Bucket", "Metadata", *some(LONG, 4)], KINDS)
)
def test_ruby_accepts_what_is_rendered(model: str, kind: str, tmp_path: Path) -> None:
    if shutil.which("ruby") is None:
        assert not os.environ.get("CI"), "CI skips nothing: ruby is not installed"
        pytest.skip("ruby is not installed")
    paths = []
    for name, text in everything(model, kind):
        if name.endswith(".rb"):
            (tmp_path / name).write_text(text)
            paths.append(str(tmp_path / name))
            assert [line for line in text.splitlines() if len(line) > 120 or line != line.rstrip()] == []
    assert len(set(paths)) == len(paths) >= sum(target.path.endswith(".rb") for _, target in TEMPLATES.values())
    # One process for all of them: `ruby -c` takes one file.
    script = "ARGV.each { |path| RubyVM::InstructionSequence.compile(File.read(path), path) }"
    done = subprocess.run(
        ["ruby", "-W:no-experimental", "-we", script, *paths], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.ruby
@pytest.mark.slow
def test_rubocop_has_nothing_to_say_about_layout(tmp_path: Path) -> None:
    if shutil.which("rubocop") is None:
        assert not os.environ.get("CI"), "CI skips nothing: rubocop is not installed"
        pytest.skip("rubocop is not installed")
    seen: set[str] = set()
    for number, model in enumerate(["CoolWidget", "Packages::Cargo::Crate", *some(LONG[:-1], 1), LONG[-1]]):
        for kind in KINDS:
            for name, text in everything(model, kind):
                if name.endswith(".rb") and text not in seen:
                    seen.add(text)
                    path = tmp_path / f"{number}-{kind}" / name
                    path.parent.mkdir(exist_ok=True)
                    path.write_text(text)
    settings = Path(__file__).parent.parent / "ruby/rubocop.yml"
    done = subprocess.run(
        ["rubocop", "--config", settings, "--only", "Layout,Lint", "--format", "emacs", "--cache", "false", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
