"""What a site writes down: the record, the states and the reason, as text or JSON, from a level on."""

import json
import logging
from typing import Any

import pytest

from geo_runtime.errors import TransferError
from geo_runtime.running import logs

from .world import World

NASTY = 'two\nlines "quoted" and = more'


@pytest.fixture(autouse=True)
def _usual_logging(monkeypatch: pytest.MonkeyPatch) -> Any:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    monkeypatch.setattr(logging, "raiseExceptions", True)
    yield
    root.handlers[:] = before
    root.setLevel(level)
    for name in logs.TALKATIVE:
        logging.getLogger(name).setLevel(logging.NOTSET)


def fail(world: World, record: Any) -> None:
    with world.replicator(record).registry() as registry:
        registry.start()
        registry.fail(NASTY, TransferError("no route"))


def test_a_line_says_record_states_and_reason(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up()
    fail(world, world.widget(repository=False))
    [line] = [line for line in capsys.readouterr().err.splitlines() if "transition" in line]
    for part in (" WARNING ", "from=STARTED", "to=FAILED", "table=widget_registry", "model_record_id=1", 'reason="two'):
        assert part in line
    assert "no route" in line


def test_json_has_a_line_for_each_thing_that_happens(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("debug", "json")
    fail(world, world.widget(repository=False))
    try:
        raise ZeroDivisionError(NASTY)
    except ZeroDivisionError:
        logging.getLogger("geo").exception("message\n%s", "of mine", extra={"severity": "forged", "object": object()})
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    states = [(line["from"], line["to"]) for line in lines if line["message"] == "Sync state transition"]
    assert states == [("PENDING", "STARTED"), ("STARTED", "FAILED")]
    [failed] = [line for line in lines if line.get("to") == "FAILED"]
    assert (failed["model_record_id"], failed["severity"]) == (1, "WARNING")
    assert failed["reason"] == f"{NASTY}: no route"
    assert (lines[-1]["severity"], lines[-1]["message"]) == ("ERROR", "message\nof mine")
    assert NASTY in lines[-1]["exception"]


def test_a_traceback_is_written_once_and_then_a_line_for_a_while() -> None:
    """While a disk is full each turn of a loop fails alike."""
    now = 0.0
    errors = logs._Errors(lambda: now)

    def log_line(text: str) -> tuple[str, bool]:
        try:
            raise OSError(text)
        except OSError as error:
            return errors.shown(error)

    first, is_long = log_line(NASTY)
    assert is_long
    assert first.startswith("Traceback")
    assert log_line(NASTY) == ("OSError: two", False)
    assert log_line("another") == ("OSError: another", False)
    now = logs.AGAIN_S
    assert log_line(NASTY) == (first, True)


@pytest.mark.parametrize("style", logs.FORMATS)
def test_each_error_has_its_line(style: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("info", style)
    for _ in range(3):
        try:
            raise OSError("no room")
        except OSError:
            logging.getLogger("geo").exception("a turn", extra={"turn": 1})
    output = capsys.readouterr().err
    assert (output.count("a turn"), output.count("Traceback")) == (3, 1)
    assert "OSError: no room" in output.splitlines()[-1]


@pytest.mark.parametrize(("level", "is_told"), [("info", False), ("debug", True)])
def test_messages_of_a_queue_are_not_what_happens(
    level: str, is_told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up(level)
    for name in ("celery.app.trace", "geo_runtime.databases.postgresql.ShrinkingPool"):
        logging.getLogger(name).info("a message came")
        logging.getLogger(name).error("it broke")
    logging.getLogger("geo_runtime.site").info("a record came")
    output = capsys.readouterr().err
    assert output.count("a message came") == 2 * is_told
    assert (output.count("it broke"), output.count("a record came")) == (2, 1)


@pytest.mark.parametrize(("level", "style"), [("loud", "text"), ("info", "xml")])
def test_other_levels_and_formats_are_refused(level: str, style: str) -> None:
    with pytest.raises(ValueError, match="must be one of"):
        logs.set_up(level, style)
