"""Trees between 18.9 and 19.6: old and new forms side by side, each entry as its neighbours are."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from checkouts import CHECKOUT_18, CHECKOUTS
from geo_scaffold.edition import Level
from geo_scaffold.operations import Status
from geo_scaffold.verbs.checklist import Item, Request, State, check
from geo_scaffold.verbs.new import Selection
from geo_scaffold.verbs.plan import Plan

from .conftest import OTHER_TIME, make_checkout, new, picture, undo

CHECKOUT_19 = CHECKOUTS["19"]
GEO = "ee/lib/gitlab/geo.rb"
WORKER = "ee/app/workers/geo/secondary/registry_consistency_worker.rb"
WORKER_SPEC = "ee/spec/workers/geo/secondary/registry_consistency_worker_spec.rb"
UNION = "ee/app/graphql/types/geo/registrable_type.rb"
ENUM_SPEC = "ee/spec/graphql/types/geo/registry_class_enum_spec.rb"
TABLE = "ee/spec/support/shared_contexts/graphql/geo/registries_shared_context.rb"
REQUESTS = "ee/spec/requests/api/graphql/geo/registries_spec.rb"
USAGE = "ee/config/metrics/object_schemas/geo_node_usage.json"
METRICS = "doc/administration/monitoring/prometheus/gitlab_metrics.md"
SCHEMAS = [f"ee/spec/fixtures/api/schemas/public_api/v4/geo_{each}_status.json" for each in ("node", "site")]
PAGES = [f"doc/api/geo_{each}.md" for each in ("nodes", "sites")]
TODO = "config/authz/graphql/authorization_todo.txt"
TYPES = "ee/app/graphql/types/geo"
CONCERN = "ee/app/models/concerns/geo/replicable_registry.rb"
REPLICATOR = "ee/app/replicators/geo/cool_widget_replicator.rb"
TYPE = f"{TYPES}/cool_widget_registry_type.rb"

THIRTEEN = {path: CHECKOUT_19[path] for path in (*SCHEMAS, *PAGES, METRICS, USAGE, CONCERN)}
SORTED = {path: CHECKOUT_19[path] for path in (GEO, TABLE, REQUESTS, ENUM_SPEC)}
SKIP_REASON = "authorize_granular_token skip_reason: :parent_authorizes"


def registry_type(name: str) -> str:
    return f"module Types\n  module Geo\n    class {name} < BaseObject\n      {SKIP_REASON}\n    end\n  end\nend\n"


BOILER = """module Geo
  class BoilerReplicator < Gitlab::Geo::Replicator
    include ::Geo::BlobReplicatorStrategy

    def self.model
      ::Boiler
    end
  end
end
"""
SWAPPED = {"boilers_": "package_files_", "package_files_": "boilers_"}
OPENAPI = [f"doc/api/openapi/openapi_{each}.yaml" for each in ("v2", "v3")]


def of_unsorted_classes(text: str) -> str:
    """Return an OpenAPI document of a tree with its two classes in the other order."""
    text = re.sub(r"\bboilers_|\bpackage_files_", lambda found: SWAPPED[found[0]], text)
    names = ["          - packages_package_files\n", "          - boilers\n"]
    return text.replace("".join(names), "".join(names[::-1]))


SHAPES: Mapping[str, Mapping[str, str]] = {
    "18.9": CHECKOUT_18,
    "18.11": {**CHECKOUT_18, **THIRTEEN, WORKER_SPEC: CHECKOUT_19[WORKER_SPEC], "VERSION": "18.11.2-ee\n"},
    "19.1": {
        **CHECKOUT_19,
        **{path: CHECKOUT_18[path] for path in (GEO, WORKER, UNION, TABLE, ENUM_SPEC)},
        **{path: of_unsorted_classes(CHECKOUT_19[path]) for path in OPENAPI},
        "VERSION": "19.1.0-ee\n",
    },
    "19.4": CHECKOUT_19,
    "19.6": {
        **{path: text for path, text in CHECKOUT_19.items() if path != TODO},
        "VERSION": "19.6.0-ee\n",
        "ee/db/geo/migrate/20260101000000_create_boiler_registry.rb": "",
        "ee/app/replicators/geo/boiler_replicator.rb": BOILER,
        f"{TYPES}/boiler_registry_type.rb": registry_type("BoilerRegistryType"),
    },
}
every_shape = pytest.mark.parametrize("shape", SHAPES)
GIVEN: dict[str, Any] = {
    "owner": "project",
    "milestone": "19.6",
    "merge_request": "https://gitlab.com/g/p/-/merge_requests/1",
}


def made_in(folder: Path, shape: str, **answers: Any) -> tuple[Path, Plan]:
    root = make_checkout(folder / "gitlab", SHAPES[shape])
    return root, new(root, **{"kind": "blob", **GIVEN, **answers})


def items(root: Path) -> dict[str, Item]:
    (report,) = check(Request(models=("CoolWidget",)), root).types
    return {item.id: item for item in report.items}


def was_and_is(root: Path, shape: str, path: str) -> tuple[str, str]:
    return SHAPES[shape][path], (root / path).read_text()


def elements(text: str, opening: str, pattern: str) -> list[str]:
    inside = text[text.index(opening) :]
    return re.findall(pattern, inside[: inside.index("\n    ]" if "\n    ]" in inside else "\n  end")])


@every_shape
@pytest.mark.parametrize("kind", ["blob", "repository"])
def test_everything_is_planned_once_and_given_back(tmp_path: Path, shape: str, kind: str) -> None:
    root = make_checkout(tmp_path / "gitlab", SHAPES[shape])
    before = picture(root)
    made = new(root, kind=kind, **GIVEN)
    assert {step.outcome.status for step in made.steps} == {Status.PLANNED}
    after = picture(root)
    again = new(root, now=OTHER_TIME)
    assert {step.outcome.status for step in again.steps} == {Status.UNCHANGED}
    assert picture(root) == after
    by_id = items(root)
    open_ = {id_ for id_, item in by_id.items() if item.state in {State.MISSING, State.DIFFERS}}
    assert not {id_ for id_ in open_ if by_id[id_].level is Level.BREAKING} - {"sharding-key"}, open_
    undo(root)
    assert picture(root) == before


@every_shape
def test_a_list_keeps_its_order_and_a_derived_one_gets_no_entry(tmp_path: Path, shape: str) -> None:
    root, made = made_in(tmp_path, shape)
    replicators = elements((root / GEO).read_text(), "REPLICATOR_CLASSES = [", r"::Geo::(\w+)")
    before = elements(SHAPES[shape][GEO], "REPLICATOR_CLASSES = [", r"::Geo::(\w+)")
    assert "CoolWidgetReplicator" in replicators
    if before == sorted(before):
        assert replicators == sorted(replicators)
    else:
        assert replicators == [*before, "CoolWidgetReplicator"]
    words = (root / ENUM_SPEC).read_text().split("%w[")[1].split("]")[0].split()
    was = SHAPES[shape][ENUM_SPEC].split("%w[")[1].split("]")[0].split()
    assert words == (sorted([*was, "COOL_WIDGET_REGISTRY"]) if was == sorted(was) else [*was, "COOL_WIDGET_REGISTRY"])
    names = re.findall(r"registry_class_name: '(\w+)'", (root / REQUESTS).read_text())
    assert names == sorted(names)
    rows = re.findall(r"^    (Geo::\w+)", (root / TABLE).read_text(), re.MULTILINE)
    assert rows == sorted(rows)
    bars = [{line.index("|") for line in text.splitlines() if " | " in line} for text in was_and_is(root, shape, TABLE)]
    if len(bars[0]) == 1:
        assert len(bars[1]) == 1
    else:
        assert set(SHAPES[shape][TABLE].splitlines()) <= set((root / TABLE).read_text().splitlines())
    by_id = items(root)
    for id_, path, constant in (("registry-classes", WORKER, "REGISTRY"), ("registrable-type", UNION, "GEO_REGISTRY")):
        if (
            ".map" in SHAPES[shape][path]
            or ".select" in SHAPES[shape][path]
            or "registry_classes" in SHAPES[shape][path]
        ):
            assert (root / path).read_text() == SHAPES[shape][path]
            assert by_id[id_].state is State.NOT_APPLICABLE
            assert by_id[id_].path == path
            assert constant in (root / path).read_text().splitlines()[(by_id[id_].line or 0) - 1]
            assert id_ not in {step.operation.id for step in made.steps}
        else:
            assert by_id[id_].state is State.DONE


@every_shape
def test_a_type_has_as_many_status_fields_as_its_neighbours(tmp_path: Path, shape: str) -> None:
    root, _ = made_in(tmp_path, shape)
    is_more = "_oldest_unsynced_time" in SHAPES[shape][SCHEMAS[0]]
    for path in SCHEMAS:
        schema = json.loads((root / path).read_text())
        required = [each for each in schema["required"] if each.startswith("cool_widgets_")]
        described = [property_ for property_ in schema["properties"] if property_.startswith("cool_widgets_")]
        assert required == described
        assert len(required) == (13 if is_more else 12)
        for names in (schema["required"], list(schema["properties"])):
            assert names[names.index("git_fetch_event_count_weekly") - 1] == required[-1]
    for path in PAGES:
        assert (root / path).read_text().count('"cool_widgets_oldest_unsynced_time": null') == (3 if is_more else 0)
        assert (root / path).read_text().count('"cool_widgets_verified_in_percentage"') == 3
    rows = [line for line in (root / METRICS).read_text().splitlines() if line.startswith("| `geo_cool_widgets")]
    assert len(rows) == (11 if is_more else 10)
    if is_more:
        below = (root / METRICS).read_text().split(rows[-1])[1].splitlines()[1]
        assert below.startswith("| `geo_status_failed_total`")
        assert "Number of cool widgets on primary" in rows[0]
    usage = json.loads((root / USAGE).read_text())["items"]["properties"]
    assert list(usage) == sorted(usage)
    ours = {key: value["description"] for key, value in usage.items() if key.startswith("cool_widgets_")}
    assert len(ours) == (11 if is_more else 10)
    said = "Number of Cool Widgets on the primary" if is_more else "Cool widgets count"
    assert ours["cool_widgets_count"] == said


@every_shape
def test_permissions_are_where_the_neighbours_have_them(tmp_path: Path, shape: str) -> None:
    root, _ = made_in(tmp_path, shape)
    todo, is_asked = root / TODO, shape not in {"18.9", "18.11", "19.6"}
    assert (SKIP_REASON in (root / TYPE).read_text()) == (shape == "19.6")
    if is_asked:
        lines = todo.read_text().splitlines()
        types = [line for line in lines if line.startswith("type:")]
        assert "type:CoolWidgetRegistry" in types
        assert types == sorted(types)
        assert lines[:2] == SHAPES[shape][TODO].splitlines()[:2]
    else:
        assert not todo.exists()
    if shape[:2] == "19":
        assert items(root)["granular-token"].state is (State.DONE if is_asked else State.NOT_APPLICABLE)


def test_a_replicator_says_that_its_graphql_type_comes_later(tmp_path: Path) -> None:
    skipped = Selection(skip=frozenset({"graphql-type"}))
    root = make_checkout(tmp_path / "gitlab", SHAPES["19.4"])
    before = picture(root)
    new(root, kind="blob", **GIVEN, selection=skipped)
    assert "def self.graphql_registerable?\n      false\n    end" in (root / REPLICATOR).read_text()
    assert items(root)["graphql-registerable"].state in {State.DONE, State.PENDING}
    again = new(root, selection=skipped, now=OTHER_TIME)
    assert again.tree.changes() == ()
    new(root)
    assert "graphql_registerable?" not in (root / REPLICATOR).read_text()
    assert (root / TYPE).is_file()
    assert items(root)["graphql-registerable"].state is State.DONE
    undo(root)
    assert picture(root) == before


@pytest.mark.parametrize("shape", ["18.9", "18.11", "19.1"])
def test_no_replicator_says_so_where_gitlab_does_not_ask(tmp_path: Path, shape: str) -> None:
    root = make_checkout(tmp_path / "gitlab", SHAPES[shape])
    new(root, kind="blob", **GIVEN, selection=Selection(skip=frozenset({"graphql-type"})))
    assert "graphql_registerable?" not in (root / REPLICATOR).read_text()


def test_a_type_without_graphql_type_is_a_finding(tmp_path: Path) -> None:
    root, _ = made_in(tmp_path, "19.4")
    (root / TYPE).unlink()
    item = items(root)["graphql-registerable"]
    assert (item.state, item.path, item.level) == (State.MISSING, REPLICATOR, Level.BREAKING)


def moved_on(root: Path, folder: Path) -> None:
    """Upgrade GitLab to 19.4 around a type of edition 18, which has the lists and fields of its time like others."""
    newer = make_checkout(folder / "newer", CHECKOUT_19)
    new(newer, kind="blob", **GIVEN)
    paths = [path for path in CHECKOUT_19 if not path.startswith(("doc/api/openapi", "doc/api/graphql"))]
    texts = {path: (newer / path).read_text() for path in paths if (newer / path).is_file()}
    make_checkout(root, texts, git=False)


def test_a_type_of_edition_18_in_a_tree_that_has_moved_on(tmp_path: Path) -> None:
    root, made = made_in(tmp_path, "18.9")
    assert made.edition == "18"
    created = {
        path: text for path, text in picture(root).items() if "cool_widget" in path and "geo-scaffold" not in path
    }
    moved_on(root, tmp_path)
    again = new(root)
    assert again.edition == "18"
    assert [step.operation.path for step in again.steps if step.outcome.status is not Status.UNCHANGED] == []
    assert any("18.9" in note for note in again.notes)
    assert not {step.operation.id for step in again.steps} & {"granular-token", "registry-classes", "registrable-type"}
    assert {path: picture(root)[path] for path in created} == created
    by_id = items(root)
    assert "granular-token" not in by_id
    assert by_id["registry-classes"].state is State.NOT_APPLICABLE
    open_ = {id_ for id_, item in by_id.items() if item.state in {State.MISSING, State.DIFFERS}}
    assert open_ <= {"sharding-key"}
    undo(root)
    left = {path for path, text in picture(root).items() if text and b"CoolWidget" in text}
    assert not left & {GEO, REQUESTS, TABLE}
    assert not {path for path in created.keys() - CHECKOUT_18.keys() if path.endswith(".rb") and (root / path).exists()}


def test_outside_a_checkout_the_newest_edition_has_the_forms_of_its_trees(tmp_path: Path) -> None:
    new(tmp_path, kind="blob", gitlab="19", **GIVEN)
    text = (tmp_path / "cool_widget/CHECKLIST.md").read_text()
    for path in SCHEMAS:
        assert f"`{path}`" in text
    fields = set(re.findall(r'"(cool_widgets_\w+)": (?:\d|null|"0)', text))
    assert len(fields) == 13
    assert len(re.findall(r"^ *\| `geo_cool_widgets\w*` ", text, re.MULTILINE)) == 11
    assert '"description": "Number of Cool Widgets in the registry"' in text
    assert "`registry-classes`" not in text
    assert "`registrable-type`" not in text
    [report] = check(Request(models=("CoolWidget",)), tmp_path / "cool_widget").types
    found = {item.id: (item.state, item.message) for item in report.items}
    derived = "not asked for: this GitLab derives `REGISTRY_CLASSES` from `REPLICATOR_CLASSES`"
    assert found["registry-classes"] == (State.NOT_APPLICABLE, derived)


def test_documents_that_a_tree_lacks_ask_for_nothing(tmp_path: Path) -> None:
    files = {path: text for path, text in SHAPES["19.4"].items() if path not in OPENAPI}
    root = make_checkout(tmp_path / "gitlab", files)
    new(root, kind="blob", **GIVEN)
    item = items(root)["openapi"]
    assert item.state is State.NOT_APPLICABLE
    assert item.message == "not asked for: `doc/api/openapi/openapi_v*.yaml` is not there"
