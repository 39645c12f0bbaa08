"""The pages in a browser: what a person sees and does on the secondary."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, ViewportSize, expect
from sqlalchemy import delete, insert

from browser import browser, keep, needs_browser, patient, quiet, standing_still
from geo_runtime.replication import metrics
from geo_runtime.replication.registry import RegistryState
from geo_runtime.replication.verification import VerificationState
from geo_runtime.web import Server, create_app
from geo_runtime.web.sessions import issue_sign_in
from sizes import sized

from .widgets import REGISTRY_TYPES, WidgetRegistry
from .world import World

COUNT = 23
FEW = 5
"""So many records have one in each state."""
pytestmark = needs_browser


@pytest.fixture(scope="module", params=sized(["light"], ["light", "dark"]))
def tab(request: pytest.FixtureRequest) -> Iterator[Page]:
    size: ViewportSize = {"width": 1280, "height": 860}
    with browser() as started, patient(started, color_scheme=request.param, viewport=size) as context:
        yield context.new_page()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two sites for all tests that only look."""
    world = World(tmp_path_factory.mktemp("sites"))
    fill(world)
    yield world
    world.close()


@pytest.fixture
def page(tab: Page, shared: World) -> Iterator[Page]:
    """A page of somebody who has just signed in, on a secondary with a record in each state."""
    with signed_in(tab, shared):
        yield tab


@pytest.fixture
def own_page(tab: Page, world: World) -> Iterator[Page]:
    """The same for a test that changes something, on separate sites with fewer records."""
    fill(world, FEW)
    with signed_in(tab, world):
        yield tab


@contextmanager
def signed_in(tab: Page, world: World) -> Iterator[None]:
    """Show the pages of a secondary to somebody who has just signed in."""
    with Server(create_app(world.secondary, REGISTRY_TYPES)) as server, quiet(tab, server.url):
        tab.goto(f"{server.url}/users/sign_in?token={issue_sign_in(world.secondary)}")
        tab.wait_for_url("**/admin/geo/sites")
        yield
        tab.goto("about:blank")


def fill(world: World, count: int = COUNT) -> None:
    """Replicate two records, and invent the registries of more."""
    world.serve()
    world.cursor()
    records = [world.widget(f"w{number}", repository=number < 2) for number in range(count)]
    for record in records:
        if record.id > 2:
            world.set_state(
                record, verification_state=VerificationState.STARTED, verification_started_at=world.timing.now()
            )
    world.work(rounds=2)
    now = world.timing.now()
    for record in records[2:]:
        world.set_registry(record, state=RegistryState.SYNCED, verification_state=VerificationState.SUCCEEDED,
                           verification_checksum="ab" * 20, last_synced_at=now, verified_at=now)  # fmt: skip
    checksums = {"verification_checksum": "2e" * 20, "verification_checksum_mismatched": "b0" * 20}
    world.set_registry(
        records[2], state=RegistryState.FAILED, retry_count=3, retry_at=now + timedelta(seconds=170),
        last_sync_failure="Verification failed with: Checksum does not match the primary checksum",
        checksum_mismatch=True,
        verification_state=VerificationState.FAILED, verification_retry_count=3, **checksums,
    )  # fmt: skip
    world.set_registry(records[3], state=RegistryState.PENDING, verification_state=VerificationState.DISABLED)
    world.set_registry(records[4], state=RegistryState.STARTED, verification_state=VerificationState.PENDING)
    world.work(world.primary, rounds=1)
    metrics.update_metrics(world.secondary)


def test_the_sites(page: Page) -> None:
    card = page.locator("[data-site=secondary]")
    expect(card.locator(".badge", has_text="Healthy")).to_be_visible()
    bar = card.get_by_role("progressbar", name="Synced").first
    expect(bar).to_have_attribute("aria-valuemax", str(COUNT))
    expect(bar).to_have_attribute("aria-valuenow", str(COUNT - 3))
    keep(page, "sites")
    card.get_by_role("link", name="Widgets").click()
    expect(page.get_by_role("heading", name="Widgets")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 420])
def test_lines_stay_whole(page: Page, shared: World, width: int) -> None:
    """The links to other pages are within this one and share rows; an address is not broken up."""
    shared.set_node("secondary", url="http://127.0.0.1:45993")
    usual = page.viewport_size
    assert usual
    page.set_viewport_size({"width": width, "height": usual["height"]})
    try:
        page.reload()
        address = page.locator("[data-site=secondary]").get_by_role("link", name="http://127.0.0.1:45993")
        expect(address).to_be_visible()
        keep(page, f"sites-{width}")
        assert address.evaluate("element => element.getClientRects().length") == 1
        tops = {link.evaluate("element => element.getBoundingClientRect().top") for link in page.locator("nav a").all()}
        assert min(tops) >= 0
        assert len(tops) <= {1280: 1, 420: 2}[width]
    finally:
        page.set_viewport_size(usual)
        shared.set_node("secondary", url="http://127.0.0.1:2")


def open_registries(page: Page, count: int = COUNT) -> None:
    page.get_by_label("Pages").get_by_role("link", name="Widgets").click()
    expect(page.locator("#found")).to_have_text(f"{count} registries")


def test_registries_are_filtered_searched_and_paged(page: Page) -> None:
    open_registries(page)
    rows = page.locator("#rows tr[data-record]")
    expect(rows).to_have_count(20)
    keep(page, "registries")
    page.get_by_role("button", name="Next").click()
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="Previous").click()
    expect(rows).to_have_count(20)
    page.get_by_role("button", name="Failed").click()
    expect(rows).to_have_count(1)
    expect(page.locator(".failure")).to_contain_text("Checksum does not match the primary checksum")
    expect(rows.first).to_contain_text("3 failures")
    expect(rows.first).to_contain_text(re.compile(r"(in \d+ (s|min)|ago)"))
    page.locator("button.record").click()
    expect(page.locator(".more")).to_contain_text("b0" * 20)
    keep(page, "failed")
    page.get_by_role("button", name=re.compile("^All ")).click()
    page.get_by_label("Verification state").select_option("DISABLED")
    expect(page.locator("#empty")).to_be_visible()  # only what is synced is ever looked at
    page.get_by_label("Verification state").select_option("")
    page.get_by_label("Search").fill("w22")
    expect(rows).to_have_count(1)
    expect(rows.first).to_have_attribute("data-record", "23")
    page.get_by_label("Search").fill("1, 2")
    expect(rows).to_have_count(2)


def test_no_share_of_numbers_that_are_cut_off(page: Page, shared: World) -> None:
    """GraphQL counts to 1,001; what the site has counted itself is exact, and without it no percentage is shown."""
    now = shared.timing.now()
    more = [{"widget_id": number, "state": RegistryState.SYNCED, "created_at": now} for number in range(1000, 2200)]
    tracking = shared.secondary.tracking_database()
    with tracking.transaction() as connection:
        connection.execute(insert(WidgetRegistry), more)
    try:
        metrics.update_metrics(shared.secondary)
        page.get_by_label("Pages").get_by_role("link", name="Widgets").click()
        overview = page.locator("#overview")
        total, synced = COUNT + len(more), COUNT - 3 + len(more)
        expect(overview).to_contain_text(f"Synced {100 * synced / total:.2f}%{synced:,} of {total:,}")
        expect(overview).to_contain_text("Counted")
        page.route("**/api/v4/geo_sites/status", lambda route: route.fulfill(json=[]))
        page.reload()
        expect(overview).to_contain_text("Synced1,000+ of 1,000+")
        expect(overview).not_to_contain_text("%")
    finally:
        page.unroute_all()
        tracking.changed(delete(WidgetRegistry).where(WidgetRegistry.widget_id >= 1000))
        metrics.update_metrics(shared.secondary)


def test_who_signs_out_sees_nothing(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Signed out")).to_be_visible()
    assert page.request.get(page.url.replace("users/sign_out", "admin/geo/sites")).status == 401


def test_what_is_chosen_while_the_page_loads_is_shown_after_it(page: Page) -> None:
    open_registries(page)
    rows, held = page.locator("#rows tr[data-record]"), list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    def choose_twice(first: str, second: str) -> None:
        """Press a button, and another one before the first has its answer."""
        page.route("**/graphql", hold, times=1)
        with page.expect_request("**/graphql"):
            page.get_by_role("button", name=first).click()
        page.get_by_role("button", name=second).click()
        held.pop().continue_()

    page.get_by_label("Live").uncheck()
    choose_twice("Next", "Next")
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="Previous").click()
    expect(rows).to_have_count(20)
    choose_twice("Next", "Failed")
    expect(rows).to_have_count(1)


def test_the_buttons(own_page: Page, world: World) -> None:
    page = own_page
    open_registries(page, FEW)
    with standing_still(page):  # what was done is said for four seconds
        page.get_by_role("button", name="Resync 1", exact=True).click()
        expect(page.get_by_text("Registry entry enqueued to be resynced")).to_be_visible()
    [(job, arguments)] = world.secondary.jobs.waiting("EventWorker")
    assert (job, arguments[:2], arguments[2]["model_record_id"]) == ("EventWorker", ["widget", "updated"], 1)
    page.get_by_role("button", name="Reverify 1", exact=True).click()
    expect(page.locator("tr[data-record='1'] .badge", has_text="Pending")).to_be_visible()
    page.get_by_role("button", name="Failed").click()
    expect(page.locator("#rows tr[data-record]")).to_have_count(1)
    with standing_still(page):
        page.get_by_role("button", name="Resync all").click()
        expect(page.get_by_text("Resync all was enqueued")).to_be_visible()
    expected = ("BulkRegistryResyncWorker", ["WidgetRegistry", {"replication_state": "failed"}])
    assert world.secondary.jobs.waiting("BulkRegistryResyncWorker") == [expected]


def test_the_explorer(page: Page) -> None:
    page.get_by_role("link", name="GraphQL").click()
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#result")).to_contain_text('"modelRecordId": 1')
    keep(page, "explorer")
    page.get_by_label("Query").fill("{ nothing }")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#result")).to_contain_text("Cannot query field 'nothing'")


def test_a_site_that_does_not_answer_is_reported(page: Page) -> None:
    page.route("**/api/v4/geo_sites/status", lambda route: route.fulfill(body="upstream is down"))
    expect(page.get_by_role("alert")).to_have_text("upstream is down")
    page.unroute_all()
    expect(page.get_by_role("alert")).to_be_hidden()
