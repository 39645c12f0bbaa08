"""Receipts that somebody has altered: what reads them ends with an error of theirs, and never as a bug of ours."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from checkouts import CHECKOUT_18
from geo_scaffold.errors import GeoScaffoldError, ReceiptError
from geo_scaffold.verbs.undo import Fate, plan_undo
from sizes import some
from test_hostile import VALUES, altered, places

from .conftest import make_checkout, new, picture

RECEIPT = "cool_widget/.geo-scaffold/cool_widget.json"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("receipts")
    new(folder)
    return folder


@pytest.fixture(scope="module")
def root_18(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_checkout(tmp_path_factory.mktemp("entries") / "gitlab", CHECKOUT_18, git=False)
    new(folder, kind="blob", owner="none")
    return folder


def entry_in(document: Any) -> int:
    """Return the place of an operation that is a part of a file."""
    return next(at for at, each in enumerate(document["operations"]) if "sha256" not in each)


@pytest.mark.parametrize("key", ["id", "path"])
@pytest.mark.parametrize("value", ["other", "", "../../../etc/passwd", ".git/config", "ee/lib/gitlab/geo.rb"])
def test_an_entry_that_the_edition_does_not_have_is_reported(checkout: Path, key: str, value: str) -> None:
    new(checkout)
    receipt = checkout / ".geo-scaffold/cool_widget.json"
    document = json.loads(receipt.read_text())
    document["operations"][entry_in(document)][key] = value
    receipt.write_text(json.dumps(document))
    with pytest.raises(ReceiptError) as caught:
        plan_undo("CoolWidget", checkout)
    assert caught.value.path == ".geo-scaffold/cool_widget.json"
    assert caught.value.remedy


@pytest.mark.parametrize("value", ["a\0b", "\ud800"])
@pytest.mark.parametrize("key", ["id", "path", "form"])
def test_text_that_no_file_has_is_no_receipt(root: Path, key: str, value: str) -> None:
    good = (root / RECEIPT).read_bytes()
    document = json.loads(good)
    document["operations"][0][key] = value
    try:
        (root / RECEIPT).write_text(json.dumps(document))
        with pytest.raises(ReceiptError):
            plan_undo("CoolWidget", root)
    finally:
        (root / RECEIPT).write_bytes(good)


@pytest.mark.parametrize(
    "memory", [b"x", b"\xff", b"[]", b"[1, 2]", b'["a", "b"]', b"[[], {}]", b'["", ""]', b"[" * 3000, b'["]", "end"]']
)
def test_what_an_entry_is_to_remember_may_be_anything(root_18: Path, memory: bytes) -> None:
    receipt = root_18 / ".geo-scaffold/cool_widget.json"
    good = receipt.read_bytes()
    document = json.loads(good)
    for operation in document["operations"]:
        if "sha256" not in operation:
            operation["replaced"] = base64.b64encode(memory).decode()
    try:
        receipt.write_text(json.dumps(document))
        made = plan_undo("CoolWidget", root_18)
        assert {each.operation.id for each in made.with_fate(Fate.KEPT)} == {"uploader-guard"}
    finally:
        receipt.write_bytes(good)


def refusal(root: Path) -> GeoScaffoldError | None:
    try:
        plan_undo("CoolWidget", root)
    except GeoScaffoldError as error:
        return error
    return None


def test_undo_of_an_altered_receipt_ends_with_an_error_or_a_plan(root: Path) -> None:
    good = (root / RECEIPT).read_bytes()
    document = json.loads(good)
    before = picture(root)
    try:
        for place in some(places(document), 25):
            for value in some(VALUES, 3, place):
                (root / RECEIPT).write_text(json.dumps(altered(document, place, value)))
                refused = refusal(root)
                assert refused is None or ("\n" not in refused.message and refused.exit_code in (2, 3, 4))
    finally:
        (root / RECEIPT).write_bytes(good)
    assert picture(root) == before
