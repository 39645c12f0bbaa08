"""What the author of an edition gets wrong: one sentence with the edition, the artifact, and what was perhaps meant."""

import copy
import errno
import io
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

import geo_scaffold
from editions import change, copied_templates, templates_of
from geo_scaffold.answers import Answers
from geo_scaffold.edition import available_editions, default_edition, edition_for, load_manifest, templates_root
from geo_scaffold.edition.checking import mistakes_in
from geo_scaffold.edition.editing import KINDS
from geo_scaffold.edition.schema import mistakes_in_edition, mistakes_in_entries, mistakes_in_order
from geo_scaffold.edition.shapes import FLAG, NUMBER, ORDER, PATTERN, TEXT, TEXTS
from geo_scaffold.edition.sources import forget
from geo_scaffold.editors.order import Order
from geo_scaffold.errors import ManifestError, ReadError
from geo_scaffold.verbs.new import plan_new
from sizes import FULL, some

NEWEST = available_editions()[-1]
MANIFEST = "gitlab-18/manifest.toml"
BASE = "gitlab-16/manifest.toml"


class Slip(NamedTuple):
    """One mistake: the file, the correct text, what the author wrote, and the expected message."""

    file: str
    old: str
    new: str
    said: tuple[str, ...]


SLIPS = {
    each["name"]: Slip(each["file"], each["old"], each["new"], tuple(each["said"]))
    for each in tomllib.loads((Path(__file__).parent / "mistakes.toml").read_text(encoding="utf-8"))["slip"]
}
ONLY_CHECKED = {"lines that are no entry", "name in a condition"}
"""What a run meets only in a tree that has the file."""


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    with copied_templates(tmp_path) as root:
        yield root


def slip_in(root: Path, slip: Slip) -> None:
    change(root / slip.file, slip.old, slip.new)
    forget()
    load_manifest.cache_clear()


@pytest.mark.parametrize("edition", available_editions())
def test_no_edition_has_a_mistake(edition: str) -> None:
    assert list(map(str, mistakes_in(edition))) == []


@pytest.mark.parametrize("name", dict.fromkeys([*some(SLIPS, 7), *sorted(ONLY_CHECKED)]) if not FULL else SLIPS)
def test_a_check_of_the_edition_says_what_and_where(root: Path, name: str) -> None:
    slip_in(root, SLIPS[name])
    found = mistakes_in("18")
    assert found
    for said in SLIPS[name].said:
        assert said in found[0].message, found[0].message
    assert all(isinstance(each, ManifestError) and each.exit_code == 2 and each.remedy for each in found)
    assert len(found[0].message.splitlines()) == 1


@pytest.mark.parametrize("name", [each for each in SLIPS if each not in ONLY_CHECKED])
def test_a_run_says_it_too_and_writes_nothing(root: Path, tmp_path: Path, name: str) -> None:
    slip_in(root, SLIPS[name])
    (tmp_path / "here").mkdir()
    with pytest.raises(ManifestError) as caught:
        plan_new(Answers(model="CoolWidget", kind="blob", gitlab="18.9"), tmp_path / "here", now="20230101000000")
    for said in SLIPS[name].said:
        assert said in caught.value.message, caught.value.message
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.parametrize("part", ["manifest.toml", "state-spec.rb.j2"])
def test_a_file_that_cannot_be_read_is_reported_as_such(
    root: Path, tmp_path: Path, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may read everything, so that the disk says no by itself here."""
    opened = io.open

    def refuse(file: Any, *arguments: Any, **options: Any) -> Any:
        if str(file).endswith(part) and "gitlab-18" in str(file):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file))
        return opened(file, *arguments, **options)

    monkeypatch.setattr("io.open", refuse)  # pathlib's
    monkeypatch.setattr("builtins.open", refuse)  # Jinja's
    with pytest.raises(ReadError) as caught:
        plan_new(Answers(model="CoolWidget", kind="blob", gitlab="18.9"), tmp_path, now="20230101000000")
    assert caught.value.exit_code == 4
    assert caught.value.message.startswith("cannot read the ")
    assert "Permission denied" in caught.value.message
    assert str(caught.value.path).endswith(part)


def run(package: Path, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "geo_scaffold", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(package.parent)},
    )


def test_the_command_line_ends_with_two_lines_and_the_exit_code(tmp_path: Path) -> None:
    package = tmp_path / "lib/geo_scaffold"
    shutil.copytree(Path(geo_scaffold.__file__).parent, package)
    shutil.copytree(templates_root(), package / "templates")
    (tmp_path / "here").mkdir()
    for name, code in (("unknown editor", 2), ("missing template", 2), ("filter in a template", 2)):
        slip = SLIPS[name]
        change(package / "templates" / slip.file, slip.old, slip.new)
        ended = run(package, "new", "CoolWidget", "--gitlab", "18.9", folder=tmp_path / "here")
        change(package / "templates" / slip.file, slip.new, slip.old)
        assert ended.returncode == code, ended.stderr
        lines = ended.stderr.splitlines()
        assert len(lines) == 2
        assert lines[0].startswith("error: ")
        assert "a bug of geo-scaffold" not in ended.stderr
        assert all(said in lines[0] for said in slip.said), ended.stderr
    assert list((tmp_path / "here").iterdir()) == []


def test_an_edition_says_from_which_version_on_it_fits(tmp_path: Path) -> None:
    heads = {"2": 'from = "0"\ndefault = true', "3": 'from = "2.10"', "4": 'from = "4"', "10": 'from = "10"'}
    with templates_of(tmp_path) as root:
        for edition, head in heads.items():
            (root / f"gitlab-{edition}").mkdir()
            (root / f"gitlab-{edition}/manifest.toml").write_text(f"{head}\n[[artifact]]\nnot = TOML\n")
        assert available_editions() == ("2", "3", "4", "10")
        assert default_edition() == edition_for(None) == edition_for("nonsense") == "2"
        versions = ("0.1", "2.9", "2.10", "2.10.1-pre", "3", "3.99", "4", "4.0.0-ee", "9", "10.1", "99")
        assert [edition_for(version) for version in versions] == [*"22", *"33333"[:4], *"444", "10", "10"]


@pytest.mark.parametrize("key", ["from", "default"])
def test_two_editions_cannot_both_be_chosen(tmp_path: Path, key: str) -> None:
    heads = {"2": 'from = "0"\ndefault = true', "3": 'from = "3"', "4": 'from = "4"'}
    heads["4"] = {"from": 'from = "3.0"', "default": f"{heads['4']}\ndefault = true"}[key]
    with templates_of(tmp_path) as root:
        for edition, head in heads.items():
            (root / f"gitlab-{edition}").mkdir()
            (root / f"gitlab-{edition}/manifest.toml").write_text(f"{head}\n")
        with pytest.raises(ManifestError, match=f"`{key}` has the same value as in edition") as raised:
            edition_for("3.5" if key == "from" else None)
    assert raised.value.edition == "4"
    assert raised.value.exit_code == 2


def test_an_edition_may_only_leave_out_what_its_base_has(tmp_path: Path) -> None:
    """The first manifest in docs/add-an-edition.md, for the edition after the newest."""
    edition = str(int(NEWEST) + 1)
    with copied_templates(tmp_path) as root:
        base = load_manifest(NEWEST)
        (root / f"gitlab-{edition}").mkdir()
        manifest = f'from = "{edition}"\nbase = "{NEWEST}"\nwithout = ["gettext"]\n'
        (root / f"gitlab-{edition}/manifest.toml").write_text(manifest)
        assert [each.id for each in load_manifest(edition)] == [each.id for each in base if each.id != "gettext"]
        assert list(map(str, mistakes_in(edition))) == []


def test_two_artifacts_cannot_create_the_same_file(tmp_path: Path) -> None:
    with copied_templates(tmp_path) as root:
        change(root / BASE, 'path = "ee/spec/replicators/geo/{name}_replicator_spec.rb"', 'path = "{replicator_file}"')
        forget()
        load_manifest.cache_clear()
        with pytest.raises(ManifestError, match=r"it creates .*, as artifact `replicator` does") as raised:
            plan_new(Answers(model="CoolWidget", kind="blob"), tmp_path, now="20260101000000")
    assert raised.value.artifact == "replicator-spec"
    assert raised.value.remedy


def test_the_editions_fit_the_versions_that_they_are_named_after() -> None:
    assert [edition_for(f"{edition}.5") for edition in available_editions()] == list(available_editions())
    assert default_edition() == available_editions()[0]
    assert edition_for("99.0") == NEWEST


@pytest.mark.parametrize("name", KINDS)
def test_the_table_of_an_editor_says_what_its_class_takes(name: str) -> None:
    from importlib import import_module

    kind = KINDS[name]
    made = getattr(import_module(f"geo_scaffold.editors.{kind.module}"), kind.name)
    hints = get_type_hints(made)
    parameters = signature(made).parameters
    given = {**kind.needs, **kind.takes}
    shapes = {str: TEXT, str | None: TEXT, tuple[str, ...]: TEXTS, bool: FLAG, int: NUMBER, Order: ORDER}
    shown = {key: PATTERN if key == "after_last" else shapes[hints[key]] for key in given}
    assert shown == given
    needed = {key for key, each in parameters.items() if each.default is each.empty}
    of_lines = needed - set(kind.needs)
    assert set(kind.needs) <= needed
    internal = {"known", "theirs", "sources"}
    assert set(parameters) - set(given) - of_lines <= internal | {"text", "value", "properties", "comment"}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
"""What TOML may hold, and more."""


def nodes_of(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in a manifest: what holds it, and its key or number."""
    places = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in list(places):
        yield value, key
        yield from nodes_of(each)


@given(st.data())
def test_whatever_a_manifest_holds_it_is_a_mistake_or_can_be_read(data: st.DataObject) -> None:
    """No value in any place makes the reader itself fail."""
    read = tomllib.loads((templates_root() / BASE).read_text(encoding="utf-8"))
    read["artifact"] = [copy.deepcopy(data.draw(st.sampled_from(read["artifact"]))) for _ in range(2)]
    places = list(nodes_of(read))
    holder, key = places[data.draw(st.integers(0, len(places) - 1))]
    if data.draw(st.booleans()):
        holder[key] = data.draw(VALUES)
    elif isinstance(holder, dict):
        holder[data.draw(st.text(max_size=6))] = data.draw(VALUES)
    found = list(mistakes_in_edition(read, [])) or list(mistakes_in_order(read, []))
    found = found or list(mistakes_in_entries(read["artifact"], read.get("steps", {}), is_base=True))
    assert all(each.what and "\n" not in each.what for each in found)
