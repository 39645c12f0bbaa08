"""`examples/cool_widget` is what `new` makes today, byte for byte."""

import json
from pathlib import Path

import pytest

from geo_scaffold.receipt import Receipt
from geo_scaffold.verbs.new import plan_new
from geo_scaffold.verbs.plan import write

EXAMPLES = Path(__file__).parent.parent / "examples"
EXAMPLE = EXAMPLES / "cool_widget"


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, but for what Python and pytest leave behind."""
    left = {"__pycache__", ".pytest_cache"}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not left & {*path.parts}
    }


def test_the_example_is_what_new_makes_of_its_receipt(tmp_path: Path) -> None:
    path = EXAMPLE / ".geo-scaffold/cool_widget.json"
    receipt = Receipt.load(path.read_bytes(), str(path))
    assert receipt.answers.given() == {"kind": "repository", "timestamp": "20230101000000"}
    write(plan_new(receipt.answers, tmp_path, now="20990101000000"), durable=False)
    made, kept = files_of(tmp_path / "cool_widget"), files_of(EXAMPLE)
    assert sorted(made) == sorted(kept)
    stale = [name for name in made if made[name] != kept[name]]
    assert stale == [], "make it again: rm -r examples/cool_widget, then the command in CONTRIBUTING.md"


def test_a_run_on_the_example_plans_nothing() -> None:
    plan = plan_new(Receipt.load(*_receipt()).answers, EXAMPLES, now="20990101000000")
    assert plan.target.root == EXAMPLE
    assert plan.tree.changes() == ()


def test_its_receipt_names_every_file(tmp_path: Path) -> None:
    document = json.loads(_receipt()[0])
    named = {record["path"] for record in document["operations"]}
    assert named | {".geo-scaffold/cool_widget.json"} == set(files_of(EXAMPLE))
    assert set(document["directories"]) >= {".", "gitlab", "gitlab/ee/db/geo/migrate", ".geo-scaffold"}


@pytest.mark.parametrize("word", ["tmp", "home", "root"])
def test_nothing_of_the_machine_is_in_it(word: str) -> None:
    assert f"/{word}/".encode() not in _receipt()[0]


def _receipt() -> tuple[bytes, str]:
    path = EXAMPLE / ".geo-scaffold/cool_widget.json"
    return path.read_bytes(), str(path)
