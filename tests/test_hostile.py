"""What a checkout may bring: text that steers a terminal, receipts that are none, descriptions that take for ever."""

import base64
import json
import os
import random
import re
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import lists, sampled_from

from geo_scaffold.checkout import databases, replicators, types, unwanted
from geo_scaffold.checkout.target import Layout, Target, find_receipt
from geo_scaffold.cli.report import tell
from geo_scaffold.edition import predicates
from geo_scaffold.editors.sql import script
from geo_scaffold.editors.yaml.tree import parse as yaml_tree
from geo_scaffold.errors import GeoScaffoldError, ReadError, ReceiptError
from geo_scaffold.escaping import shown
from geo_scaffold.outline import mapping
from geo_scaffold.receipt import Receipt
from geo_scaffold.tree import MOST_BYTES, Tree
from geo_scaffold.verbs.checklist.ticks import ticks_in
from geo_scaffold.verbs.drift import boxes
from sizes import sized

ESCAPE = "\x1b]0;owned\x07\x1b[2J"


@pytest.mark.parametrize("text", ["plain", "Ümläute, 漢字 🎉", "a b", ""])
def test_text_stays_text(text: str) -> None:
    assert shown(text) == text


@pytest.mark.parametrize(
    "hidden", ["\x1b", "\r", "\x00", "\x7f", "\x9b", "\u202e", "\u2066", "\u200b", "\ufeff", "\udcff", "\U000e0041"]
)
def test_what_is_not_seen_is_shown(hidden: str) -> None:
    assert shown(f"a{hidden}b") == f"a{ascii(hidden)[1:-1]}b"
    assert shown(f"a{hidden}b").isprintable()


def test_lines_and_tabs_only_where_they_are_meant() -> None:
    assert shown("a\n\tb") == "a\\n\\tb"
    assert shown("a\n\tb\x1b", keep="\n\t") == "a\n\tb\\x1b"


GOOD: dict[str, Any] = {
    "schema": 1,
    "edition": "16",
    "layout": "standalone",
    "model": "CoolWidget",
    "answers": {"kind": "blob", "timestamp": "20230101000000"},
    "phases": ["schema"],
    "operations": [{"id": "a", "op": "create", "path": "b", "sha256": "0" * 64}],
    "directories": ["."],
}
VALUES: tuple[Any, ...] = (
    None, [], {}, "", 0, -1, 1e999, True, [[]], {"a": []}, ESCAPE, "../../x", "\ud800", 10**30, ["x"], [None],
    "x" * 9999,
)  # fmt: skip


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = document.keys() if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    return [path, *(place for key in list(keys) for place in places(document[key], (*path, key)))]


def altered(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[path[0]] = altered(document[path[0]], path[1:], value)
    return copy


def load(content: bytes) -> None:
    """Read a receipt, which may be none; what is said then is short, and one line each."""
    refused = None
    try:
        Receipt.load(content, "x.json").dump()
    except ReceiptError as error:
        refused = error
    if refused:
        assert "\n" not in refused.message
        assert len(refused.message) < 400
        assert refused.exit_code == 4
        assert refused.remedy


def test_a_receipt_is_one_or_two_lines_of_error() -> None:
    Receipt.load(json.dumps(GOOD).encode(), "x.json")
    for place in places(GOOD):
        for value in VALUES:
            load(json.dumps(altered(GOOD, place, value)).encode())


@pytest.mark.parametrize("key", ["answers", "phases", "operations", "directories"])
def test_a_value_of_another_type_is_refused(key: str) -> None:
    for value in ("x", 1, None, {"a": 1} if key != "answers" else []):
        with pytest.raises(ReceiptError):
            Receipt.load(json.dumps({**GOOD, key: value}).encode(), "x.json")


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"schema": 1, "answers": ['])
def test_a_receipt_that_is_nested_deeply_is_refused(opening: bytes) -> None:
    for depth in (10_000, 1_000_000):
        with pytest.raises(ReceiptError):
            Receipt.load(opening * depth, "x.json")


def test_damaged_receipts_end_as_receipts_or_errors() -> None:
    chance = random.Random(0)
    good = json.dumps({**GOOD, "operations": [{**GOOD["operations"][0], "replaced": base64.b64encode(b"x").decode()}]})
    for _ in range(sized(100, 2000)):
        content = bytearray(good.encode())
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(content))
            content[at : at + chance.randint(0, 3)] = bytes(
                chance.choices(b'"{}[]:,0e\\\xff\x1b', k=chance.randint(0, 3))
            )
        load(bytes(content))


@pytest.mark.parametrize(
    "unit",
    [
        "<!--",
        "<!-- -->",
        "-->",
        "- [x] `a`\n",
        "`a",
        "- [ ] " + "`" * 9,
        "```\n",
        " ",
        "- [x] ",
        "1",
        "1.",
        "<!-- found ",
    ],
)
def test_the_work_for_ticks_grows_with_their_size(unit: str) -> None:
    """Counted in characters that `find` was given and calls that were made, not by a clock."""

    def calls(count: int) -> int:
        made = 0

        def see(frame: FrameType, event: str, called: Any) -> None:
            nonlocal made
            made += event in ("call", "c_call")

        before = sys.getprofile()
        sys.setprofile(see)
        try:
            ticks_in(unit * count)
        finally:
            sys.setprofile(before)
        return made

    assert calls(4000) <= 3 * calls(2000) + 100


def test_comments_are_taken_out_as_before() -> None:
    text = "- [x] `a`\n<!--\n- [x] `b`\n--> \n- [x] `c` <!-- found -->\n- [x] `d` <!-- note -->\n"
    text += "<!-- never closed\n- [x] `e`\n"
    assert {artifact for _, artifact in ticks_in(text).confirmed} == {"a", "d", "e"}


def test_a_file_without_end_is_reported(tmp_path: Path) -> None:
    with (tmp_path / "structure.sql").open("wb") as file:
        file.truncate(MOST_BYTES + 1)  # sparse: it takes no room
    with pytest.raises(ReadError, match="too large"):
        Tree(tmp_path).read("structure.sql")


def test_errors_and_notes_steer_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from geo_scaffold.cli.report import report_error, tell

    report_error(GeoScaffoldError(f"no {ESCAPE}", path=f"a{ESCAPE}", remedy=f"mend {ESCAPE}"), as_json=False)
    tell(f"note {ESCAPE}")
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert "\x07" not in said
    assert "\\x1b]0;owned" in said


EXPRESSIONS = (
    mapping._KEYS, types._COMMENT, unwanted._ENTRY, unwanted._MAPPED, replicators._ARRAY, replicators._CLASS,
    predicates._INCLUDED, databases._SCHEMAS, boxes._BOX, script.END,
)  # fmt: skip


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda each: each.pattern[:30])
def test_blank_lines_and_spaces_take_no_expression_forever(expression: re.Pattern[str]) -> None:
    """It would be some minutes: the time of the processor is bounded here only to say so."""

    def fail(*_: object) -> None:
        raise AssertionError(f"{expression.pattern} takes for ever")

    before = signal.signal(signal.SIGVTALRM, fail)
    try:
        for start in ("", "gitlab_schemas:", ";"):
            for text in (start + "\n" * 300_000 + "x", start + " " * 300_000 + "x"):
                signal.setitimer(signal.ITIMER_VIRTUAL, 10)
                expression.search(text)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def test_a_comment_before_a_value_of_yaml_is_scanned_once() -> None:
    with pytest.raises(GeoScaffoldError):
        yaml_tree("? a\n" + "# " * 50 + "\n: [")


def test_a_string_of_sql_that_never_ends_is_looked_at_once() -> None:
    for opening in ("'", '"', "$$", "/*", "$a$"):
        with pytest.raises(GeoScaffoldError, match="line 3 has no end"):
            script.parse(f"a;\n\n{opening}" + "b;\n\n" * 200_000)


QUOTED = re.compile(r"""'[^']*'|"[^"]*"|\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/""", re.DOTALL)


def is_open(part: str) -> bool:
    """Tell whether a statement goes on, by all of it: the plain way, whose time grows with the square."""
    rest = QUOTED.sub(" ", part)
    return re.search(r"""['"]|\$\w*\$|/\*""", rest) is not None or not rest.endswith(";")


@given(lists(sampled_from(["'", '"', "$$", "$a$", "$", "--", "/*", "*/", ";\n\n", ";", "\n", "a", " "]), max_size=30))
def test_statements_end_where_the_plain_way_says(parts: list[str]) -> None:
    text, start, expected = "".join(parts), 0, []
    for match in script.END.finditer(text):
        part = text[start : match.start() + 1]
        is_odd = (part.count("'") | part.count('"')) & 1
        if (is_odd or any(each in part for each in ("$", "--", "/*"))) and is_open(part):
            continue
        expected.append(match.start() + 1)
        start = match.end()
    try:
        assert script.parse(text).ends == expected
    except GeoScaffoldError:
        assert text[start:].strip()


def test_no_version_is_read_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("18.9.0-secret")
    (tmp_path / "VERSION").symlink_to("secret")
    with pytest.raises(ReadError, match="symbolic link") as caught:
        _ = Target(tmp_path, Layout.CHECKOUT).gitlab_version
    assert "secret" not in str(caught.value)
    assert caught.value.remedy


def test_a_version_and_a_receipt_are_read_as_far_as_they_are_sane(tmp_path: Path) -> None:
    (tmp_path / "VERSION").write_text("18.9.0-ee\n")
    os.truncate(tmp_path / "VERSION", 1 << 40)
    assert str(Target(tmp_path, Layout.CHECKOUT).gitlab_version).startswith("18.9.0-ee\n")
    (tmp_path / ".geo-scaffold").mkdir()
    (tmp_path / ".geo-scaffold/cool_widget.json").touch()
    os.truncate(tmp_path / ".geo-scaffold/cool_widget.json", 1 << 40)
    with pytest.raises(ReadError, match="File too large"):
        find_receipt(tmp_path, "CoolWidget")


def test_a_line_feed_in_a_name_begins_no_message_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    tell("a\nNothing is open. cannot be audited")
    tell("y  yes\nn  no", has_lines=True)
    assert capsys.readouterr().err == "a\\nNothing is open. cannot be audited\ny  yes\nn  no\n"
