"""`new` in a copy of the files of a real checkout that it edits, and what it derives for types that are there."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from children import Children
from geo_scaffold.answers import Answers
from geo_scaffold.checkout import Checkout, Sources, look_up
from geo_scaffold.edition import Op, Renderer, context_for, load_manifest
from geo_scaffold.edition.editing import ManifestEditor
from geo_scaffold.editors.ruby import FileStatements
from geo_scaffold.editors.sql.statements import Statements
from geo_scaffold.errors import InvalidNameError, LocatorError
from geo_scaffold.kinds import of_models
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.operations import Status
from geo_scaffold.phases import Phase
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.drift import drift_of
from geo_scaffold.verbs.new import EVERYTHING, Selection, parallel

from .conftest import OTHER_TIME, new, picture, plan, undo
from .test_parallel import content_of

CHECKOUT = Path(os.environ.get("GITLAB_CHECKOUT", "/nonexistent"))
pytestmark = [
    pytest.mark.real_tree,
    pytest.mark.skipif(not (CHECKOUT / "VERSION").is_file(), reason="GITLAB_CHECKOUT names no checkout"),
]
MANIFEST = load_manifest("18")
DATA_TYPES = "doc/administration/geo/replication/datatypes.md"
RELEASE = Selection(phases=(Phase.RELEASE,))
MODEL = """# frozen_string_literal: true

class CoolWidget < ApplicationRecord
  include HasRepository

  belongs_to :project
end
"""


@pytest.fixture
def sparse(tmp_path: Path) -> Path:
    """A copy of the edited files, and of what `new` looks things up in for a model that waits for Geo."""
    root = tmp_path / "gitlab"
    paths = {
        target.path
        for artifact in MANIFEST
        for target in artifact.targets
        if not target.whole and "{" not in target.path
    }
    looked_up = {
        "VERSION",
        "app/models/packages.rb",
        "app/models/packages/npm.rb",
        "app/models/packages/npm/metadata_cache.rb",
        "db/docs/packages_npm_metadata_caches.yml",
        "spec/factories/packages/npm/metadata_cache.rb",
    }
    for path in paths | looked_up:
        if (CHECKOUT / path).is_file():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(CHECKOUT / path, root / path)
    (root / "app/models/cool_widget.rb").write_text(MODEL)
    return root


def assert_parses(scripts: list[str]) -> None:
    ruby = shutil.which("ruby")
    if ruby:
        code = "ARGV.each { |path| RubyVM::InstructionSequence.compile(File.read(path), path) }"
        done = subprocess.run([ruby, "-W0", "-e", code, *scripts], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("model", "kind", "owner"),
    [
        ("Packages::Npm::MetadataCache", "blob", "project"),
        ("CoolWidget", "repository", "group"),
        ("CoolWidget", "blob", "none"),
    ],
)
def test_everything_is_planned_written_and_given_back(sparse: Path, model: str, kind: str, owner: str) -> None:
    before = picture(sparse)
    made = new(sparse, model=model, kind=kind, owner=owner)
    assert made.edition == "18"
    released = new(sparse, model=model, selection=RELEASE)
    steps = [*made.steps, *released.steps]
    outcomes = {step.operation.id: step.outcome for step in steps if step.outcome.status is not Status.PLANNED}
    # An invented uploader is not among those waiting for Geo.
    assert outcomes.keys() == ({"uploader-guard"} if (model, kind) == ("CoolWidget", "blob") else set())
    after = picture(sparse)
    changed = [path for path, content in after.items() if content and before.get(path) != content]
    assert len(changed) > 50
    assert_parses([str(sparse / path) for path in changed if path.endswith(".rb")])
    for selection in (RELEASE, EVERYTHING):
        again = new(sparse, model=model, now=OTHER_TIME, selection=selection)
        assert {step.outcome.status for step in again.steps} == {Status.UNCHANGED}
    assert picture(sparse) == after
    undo(sparse, model)
    assert picture(sparse) == before


@pytest.mark.parametrize("model", ["Packages::Npm::MetadataCache", "CoolWidget"])
@pytest.mark.parametrize("kind", of_models())
def test_two_processes_plan_what_one_does(
    sparse: Path, monkeypatch: pytest.MonkeyPatch, children: Children, model: str, kind: str
) -> None:
    found = []
    for count in (1, 2):
        monkeypatch.setattr(parallel, "processes_for", lambda _, count=count: count)
        found.append(content_of(plan(sparse, model=model, kind=kind, owner="project")))
    assert found[0] == found[1]
    assert len(children) == 1
    assert children.are_gone()


RELEASED = [
    *(
        "Ci::JobArtifact",
        "Ci::PipelineArtifact",
        "Ci::SecureFile",
        "DependencyProxy::Blob",
        "DependencyProxy::Manifest",
    ),
    *("DesignManagement::Repository", "GroupWikiRepository", "LfsObject", "MergeRequestDiff", "Packages::PackageFile"),
    *(
        "PagesDeployment",
        "Project",
        "Projects::WikiRepository",
        "SnippetRepository",
        "Terraform::StateVersion",
        "Upload",
    ),
]


@pytest.mark.parametrize("model", RELEASED)
def test_the_rows_of_a_released_type_are_found_under_the_names_that_people_gave_them(model: str) -> None:
    made = plan(CHECKOUT, model=model, selection=RELEASE, milestone="18.9", merge_request="!1")
    rows = {step.operation.id: step.outcome.status for step in made.steps if step.operation.path == DATA_TYPES}
    assert rows == dict.fromkeys(("release-data-types", "release-limitations"), Status.UNCHANGED)


NEWEST = [
    Answers("Packages::Nuget::Symbol", factory="nuget_symbol", title="NuGet Symbol"),
    Answers("SupplyChain::Attestation", table="slsa_attestations"),
    Answers("Packages::Helm::MetadataCache", factory="helm_metadata_cache", title="Helm Metadata Cache"),
]


def text_of(path: str) -> str:
    return (CHECKOUT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("answers", NEWEST, ids=lambda answers: answers.model)
@pytest.mark.parametrize("artifact", ["usage-metrics", "gettext"])
def test_a_derived_part_of_a_newest_type_is_derived_again(answers: Answers, artifact: str) -> None:
    names = answers.names(Inflector.gitlab())
    context = context_for(answers.with_defaults(kind="blob", timestamp="20260101000000"), names)
    (entry,) = [each for each in MANIFEST if each.id == artifact]
    assert entry.op is Op.DERIVE
    (target,) = entry.targets
    editor = ManifestEditor(target.editor or {}, Renderer("18").render(target.template or "", context), context)
    text = text_of(target.path)
    assert editor.contains(text)
    without = editor.remove(text)
    assert without != text
    assert editor.insert(without) == text


@pytest.mark.parametrize("answers", NEWEST, ids=lambda answers: answers.model)
@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("ee/db/geo/structure.sql", "derive/registry-structure.sql.j2"),
        pytest.param("db/structure.sql", "derive/states-structure.sql.j2", marks=pytest.mark.slow),
    ],
)
def test_the_tables_of_a_newest_type_are_derived_again(answers: Answers, path: str, template: str) -> None:
    """People named the indexes and, in two cases, left out the foreign key; everything else is as merged."""
    names = answers.names(Inflector.gitlab())
    context = context_for(answers.with_defaults(kind="blob", timestamp="20260101000000"), names)
    statements = Renderer("18").render(template, context).strip().split("\n\n")
    has_key = answers.model == "Packages::Helm::MetadataCache"
    kept = [
        statement
        for statement in statements
        if " INDEX " not in statement and (has_key or "FOREIGN KEY" not in statement)
    ]
    editor = Statements(tuple(kept))
    text = text_of(path)
    assert editor.contains(text)
    assert editor.insert(editor.remove(text)) == text


@pytest.mark.parametrize("answers", NEWEST, ids=lambda answers: answers.model)
def test_the_schema_migrations_of_a_newest_type_are_the_digests_of_their_versions(answers: Answers) -> None:
    name = answers.names(Inflector.gitlab())["name"]
    for folder, table in (("db", f"{name}_states"), ("ee/db/geo", f"{name}_registry")):
        [migration] = (CHECKOUT / folder / "migrate").glob(f"*_create_{table}.rb")
        [version] = re.findall(r"^\d+", migration.name)
        written = (CHECKOUT / folder / "schema_migrations" / version).read_text()
        assert written == Renderer("18").render("derive/schema-migration.txt.j2", {"timestamp": version})


@pytest.mark.parametrize("answers", NEWEST, ids=lambda answers: answers.model)
def test_what_people_merged_unchanged(answers: Answers) -> None:
    looked_up = look_up(answers, Inflector.gitlab(), Checkout(Sources(Tree(CHECKOUT), ""), Inflector.gitlab()))
    complete = looked_up.answers.with_defaults(kind="blob", owner="project", timestamp="20260101000000")
    context = context_for(complete, looked_up.names, surroundings=looked_up.surroundings)
    same = []
    for artifact in MANIFEST:
        if artifact.op is Op.CREATE:
            for target in artifact.targets_for(context):
                values = target.values(context)
                path = CHECKOUT / target.path.format_map(values)
                if path.is_file() and path.read_text() == Renderer("18").render(target.template or "", values):
                    same.append(artifact.id)
    assert {"replicator", "replicator-spec", "registry-model", "registry-spec"} <= set(same)
    assert len(same) >= (11 if answers.model == "Packages::Nuget::Symbol" else 4), same


def replicable_model(path: Path, *, ee_only: bool) -> FileStatements | None:
    """Return what a model would get; None where it is replicable, or no model that Geo could replicate."""
    folder = "ee/app/models" if ee_only else "ee/app/models/ee"
    relative = path.relative_to(CHECKOUT / folder).with_suffix("").as_posix()
    text, inflector = path.read_text(), Inflector.gitlab()
    model = "::".join(inflector.camelize(part) for part in relative.split("/"))
    if "with_replicator" in text or (ee_only and (relative.startswith(("ee/", "concerns/")) or "Record\n" not in text)):
        return None
    answers = Answers(model, kind="blob", owner="project", timestamp=OTHER_TIME)
    try:
        names = answers.names(inflector, ee_only=ee_only)
    except InvalidNameError:
        return None
    rendered = Renderer("18").render("create/model.rb.j2", context_for(answers, names))
    return FileStatements(rendered, alone=("with_replicator",))


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["ee/app/models/ee", "ee/app/models"])
def test_the_models_that_have_code_for_ee_take_the_statements(folder: str, tmp_path: Path) -> None:
    """Every mixin, and every class that only EE has; those of another form are blocked."""
    taken: list[str] = []
    blocked: dict[str, str] = {}
    for path in sorted((CHECKOUT / folder).rglob("*.rb")):
        editor = replicable_model(path, ee_only=folder == "ee/app/models")
        if editor is None:
            continue
        text = path.read_text()
        try:
            after = editor.insert(text)
        except LocatorError as error:
            blocked[path.name] = error.message
            continue
        assert editor.contains(after), path
        assert editor.insert(after) == after, path
        assert editor.knowing(editor.to_remember(text)).remove(after) == text, path
        written = tmp_path / f"{len(taken)}.rb"
        written.write_text(after)
        taken.append(str(written))
    assert len(blocked) <= 3, blocked
    assert all("prepended" in message or "exactly once, found 2" in message for message in blocked.values()), blocked
    assert len(taken) > 100
    assert_parses(taken)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("app/models/ci/build.rb", "blob"),
        ("app/models/group.rb", "repository"),
        ("app/models/vulnerability.rb", "blob"),
        ("app/models/merge_request.rb", "repository"),
        ("ee/app/models/push_rule.rb", "blob"),
        ("ee/app/models/dast/profile.rb", "repository"),
    ],
)
def test_a_model_that_has_code_for_ee_gets_everything(sparse: Path, path: str, kind: str) -> None:
    relative = path.removeprefix("ee/").removeprefix("app/models/")
    model = "::".join(Inflector.gitlab().camelize(part) for part in relative.removesuffix(".rb").split("/"))
    for each in (path, f"ee/app/models/ee/{relative}", f"ee/spec/models/ee/{relative.replace('.rb', '_spec.rb')}"):
        if (CHECKOUT / each).is_file():
            (sparse / each).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(CHECKOUT / each, sparse / each)
    before = picture(sparse)
    # Its parents and the dictionary are not there to say it.
    table = Inflector.gitlab().pluralize(relative.removesuffix(".rb").replace("/", "_"))
    made = new(sparse, model=model, kind=kind, owner="project", table=table)
    [entry] = [step for step in made.steps if step.operation.id == "model"]
    assert (entry.operation.kind, entry.outcome.status) == ("ensure", Status.PLANNED)
    assert [
        step.operation for step in made.steps if step.outcome.status not in {Status.PLANNED, Status.UNCHANGED}
    ] == []
    after = picture(sparse)
    assert_parses([str(sparse / name) for name, content in after.items() if content and name.endswith(".rb")])
    again = new(sparse, model=model, now=OTHER_TIME)
    assert {step.outcome.status for step in again.steps} == {Status.UNCHANGED}
    assert picture(sparse) == after
    undo(sparse, model)
    assert picture(sparse) == before


def test_what_gitlab_wrote_last_is_what_the_edition_makes_or_acknowledges() -> None:
    findings = drift_of(CHECKOUT)
    assert findings.findings == ()
    assert len(findings.newest) == 10
