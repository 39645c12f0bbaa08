"""Documents derived from their text about other types: what cannot be derived exactly is left to a command."""

from pathlib import Path

import pytest

from checkouts import CHECKOUTS
from geo_scaffold.operations import Status
from geo_scaffold.verbs.checklist import Item, Request, State, check

from .conftest import make_checkout, new, picture, undo

REFERENCE = "doc/api/graphql/reference/_index.md"
V3 = "doc/api/openapi/openapi_v3.yaml"


def item(root: Path, id_: str) -> Item:
    [audited] = check(Request(models=("CoolWidget",)), root).types
    return next(each for each in audited.items if each.id == id_)


@pytest.mark.parametrize(
    ("path", "artifact", "old", "command"),
    [
        (REFERENCE, "graphql-reference", "- [`BoilerRegistry`](#boilerregistry)\n", "gitlab:graphql:compile_docs"),
        (V3, "openapi", "          - boilers\n", "gitlab:openapi:v3:generate"),
    ],
)
def test_what_is_not_exact_is_left_open_and_stops_nothing(
    tmp_path: Path, path: str, artifact: str, old: str, command: str
) -> None:
    files = {**CHECKOUTS["19"], path: CHECKOUTS["19"][path].replace(old, "")}
    checkout = make_checkout(tmp_path / "gitlab", files)
    before = picture(checkout)
    made = new(checkout, kind="blob", owner="project")
    left = {(step.operation.id, step.operation.path) for step in made.steps if step.outcome.status is Status.OPEN}
    assert left == {(artifact, path)}
    assert picture(checkout)[path] == before[path]
    judged = item(checkout, artifact)
    assert judged.state in {State.MISSING, State.DIFFERS}
    assert "geo-scaffold" in judged.remedy or command in judged.remedy
    undo(checkout)
    assert picture(checkout) == before


def test_a_type_that_people_made_gets_the_command_and_not_lines_to_paste(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "gitlab", CHECKOUTS["19"])
    new(checkout, kind="blob", owner="project")
    (checkout / ".geo-scaffold/cool_widget.json").unlink()
    (checkout / REFERENCE).write_text(CHECKOUTS["19"][REFERENCE])
    assert item(checkout, "graphql-reference").state is State.MISSING
    assert item(checkout, "graphql-reference").remedy == "bundle exec rake gitlab:graphql:compile_docs"


def test_the_order_of_the_classes_is_the_one_that_this_run_makes(tmp_path: Path) -> None:
    files = {**CHECKOUTS["19"]}
    files["ee/lib/gitlab/geo.rb"] = (
        files["ee/lib/gitlab/geo.rb"].replace("Boiler", "Zone").replace("PackageFile", "Boiler")
    )
    for path in ("doc/api/openapi/openapi_v2.yaml", V3):
        files[path] = files[path].replace("boilers", "zones").replace("package_files", "boilers")
    checkout = make_checkout(tmp_path / "gitlab", files)
    new(checkout, kind="blob", owner="project")
    classes = (checkout / "ee/lib/gitlab/geo.rb").read_text()
    document = (checkout / V3).read_text()
    in_code = sorted(("Boiler", "CoolWidget", "Zone"), key=lambda each: classes.index(f"::Geo::{each}Replicator"))
    spelled = {"boilers": "Boiler", "cool_widgets": "CoolWidget", "zones": "Zone"}
    in_document = sorted(spelled, key=lambda each: document.index(f" {each}_count:"))
    assert [spelled[each] for each in in_document] == in_code
