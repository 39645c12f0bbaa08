"""GitLab's own parsers, loaded by path from a checkout, keep every item of the checklist's reports for CI.

The checkout is the one that GITLAB_CHECKOUT names; all of its types are reported.
"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from waiting import PATIENCE_S

from .conftest import unavailable
from .real_checkout import CHECKOUT, NEEDS_IT

pytestmark = NEEDS_IT
SCRIPT: Final = Path(__file__).parent / "real/ci_reports.rb"
SKIPPED: Final = {"pending", "confirm", "not_applicable"}
SEVERITIES: Final = {"breaking": "critical", "test": "major", "doc": "minor"}


@pytest.fixture(scope="module", params=[(), ("--strict",)], ids=["usual", "strict"])
def reports(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the report as JSON, what GitLab keeps of the others, and whether decisions count."""
    root = tmp_path_factory.mktemp("reports")
    paths = {name: root / name for name in ("json", "junit", "codequality")}
    for name, path in paths.items():
        command = [sys.executable, "-m", "geo_scaffold", "checklist", "--all", "--into", CHECKOUT, *request.param]
        done = subprocess.run(
            [*command, "--format", name, "--output", path], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1, done.stderr
    wanted = json.dumps({"checkout": str(CHECKOUT), **{name: str(path) for name, path in paths.items()}})
    read = subprocess.run(
        ["ruby", "-W0", SCRIPT], input=wanted, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    if read.returncode != 0 and "LoadError" in read.stderr:
        unavailable(f"a Ruby library is not installed: {read.stderr.splitlines()[0]}")
    assert read.returncode == 0, read.stderr
    return {"own": json.loads(paths["json"].read_text()), "strict": bool(request.param), **json.loads(read.stdout)}


def items_of(reports: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any], str]]:
    """Return each item with its type and GitLab's expected message about it."""
    found = []
    for type_ in reports["own"]["types"]:
        for item in type_["items"]:
            fails = item["status"] in {"missing", "differs"} or (reports["strict"] and item["status"] == "confirm")
            status = "failed" if fails else "skipped" if item["status"] in SKIPPED else "success"
            found.append((type_, item, status))
    assert len(found) > 1000
    return found


def test_the_test_tab_has_every_item(reports: dict[str, Any]) -> None:
    assert reports["error"] is None
    wanted = items_of(reports)
    assert reports["total"] == len(wanted)
    assert Counter(
        (each["model"], item["id"], item["path"] or None, status) for each, item, status in wanted
    ) == Counter((case["suite"], case["name"], case["file"], case["status"]) for case in reports["cases"])


def test_the_test_tab_says_why_and_what_to_do(reports: dict[str, Any]) -> None:
    said = {(case["suite"], case["name"]): case["output"] for case in reports["cases"]}
    for each, item, status in items_of(reports):
        text = said[each["model"], item["id"]]
        if status == "success":
            assert text is None
            continue
        assert isinstance(text, str)
        assert item["message"] in text
        if status == "failed":
            assert item["remedy"].rstrip() in text
            assert not item["line"] or text.startswith(f"{item['path']}:{item['line']}: ")


def test_code_quality_has_what_is_open(reports: dict[str, Any]) -> None:
    assert reports["quality_error"] is None
    wanted = [(each, item) for each, item, status in items_of(reports) if status == "failed"]
    found = reports["degradations"]
    assert len(found) == reports["summary"]["count"] == len(wanted) > 20
    assert Counter(
        (each["severity"], each["location"]["path"], each["location"]["lines"]["begin"]) for each in found
    ) == (
        Counter(
            (
                "info" if item["status"] == "confirm" else SEVERITIES[item["level"]],
                item["path"] or "ee/lib/gitlab/geo.rb",
                item["line"] or 1,
            )
            for _, item in wanted
        )
    )
