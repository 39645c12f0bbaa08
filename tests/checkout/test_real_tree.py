"""The facts about every class of a real GitLab checkout, named by GITLAB_CHECKOUT, compared with independent sources.

PostgreSQL's catalog after loading `db/structure.sql` has keys, columns and references; FactoryBot itself has the class
of each factory; ruamel reads the dictionary; and a hundred rows were read by hand (names and facts only).
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from geo_scaffold.checkout import Checkout, Facts
from geo_scaffold.verbs.facts import open_checkout
from ruby.postgres import bin_folder, running_cluster

CHECKOUT: Final = os.environ.get("GITLAB_CHECKOUT", "")
LOADER: Final = Path(__file__).with_name("factories.rb")
ACRONYMS: Final = ("CDN", "EE", "JH", "CSP", "VSCode", "FIPS")
CATALOG: Final = """
SELECT json_object_agg(c.relname, json_build_object(
  'partitioned', c.relkind = 'p',
  'columns', (SELECT json_agg(a.attname) FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  'key', (SELECT json_agg(a.attname ORDER BY k.place) FROM pg_constraint p
          CROSS JOIN unnest(p.conkey) WITH ORDINALITY k(number, place)
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
          WHERE p.conrelid = c.oid AND p.contype = 'p'),
  'hard', (SELECT json_agg(DISTINCT a.attname) FROM pg_constraint p CROSS JOIN unnest(p.conkey) k(number)
           JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
           WHERE p.conrelid = c.oid AND p.contype = 'f')))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public'
"""
LOADING_S: Final = 600

pytestmark = [
    pytest.mark.real_tree,
    pytest.mark.slow,
    pytest.mark.skipif(not CHECKOUT, reason="GITLAB_CHECKOUT names no checkout"),
]

READ_BY_HAND: Final = Path(__file__).with_name("read_by_hand.txt")
"""One line per class: the class, its table, kind and factory; `-` for none."""


@pytest.fixture(scope="module")
def checkout() -> Checkout:
    return open_checkout(Path(CHECKOUT))


@pytest.fixture(scope="module")
def facts(checkout: Checkout) -> list[Facts]:
    return [checkout.facts(name) for name in checkout.dictionary.classes()]


@pytest.fixture(scope="module")
def entries() -> dict[str, dict[str, Any]]:
    """The dictionary by table, as a YAML parser reads it."""
    parser = YAML(typ="safe")
    found = {}
    for folder in ("db/docs", "db/docs/views"):
        for path in sorted(Path(CHECKOUT, folder).glob("*.yml")):
            entry = parser.load(path.read_text())
            found[entry.get("table_name") or entry.get("view_name")] = entry
    return found


def share(right: int, of: int, name: str, record: Any) -> float:
    """Return a share, and have the report of the tests show it."""
    record(name, f"{right} of {of}")
    return right / of


def test_keys_columns_and_references(facts: list[Facts], record_testsuite_property: Any) -> None:
    programs = bin_folder()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with running_cluster(programs) as cluster:
        cluster.psql("postgres", "CREATE DATABASE gitlab")
        cluster.psql("gitlab", Path(CHECKOUT, "db/structure.sql").read_text(), seconds=LOADING_S)
        catalog = json.loads(cluster.psql("gitlab", CATALOG))
    loose = YAML(typ="safe").load(Path(CHECKOUT, "config/gitlab_loose_foreign_keys.yml").read_text())
    asked = [fact for fact in facts if fact["table"] in catalog]
    assert len(asked) > 0.97 * len(facts)  # the others are views
    wrong: dict[str, dict[str, Any]] = {}
    for action in asked:
        table = catalog[action["table"]]
        columns = table["columns"]
        references = {
            column: "none" for column in columns if column.endswith("_id") or column in action["sharding_keys"]
        }
        references |= {key["column"]: "loose" for key in loose.get(action["table"], ())}
        references |= dict.fromkeys(table["hard"] or (), "hard")
        truth = {
            "primary_key": table["key"] or [],
            "partitioned": table["partitioned"],
            "updated_at": "updated_at" in columns,
            "foreign_keys": references,
        }
        for name, value in truth.items():
            if action[name] != value:
                wrong.setdefault(name, {})[action.model] = (action[name], value)
        for mount in action.mounts:
            column = f"{mount.attribute}_store"  # none of them is mounted on a column of another name
            if mount.store_column != (column if column in columns else None):
                wrong.setdefault("mounts", {})[action.model] = mount
        if not action.table or set(action.table.columns) != set(columns):
            wrong.setdefault("columns", {})[action.model] = columns
    for name in ("primary_key", "partitioned", "updated_at", "foreign_keys", "mounts", "columns"):
        missed = wrong.get(name, {})
        assert share(len(asked) - len(missed), len(asked), name, record_testsuite_property) >= 0.995, (name, missed)


def test_tables_schemas_and_sharding_keys(
    facts: list[Facts], entries: dict[str, dict[str, Any]], record_testsuite_property: Any
) -> None:
    wrong: dict[str, dict[str, Any]] = {}
    for fact in facts:
        entry = entries.get(fact["table"], {})
        is_its = fact.model in entry.get("classes", ())
        truth = {
            "table": fact["table"] if is_its else None,
            "gitlab_schema": entry.get("gitlab_schema"),
            "sharding_keys": entry.get("sharding_key") or {},
        }
        for name, value in truth.items():
            if fact[name] != value:
                wrong.setdefault(name, {})[fact.model] = (fact[name], value)
    for name in ("table", "gitlab_schema", "sharding_keys"):
        missed = wrong.get(name, {})
        assert share(len(facts) - len(missed), len(facts), name, record_testsuite_property) >= 0.995, (name, missed)


def test_no_class_has_the_table_of_its_uploads(facts: list[Facts]) -> None:
    assert [fact.model for fact in facts if (fact["table"] or "").endswith("_uploads_uploads")] == []
    parts = {fact.model for fact in facts if fact.table and fact.table.partition_of}
    assert {"AbuseReport", "User", "Ci::Runner", "Vulnerabilities::Export"} & parts == set()


def test_factories(checkout: Checkout, facts: list[Facts], record_testsuite_property: Any) -> None:
    ruby = shutil.which("ruby")
    if ruby is None:
        pytest.skip("Ruby is not installed")
    done = subprocess.run([ruby, LOADER, CHECKOUT, *ACRONYMS], capture_output=True, text=True, check=False)
    if "cannot load such file" in done.stderr:
        pytest.skip("Ruby does not find FactoryBot")
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout)
    assert loaded["failed"] == {}
    made: dict[str, set[str]] = {}
    for name, model in loaded["classes"].items():
        made.setdefault(model, set()).add(name)
    there = [fact for fact in facts if fact.exists]
    wrong = {}
    for each in there:
        of_class = made.get(each.model, set())
        usual = checkout.factories.usual_name(each.model)
        right: set[str | None] = {*({usual} & of_class or of_class)} or {None}
        if each["factory"] not in right:
            wrong[each.model] = (each["factory"], sorted(of_class))
    assert share(len(there) - len(wrong), len(there), "factories", record_testsuite_property) >= 0.98, wrong


def test_rows_read_by_hand(checkout: Checkout) -> None:
    rows = [line.split() for line in READ_BY_HAND.read_text().splitlines()]
    assert len(rows) > 100
    found = [
        [model, *((checkout.facts(model)[name] or "-") for name in ("table", "kind", "factory"))] for model, *_ in rows
    ]
    assert found == rows


def test_every_fact_has_a_source_that_is_there(facts: list[Facts]) -> None:
    lines: dict[str, int] = {}
    for each in facts:
        for name, fact in each.values.items():
            if fact.value in (None, False, [], {}):
                continue
            path, _, line = (fact.source or "").rpartition(":")
            if path not in lines:
                lines[path] = Path(CHECKOUT, path).read_bytes().count(b"\n") + 1
            assert 1 <= int(line) <= lines[path], (each.model, name, fact)
