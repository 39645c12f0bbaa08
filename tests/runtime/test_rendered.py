"""What `new` renders for the runtime: formatted, importable, and its own tests pass."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import black
import pytest

import geo_runtime
from geo_scaffold.answers import OWNERS, Answers
from geo_scaffold.edition import Renderer, context_for, load_runtime
from geo_scaffold.edition.line_length import LIMIT, wrap_python
from geo_scaffold.inflector import Inflector

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
"""Short and long names, and those that mean something in Python."""
EXAMPLE: Final = Path(__file__).parent.parent.parent / "examples/cool_widget/runtime"


def rendered(model: str, kind: str, owner: str | None, edition: str = "16") -> dict[str, str]:
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


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("kind", ["repository", "blob"])
def test_black_changes_nothing(model: str, kind: str) -> None:
    mode = black.Mode(line_length=LIMIT)
    for edition in ("16", "18"):
        for owner in (None, *OWNERS) if model == "CoolWidget" else ("project",):
            for path, text in python_files(rendered(model, kind, owner, edition)).items():
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


def run_tests(folder: Path, *packages: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir=.", *packages],
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(Path(geo_runtime.__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert " skipped" not in done.stdout


def test_the_tests_of_the_example_pass() -> None:
    run_tests(EXAMPLE)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "kind", "owner", "edition"),
    [
        ("Type", "blob", "project", "16"),
        ("Ci::CDNAsset", "blob", None, "16"),
        ("Any", "repository", "organization", "16"),
        ("S3Bucket", "blob", "organization", "18"),
        ("Repository", "repository", "group", "18"),
        (MODELS[-1], "repository", "none", "18"),
        (MODELS[-1], "blob", "group", "16"),
    ],
)
def test_the_tests_of_other_types_pass(model: str, kind: str, owner: str | None, edition: str, tmp_path: Path) -> None:
    for path, text in rendered(model, kind, owner, edition).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    run_tests(tmp_path)
