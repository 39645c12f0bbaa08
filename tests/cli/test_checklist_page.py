"""The page of `geo-scaffold checklist --format html` in a browser: what a person sees and does there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from browser import browser, keep, needs_browser, patient, quiet, standing_still
from geo_scaffold.cli.formats import render
from geo_scaffold.edition import Level
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.checklist import Report, State
from geo_scaffold.verbs.checklist.items import Item, TypeReport
from sizes import in_turns

pytestmark = needs_browser
HOSTILE = """</script></style><img src=x onerror="hit = 1"> & " ' @@rows@@ `<b>code</b>` [a](javascript:hit=1)"""
LINES = "\n".join(f"  field :number_{number}, null: true" for number in range(20))


def item(artifact: str, state: State, **others: Any) -> Item:
    return Item(artifact, others.pop("title", f"Do `{artifact}`."), others.pop("phase", Phase.SCHEMA),
                others.pop("level", Level.BREAKING), state, **others)  # fmt: skip


def a_type(model: str, name: str, *items: Item, kind: str = "blob") -> TypeReport:
    return TypeReport(model, name, model, kind, is_released=False, items=items)


STATE_BOX = a_type(
    "StateBox", "state_box",
    item("migration", State.DONE, path="db/migrate/1_state_boxes.rb"),
    item("state-model", State.MISSING, path="ee/app/models/geo/state_box_state.rb", line=1,
         message="the file is not there", remedy=f"Create ee/app/models/geo/state_box_state.rb:\n{LINES}"),
    item("node-type", State.DIFFERS, path="ee/app/graphql/types/geo/geo_node_type.rb", line=7,
         message="lacks `state_boxes`", level=Level.DOC, phase=Phase.IMPLEMENTATION,
         remedy="In ee/app/graphql/types/geo/geo_node_type.rb, among the fields:\nfield :a\n\nfield :b\n\n"
                "In ee/app/graphql/types/geo/other.rb, by name:\nfield :c"),
    item("bulk", State.CONFIRM, phase=Phase.IMPLEMENTATION, remedy="For example:\nsubject.destroy!"),
    item("flag", State.PENDING, phase=Phase.RELEASE),
)  # fmt: skip
WIDGET = a_type(
    "Widget", "widget",
    item("migration", State.DONE, path="db/migrate/2_widgets.rb"),
    item("state-model", State.DONE, path="ee/app/models/geo/widget_state.rb"),
    item("node-type", State.MISSING, level=Level.DOC, phase=Phase.IMPLEMENTATION, message="lacks it",
         remedy="bundle exec rake docs"),
    item("bulk", State.CONFIRMED, phase=Phase.IMPLEMENTATION),
    item("flag", State.NOT_APPLICABLE, phase=Phase.RELEASE),
    kind="repository",
)  # fmt: skip
BOTH = Report("18", (STATE_BOX, WIDGET))
ONE = Report("18", (STATE_BOX,))


@pytest.fixture(scope="module")
def started() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def context(started: Browser) -> Iterator[BrowserContext]:
    with patient(started, color_scheme="light", viewport={"width": 1400, "height": 900}) as found:
        yield found


def write(folder: Path, report: Report, *, strict: bool = False) -> str:
    path = folder / "geo.html"
    path.write_text(render(report, "html", strict=strict))
    return path.as_uri()


@contextmanager
def shown(context: BrowserContext, url: str) -> Iterator[Page]:
    page = context.new_page()
    with quiet(page, url.partition("#")[0]):
        page.goto(url)
        yield page
    page.close()


@pytest.fixture
def page(context: BrowserContext, tmp_path: Path) -> Iterator[Page]:
    with shown(context, write(tmp_path, BOTH)) as found:
        yield found


@pytest.fixture
def still(page: Page) -> Iterator[Page]:
    """The same page, on which no time passes by itself."""
    with standing_still(page):
        yield page


def ids(page: Page) -> list[str]:
    """Return which items the list shows."""
    found: list[str] = page.locator(".item:visible").evaluate_all("nodes => nodes.map(node => node.id)")
    return found


def counts(page: Page) -> dict[str, str]:
    """Return what the chips say: state to number."""
    chips = page.locator("fieldset label").all()
    return {str(chip.locator("input").get_attribute("value")): chip.locator("b").inner_text() for chip in chips}


def chip(page: Page, state: str) -> Locator:
    return page.locator(f"fieldset input[value={state}]")


def matrix(page: Page) -> tuple[list[str], list[str]]:
    """Return the columns and the rows that the matrix shows."""
    heads = page.locator("thead th + th:visible a").evaluate_all("nodes => nodes.map(node => node.hash.slice(1))")
    rows = page.locator("tr[data-id]:visible").evaluate_all("nodes => nodes.map(node => node.dataset.id)")
    return heads, rows


def cell(page: Page, anchor: str) -> Locator:
    return page.locator(f'td a[href="#{anchor}"]')


def test_what_is_open_stands_first_with_what_to_do(page: Page) -> None:
    expect(page.locator("#page-verdict")).to_have_text("3 of 10 items are open in 2 of 2 types: 2 missing, 1 differs.")
    expect(page.locator("#page-top .dim")).to_contain_text("Edition 18 of the rules, checked with GitLab 18.")
    assert ids(page) == ["state_box:state-model", "state_box:node-type", "widget:node-type"]
    expect(page.locator("#page-shown")).to_have_text("3 of 10 shown")
    found = page.locator("[id='state_box:node-type']")
    for text in (
        "Do node-type.",
        "geo_node_type.rb:7",
        "lacks state_boxes",
        "In ee/app/graphql/types/geo/other.rb, by name:",
    ):
        expect(found.get_by_text(text)).to_be_visible()
    assert found.locator("pre").all_inner_texts() == ["field :a\n\nfield :b", "field :c"]
    long = page.locator("[id='state_box:state-model']")
    expect(long.locator("pre")).to_be_hidden()
    long.get_by_text("20 lines").click()
    expect(long.locator("pre")).to_be_visible()
    keep(page, "checklist")


def test_a_type_and_an_artifact_are_looked_for_apart_and_counts_follow(page: Page) -> None:
    assert list(counts(page).values()) == ["2", "1", "1", "1", "1", "3", "1"]
    assert list(counts(page))[-2:] == ["done", "not_applicable"]
    artifact, wanted_type = page.get_by_label("Artifact or path"), page.get_by_label("Type", exact=True)
    artifact.fill("state-model")
    assert ids(page) == ["state_box:state-model"]
    assert matrix(page) == (["state_box", "widget"], ["state-model"])
    assert counts(page)["done"] == "1"
    assert counts(page)["differs"] == "0"
    expect(page.locator("fieldset label.differs")).to_have_class("differs empty")
    artifact.fill("GEO_node_type")
    assert ids(page) == ["state_box:node-type"]
    artifact.fill("")
    wanted_type.fill("state")
    assert ids(page) == ["state_box:state-model", "state_box:node-type"]
    assert matrix(page)[0] == ["state_box"]
    expect(page.locator("#widget")).to_be_hidden()
    wanted_type.fill("nothing")
    expect(page.locator("#page-none")).to_be_visible()
    page.get_by_role("button", name="Reset").click()
    expect(page.locator("#page-shown")).to_have_text("3 of 10 shown")
    assert len(ids(page)) == 3
    expect(page.locator("#page-none")).to_be_hidden()


def test_states_levels_and_kinds_are_filters_too(page: Page) -> None:
    chip(page, "done").check()
    assert ids(page)[:3] == ["state_box:state-model", "state_box:node-type", "state_box:migration"]
    chip(page, "done").uncheck()
    chip(page, "not_applicable").check()
    chip(page, "missing").uncheck()
    assert ids(page) == ["state_box:node-type", "widget:flag"]
    page.get_by_label("only artifacts that are listed").check()
    assert matrix(page) == (["state_box", "widget"], ["node-type", "flag"])
    assert page.locator("tr.phase:visible").all_inner_texts() == ["Implementation", "Release"]
    page.get_by_label("Kind").select_option("repository")
    assert ids(page) == ["widget:flag"]
    assert matrix(page) == (["widget"], ["flag"])
    page.get_by_label("Level").select_option("doc")
    assert ids(page) == []
    assert (counts(page)["missing"], counts(page)["done"]) == ("1", "0")


def test_one_type_needs_no_column_and_uses_the_room(context: BrowserContext, tmp_path: Path) -> None:
    with shown(context, write(tmp_path, ONE)) as page:
        expect(page.get_by_role("heading", level=1)).to_have_text("StateBox")
        expect(page.locator("#page-verdict")).to_have_text("2 of 5 items are open: 1 missing, 1 differs.")
        expect(page.locator("thead")).to_be_hidden()
        expect(page.get_by_label("Type", exact=True)).to_be_hidden()
        lefts = {round(row.bounding_box()["x"]) for row in page.locator("tr").all() if row.bounding_box()}  # type: ignore[index]
        assert len(lefts) > 1
        page.locator("tr[data-id=migration] th").hover()
        expect(page.locator("#page-detail")).to_contain_text("Do migration.")
        keep(page, "checklist-one")


def test_the_text_beside_a_cell_is_reached_pinned_and_closed(still: Page) -> None:
    page, detail = still, still.locator("#page-detail")
    first, other = cell(page, "state_box:state-model"), cell(page, "widget:node-type")
    first.hover()
    page.clock.run_for(100)
    expect(detail).to_contain_text("the file is not there")
    place, box = first.bounding_box(), detail.bounding_box()
    assert place is not None
    assert box is not None
    # On the way there the pointer crosses the cell to the right, and rests in the text.
    page.mouse.move(place["x"] + place["width"] + 20, place["y"] + 5)
    page.mouse.move(box["x"] + 60, box["y"] + 60, steps=5)
    page.clock.run_for(700)
    expect(detail).to_be_visible()
    expect(detail).to_contain_text("the file is not there")
    page.mouse.move(5, 5)
    page.clock.run_for(400)
    expect(detail).to_be_hidden()
    first.click()
    cell(page, "widget:migration").hover()
    page.clock.run_for(700)
    expect(detail).to_be_visible()
    expect(detail).to_contain_text("the file is not there")
    detail.get_by_text("20 lines").click()
    expect(detail.locator("pre")).to_be_visible()
    words = detail.get_by_text("the file is not there").bounding_box()
    assert words is not None
    page.mouse.move(words["x"] + 1, words["y"] + 5)
    page.mouse.down()
    page.mouse.move(20, 20, steps=3)
    page.mouse.up()
    assert page.evaluate("getSelection().toString()")
    expect(detail).to_be_visible()
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    other.click()
    expect(detail).to_contain_text("Widget")
    detail.get_by_role("button", name="Close").click()
    expect(detail).to_be_hidden()
    other.click()
    page.locator("h1").click()
    expect(detail).to_be_hidden()


def test_the_way_to_the_text_may_cross_a_cell(still: Page) -> None:
    page, detail = still, still.locator("#page-detail")
    cell(page, "state_box:state-model").hover()
    page.clock.run_for(100)
    expect(detail).to_contain_text("the file is not there")
    cell(page, "widget:state-model").hover()
    page.clock.run_for(200)
    expect(detail).to_contain_text("the file is not there")
    page.clock.run_for(100)
    expect(detail).to_contain_text("Widget")


@pytest.mark.parametrize(("width", "height"), [(1400, 900), (800, 600), (500, 700)])
def test_the_text_never_covers_its_cell_or_leaves_the_window(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    anchors = ("state_box:migration", "state_box:node-type", "widget:node-type", "widget:flag")
    for anchor, block in in_turns(anchors, ("center", "end")):
        found = cell(page, anchor)
        found.evaluate("(node, block) => node.scrollIntoView({block})", block)
        found.click()
        place, box = found.bounding_box(), page.locator("#page-detail").bounding_box()
        assert place is not None
        assert box is not None
        assert box["y"] >= place["y"] + place["height"] or box["y"] + box["height"] <= place["y"]
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height
        page.keyboard.press("Escape")


def test_the_page_is_the_one_thing_that_scrolls(page: Page) -> None:
    inner = """[...document.querySelectorAll("body *")].filter(node => node.scrollHeight > node.clientHeight + 1
      && ["auto", "scroll"].includes(getComputedStyle(node).overflowY)).map(node => node.id || node.tagName)"""
    for width in (1400, 500):
        page.set_viewport_size({"width": width, "height": 400})
        assert page.evaluate(inner) == []


def test_what_is_to_be_pasted_is_copied_without_what_says_where(still: Page, context: BrowserContext) -> None:
    page = still
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator("[id='state_box:node-type'] .copy").first
    button.click()
    expect(button).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "field :a\n\nfield :b"
    page.clock.run_for(2000)
    expect(button).to_have_text("Copy")
    cell(page, "state_box:state-model").click()
    page.locator("#page-detail .copy").click()
    expect(page.locator("#page-detail .copy")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == LINES


def test_copying_works_where_the_clipboard_is_refused(still: Page) -> None:
    page = still
    page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new Error('refused')))")
    button = page.locator("[id='state_box:node-type'] .copy").last
    button.click()
    expect(button).to_have_text("Copied")
    assert page.evaluate("getSelection().toString()") == "field :c"
    page.get_by_label("Artifact or path").focus()
    page.keyboard.press("Control+V")
    expect(page.get_by_label("Artifact or path")).to_have_value("field :c")
    page.get_by_label("Artifact or path").fill("")
    page.evaluate("void (document.execCommand = () => false)")
    button.click()
    expect(button).to_have_text("Press Ctrl+C")
    assert page.evaluate("getSelection().toString()") == "field :c"


def test_the_keyboard_reaches_everything(still: Page) -> None:
    page, detail = still, still.locator("#page-detail")
    page.get_by_label("only artifacts that are listed").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(cell(page, "state_box:state-model")).to_be_focused()
    expect(detail).to_contain_text("the file is not there")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(cell(page, "widget:node-type")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(cell(page, "widget:node-type")).to_be_focused()
    expect(detail).to_contain_text("lacks it")
    page.keyboard.press("Tab")
    page.clock.run_for(500)
    assert detail.evaluate("node => node.contains(document.activeElement)")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(detail).to_be_focused()
    page.keyboard.press("Escape")
    expect(cell(page, "widget:node-type")).to_be_focused()
    expect(detail).to_be_hidden()


def test_an_address_names_a_type_or_an_item(context: BrowserContext, tmp_path: Path) -> None:
    url = write(tmp_path, BOTH)
    with shown(context, f"{url}#widget:state-model") as page:
        page.set_viewport_size({"width": 1400, "height": 300})
        assert "widget:state-model" in ids(page)
        expect(page.locator("[id='widget:state-model']")).to_be_in_viewport()
        expect(page.locator("#page-shown")).to_have_text("3 of 10 shown")
        page.get_by_label("Type", exact=True).fill("StateBox")
        page.goto(f"{url}#widget")
        expect(page.locator("#widget h3")).to_be_in_viewport()
        page.get_by_label("Type", exact=True).fill("")
        cell(page, "state_box:bulk").click()
        page.get_by_role("link", name="Show in the list").click()
        expect(page.locator("#page-detail")).to_be_hidden()
        expect(page.locator("[id='state_box:bulk']")).to_be_in_viewport()
        page.goto(f"{url}#%E0")
        assert len(ids(page)) == 3


def test_what_a_file_says_stays_text(context: BrowserContext, tmp_path: Path) -> None:
    hostile = item(
        "state-model",
        State.MISSING,
        title=HOSTILE,
        path=HOSTILE,
        line=1,
        message=HOSTILE,
        remedy=f"In {HOSTILE}:\n{HOSTILE}",
    )
    report = Report("18", (a_type(HOSTILE, "quoted\"'><i>", hostile, kind=HOSTILE), WIDGET))
    with shown(context, write(tmp_path, report)) as page:
        found = page.locator(".item").first
        expect(found.locator("pre")).to_have_text(HOSTILE)
        expect(found.locator(".place")).to_have_text(f"{HOSTILE}:1")
        expect(found.locator(".message code")).to_have_text("<b>code</b>")
        expect(found.locator(".message")).to_contain_text("@@rows@@")
        page.locator("td a.missing").first.click()
        expect(page.locator("#page-detail pre")).to_have_text(HOSTILE)
        page.get_by_label("Type", exact=True).fill("</script>")
        assert len(ids(page)) == 1
        assert page.locator("img, i").count() == 0
        assert page.locator("a[href^=javascript]").count() == 0
        assert page.evaluate("typeof hit") == "undefined"


def test_no_other_script_or_style_runs(context: BrowserContext, tmp_path: Path) -> None:
    url = write(tmp_path, BOTH)
    path = tmp_path / "geo.html"
    more = '<script>hit = 1</script><style>h1 { color: red }</style><img src="x" onerror="hit = 1"></body>'
    path.write_text(path.read_text().replace("</body>", more))
    page = context.new_page()
    page.goto(url)
    assert page.evaluate("typeof hit") == "undefined"
    assert page.locator("h1").evaluate("node => getComputedStyle(node).color") != "rgb(255, 0, 0)"
    expect(page.locator("#page-shown")).to_have_text("3 of 10 shown")
    page.close()


def test_it_is_read_without_javascript(started: Browser, tmp_path: Path) -> None:
    context = started.new_context(java_script_enabled=False, viewport={"width": 1400, "height": 900})
    with shown(context, write(tmp_path, BOTH)) as page:
        # Without JavaScript the driver can still look, as it does so from outside.
        assert ids(page) == ["state_box:state-model", "state_box:node-type", "widget:node-type"]
        expect(page.get_by_role("button")).to_have_count(0)
        expect(page.get_by_label("Artifact or path")).to_be_hidden()
        chip(page, "confirmed").check()
        assert "widget:bulk" in ids(page)
        assert cell(page, "widget:state-model").get_attribute("title") == "Widget: state-model is done"
        cell(page, "widget:state-model").click()
        assert "widget:state-model" in ids(page)
        keep(page, "checklist-plain")
    context.close()


def test_it_prints_all_of_what_is_listed(page: Page) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("form")).to_be_hidden()
    expect(page.locator(".copy").first).to_be_hidden()
    expect(page.locator("[id='state_box:state-model'] pre")).to_be_visible()
    assert page.locator("body").evaluate("node => getComputedStyle(node).backgroundColor") == "rgb(255, 255, 255)"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator("[id='state_box:state-model'] pre")).to_be_hidden()


def test_it_begins_with_what_is_left_to_a_person_or_with_all(context: BrowserContext, tmp_path: Path) -> None:
    left = Report("18", (a_type("A", "a", item("x", State.DONE), item("y", State.CONFIRM)),))
    with shown(context, write(tmp_path, left)) as page:
        expect(page.locator("#page-verdict")).to_have_text("Nothing is open.")
        assert ids(page) == ["a:y"]
    with shown(context, write(tmp_path, left, strict=True)) as page:
        expect(page.locator("#page-verdict")).to_have_text("1 of 2 items is open: 1 to confirm.")
    with shown(context, write(tmp_path, Report("18", (a_type("A", "a", item("x", State.DONE)),)))) as page:
        assert ids(page) == ["a:x"]
    with shown(context, write(tmp_path, Report("18", ()))) as page:
        expect(page.locator("#page-verdict")).to_have_text("No replicable type is touched.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_state_is_told_apart_and_read(page: Page, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    for box in page.locator("fieldset input").all():
        box.check()
    contrast = """nodes => nodes.map(node => {
      const parts = ["color", "backgroundColor"].map(name => getComputedStyle(node)[name].match(/\\d+/g).map(Number));
      const linear = x => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4;
      const light = channels => channels.map(x => linear(x / 255))
        .reduce((sum, x, at) => sum + x * [.2126, .7152, .0722][at], 0);
      const [low, high] = parts.map(light).sort((a, b) => a - b);
      return [parts.join(), (high + .05) / (low + .05)];
    })"""
    keep(page, "checklist-states")
    found = page.locator("fieldset label").evaluate_all(contrast)
    assert all(ratio >= 4.5 for _, ratio in found), found
    assert len({colours for colours, _ in found}) == 6  # pending and not needed look the same
