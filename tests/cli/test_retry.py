"""Verbs at once: who comes second plans anew, and both end as one after the other would."""

import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import typer

from geo_scaffold.cli import retry
from geo_scaffold.cli.new import new
from geo_scaffold.cli.release import release
from geo_scaffold.cli.undo import undo
from geo_scaffold.errors import BusyError, GeoScaffoldError, StaleError
from sizes import some
from verbs.conftest import NOW, picture
from verbs.test_at_once import generated

Verb = Callable[[Path], None]


def again(root: Path) -> None:
    new("CoolWidget", into=root, mr="https://gitlab.com/g/p/-/merge_requests/1", timestamp=NOW, yes=True)


def write_other_type(root: Path) -> None:
    new("OtherThing", into=root, kind="blob", timestamp="20230101000001", yes=True)


def undoing(root: Path) -> None:
    undo("CoolWidget", into=root, yes=True)


def releasing(root: Path) -> None:
    release("CoolWidget", into=root, milestone="16.5", yes=True)


VERBS = (again, write_other_type, undoing, releasing)


def end_of(verb: Verb, root: Path) -> tuple[str, dict[str, bytes | None]]:
    """Return how a verb ends, and what the tree is then."""
    try:
        verb(root)
        end = "done"
    except typer.Exit as error:
        end = f"exit {error.exit_code}"
    except GeoScaffoldError as error:
        end = type(error).__name__
    return end, picture(root)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(tmp_path_factory.mktemp("retry") / "gitlab")


@pytest.mark.parametrize(("first", "second"), some(product(VERBS, VERBS), 5), ids=lambda verb: verb.__name__)
def test_both_end_as_one_after_the_other(
    template: Path, tmp_path: Path, first: Verb, second: Verb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second runs as a whole between plan and commit of the first."""
    shutil.copytree(template, tmp_path / "turns")
    shutil.copytree(template, tmp_path / "once")
    end_of(second, tmp_path / "turns")
    expected = end_of(first, tmp_path / "turns")
    undone = {"name": "geo_scaffold.verbs.undo.write_undo"} if first is undoing else {}
    name = undone.get("name", "geo_scaffold.verbs.plan.write")
    module, _, attribute = name.rpartition(".")
    write = getattr(__import__(module, fromlist=[attribute]), attribute)

    def late(*arguments: Any, **options: Any) -> Any:
        monkeypatch.setattr(name, write)
        end_of(second, tmp_path / "once")
        return write(*arguments, **options)

    monkeypatch.setattr(name, late)
    assert end_of(first, tmp_path / "once") == expected


@pytest.mark.parametrize("error", [StaleError, BusyError])
def test_it_is_not_tried_forever(error: type[GeoScaffoldError], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "_PAUSE_S", 0.0)
    tried = []

    def once() -> None:
        tried.append(1)
        raise error("no")

    with pytest.raises(error):
        retry.with_retries(once)
    assert 1 < len(tried) < 10
