"""For all tests: what runs in one process under `pytest -n`, and that CI skips nothing."""

import fcntl
import os
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final

import pytest

_HERE: Final = Path(__file__).parent
_MAY_SKIP: Final = ("GITLAB_CHECKOUT names no checkout", "GEO_SCAFFOLD_TEMPLATE names no issue template")
"""What cannot be brought along: GitLab's `ee/` may not be distributed, and the template is GitLab's as well."""
_RUBY: Final = "runner"
"""The fixture that runs Ruby, in two processes of its own; what uses it stays together."""
_SITES: Final = ("runtime/test_demo.py", "cli/test_demo.py")
"""What starts sites with fast clocks: two such demonstrations at once starve each other. One of them needs PostgreSQL,
which belongs to the tests of Ruby, so all of them go there."""
_APART: Final = ("verbs/test_checklist_mutations.py",)
"""Long, and each of its cases has a tree of its own."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of a file in one process, so that what they share is made once."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        file = item.path.relative_to(_HERE).as_posix()
        group = file
        if file in _SITES or (isinstance(item, pytest.Function) and _RUBY in item.fixturenames):
            group = _RUBY
        elif file in _APART and isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            group += f" {item.callspec.params.get('fresh', '')}"
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: not item.path.is_relative_to(_HERE / "ruby"))  # the longest first


@pytest.fixture(autouse=True)
def _one_demonstration_at_a_time(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have a demonstration wait for another process's, whatever the processes share out."""
    file = request.path.relative_to(_HERE).as_posix()
    if file not in _SITES or request.node.get_closest_marker("slow") is None:
        yield
        return
    with (Path(tempfile.gettempdir()) / "geo-scaffold-demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure in CI, where nothing may be missing, but for the tests of a real tree."""
    report = yield
    if os.environ.get("CI") and report.skipped and isinstance(report.longrepr, tuple):
        reason = str(report.longrepr[2]).removeprefix("Skipped: ")
        if not hasattr(report, "wasxfail") and reason not in _MAY_SKIP:
            report.outcome = "failed"
            report.longrepr = f"CI skips nothing: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Do the same for a module that skips itself as a whole."""
    report = yield
    if os.environ.get("CI") and report.outcome == "skipped":
        report.outcome = "failed"
        report.longrepr = f"CI skips nothing: {report.longrepr}"
    return report
