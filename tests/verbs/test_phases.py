"""One merge request after the other: what one leaves for the next is excused, and the excuse goes with it."""

from pathlib import Path

import pytest

from checkouts import CHECKOUTS
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.new import Selection
from geo_scaffold.verbs.undo import MERGED, Fate
from verbs.conftest import NOW, OTHER_TIME, commit_all, git, make_checkout, new, picture, plan, undo

SCHEMA = Selection(phases=(Phase.SCHEMA,))
IMPLEMENTATION = Selection(phases=(Phase.IMPLEMENTATION,))
RECEIPT = ".geo-scaffold/cool_widget.json"
STATES = f"db/migrate/{NOW}_create_cool_widget_states.rb"
EXCUSE = "# rubocop:disable Migration/EnsureFactoryForTable, Lint/RedundantCopDisableDirective -- "


@pytest.fixture(params=["18", "19"])
def branch(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    root = make_checkout(tmp_path / "gitlab", CHECKOUTS[request.param])
    git(root, "checkout", "-q", "-b", "master")
    commit_all(root)
    git(root, "checkout", "-q", "-b", "schema")
    new(root, kind="blob", owner="project", now=OTHER_TIME, timestamp=NOW, milestone="90.1", selection=SCHEMA)
    return root


def test_the_table_has_no_factory_yet_and_says_so(branch: Path) -> None:
    """`rubocop/cop/migration/ensure_factory_for_table.rb` looks for one as soon as there is the table."""
    before, _, after = (branch / STATES).read_text().partition("    create_table :cool_widget_states do |t|\n")
    assert before.endswith(f"{EXCUSE}Added with the model\n")
    assert EXCUSE.removesuffix(" -- ").replace("disable", "enable", 1) in after
    assert plan(branch, now=OTHER_TIME, selection=SCHEMA).tree.changes() == ()


@pytest.mark.parametrize("selection", [IMPLEMENTATION, Selection()], ids=["implementation", "all"])
def test_the_excuse_goes_with_what_it_excuses(branch: Path, selection: Selection) -> None:
    (branch / STATES).write_text((branch / STATES).read_text() + "# mine\n")
    new(branch, now=OTHER_TIME, milestone="90.2", selection=selection)
    text = (branch / STATES).read_text()
    assert EXCUSE not in text
    assert text.endswith("# mine\n")
    if selection is IMPLEMENTATION:
        assert "milestone '90.1'" in text
    assert plan(branch, now=OTHER_TIME).tree.changes() == ()


def test_what_one_phase_lacks_is_filled_in_for_it_alone(branch: Path) -> None:
    """Else the merge request of the implementation would take the place of that of the schema."""
    assert plan(branch, now=OTHER_TIME).open_in("merge_request") is None  # both lack it
    new(branch, now=OTHER_TIME, selection=SCHEMA, merge_request="!1")
    assert plan(branch, now=OTHER_TIME).open_in("merge_request") is Phase.IMPLEMENTATION


def test_a_merged_migration_keeps_it(branch: Path) -> None:
    """The cop that would call the excuse needless is excused too, as in GitLab's own migrations."""
    commit_all(branch)
    git(branch, "branch", "-f", "master")
    before = picture(branch)[STATES]
    new(branch, now=OTHER_TIME, milestone="90.2", selection=IMPLEMENTATION)
    assert picture(branch)[STATES] == before
    assert plan(branch, now=OTHER_TIME).tree.changes() == ()


def test_all_at_once_there_is_nothing_to_excuse(branch: Path) -> None:
    undo(branch)
    new(branch, kind="blob", owner="project", now=OTHER_TIME, timestamp=NOW)
    assert "rubocop" not in (branch / STATES).read_text()


def test_the_last_phase_first_is_done_once_too(checkout: Path) -> None:
    """The receipt has the phases in their order, not in the one in which they came."""
    for selection in (IMPLEMENTATION, SCHEMA):
        new(checkout, selection=selection)
        after = picture(checkout)
        new(checkout, selection=selection)
        assert picture(checkout) == after


def test_undo_leaves_a_merged_schema_and_takes_the_rest(branch: Path) -> None:
    """Its migrations have run: without them `db/structure.sql` would lack tables that are there."""
    commit_all(branch)
    git(branch, "branch", "-f", "master")
    merged = picture(branch)
    new(branch, now=OTHER_TIME, milestone="90.2", selection=IMPLEMENTATION)
    made = undo(branch)
    kept = {removal.operation.id for removal in made.with_fate(Fate.KEPT)}
    assert {"states-migration", "states-dictionary", "states-structure", "registry-structure"} <= kept
    assert {removal.reason for removal in made.with_fate(Fate.KEPT)} == {MERGED}
    after = picture(branch)
    assert after.pop(RECEIPT) != merged.pop(RECEIPT)
    assert after == merged
    new(branch, now=OTHER_TIME, selection=IMPLEMENTATION)
    assert plan(branch, now=OTHER_TIME, selection=Selection()).tree.changes() == ()


def test_undo_takes_a_schema_that_is_not_known_to_be_merged(branch: Path) -> None:
    """On the default branch itself, what is committed need not be merged."""
    git(branch, "checkout", "-q", "master")
    commit_all(branch)
    git(branch, "branch", "-D", "schema")
    assert not undo(branch).with_fate(Fate.KEPT)
    assert not (branch / STATES).exists()


@pytest.mark.parametrize("given", [{"plural": "foos"}, {"title": "Kool Thing"}, {"owner": "group"}], ids="-".join)
@pytest.mark.parametrize("part", [SCHEMA, IMPLEMENTATION, Selection(only=frozenset({"finder"}))])
def test_an_answer_of_all_phases_changes_what_is_there_of_all(
    checkout: Path, part: Selection, given: dict[str, str]
) -> None:
    """The receipt has one of each; what a part of the artifacts had by another would never be found again."""
    before = picture(checkout)
    new(checkout, **{"owner": "project", **given})
    at_once = {path: each for path, each in picture(checkout).items() if path != RECEIPT}
    undo(checkout)
    new(checkout, owner="project")
    new(checkout, selection=part, **given)
    assert {path: each for path, each in picture(checkout).items() if path != RECEIPT} == at_once
    assert plan(checkout).tree.changes() == ()
    undo(checkout)
    assert picture(checkout) == before


def test_an_answer_of_all_phases_makes_nothing_of_the_others(checkout: Path) -> None:
    new(checkout, selection=SCHEMA)
    made = picture(checkout).keys()
    new(checkout, selection=SCHEMA, owner="group", title="Kool Thing")
    assert picture(checkout).keys() == made


def test_a_timestamp_moves_a_migration_with_all_that_has_its_version(branch: Path) -> None:
    """The implementation renders the migration again, as the excuse goes, and would move it alone."""
    later = "20230203040506"
    new(branch, selection=IMPLEMENTATION, timestamp=later, now=OTHER_TIME)
    assert not (branch / STATES).exists()
    assert (branch / f"db/migrate/{later}_create_cool_widget_states.rb").is_file()
    assert {path.name for path in (branch / "db/schema_migrations").iterdir()} == {later}
    assert plan(branch, now=OTHER_TIME).tree.changes() == ()
