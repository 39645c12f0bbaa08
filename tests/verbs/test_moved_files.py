"""A created file that a person has moved is followed: by a second run, by another answer, by `checklist` and `undo`."""

from pathlib import Path

import pytest

from checkouts import CHECKOUTS
from geo_scaffold.verbs.checklist import Request, State, check
from geo_scaffold.verbs.checklist.items import Item
from geo_scaffold.verbs.plan import write
from geo_scaffold.verbs.rename import plan_rename
from sizes import in_turns
from verbs.conftest import NOW, OTHER_TIME, make_checkout, new, picture, plan, undo

MOVES = {
    "registry-factory": (
        "ee/spec/factories/geo/cool_widget_registry.rb",
        "ee/spec/factories/geo/registries/cool_widgets.rb",
    ),
    "finder-spec": (
        "ee/spec/finders/geo/cool_widget_registry_finder_spec.rb",
        "ee/spec/finders/geo/deep/cool_widget_spec.rb",
    ),
    "model-spec": ("ee/spec/models/ee/cool_widget_spec.rb", "ee/spec/models/cool_widget_spec.rb"),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = make_checkout(tmp_path / "gitlab", CHECKOUTS["18"])
    new(root, kind="blob", owner="project", now=OTHER_TIME, timestamp=NOW, milestone="90.1")
    return root


def move(root: Path, id_: str, *, edit: str = "") -> tuple[Path, Path]:
    old, there = (root / path for path in MOVES[id_])
    there.parent.mkdir(parents=True, exist_ok=True)
    old.rename(there)
    there.write_text(there.read_text() + edit)
    return old, there


def item(root: Path, id_: str, model: str = "CoolWidget") -> Item:
    return next(item for item in check(Request(models=(model,)), root).types[0].items if item.id == id_)


@pytest.mark.parametrize(("id_", "edit"), in_turns(list(MOVES), ["", "# mine\n"]))
def test_it_is_followed_and_recorded_and_not_made_twice(root: Path, id_: str, edit: str) -> None:
    old, there = move(root, id_, edit=edit)
    stale = item(root, id_)
    assert (stale.state, stale.remedy) in {
        (State.MISSING, f"geo-scaffold new CoolWidget --only {id_}"),
        (State.DONE, ""),  # where the manifest says that it may be
    }
    content = there.read_text()
    made = new(root, now=OTHER_TIME)
    assert f"{MOVES[id_][0]} is in {MOVES[id_][1]} now, where it stays" in made.notes
    assert (old.exists(), there.read_text()) == (False, content)
    done = item(root, id_)
    assert (done.state, done.path) == (State.DONE, MOVES[id_][1])
    assert plan(root, now=OTHER_TIME).tree.changes() == ()
    undo(root)
    assert there.exists() is bool(edit)


@pytest.mark.parametrize("is_recorded", [True, False])
def test_other_answers_reach_it_where_it_is(root: Path, *, is_recorded: bool) -> None:
    old, there = move(root, "registry-factory", edit="# mine\n")
    if is_recorded:
        new(root, now=OTHER_TIME)
    before = picture(root)
    for name in ("NiceWidget", "CoolWidget"):
        other = {"NiceWidget": "CoolWidget", "CoolWidget": "NiceWidget"}[name]
        write(plan_rename(other, name, root, now=OTHER_TIME), durable=False)
        text = there.read_text()
        assert f"factory :geo_{'nice' if name == 'NiceWidget' else 'cool'}_widget_registry" in text
        assert text.endswith("# mine\n")
        assert not old.exists()
    after = picture(root)
    assert {path for path in before if before[path] != after[path]} <= {".geo-scaffold/cool_widget.json"}


def test_a_file_that_only_looks_like_it_is_somebody_elses(root: Path) -> None:
    """And one that exists twice is created again in its place, because it is unknown which of them is meant."""
    old, there = move(root, "registry-factory")
    text = there.read_text()
    there.write_text(text.replace("geo_cool_widget_registry", "geo_other_registry"))
    new(root, now=OTHER_TIME)
    assert old.read_text() == text
    old.unlink()
    there.write_text(text)
    (there.parent / "again.rb").write_text(text)
    assert "registry-factory" in {step.operation.id for step in plan(root, now=OTHER_TIME).steps if step.applied}
