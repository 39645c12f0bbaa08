"""The wheel carries all that a run needs: it generates the example from an installation without the sources."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
RUN = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from geo_scaffold import __file__ as module
from geo_scaffold.edition import templates_root
print(module, templates_root(), file=sys.stderr)
from geo_scaffold.cli import main
main()
"""


@pytest.mark.slow
def test_an_installed_wheel_generates_the_example(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(tmp_path), str(PROJECT)], check=True)
    (wheel,) = tmp_path.glob("geo_scaffold-*.whl")
    installed, folder = tmp_path / "installed", tmp_path / "folder"
    folder.mkdir()
    subprocess.run([*pip, "install", "--no-deps", "--target", str(installed), str(wheel)], check=True)
    command = [sys.executable, "-c", RUN, str(installed), "new", "CoolWidget", "--timestamp", "20230101000000"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{installed}/geo_scaffold/__init__.py {installed}/geo_scaffold/templates" in done.stderr.splitlines()
    made = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    kept = {
        path.relative_to(PROJECT / "examples"): path.read_bytes()
        for path in (PROJECT / "examples/cool_widget").rglob("*")
        if path.is_file()
    }
    assert made == kept
    assert (installed / "geo_scaffold/py.typed").is_file()
    assert (installed / "geo_runtime/py.typed").is_file()
    lines = Path("geo_runtime/tables/migrations")
    sources = {path.relative_to(PROJECT / "src") for path in (PROJECT / "src" / lines).rglob("*.py")}
    assert {path.relative_to(installed) for path in (installed / lines).rglob("*.py")} == sources != set()
