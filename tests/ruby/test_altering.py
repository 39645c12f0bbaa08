"""What the checklist says to do about a table made by hand is Ruby that runs: after it, nothing is said any more."""

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from checkouts import CHECKOUT_16, CHECKOUT_18
from geo_scaffold.answers import Answers
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.checklist import Item, Request, State, check
from geo_scaffold.verbs.new import EVERYTHING, leave_unresolved, plan_new
from geo_scaffold.verbs.plan import write as write_plan
from sizes import FULL

from .checkout import surroundings
from .conftest import need_program, unavailable
from .rendering import Case, Tree, render, write
from .runner import Job, MissingLibraryError, Outcome, Runner
from .static import complaints_of_rubocop, complaints_of_ruby

pytestmark = pytest.mark.ruby

CASES: Final = (("16", "repository"), ("18", "blob"))
CHECKOUTS: Final = {"16": CHECKOUT_16, "18": CHECKOUT_18}
SIDES: Final = {
    "main": ("states-structure", "db/structure.sql", "state"),
    "geo": ("registry-structure", "ee/db/geo/structure.sql", "registry"),
}
"""The artifact, the schema and the table of each database."""
TWICE: Final = "{record}INSERT INTO {table} ({key}, {given}) VALUES (1, {values}); " * 2
LONG: Final = "{record}INSERT INTO {table} ({key}, {text}, {given}) VALUES (1, repeat('x', 300), {values});"
DAMAGE: Final = {
    "a-number": ("ALTER TABLE {table} DROP COLUMN verification_retry_count", "the column `verification_retry_count`"),
    "a-text": ("ALTER TABLE {table} DROP COLUMN verification_failure", "the column `verification_failure`"),
    "a-time-and-its-index": ("ALTER TABLE {table} DROP COLUMN verified_at", "the column `verified_at`"),
    "a-time-of-each-row": ("ALTER TABLE {table} DROP COLUMN {always}", "the column `{always}`"),
    "the-key-and-its-index": ("ALTER TABLE {table} DROP COLUMN {key} CASCADE", "the column `{key}`"),
    "the-limit-of-a-text": (
        f"ALTER TABLE {{table}} DROP CONSTRAINT {{limit}}; {LONG}",
        "the check `CHECK ((char_length",
    ),
    "an-index": ("DROP INDEX {plain}", "an index of `{table}` on "),
    "a-partial-index": ("DROP INDEX {failed}", "an index of `{table}` on verification_retry_at"),
    "a-condition": (
        "DROP INDEX {failed}; CREATE INDEX {failed} ON {table} (verification_retry_at) WHERE verification_state = 9",
        "an index of `{table}` on verification_retry_at",
    ),
    "uniqueness": (
        f"DROP INDEX {{unique}}; CREATE INDEX {{unique}} ON {{table}} ({{key}}); {TWICE}",
        "a unique index of `{table}` on {key}",
    ),
    "uniqueness-under-another-name": (
        f"DROP INDEX {{unique}}; CREATE INDEX an_index_of_people ON {{table}} ({{key}}); {TWICE}",
        "a unique index of `{table}` on {key}",
    ),
    "the-primary-key": ("ALTER TABLE {table} DROP CONSTRAINT {pkey}", "a primary key of `{table}`"),
    "the-primary-key-and-its-column": (
        "ALTER TABLE {table} DROP COLUMN {primary} CASCADE",
        "a primary key of `{table}`",
    ),
    "much": (
        "ALTER TABLE {table} DROP COLUMN verification_failure, DROP COLUMN verified_at, DROP CONSTRAINT {pkey};"
        " DROP INDEX {failed}; DROP INDEX {plain}",
        "the column `verified_at`",
    ),
}
"""Statements that remove something from a table, and the resulting checklist."""
CHOSEN: Final = {
    case: list(DAMAGE) if FULL else list(DAMAGE)[number :: 4 * len(CASES)] for number, case in enumerate(CASES)
}
"""What is damaged in which edition and kind; in the small size an eighth of it in each, in turns."""
EACH: Final = [(case, damage) for case, damages in CHOSEN.items() for damage in damages]
IDS: Final = ["-".join((*case, damage)) for case, damage in EACH]
Trials = Callable[[tuple[str, str]], dict[str, "Trial"]]
CREATED: Final = re.compile(r"^Create (\S+)/YYYYMMDDHHMMSS(_\S+\.rb):\n(.*?\nend)$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Trial:
    """One damage to both tables of a type, and what became of it.

    Args:
        expected: The expected checklist, by database; nothing for a table without such a part.
        items: Its items for each table before.
        migrations: The files that it says to create, of all tables, by path.
        outcome: What became of the tree with them.
        after: Its items for each table after them.
    """

    expected: Mapping[str, str]
    items: Mapping[str, Item]
    migrations: Mapping[str, str]
    outcome: Outcome
    after: Mapping[str, Item]


def fields_of(tree: Tree, side: str) -> dict[str, str]:
    """Return the values of the fields of `DAMAGE` for one table; empty if it has no such thing."""
    artifact, _, table = SIDES[side]
    structure = tree.parts[artifact]
    indexes = re.findall(r"CREATE (UNIQUE )?INDEX (\w+) ON \w+ USING btree \((.*?)\)( WHERE)?", structure)
    limits = re.findall(r"CONSTRAINT (\w+) CHECK \(\(char_length\((\w+)\)", structure)
    [(pkey, primary)] = re.findall(r"ADD CONSTRAINT (\w+) PRIMARY KEY \((\w+)\)", structure)
    return {
        "table": tree.names[f"{table}_table"],
        "key": tree.names[f"{table}_foreign_key"],
        "plain": next(name for unique, name, _, where in indexes if not unique and not where),
        "failed": next(name for _, name, columns, where in indexes if where and "verification_retry_at" in columns),
        "unique": next((name for unique, name, _, _ in indexes if unique), ""),
        "always": "created_at" if side == "geo" else "",
        "limit": limits[-1][0],
        "text": limits[-1][1],
        "pkey": pkey,
        "primary": primary,
        "record": f"INSERT INTO {tree.names['table']} DEFAULT VALUES; " * (side == "main"),
        "given": "created_at" if side == "geo" else "verified_at",
        "values": "now()",
    }


def damage_to(tree: Tree, side: str, name: str) -> tuple[str, str] | None:
    """Return the statements of a damage and the resulting checklist, or None if the table has no such part."""
    statements, message = DAMAGE[name]
    fields = fields_of(tree, side)
    if any(f"{{{field}}}" in statements and not value for field, value in fields.items() if field != "record"):
        return None
    return f"{statements.format(**fields)};", message.format(**fields)


def items_of(root: Path, dumps: Mapping[str, str]) -> dict[str, Item]:
    """Return the checklist's items for the tables in schemas, by database, for a type without a receipt."""
    for side, (_, path, _) in SIDES.items():
        (root / path).write_text(dumps[side])
    [report] = check(Request(models=("CoolWidget",)), root).types
    items = {item.id: item for item in report.items}
    return {side: items[artifact] for side, (artifact, _, _) in SIDES.items()}


def run(runner: Runner, trees: list[Path]) -> list[Outcome]:
    try:
        return runner.run([Job(tree, "alter", brief=True) for tree in trees])
    except MissingLibraryError as error:
        unavailable(f"a Ruby library is not installed: {error}")


@pytest.fixture(scope="module")
def trials(runner: Runner, tmp_path_factory: pytest.TempPathFactory) -> Trials:
    """Return what gives the trials of one edition and kind, which are made once."""
    return cache(lambda case: trials_of(case, runner, tmp_path_factory.mktemp("altering")))


def trials_of(case: tuple[str, str], runner: Runner, root: Path) -> dict[str, Trial]:
    """Make the trials of one edition and kind: two Ruby processes run them all."""
    edition, kind = case
    checkout = write(dict(CHECKOUTS[edition]), root / "gitlab")
    answers = Answers("CoolWidget", kind=kind).in_phases(Phase, milestone="16.0")
    plan = plan_new(answers, checkout, now="20230101000000", selection=EVERYTHING, decide=leave_unresolved)
    write_plan(plan, durable=False)
    shutil.rmtree(checkout / ".geo-scaffold")
    tree = render(Case("CoolWidget", kind), edition)
    paths, expected = {}, {}
    for name in CHOSEN[case]:
        damages = {side: each for side in SIDES if (each := damage_to(tree, side, name))}
        sql = {f"alter/{side}.sql": statements for side, (statements, _) in damages.items()}
        paths[name] = write({**surroundings(tree), **tree.files, **sql}, root / name)
        expected[name] = {side: message for side, (_, message) in damages.items()}
    damaged = dict(zip(paths, run(runner, list(paths.values())), strict=True))
    items, migrations = {}, {}
    for name, outcome in damaged.items():
        assert outcome.failed is None, (name, outcome.message)
        items[name] = items_of(checkout, outcome.dumps)
        texts = [found for item in items[name].values() for found in CREATED.findall(item.remedy)]
        migrations[name] = {
            f"{folder}/{20230201000000 + number}{file}": f"{text}\n"
            for number, (folder, file, text) in enumerate(texts)
        }
        write(migrations[name], paths[name] / "alter")
    mended = dict(zip(paths, run(runner, list(paths.values())), strict=True))
    return {
        name: Trial(
            expected[name],
            items[name],
            migrations[name],
            outcome,
            items_of(checkout, outcome.dumps) if outcome.failed is None else {},
        )
        for name, outcome in mended.items()
    }


@pytest.mark.parametrize(("case", "damage"), EACH, ids=IDS)
def test_what_a_table_lacks_is_there_after_the_migrations(case: tuple[str, str], damage: str, trials: Trials) -> None:
    trial = trials(case)[damage]
    assert trial.expected
    for side, item in trial.items.items():
        if side not in trial.expected:
            assert item.state is State.DONE
            continue
        assert item.state is State.DIFFERS
        assert trial.expected[side] in item.message
        assert CREATED.search(item.remedy), item.remedy
    assert trial.outcome.failed is None, trial.outcome.message
    assert {side: item.message for side, item in trial.after.items() if item.state is not State.DONE} == {}


@pytest.mark.parametrize(("case", "damage"), EACH, ids=IDS)
def test_the_lines_of_the_schema_are_those_that_postgresql_has(
    case: tuple[str, str], damage: str, trials: Trials
) -> None:
    trial = trials(case)[damage]
    for side in trial.expected:
        _, path, _ = SIDES[side]
        heading, _, lines = trial.items[side].remedy.rpartition(f"\n\nIn {path}, as ")[2].partition("\n")
        assert heading == f"`bin/rake db:migrate{':geo' * (side == 'geo')}` writes it:"
        there = [line.rstrip(",") for line in trial.outcome.dumps[side].splitlines()]
        gone = [line.removeprefix("-- gone: ") for line in lines.splitlines() if line.startswith("--")]
        assert [line for line in gone if line in there] == []
        wanted = [line.rstrip(",") for line in lines.splitlines() if line.strip() and not line.startswith("--")]
        assert wanted
        assert [line for line in wanted if line not in there] == []


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_the_files_are_ruby_as_gitlab_has_it(case: tuple[str, str], trials: Trials, tmp_path: Path) -> None:
    need_program("rubocop", "rubocop")
    paths = []
    for name, trial in trials(case).items():
        write(dict(trial.migrations), tmp_path / name)
        paths += [tmp_path / name / path for path in trial.migrations]
    assert len(paths) > len(CHOSEN[case])
    assert complaints_of_ruby(paths) == {}
    assert list(complaints_of_rubocop(paths, tmp_path).values()) == []
