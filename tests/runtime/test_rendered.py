"""What `new` renders for the runtime: formatted, importable, and its own tests pass."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import black
import pytest

import geo_runtime
from forks import Forks
from geo_scaffold.answers import OWNERS, Answers
from geo_scaffold.edition import (
    Renderer,
    available_editions,
    context_for,
    kinds_of,
    load_manifest,
    load_runtime,
    templates_root,
)
from geo_scaffold.edition.line_length import LIMIT, wrap_python
from geo_scaffold.kinds import demonstrated
from geo_scaffold.names.inflector import Inflector
from ruby.postgres import Cluster
from sizes import in_turns, sized

from .test_postgresql import url_of

MODELS: Final = (
    "CoolWidget",
    "Packages::Cargo::Crate",
    "Type",
    "Any",
    "Repository",
    "Ci::CDNAsset",
    "S3Bucket",
    "Metadata",
    f"SizedX{'x' * 20}Widget",
    f"SizedX{'x' * 40}Widget",
)
"""Short and long names, and names with a meaning in Python."""
SEVERAL: Final = ("project", "group", "organization")
EXAMPLE: Final = Path(__file__).parent.parent.parent / "examples/cool_widget/runtime"


def rendered(model: str, kind: str, owner: str | tuple[str, ...] | None, edition: str = "16") -> dict[str, str]:
    answers = Answers(model, kind=kind, owner=owner, timestamp="20230101000000")
    values = context_for(answers, answers.names(Inflector.gitlab()))
    renderer = Renderer(edition)
    return {
        target.path.format_map(values): renderer.render(target.template or "", values)
        for artifact in load_runtime()
        for target in artifact.targets
    }


def python_files(files: dict[str, str]) -> dict[str, str]:
    return {path: text for path, text in files.items() if path.endswith(".py")}


def test_the_manifest_uses_every_template_and_no_id_of_an_edition() -> None:
    runtime = load_runtime()
    used = {target.template for artifact in runtime for target in artifact.targets}
    there = {f"runtime/{path.name}" for path in (templates_root() / "runtime").glob("*.j2")}
    assert there == {template for template in used if template and template.startswith("runtime/")}
    ids = [artifact.id for artifact in runtime]
    assert len(ids) == len(set(ids))
    for edition in available_editions():
        assert not {artifact.id for artifact in load_manifest(edition)} & set(ids)


@pytest.mark.parametrize(("kind", "model"), in_turns(demonstrated(), MODELS))
def test_black_changes_nothing(model: str, kind: str) -> None:
    mode = black.Mode(line_length=LIMIT)
    of_text: dict[str, str] = {}  # most files depend neither on the owner nor on the edition
    for edition in (each for each in available_editions() if kind in kinds_of(each)):
        for owner in (None, *OWNERS, SEVERAL) if model == "CoolWidget" else ("project",):
            of_text |= {text: path for path, text in python_files(rendered(model, kind, owner, edition)).items()}
    for text, path in of_text.items():
        assert black.format_str(text, mode=mode) == text, path


def test_black_does_not_run_for_the_example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "black", None)
    for kind in ("repository", "blob"):
        for owner in (None, *OWNERS):
            assert python_files(rendered("CoolWidget", kind, owner))
    with pytest.raises(ImportError):
        rendered(MODELS[-1], "blob", "project")


def test_a_line_that_is_too_long_is_broken() -> None:
    call = f"call({', '.join(['argument'] * 14)})\n"
    assert max(map(len, wrap_python(call).splitlines())) <= LIMIT
    assert wrap_python("call( argument )\n") == "call( argument )\n"


ENVIRONMENT: Final = {
    **{key: value for key, value in os.environ.items() if key != "GEO_DATABASE"},
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONPATH": str(Path(geo_runtime.__file__).parent.parent),
}
OPTIONS: Final = ("-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir=.")


def outcome_of(folder: Path, server: str | None, *options: str) -> tuple[int, str]:
    """Run the tests of a rendered package on SQLite, or on the PostgreSQL server that a URL names."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, *options],
        cwd=folder,
        env=ENVIRONMENT | ({"GEO_DATABASE": server} if server else {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    """Give what has imported all that the tests of any package import."""
    environment = {**ENVIRONMENT, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # that of the example has all plugins
    modules = ("alembic.command", "anyio._backends._asyncio", "uvicorn", "geo_runtime.ddl", "geo_runtime.tables.schema")
    with Forks("pytest", "pytest:main", *modules, "geo_runtime.testing", environment=environment) as forks:
        yield forks


def outcome_of_fork(forks: Forks, folder: Path, server: str | None, *options: str) -> tuple[int, str]:
    """Do the same in a fork."""
    environment = ENVIRONMENT | {"PYTHONPATH": str(folder)} | ({"GEO_DATABASE": server} if server else {})
    done = forks.run(*OPTIONS, *options, folder=folder, environment=environment)
    return done.returncode, done.stdout + done.stderr


def have_passed(outcome: tuple[int, str]) -> None:
    code, output = outcome
    assert code == 0, output
    assert " passed" in output
    assert " skipped" not in output


def write(files: dict[str, str], folder: Path) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def test_the_tests_of_the_example_pass() -> None:
    have_passed(outcome_of(EXAMPLE, None))


def test_the_server_that_the_environment_names_is_used(forks: Forks, tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "example")
    code, output = outcome_of_fork(forks, folder, "postgresql://nobody@127.0.0.1:1/postgres", "-k", "migrations")
    assert code == 1
    assert "PostgreSQL refused" in output


Rendered = tuple[str, str, str | tuple[str, ...] | None, str]
FEW: Final[list[Rendered]] = [  # the example has a repository
    (MODELS[-1], "blob", ("project", "user"), "16"),
    ("Geo::CoolWidgetUpload", "upload", ("project", "group"), "19"),
]
MANY: Final[list[Rendered]] = [
    ("Repository", "repository", ("group", "organization"), "18"),
    (MODELS[-1], "blob", ("project", "user"), "16"),
    ("Ci::CDNAsset", "blob", None, "16"),
    ("Repository", "repository", "group", "18"),
    (MODELS[-1], "blob", "project", "18"),
    ("CoolWidget", "repository", ("project", "group", "organization"), "18"),
    ("CoolWidget", "blob", "user", "16"),
    ("CoolWidget", "blob", ("organization", "user"), "16"),
    ("CoolWidget", "repository", ("project", "group", "organization", "user"), "18"),
    ("Type", "blob", "project", "16"),
    ("Any", "repository", "organization", "16"),
    ("S3Bucket", "blob", "organization", "18"),
    (MODELS[-1], "repository", "none", "18"),
    (MODELS[-1], "blob", "group", "16"),
    ("Geo::CoolWidgetUpload", "upload", ("project", "group"), "19"),
    ("Geo::CoolWidgetUpload", "upload", "user", "19"),
    (f"Geo::{MODELS[-1]}", "upload", "none", "19"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("model", "kind", "owner", "edition"), sized(FEW, MANY))
def test_the_tests_of_other_types_pass(
    model: str,
    kind: str,
    owner: str | tuple[str, ...] | None,
    edition: str,
    forks: Forks,
    tmp_path: Path,
) -> None:
    have_passed(outcome_of_fork(forks, write(rendered(model, kind, owner, edition), tmp_path), None))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "kind", "owner", "edition", "options"),
    [
        ("CoolWidget", "repository", None, "16", sized(("-k", "pushed or destroyed or factories"), ())),
        (
            MODELS[-1],
            "blob",
            "organization",
            "18",
            ("-k", sized("selects or taken_back", "created or selects or factories or taken_back")),
        ),
    ],
)
def test_they_pass_on_postgresql(
    model: str,
    kind: str,
    owner: str | None,
    edition: str,
    options: Sequence[str],
    forks: Forks,
    cluster: Cluster,
    tmp_path: Path,
) -> None:
    """All of them for one type; of another what depends on its names, its owner and its tables, to save time.

    In the small size each is run of one of both types.
    """
    folder = write(rendered(model, kind, owner, edition), tmp_path)
    have_passed(outcome_of_fork(forks, folder, url_of(cluster, "postgres"), *options))
    databases = cluster.psql("postgres", "SELECT datname FROM pg_database").split()
    assert [name for name in databases if name.startswith("geo_")] == []
