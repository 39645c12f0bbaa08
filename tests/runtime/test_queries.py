"""No query that runs by the clock, or for a page, goes through a table of many rows: proven by the plans.

The operations are those that `benchmarks/registries.py` measures, on the tables of a type as `new` renders it; what
they execute is explained. Where an index is dropped, a plan changes, and a test fails.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from geo_runtime.authoring.replicable_type import ReplicableType
from registries import COUNTS, OPERATIONS, Operation, Scene
from ruby.conftest import unavailable
from ruby.postgres import bin_folder, running_cluster
from sites import load_rendered

from .test_postgresql import url_of

SIZE = 20_000
"""So many that PostgreSQL would rather read an index than the table."""
BIG = {"cool_widgets", "cool_widget_states", "cool_widget_registry", "geo_events", "geo_event_log"}
GOES_THROUGH = [operation for operation in OPERATIONS if operation.goes_through and operation.goes_through != COUNTS]
DOES_NOT = [operation for operation in OPERATIONS if not operation.goes_through]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> ReplicableType:
    return load_rendered(tmp_path_factory.mktemp("rendered"), "repository")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def scene(
    request: pytest.FixtureRequest, rendered: ReplicableType, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        made = Scene(folder, None, rendered, SIZE)
        yield made
        made.close()
        return
    programs = bin_folder()
    if programs is None:
        unavailable("initdb is not installed (Debian package postgresql)")
    with running_cluster(programs) as cluster:
        made = Scene(folder, url_of(cluster, "postgres"), rendered, SIZE)
        yield made
        made.close()


def problems(scene: Scene, operation: Operation) -> list[str]:
    """What is wrong with the plans of what an operation executes."""
    found: list[str] = []

    def explain(connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if not many and statement.split(maxsplit=1)[0] in {"SELECT", "UPDATE", "DELETE", "WITH"}:
            found.extend(f"{problem}: {statement}" for problem in explained(connection, statement, parameters))

    databases = (scene.primary.main, scene.secondary.main, scene.secondary.tracking_database())
    # On PostgreSQL both engines of a database are one, whose events come once.
    both = [each for database in databases for each in (database.reading_engine, database.engine)]
    engines = list({engine.pool: engine for engine in both}.values())
    for engine in engines:
        event.listen(engine, "before_cursor_execute", explain)
    try:
        handled = operation.act(scene)
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", explain)
    assert handled
    if isinstance(handled, list):
        operation.undo(scene, handled)
    return found


def explained(connection: Connection, statement: str, parameters: Any) -> list[str]:
    cursor: Any = connection.connection.cursor()
    if connection.dialect.name == "sqlite":
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps = [str(row[3]) for row in cursor.fetchall()]
        ends_early = "LIMIT" in statement and "WHERE" not in statement  # along the ids
        return [step for step in steps if "USE TEMP B-TREE" in step or (is_scan(step) and not ends_early)]
    cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
    [(plan,)] = cursor.fetchall()
    return [
        f"{node['Node Type']} on {node.get('Relation Name')}"
        for node in nodes_of((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in BIG
    ]


def is_scan(step: str) -> bool:
    """Whether SQLite goes through a table of many rows without any index."""
    return step.startswith("SCAN ") and step.split()[1] in BIG and " USING " not in step


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes_of(each)


@pytest.mark.parametrize("operation", DOES_NOT, ids=lambda operation: operation.label)
def test_no_query_goes_through_a_table(scene: Scene, operation: Operation) -> None:
    assert problems(scene, operation) == []


@pytest.mark.parametrize("operation", GOES_THROUGH, ids=lambda operation: operation.label)
def test_those_that_must_are_known(scene: Scene, operation: Operation) -> None:
    """Each for want of an index that GitLab does not have either; one that does no more is to leave the list."""
    # SQLite searches an index for the state that nearly all have, so its plan does not tell.
    assert problems(scene, operation) or scene.databases.kind == "sqlite"


@pytest.mark.parametrize(
    ("index", "label"),
    [
        ("index_cool_widget_registry_on_state", "find registries to sync"),
        ("index_cool_widget_registry_on_retry_at", "find registries to retry"),
        ("cool_widget_registry_pending_verification", "claim registries to verify"),
        ("cool_widget_registry_failed_verification", "claim registries to verify again"),
        ("index_cool_widget_states_pending_verification", "claim states to verify"),
        ("index_cool_widget_states_failed_verification", "claim states to verify again"),
    ],
)
def test_a_missing_index_is_found(rendered: ReplicableType, tmp_path: Path, index: str, label: str) -> None:
    [operation] = [each for each in OPERATIONS if each.label == label]
    scene = Scene(tmp_path, None, rendered, 200)
    try:
        for database in (scene.primary.main, scene.secondary.tracking_database()):
            with database.transaction() as connection:
                connection.execute(text(f"DROP INDEX IF EXISTS {index}"))
        assert problems(scene, operation)
    finally:
        scene.close()
