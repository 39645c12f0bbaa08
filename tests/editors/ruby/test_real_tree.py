"""Every Ruby target of a real checkout: in and out again, and only the expected lines."""

import os
import shutil
import subprocess
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

import pytest

from geo_scaffold.editors import Editor
from geo_scaffold.editors.ruby import (
    ArrayElement,
    CallOption,
    CallStatement,
    HashEntry,
    ItStatements,
    LineAfterCalls,
    LineBeforeEnd,
    MethodDef,
    TableRow,
    WhenBranch,
    WordListElement,
)
from geo_scaffold.editors.ruby.syntax import parse

CHECKOUT = Path(os.environ.get("GITLAB_CHECKOUT", "/nonexistent"))
pytestmark = [
    pytest.mark.real_tree,
    pytest.mark.skipif(not (CHECKOUT / "VERSION").is_file(), reason="GITLAB_CHECKOUT names no checkout"),
]


class Target(NamedTuple):
    path: str
    editor: Editor
    lines: list[str]
    """The diff, without context and without anything after the first 60 columns."""


FIELD = """field :solar_panel_registries, ::Types::Geo::SolarPanelRegistryType.connection_type,
      null: true,
      resolver: ::Resolvers::Geo::SolarPanelRegistriesResolver,
      experiment: { milestone: '18.9' }"""
EXAMPLES = """it_behaves_like 'gets registries for', {
  field_name: 'solarPanelRegistries',
  registry_class_name: 'SolarPanelRegistry'
}"""
COUNT = "expect(Geo::SolarPanelRegistry.where(solar_panel_id: solar_panel.id).count)"
STUB = """def stub_solar_panel_object_storage(**params)
  stub_object_storage_uploader(
    config: Gitlab.config.packages.object_store,
    **params
  )
end"""

TARGETS = [
    Target(
        "ee/lib/gitlab/geo.rb",
        ArrayElement(element="::Geo::SolarPanelReplicator", array="REPLICATOR_CLASSES", inside=("Geo",)),
        ["-*", "+*,", "+      ::Geo::SolarPanelReplicator"],
    ),
    Target(
        "ee/app/workers/geo/secondary/registry_consistency_worker.rb",
        ArrayElement(
            element="Geo::SolarPanelRegistry",
            array="REGISTRY_CLASSES",
            inside=("Secondary", "RegistryConsistencyWorker"),
        ),
        ["-*", "+*,", "+        Geo::SolarPanelRegistry"],
    ),
    Target(
        "ee/spec/lib/gitlab/geo/base_batcher_spec.rb",
        ArrayElement(element="SolarPanel", array="models_with_separate_verification_state_table", ordered=True),
        ["-*", "+*,", "+    SolarPanel"],
    ),
    Target(
        "config/initializers_before_autoloader/000_inflections.rb",
        WordListElement(word="solar_panel_registry", words="uncountable", inside=("inflections",)),
        ["+    solar_panel_registry"],
    ),
    Target(
        "ee/spec/graphql/types/geo/geo_node_type_spec.rb",
        WordListElement(
            word="solar_panel_registries",
            words="expected_fields",
            inside=("has the expected fields",),
            symbols=True,
        ),
        ["+      solar_panel_registries"],
    ),
    Target(
        "ee/spec/graphql/types/geo/registry_class_enum_spec.rb",
        WordListElement(word="SOLAR_PANEL_REGISTRY", words="", inside=("registry_classes",)),
        ["+      SOLAR_PANEL_REGISTRY"],
    ),
    Target(
        "ee/app/graphql/types/geo/registrable_type.rb",
        HashEntry(
            key="::Geo::SolarPanelRegistry",
            value="Types::Geo::SolarPanelRegistryType",
            hash="GEO_REGISTRY_TYPES",
            inside=("RegistrableType",),
        ),
        ["-*", "+*,", "+        ::Geo::SolarPanelRegistry => Types::Geo::SolarPanelRegistryType"],
    ),
    Target(
        "ee/spec/support/helpers/ee/geo_helpers.rb",
        HashEntry(key="'Solar::Panel'", value=":solar_panel", hash="custom_mapping", inside=("factory_name",)),
        ["-*", "+*,", "+        'Solar::Panel' => :solar_panel"],
    ),
    Target(
        "ee/app/graphql/types/geo/geo_node_type.rb",
        CallStatement(text=FIELD, inside=("GeoNodeType",)),
        [
            "+      field :solar_panel_registries, ::Types::Geo::SolarPanelRegistryType.connection_type,",
            "+        null: true,",
            "+        resolver: ::Resolvers::Geo::SolarPanelRegistriesResolver,",
            "+        experiment: { milestone: '18.9' }",
        ],
    ),
    Target(
        "ee/spec/requests/api/graphql/geo/registries_spec.rb",
        CallStatement(text=EXAMPLES, inside=("Gets registries",), key="'SolarPanelRegistry'"),
        ["+", *(f"+  {line}" for line in EXAMPLES.splitlines())],
    ),
    Target(
        "ee/lib/ee/api/geo.rb",
        CallStatement(
            text="optional :solar_panels_count, type: Integer, desc: 'Solar panels count'",
            inside=("optional :status",),
            ordered=False,
        ),
        ["+                optional :solar_panels_count, type: Integer, desc: 'Solar panels count'"],
    ),
    Target(
        "ee/spec/workers/geo/secondary/registry_consistency_worker_spec.rb",
        ItStatements(
            setup="solar_panel = create(:solar_panel)",
            before=f"{COUNT}.to eq(0)",
            after=f"{COUNT}.to eq(1)",
            key="Geo::SolarPanelRegistry",
            inside=("#perform", "creates missing registries for each registry class"),
            step="subject.perform",
        ),
        [
            "+      solar_panel = create(:solar_panel)",
            f"+      {COUNT}.to eq(0)",
            f"+      {COUNT}.to eq(1)",
        ],
    ),
    Target(
        "ee/spec/support/shared_contexts/graphql/geo/registries_shared_context.rb",
        TableRow(
            cells=("Geo::SolarPanelRegistry", "Types::Geo::SolarPanelRegistryType", ":geo_solar_panel_registry"),
            inside=("with geo registries shared context",),
        ),
        [
            "+    Geo::SolarPanelRegistry                 | Types::Geo::SolarPanelRegistryType                 "
            "| :geo_solar_panel_registry"
        ],
    ),
    Target(
        "app/models/ci/secure_file.rb",
        LineBeforeEnd(text="Ci::SecureFile.prepend_mod_with('Solar')"),
        ["+", "+Ci::SecureFile.prepend_mod_with('Solar')"],
    ),
    Target(
        "app/models/packages/nuget/symbol.rb",
        CallStatement(text="include SolarPanel", inside=("Symbol",)),
        ["+      include SolarPanel"],
    ),
    Target(
        "app/models/packages/nuget/symbol.rb",
        LineAfterCalls(text="SOLAR_COLUMN = :file", inside=("Symbol",), method="include"),
        ["+", "+      SOLAR_COLUMN = :file"],
    ),
    Target(
        "ee/app/graphql/types/geo/geo_node_type.rb",
        CallOption(
            call="field :packages_nuget_symbol_registries",
            name="experiment",
            text="experiment: { milestone: '18.6' }",
            inside=("GeoNodeType",),
        ),
        ["-*,", "-        experiment: { milestone: '18.6' }", "+*"],
    ),
    Target(
        "ee/app/graphql/types/geo/geo_node_type.rb",
        CallOption(
            call="field :dependency_proxy_blob_registries",
            name="experiment",
            text="experiment: { milestone: '15.6' }",
            inside=("GeoNodeType",),
            before="resolver",
        ),
        ["-        experiment: { milestone: '15.6' },"],
    ),
    Target(
        "ee/app/models/ee/repository.rb",
        WhenBranch(text="when SolarPanel\n  container.geo_handle_after_update", inside=("log_geo_updated_event",)),
        ["+      when SolarPanel", "+        container.geo_handle_after_update"],
    ),
    Target(
        "spec/support/helpers/stub_object_storage.rb",
        MethodDef(text=STUB, inside=("StubObjectStorage",), after="stub_object_storage"),
        [*(f"+  {line}" for line in STUB.splitlines()), "+"],
    ),
]


def fits(line: str, pattern: str) -> bool:
    """Tell whether a line of a diff is as expected; `*` matches any neighbour."""
    sign, rest = pattern[:1], pattern[1:]
    return line == pattern or (rest.startswith("*") and line.startswith(sign) and line.endswith(rest[1:]))


@pytest.mark.parametrize(
    "target", TARGETS, ids=lambda target: f"{type(target.editor).__name__} {Path(target.path).name}"
)
def test_target(target: Target, tmp_path: Path) -> None:
    before = (CHECKOUT / target.path).read_bytes().decode("utf-8", "surrogateescape")
    assert not target.editor.contains(before)
    after = target.editor.insert(before)
    assert target.editor.contains(after)
    assert target.editor.insert(after) == after
    assert target.editor.remove(after) == before

    diff = list(unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))[2:]
    changes = [line for line in diff if not line.startswith("@@")]
    assert len(changes) == len(target.lines), changes
    assert all(fits(line, pattern) for line, pattern in zip(changes, target.lines, strict=True)), changes

    assert parse(after).root.has_error == parse(before).root.has_error
    ruby = shutil.which("ruby")
    if ruby:
        file = tmp_path / "after.rb"
        file.write_bytes(after.encode("utf-8", "surrogateescape"))
        done = subprocess.run([ruby, "-c", file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_longer_cell_moves_the_bars_of_all_rows() -> None:
    path = "ee/spec/support/shared_contexts/graphql/geo/registries_shared_context.rb"
    before = (CHECKOUT / path).read_bytes().decode()
    name = "A" * 60
    editor = TableRow(
        cells=(f"Geo::{name}", f"Types::Geo::{name}", ":geo"), inside=("with geo registries shared context",)
    )
    after = editor.insert(before)
    rows = [line for line in after.splitlines() if " | " in line]
    assert len({tuple(at for at, char in enumerate(row) if char == "|") for row in rows}) == 1
    assert editor.remove(after) == before
