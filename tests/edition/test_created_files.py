"""The created files of edition 16: every kind and owner, every odd name, and names that Rails would not derive."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from pytest_snapshot.plugin import Snapshot  # type: ignore[import-untyped]

from geo_scaffold.answers import Answers
from geo_scaffold.edition import Renderer, Surroundings, context_for, templates_root
from geo_scaffold.names import build_names
from geo_scaffold.names.inflector import Inflector
from sizes import in_turns, some

EDITION = templates_root() / "gitlab-16"
INFLECTOR = Inflector.gitlab()
RENDERER = Renderer("16")
KINDS = ("repository", "blob")
OWNERS = (None, "project", "group", "organization", "none")
DEPEND_ON_OWNER = ("model", "model-spec", "model-factory")


def rendered(
    file: str,
    model: str = "CoolWidget",
    *,
    kind: str = "repository",
    owner: str | None = None,
    factory_exists: bool = False,
    given: Mapping[str, str] = MappingProxyType({}),
) -> str:
    names = build_names(model, inflector=INFLECTOR, overrides=given)
    answers = Answers(model, kind=kind, owner=owner, timestamp="20230101000000")
    around = Surroundings(factory_exists=factory_exists)
    return RENDERER.render(f"create/{file}.rb.j2", context_for(answers, names, surroundings=around))


def test_only_what_depends_on_the_owner_does() -> None:
    for path in (EDITION / "create").glob("*.rb.j2"):
        file = path.name.removesuffix(".rb.j2")
        texts = {rendered(file, kind=kind, owner=owner) for kind in KINDS for owner in OWNERS}
        assert (len(texts) > 2) == (file in DEPEND_ON_OWNER), file


@pytest.mark.parametrize("file", DEPEND_ON_OWNER)
@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_depends_on_the_owner(kind: str, owner: str | None, file: str, snapshot: Snapshot) -> None:
    snapshot.snapshot_dir = Path(__file__).parent / "snapshots" / f"{kind}-{owner or 'placeholder'}"
    snapshot.assert_match(rendered(file, kind=kind, owner=owner), f"{file}.rb")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("owner", OWNERS)
def test_an_existing_factory_gets_traits_and_nothing_else(kind: str, owner: str | None, snapshot: Snapshot) -> None:
    snapshot.snapshot_dir = Path(__file__).parent / "snapshots" / f"{kind}-existing-factory"
    snapshot.assert_match(rendered("model-factory", kind=kind, owner=owner, factory_exists=True), "model-factory.rb")


@pytest.mark.parametrize("owner", [owner for owner in OWNERS if owner])
@pytest.mark.parametrize("kind", KINDS)
def test_an_owner_leaves_no_placeholder(kind: str, owner: str) -> None:
    text = rendered("model", kind=kind, owner=owner)
    assert "NotImplementedError" not in text
    assert "This issue template" not in text
    assert ("object_storage_scope" in text) == (kind == "blob")


@pytest.mark.parametrize(
    ("given", "table_name"),
    [
        ({}, None),
        ({"registry_table": "widget_registry"}, "widget_registry"),
        ({"registry_class": "Geo::WidgetRegistry"}, "cool_widget_registry"),
        ({"registry_class": "Geo::WidgetRegistry", "registry_table": "widget_registry"}, None),
        ({"registry_class": "Widgets::CoolWidgetRegistry"}, "cool_widget_registry"),
    ],
)
def test_a_registry_says_its_table_where_active_record_would_look_elsewhere(
    given: dict[str, str], table_name: str | None
) -> None:
    text = rendered("registry-model", given=given)
    assert (f"  self.table_name = '{table_name}'\n\n" in text) == (table_name is not None)
    assert ("self.table_name" in text) == (table_name is not None)


@pytest.mark.parametrize(
    ("given", "table_name"),
    [
        ({}, None),
        ({"state_table": "widget_states"}, "widget_states"),
        ({"state_class": "Geo::WidgetState"}, None),
        # A plural that is more than an s is not recognized: it is said, which is right as well.
        ({"state_class": "Geo::CoolWidgetStatus"}, "cool_widget_statuses"),
        # Modules of GitLab have prefixes for their tables.
        ({"state_class": "Widgets::CoolWidgetState"}, "cool_widget_states"),
    ],
)
def test_a_state_says_its_table_where_active_record_would_look_elsewhere(
    given: dict[str, str], table_name: str | None
) -> None:
    text = rendered("state-model", given=given)
    assert (f"  self.table_name = '{table_name}'\n" in text) == (table_name is not None)
    assert ("self.table_name" in text) == (table_name is not None)


def test_the_scopes_of_the_mixin_use_the_table_of_the_states() -> None:
    text = rendered("model", given={"state_table": "widget_states"}, owner="project")
    assert text.count("widget_states: {") == 3
    assert "cool_widget_states" not in text


@pytest.mark.parametrize(
    ("file", "given", "beginning"),
    [
        (
            "state-model",
            {"state_class": "Packages::Cargo::CrateState"},
            "module Packages\n  module Cargo\n    class CrateState < ApplicationRecord\n",
        ),
        ("state-model", {"state_class": "CrateState"}, "class CrateState < ApplicationRecord\n"),
        (
            "registry-model",
            {"registry_class": "Cargo::CrateRegistry"},
            "module Cargo\n  class CrateRegistry < Geo::BaseRegistry\n",
        ),
        (
            "finder",
            {"finder_class": "Cargo::CrateFinder"},
            "module Cargo\n  class CrateFinder\n    include ::Geo::FrameworkRegistryFinder\n",
        ),
        (
            "resolver",
            {"resolver_class": "Resolvers::Cargo::CratesResolver"},
            "module Resolvers\n  module Cargo\n    class CratesResolver < ::Resolvers::BaseResolver\n",
        ),
        (
            "graphql-type",
            {"type_class": "Types::Cargo::CrateType"},
            "module Types\n  module Cargo\n    # rubocop:disable Graphql/AuthorizeTypes -- because it is included\n"
            "    class CrateType < ::Types::BaseObject\n",
        ),
    ],
)
def test_a_class_stands_where_its_spelling_says(file: str, given: dict[str, str], beginning: str) -> None:
    assert rendered(file, given=given).startswith(f"# frozen_string_literal: true\n\n{beginning}")


@pytest.mark.parametrize(("model", "phrase"), [("CoolWidget", "a cool_widget"), ("UploadPart", "an upload_part")])
def test_the_description_has_the_article_that_fits(model: str, phrase: str) -> None:
    assert f"verification state of {phrase}'\n" in rendered("graphql-type", model)


def model_of(length: int, namespaces: str) -> str:
    """Return a model whose replicable name has as many characters."""
    return f"{namespaces}C{'r' * (length - 1 - len(namespaces.replace('::', '_')))}"


ODD = ["CoolWidget", "Packages::Cargo::Crate", "S3Bucket", "Metadata"]
LONG = [model_of(length, part) for length in (20, 21, 28, 44, 45, 47, 48, 54) for part in ("", "Packages::Cargo::")]


@pytest.mark.ruby
@pytest.mark.parametrize(("model", "kind"), in_turns([*ODD, *some(LONG, 4)], KINDS))
def test_ruby_accepts_what_is_rendered(model: str, kind: str, tmp_path: Path) -> None:
    if shutil.which("ruby") is None:
        assert not os.environ.get("CI"), "CI skips nothing: ruby is not installed"
        pytest.skip("ruby is not installed")
    paths = []
    for template in sorted((EDITION / "create").glob("*.rb.j2")):
        file = template.name.removesuffix(".rb.j2")
        for owner in OWNERS if file in DEPEND_ON_OWNER else OWNERS[:1]:
            path = tmp_path / f"{file}-{owner}.rb"
            path.write_text(rendered(file, model, kind=kind, owner=owner))
            paths.append(str(path))
    assert len(paths) > 20
    lines = [line for path in paths for line in Path(path).read_text().splitlines()]
    assert [line for line in lines if len(line) > 120 or line != line.rstrip()] == []
    # One process for all of them: `ruby -c` takes one file.
    script = "ARGV.each { |path| RubyVM::InstructionSequence.compile(File.read(path), path) }"
    done = subprocess.run(
        ["ruby", "-W:no-experimental", "-we", script, *paths], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
