"""The queries that the description of a merge request has: PostgreSQL takes each of them, for plans of it."""

import re
from pathlib import Path

from .runner import Runner

SNAPSHOTS = Path(__file__).parents[1] / "verbs/snapshots"
TABLES = """
CREATE TABLE organization_users (organization_id bigint NOT NULL, user_id bigint NOT NULL);
CREATE TABLE members (user_id bigint, member_namespace_id bigint, requested_at timestamp);
CREATE TABLE namespaces (id bigint PRIMARY KEY, parent_id bigint, organization_id bigint NOT NULL);
CREATE TABLE projects (
  id bigint PRIMARY KEY, namespace_id bigint NOT NULL, repository_storage varchar NOT NULL, organization_id bigint
);
CREATE TABLE cool_widgets (
  id bigint PRIMARY KEY, project_id bigint, group_id bigint, user_id bigint, organization_id bigint, file_store integer
);
"""
"""What they ask, with the types that GitLab has."""


def test_postgresql_takes_the_queries_of_a_description(runner: Runner) -> None:
    """Of each kind, and of every owner: as `tests/verbs/test_mr.py` holds them."""
    paths = [*SNAPSHOTS.glob("queries/*.md"), *SNAPSHOTS.glob("descriptions-*/implementation.md")]
    blocks = {block for path in paths for block in re.findall(r"```sql\n(.*?)```", path.read_text(), re.DOTALL)}
    statements = [f"EXPLAIN {part}" for block in blocks for part in re.split(r"(?<=;)\s+(?=SELECT|WITH)", block)]
    assert len(statements) > 12
    runner.cluster.psql("postgres", "CREATE DATABASE queries")
    try:
        runner.cluster.psql("queries", TABLES + "\n".join(statements))
    finally:
        runner.cluster.psql("postgres", "DROP DATABASE queries")
