"""The editors on the files of a real checkout: only the expected lines change, and the formats' own readers agree."""

import functools
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from geo_scaffold.editors.json_.entries import ArrayStrings, ObjectProperties
from geo_scaffold.editors.markdown.bullets import BulletItems
from geo_scaffold.editors.markdown.examples import ExampleProperties
from geo_scaffold.editors.markdown.reference import ReferenceType, StableField
from geo_scaffold.editors.markdown.tables import TableRows
from geo_scaffold.editors.order import AscendingRun
from geo_scaffold.editors.pot import Messages
from geo_scaffold.editors.sql.script import DEFAULT, INDEX, RELATION, TRIGGER, parse
from geo_scaffold.editors.sql.statements import Statements
from geo_scaffold.editors.yaml.api_fields import ApiFields
from geo_scaffold.editors.yaml.scalar import ScalarValue
from geo_scaffold.names.inflector import Inflector

from .laws import added, check_laws

CHECKOUT = os.environ.get("GITLAB_CHECKOUT", "")
pytestmark = [
    pytest.mark.real_tree,
    pytest.mark.skipif(not CHECKOUT, reason="GITLAB_CHECKOUT names no checkout"),
]

SUFFIXES = (
    "count",
    "checksum_total_count",
    "checksummed_count",
    "checksum_failed_count",
    "synced_count",
    "failed_count",
)
NAMES = tuple(f"cool_widgets_{suffix}" for suffix in SUFFIXES)
COUNT = '{\n  "type": [\n    "integer",\n    "null"\n  ]\n}'
SCHEMAS = "ee/spec/fixtures/api/schemas/public_api/v4"


def read(path: str) -> str:
    return (Path(CHECKOUT) / path).read_bytes().decode(errors="surrogateescape")


@pytest.mark.parametrize("name", ["geo_node_status", "geo_site_status"])
def test_status_schemas(name: str) -> None:
    text = read(f"{SCHEMAS}/{name}.json")
    new = check_laws(ArrayStrings(("required",), NAMES, after="package_files_"), text)
    assert added(text, new) == [f'    "{each}",' for each in NAMES]
    both = check_laws(
        ObjectProperties(("properties",), tuple((each, COUNT) for each in NAMES), after="package_files_"), new
    )
    assert len(added(new, both)) == 6 * len(NAMES)
    assert json.dumps(json.loads(both), indent=2) + "\n" == both
    keys = list(json.loads(both)["properties"])
    at = keys.index(NAMES[0])
    assert tuple(keys[at : at + len(NAMES)]) == NAMES
    assert keys[at - 1].startswith("package_files_")


def test_generated_json() -> None:
    path = "ee/config/metrics/object_schemas/geo_node_usage.json"
    text = read(path)
    properties = tuple(
        (name, json.dumps({"description": name.capitalize().replace("_", " "), "type": "number"}, indent=2))
        for name in NAMES
    )
    new = check_laws(ObjectProperties(("items", "properties"), properties, order="sorted"), text)
    whole = json.loads(text)
    whole["items"]["properties"].update((key, json.loads(value)) for key, value in properties)
    whole["items"]["properties"] = dict(sorted(whole["items"]["properties"].items()))
    assert new == json.dumps(whole, indent=2) + "\n"

    text = read("app/assets/javascripts/graphql_shared/possible_types.json")
    new = check_laws(ArrayStrings(("Registrable",), ("CoolWidgetRegistry",), order="sorted"), text)
    whole = json.loads(text)
    whole["Registrable"] = sorted([*whole["Registrable"], "CoolWidgetRegistry"])
    assert new == json.dumps(whole, indent=2) + "\n"


def test_every_member_of_a_generated_list_can_be_derived_again() -> None:
    text = read("app/assets/javascripts/graphql_shared/possible_types.json")
    for member in json.loads(text)["Registrable"]:
        editor = ArrayStrings(("Registrable",), (member,), order="sorted")
        assert editor.insert(editor.remove(text)) == text
    text = read("ee/config/metrics/object_schemas/geo_node_usage.json")
    members: dict[str, Any] = json.loads(text)["items"]["properties"]
    for prefix in ("packages_nuget_symbols_", "uploads_", "ci_secure_files_"):
        chosen = tuple((key, json.dumps(value, indent=2)) for key, value in members.items() if key.startswith(prefix))
        entry = ObjectProperties(("items", "properties"), chosen, order="sorted")
        assert entry.insert(entry.remove(text)) == text


@pytest.mark.parametrize(
    ("path", "after"), [("doc/api/geo_nodes.md", "package_files_"), ("doc/api/geo_sites.md", "package_files_")]
)
def test_status_examples(path: str, after: str) -> None:
    text = read(path)
    properties = tuple((name, "5") for name in NAMES)
    new = check_laws(ExampleProperties("db_replication_lag_seconds", 3, properties, after=after), text)
    lines = added(text, new)
    assert [line.strip() for line in lines] == [f'"{name}": 5,' for name in NAMES] * 3
    fences = re.findall(r"```json\n(.*?)```", new, re.DOTALL)
    assert sum(NAMES[0] in fence and bool(json.loads(fence)) for fence in fences) == 2


def test_metrics_table() -> None:
    text = read("doc/administration/monitoring/prometheus/gitlab_metrics.md")
    rows = tuple((f"`geo_cool_widgets_{each}`", "Gauge", "18.9", "`url`", f"Number {each}") for each in ("a", "b"))
    new = check_laws(TableRows("## Sidekiq metrics", rows, order="block"), text)
    lines = added(text, new)
    assert [line.split("|")[1].strip() for line in lines] == [row[0] for row in rows]
    rest = new[new.index(lines[-1]) :].split("\n")
    assert [len(cell) for cell in rest[0].split("|")[1:5]] == [len(cell) for cell in rest[1].split("|")[1:5]]


def test_a_longer_metric_widens_the_table_and_its_removal_narrows_it() -> None:
    text = read("doc/administration/monitoring/prometheus/gitlab_metrics.md")
    row = (f"`geo_{'x' * 60}`", "Gauge", "18.9", "`url`", "Number")
    new = check_laws(TableRows("## Sidekiq metrics", (row,), order="block"), text)
    assert re.sub(r" +|-{3,}", "", new.replace(next(x for x in new.split("\n") if row[0] in x) + "\n", "")) == re.sub(
        r" +|-{3,}", "", text
    )


def test_data_types_tables() -> None:
    path = "doc/administration/geo/replication/datatypes.md"
    text = read(path)
    blobs = tuple(
        ("Blob", f"Cool Widgets _({each})_", "Geo with API", "SHA256") for each in ("file system", "object storage")
    )
    new = check_laws(TableRows("## Data types", blobs, after="Blob | "), text)
    assert len(added(text, new)) == 2
    row = ("Cool Widgets", "**Yes** (18.9)", "**Yes** (18.9)", "Not applicable", "Not applicable", "")
    new = check_laws(TableRows("#### Enable or disable replication (for some data types)", (row,)), text)
    assert len(added(text, new)) == 1


def test_lists() -> None:
    text = read("doc/api/admin/data_management.md")
    editor = BulletItems("## Retrieve model information", ("`cool_widgets`",), "The `:model_name`", order="sorted")
    assert added(text, check_laws(editor, text)) == ["- `cool_widgets`"]
    text = read("doc/administration/geo/replication/troubleshooting/synchronization_verification.md")
    editor = BulletItems("#### Geo Registry classes", ("`Geo::CoolWidgetRegistry`",), "**Blob types**", order="sorted")
    assert added(text, check_laws(editor, text)) == ["  - `Geo::CoolWidgetRegistry`"]


def test_feature_flags() -> None:
    flags = sorted((Path(CHECKOUT) / "ee/config/feature_flags/ops").glob("geo_*_replication.yml"))
    assert flags
    for flag in flags:
        text = flag.read_text()
        off, on = ("default_enabled: false", "default_enabled: true")
        editor = ScalarValue(("default_enabled",), "true", "false")
        if off in text:
            assert check_laws(editor, text) == text.replace(off, on)
        else:
            assert editor.contains(text)
            assert editor.remove(text) == text.replace(on, off)


def test_gettext() -> None:
    text = read("locale/gitlab.pot")
    editor = Messages((("Geo|Cool Widget",), ("Geo|Cool Widgets",), ("%d cool widget", "%d cool widgets")))
    new = check_laws(editor, text)
    messages = [each.replace('\\"', '"') for each in re.findall(r'^msgid "(.*)"$', new, re.MULTILINE)]
    assert messages == sorted(messages)
    assert len(added(text, new)) == 3 + 3 + 5
    for title in ("Geo|NuGet Symbol", "Geo|NuGet Symbols", "Geo|CI Secure File"):
        again = Messages(((title,),))
        assert again.insert(again.remove(text)) == text


def statements_by_table(text: str) -> dict[str, list[str]]:
    """Return what defines each table that is not partitioned: from the table itself to its foreign keys."""
    script = parse(text)
    tables = {
        statement.name[0]: [statement.text]
        for statement in script
        if statement.text.startswith("CREATE TABLE")
        and "PARTITION BY" not in statement.text
        and "." not in statement.name[0]
    }
    sequences = {
        statement.name[0]: statement.text for statement in script if statement.text.startswith("CREATE SEQUENCE")
    }
    for statement in script:
        if statement.key is None:
            continue
        owner = re.search(r"OWNED BY (\w+)\.\w+;", statement.text)
        if statement.rank == RELATION:
            if owner and owner[1] in tables:
                tables[owner[1]] += [sequences[statement.name[0]], statement.text]
        elif statement.rank is not None and statement.rank >= DEFAULT:
            tables.get(statement.name[1 if statement.rank in {INDEX, TRIGGER} else 0], []).append(statement.text)
    return tables


def test_every_geo_table_can_be_derived_again() -> None:
    text = read("ee/db/geo/structure.sql")
    for table, statements in statements_by_table(text).items():
        editor = Statements(tuple(statements))
        # Two tables of this file are not in pg_dump's order, which a person must have merged.
        if table not in {"dependency_proxy_blob_registry", "dependency_proxy_manifest_registry"}:
            assert editor.insert(editor.remove(text)) == text, table


@pytest.mark.slow
def test_state_tables_can_be_derived_again() -> None:
    text = read("db/structure.sql")
    tables = statements_by_table(text)
    names = re.findall(r"^CREATE TABLE (\w+) \(", text, re.MULTILINE)
    # Nothing tells where pg_dump moves a table that functions, views or other tables use; comments would stay behind.
    in_order = {names[position] for position in AscendingRun(names).positions}
    left_out = set(tables) - in_order
    left_out |= set(re.findall(r"(?:COMMENT ON (?:TABLE|COLUMN)|ATTACH PARTITION) (\w+)\b", text)) & set(tables)
    assert len(left_out) < len(tables) / 10
    tables = {name: each for name, each in tables.items() if name not in left_out}
    chosen = [name for name in tables if name.endswith("_states")]
    chosen += sorted(set(tables) - set(chosen))[:: len(tables) // 40]
    for name in chosen:
        editor = Statements(tuple(tables[name]))
        assert editor.insert(editor.remove(text)) == text, name


@functools.cache
def reference() -> str:
    return read("doc/api/graphql/reference/_index.md")


def registrable() -> list[str]:
    """Return the types of the reference that are like each other."""
    found = CHECKOUT and re.search(r"^#### `Registrable`\n\nOne of:\n\n((?:- .*\n)+)", reference(), re.MULTILINE)
    return re.findall(r"`(\w+)`", found[1]) if found else []


def merged_type(name: str) -> ReferenceType:
    """Return the editor of a merged type, with the words that the code in Ruby has for it."""
    camel = name.removesuffix("Registry")
    inflector = Inflector.gitlab()
    code = read(f"ee/app/graphql/types/geo/{inflector.underscore(name)}_type.rb")
    described = re.search(r"description ['\"](.*)['\"]", code)
    [(own, said)] = re.findall(r"field :(\w+),\s*GraphQL::Types::ID,\s*null: false,\s*description: '(.*)'", code)
    field = f"{inflector.underscore(camel)}_registries"
    node = read("ee/app/graphql/types/geo/geo_node_type.rb")
    call = re.search(rf"field :{field},.*?(?=\n      field |\n    end)", node, re.DOTALL)
    assert described
    assert call
    words = "".join(re.findall(r"'((?:Find|Ignored|Package)[^']*)'", call[0]))
    since = re.search(r"experiment: { milestone: '(.*)' }", call[0])
    status = (
        f"{{{{< details >}}}}\n**Introduced** in GitLab {since[1]}.\n**Status**: Experiment.\n{{{{< /details >}}}}\n\n"
        if since
        else ""
    )
    key = camelized(own)
    row = f'| <a id="{(name + key).lower()}"></a>`{key}` | [`ID!`](#id) | {said.rstrip(".")}. |'
    return ReferenceType(
        (
            f"### `{name}`\n\n{described[1].rstrip('.')}.\n\n#### Fields\n\n| Name |\n{row}\n",
            f"##### `GeoNode.{camelized(field)}`\n\n{status}{words.rstrip('.')}.\n\nReturns [`{name}Connection`].\n",
        ),
        "Registrable",
        "GeoRegistryClass",
        inflector.underscore(name).upper(),
        f"Geo{name}ID",
    )


def camelized(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


@pytest.mark.parametrize("name", registrable())
def test_what_the_graphql_reference_says_of_each_merged_type_is_derived_again(name: str) -> None:
    editor, text = merged_type(name), reference()
    assert editor.contains(text)
    without = editor.remove(text)
    assert not any(part.contains(without) for part in editor.pieces)
    assert editor.insert(without) == text


def test_a_released_field_of_the_graphql_reference_is_what_the_release_makes_of_it() -> None:
    text = reference()
    experimental = [name for name in registrable() if "Status" in merged_type(name).sections[1]]
    assert experimental
    for name in experimental:
        editor = StableField(merged_type(name).names.field)
        released = editor.insert(text)
        assert len(released.splitlines()) == len(text.splitlines()) - 5
        assert editor.knowing(editor.to_remember(text)).remove(released) == text


def replicators() -> list[str]:
    text = read("ee/lib/gitlab/geo.rb") if CHECKOUT else ""
    return re.findall(r"::Geo::(\w+)Replicator", text.partition("REPLICATOR_CLASSES = [")[2].partition("]")[0])


@pytest.mark.parametrize("version", ["v2", "v3"])
@pytest.mark.parametrize("name", replicators())
def test_what_the_openapi_documents_say_of_each_merged_type_is_derived_again(name: str, version: str) -> None:
    text = read(f"doc/api/openapi/openapi_{version}.yaml")
    inflector = Inflector.gitlab()
    model = re.search(
        r"def (?:self\.)?model\s+(?:::)?(\S+)",
        read(f"ee/app/replicators/geo/{inflector.underscore(name)}_replicator.rb"),
    )
    assert model
    editor = ApiFields(
        inflector.pluralize(inflector.underscore(name)),
        inflector.pluralize(inflector.underscore(model[1]).replace("/", "_")),
        f"::Geo::{name}Replicator",
        (read("ee/lib/gitlab/geo.rb"), read("ee/lib/ee/api/geo.rb")),
    )
    assert editor.contains(text)
    without = editor.remove(text)
    assert without != text
    assert editor.insert(without) == text
