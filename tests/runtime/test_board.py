"""The control page of a demonstration: what it shows of both sites, what its buttons do, and who may press them."""

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import get_ident
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, event

from browser import browser, needs_browser, patient, quiet
from geo_runtime.databases.main import GeoEventLog
from geo_runtime.demo.actions import ACTIONS, ActionError, perform
from geo_runtime.demo.board import Board
from geo_runtime.demo.observer import Observer
from geo_runtime.demo.options import Options
from geo_runtime.demo.stage import Stage
from geo_runtime.demo.steps import Result, Step
from geo_runtime.demo.story import Story
from geo_runtime.events import publishing
from geo_runtime.events.log_cursor import LogCursor
from geo_runtime.testing.databases import PRIMARY, SECONDARY
from geo_runtime.web import Server, create_app
from waiting import wait_until

ROOT = Path(__file__).parents[2]
STARTED = Step("start", "Both start", lambda stage, say: {})


class Listener:
    def begin(self, step: Step) -> None: ...
    def say(self, text: str) -> None: ...
    def end(self, result: Result) -> None: ...


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """A control page of two sites, of which the primary serves; what else they do, the tests do."""
    folder = tmp_path_factory.mktemp("board")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stage = stack.enter_context(Stage(Options("runtime.widgets:WIDGET", None, folder / "sites", count=1)))
        stack.enter_context(Server(create_app(stage.primary), stage.ports[PRIMARY]))
        story = Story(stage, 1, changes=True, listener=Listener())
        yield stack.enter_context(Board(stage, story))


@pytest.fixture
def client(board: Board) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {board.key}"}
    with httpx.Client(base_url=board.api_url, headers=headers, trust_env=False) as found:
        yield found


def act(client: httpx.Client, name: str, **given: Any) -> httpx.Response:
    return client.post(f"/actions/{name}", json=given)


def create_record(client: httpx.Client) -> int:
    return int(act(client, "create", count=1).json()["message"].split()[1])


def copy(board: Board, record_id: int) -> None:
    """Have the secondary copy a record, as its workers would."""
    wait_until(lambda: board.stage.kind(board.stage.secondary, record_id).find_record() is not None)
    board.stage.kind(board.stage.secondary, record_id).sync()


def test_nobody_without_the_key_sees_or_does_anything(board: Board) -> None:
    own = board.api_url.removesuffix("/api")
    with httpx.Client(base_url=own, trust_env=False) as stranger:
        for path in ("/api/state", "/api/records", "/api/records/1", "/api/events", "/api/actions", "/sites/primary"):
            assert stranger.get(path).status_code == 401, path
        assert stranger.get("/").status_code == 401
        assert stranger.get("/?key=another").status_code == 401
        assert stranger.post("/api/actions/create", json={}).status_code == 401
        assert stranger.post("/api/story").status_code == 401
        assert stranger.get("/api/state", headers={b"authorization": b"Bearer \xfc"}).status_code == 401
        assert stranger.get("/", headers={"host": "rebound.example.com"}).status_code == 400


def test_a_page_of_another_origin_presses_no_button(board: Board) -> None:
    own = board.api_url.removesuffix("/api")
    with httpx.Client(base_url=own, trust_env=False, follow_redirects=True) as visitor:
        shown = visitor.get(f"/?key={board.key}")
        assert (shown.status_code, str(shown.url)) == (200, f"{own}/")
        assert "key=" not in shown.text
        before = visitor.get("/api/state").json()["counts"]["total"]
        for headers in ({}, {"origin": "http://127.0.0.1:1"}, {"origin": "null"}):
            assert visitor.post("/api/actions/create", json={}, headers=headers).status_code == 403, headers
        assert visitor.get("/api/state").json()["counts"]["total"] == before
        assert visitor.post("/api/actions/create", json={}, headers={"origin": own}).status_code == 200
        assert visitor.get("/api/state").json()["counts"]["total"] == before + 1


def test_a_record_tells_its_story(board: Board, client: httpx.Client) -> None:
    record_id = create_record(client)
    document = client.get(f"/records/{record_id}").json()
    assert (document["state"], document["is_on_primary"]) == ("NONE", True)
    assert [each["event"] for each in document["events"]] == ["created"]
    copy(board, record_id)
    wait_until(lambda: client.get(f"/records/{record_id}").json()["changes"] != [])
    document = client.get(f"/records/{record_id}").json()
    assert document["state"] == "SYNCED"
    assert document["registry"]["retry_count"] == 0
    assert {change["state"] for change in document["changes"]} <= {"STARTED", "SYNCED", "PENDING"}
    listed = {record["id"]: record["state"] for record in client.get("/records").json()["records"]}
    assert listed[record_id] == "SYNCED"
    assert act(client, "delete", record=record_id).status_code == 200
    document = client.get(f"/records/{record_id}").json()
    assert (document["is_on_primary"], [each["event"] for each in document["events"]]) == (
        False,
        ["deleted", "created"],
    )
    assert client.get("/records/999999").status_code == 404


def test_events_and_the_cursor(board: Board, client: httpx.Client) -> None:
    create_record(client)
    before = client.get("/events").json()
    wait_until(lambda: client.get("/events").json()["received"] == before["last"])
    LogCursor(board.stage.secondary).cycle()
    after = client.get("/events").json()
    assert (after["cursor"], after["behind"], after["gaps"]) == (before["last"], 0, [])
    assert after["newest"][0]["id"] == before["last"]
    waiting = client.get("/state").json()["jobs"]
    assert set(waiting) == {"cronjob", "event", "sync", "verification"}


def test_what_happens_to_the_sites(board: Board, client: httpx.Client) -> None:
    stage = board.stage
    record_id = create_record(client)
    assert act(client, "damage", record=record_id).json()["error"].startswith("the secondary has no copy")
    copy(board, record_id)
    before = stage.kind(stage.secondary, record_id).calculate_checksum()
    assert act(client, "damage", record=record_id).status_code == 200
    assert stage.kind(stage.secondary, record_id).calculate_checksum() != before
    before = stage.kind(stage.primary, record_id).calculate_checksum()
    assert act(client, "change", record=record_id).status_code == 200
    assert stage.kind(stage.primary, record_id).calculate_checksum() != before
    assert act(client, "network", state="mend").json()["error"] == "the network is whole already"
    assert act(client, "network", state="cut").status_code == 200
    assert client.get("/state").json()["network"] == {"is_cut": True}
    assert act(client, "network", state="mend").status_code == 200
    assert act(client, "lag", seconds=7200).status_code == 200
    assert client.get("/state").json()["replica"]["set_lag_s"] == 7200
    assert act(client, "lag", seconds=0).status_code == 200
    assert act(client, "replication", state="pause").status_code == 200
    assert client.get("/state").json()["replication"]["is_paused"]
    assert act(client, "replication", state="go").status_code == 200
    assert not client.get("/state").json()["replication"]["is_paused"]


def test_a_part_of_the_groups_can_be_selected_and_all_again(board: Board, client: httpx.Client) -> None:
    while board.stage.counts().total < 3:
        create_record(client)
    message = act(client, "select", records="half").json()["message"]
    replication = client.get("/state").json()["replication"]
    assert replication["selective_sync"] == "namespaces"
    assert f"the records of {len(replication['namespaces'])} of " in message
    assert act(client, "select", records="all").status_code == 200
    assert client.get("/state").json()["replication"]["selective_sync"] is None


def test_one_record_or_all_are_verified_or_fetched_again(board: Board, client: httpx.Client) -> None:
    stage = board.stage
    waiting = stage.secondary.jobs.waiting
    ids = [create_record(client) for _ in range(2)]
    assert act(client, "resync", record=ids[0]).json()["error"] == f"the secondary has no registry of record {ids[0]}"
    for id_ in ids:
        copy(board, id_)
    message = act(client, "reverify", record=ids[0]).json()["message"]
    assert message == f"record {ids[0]} will be verified again"
    found = [client.get(f"/records/{id_}").json()["verification_state"] for id_ in ids]
    assert found == ["PENDING", "DISABLED"]  # the primary has calculated no checksum yet
    assert act(client, "resync", record=ids[0]).status_code == 200
    assert [arguments[2]["model_record_id"] for _, arguments in waiting("EventWorker")] == [ids[0]]
    for name, job in (("reverify", "BulkRegistryReverificationWorker"), ("resync", "BulkRegistryResyncWorker")):
        assert act(client, name).json()["message"].startswith("all registries will be ")
        assert waiting(job) == [(job, [stage.kind.names().registry_class, {}])]
    stage.secondary.jobs.run_due()
    assert client.get(f"/records/{ids[1]}").json()["verification_state"] == "PENDING"
    stage.secondary.jobs.clear()


def test_each_event_is_read_once_also_one_that_is_seen_after_its_successor(board: Board) -> None:
    observer, stage = Observer(board.stage), board.stage
    publish = partial(publishing.write_event, stage.primary, stage.kind.replicable_name(), "created")
    first, late, last = (publish({"model_record_id": number}) for number in (1, 2, 3))
    assert first is not None
    assert late is not None
    read: list[int] = []

    own = get_ident()

    def loaded(row: GeoEventLog, context: object) -> None:
        if get_ident() == own:  # the board's own observer looks in a thread, whenever it is due
            read.append(row.id)

    event.listen(GeoEventLog, "load", loaded)
    try:
        observer._note_events()
        observer._events.pop(late)  # as if it were committed only now
        read.clear()
        observer._note_events()
        assert read == [late]
        read.clear()
        [*_, oldest] = observer._newest()
        assert read == []
    finally:
        event.remove(GeoEventLog, "load", loaded)
    assert not oldest["is_pruned"]
    with stage.primary.main.session() as session, session.begin():
        session.execute(delete(GeoEventLog).where(GeoEventLog.id <= late))
    assert [each["id"] for each in observer._newest() if not each["is_pruned"]] == [last]


@pytest.mark.parametrize(
    ("name", "given", "why"),
    [
        ("explode", {}, "there is no action 'explode': there are create, "),
        ("create", {"count": 0}, "count must be a whole number from 1 to 100"),
        ("create", {"count": True}, "count must be a whole number from 1 to 100"),
        ("create", {"count": 10**30}, "count must be a whole number from 1 to 100"),
        ("create", {"number": 1}, "create takes no 'number'"),
        ("delete", {}, "record is missing"),
        ("delete", {"record": 10**9}, "the primary has no record 1000000000"),
        ("delete", {"record": "1 OR 1=1"}, "record must be a whole number"),
        ("lag", {"seconds": -1}, "seconds must be a whole number from 0 to"),
        ("kill", {"site": "/etc"}, "site must be one of secondary, primary"),
        ("network", {"state": ["cut"]}, "state must be one of cut, mend"),
    ],
)
def test_what_cannot_be_done_says_why(client: httpx.Client, name: str, given: dict[str, Any], why: str) -> None:
    answer = act(client, name, **given)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith(why)


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object(client: httpx.Client, body: bytes) -> None:
    assert client.post("/actions/create", content=body).status_code == 400


def test_while_the_story_is_told_nothing_comes_between(board: Board, client: httpx.Client) -> None:
    board.story.is_told = True
    try:
        assert act(client, "create", count=1).status_code == 409
        assert client.post("/story").status_code == 409
    finally:
        board.story.is_told = False


def test_every_action_says_what_it_does_and_is_listed(client: httpx.Client) -> None:
    listed = client.get("/actions").json()["actions"]
    assert [model["name"] for model in listed] == list(ACTIONS)
    assert all(model["tells"].endswith(".") for model in listed)


def test_the_chapters_that_the_page_names_are_there() -> None:
    page = (ROOT / "src/geo_runtime/demo/pages/board.html").read_text()
    named = re.findall(r"Specification: ((?!chapters)[^.<]+)", page)
    headings = re.findall(r"^## (.+)$", (ROOT / "docs/runtime-specification.md").read_text(), re.MULTILINE)
    assert {chapter for each in named for chapter in each.split("; ")} - set(headings) == set()
    assert len(named) >= 8


def test_data_that_never_change_have_no_such_button(tmp_path: Path) -> None:
    with Stage(Options("runtime.widgets:WIDGET_FILE", None, tmp_path / "sites", count=1)) as stage:
        story = Story(stage, 1, changes=False, listener=Listener())
        with Board(stage, story) as board:
            headers = {"authorization": f"Bearer {board.key}"}
            with httpx.Client(base_url=board.api_url, headers=headers, trust_env=False) as client:
                assert "change" not in [action["name"] for action in client.get("/actions").json()["actions"]]
        record = stage.create(stage.next_number())
        with pytest.raises(ActionError, match="never change"):
            perform(stage, "change", {"record": record.id})


@needs_browser
def test_the_page_shows_both_sites_and_its_buttons_work(board: Board) -> None:
    own = board.api_url.removesuffix("/api")
    with browser() as started, patient(started, viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        with quiet(page, own):
            page.goto(board.url)
            page.locator("#drawing text", has_text="Primary").wait_for()
            before = page.locator("#records tr").count()
            page.get_by_role("button", name="Create").click()
            page.locator(".toast", has_text="was created").wait_for()
            expect(page.locator("#records tr")).to_have_count(before + 1)
            newest = page.locator("#records a.record").first
            name = newest.text_content() or ""
            newest.click()
            page.get_by_role("heading", name=f"Record {name.removeprefix('#')}").wait_for()
            page.locator("#timeline li", has_text="created").wait_for()
            assert "The secondary knows nothing" in (page.locator("#sync-explained").text_content() or "")
            copy(board, int(name.removeprefix("#")))
            for button, done in (("Reverify", "verified again"), ("Resync", "fetched again")):
                page.locator("#record-actions").get_by_role("button", name=button).click()
                page.locator(".toast", has_text=f"will be {done}").wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            buttons = page.locator("#record-actions").get_by_role("button")
            buttons.filter(has_text="Delete").click()
            expect(buttons.filter(has_text="Delete")).to_be_disabled()
            page.evaluate("showStory({is_told: false, steps: []})")  # as each refresh does, before it knows the record
            assert all(button.is_disabled() for button in buttons.all())
            page.get_by_role("link", name="All records").click()
            page.locator("#records tr").first.wait_for()
            page.locator("#actions").get_by_role("button", name="Reverify").click()
            page.locator(".toast", has_text="all registries will be verified again").wait_for()
            board.stage.secondary.jobs.clear()
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            tables = "[...document.querySelectorAll('.scroll')]"
            assert page.evaluate(f"{tables}.every(table => table.scrollWidth <= table.clientWidth)")
    assert {PRIMARY, SECONDARY} <= set(board.observer.state()["sites"])
