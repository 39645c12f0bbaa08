"""For all tests: what runs in one process under `pytest -n`, that CI skips nothing, and what does not matter to any."""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings

_MAY_SKIP: Final = ("GITLAB_CHECKOUT names no checkout", "GEO_SCAFFOLD_TEMPLATE names no issue template")
"""What cannot be brought along: GitLab's `ee/` may not be distributed, and the template is GitLab's as well."""
_RUBY, _SITES = "ruby", "sites"
_GROUPS: Final = {
    **dict.fromkeys(
        ("runtime/test_demo.py", "runtime/test_killed.py", "runtime/test_processes.py", "cli/test_demo.py"), _SITES
    ),
    "ruby/test_static.py": "ruby/test_static.py",
}
"""The groups of files that have not one of their own: sites with fast clocks would starve each other."""
_APART: Final = ("verbs/test_checklist_mutations.py",)
"""Long, and the tests of each edition and kind have a tree of their own."""
_STEERING: Final = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
"""What users say of their terminals; tests have their own."""

# At once, before any module copies the environment. Git tells a hook by its variables which repository is its own,
# and a hook may run the tests, which have others.
for _name in list(os.environ):
    if _name.startswith("GIT_") or _name in _STEERING:
        del os.environ[_name]
# The machine may be busy, and a parser's first use imports it: how long an example takes says nothing.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(autouse=True, scope="session")
def cache_of_reports(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path, None, None]:
    """Keep reports of audits, compiled templates and the key of seals here, and not among the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("reports")
        patch.setenv("GEO_SCAFFOLD_CACHE", str(folder))
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield folder


def group_of(test: str) -> str:
    """Return the name that tests share which run in one process: those of a file, so that what they share is made once.

    What runs Ruby shares more than a file does: one process of Ruby runs all trees, in databases of one cluster.

    Args:
        test: Its id, `tests/FILE::NAME[PARAMETERS]`.
    """
    file = test.partition("::")[0].removeprefix("tests/")
    if file in _APART:
        return " ".join((file, *test.partition("[")[2].rstrip("]").split("-")[:2]))
    return _GROUPS.get(file, _RUBY if file.startswith("ruby/") else file)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the longest tests first, and those that need a machine for themselves last."""
    items.sort(key=lambda item: {_RUBY: 0, _SITES: 2}.get(group_of(item.nodeid), 1))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share out groups under `pytest -n`; `--dist loadgroup` of xdist 3.8 does nothing with pytest 9.2."""
    from xdist.scheduler import LoadScopeScheduling

    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = group_of
    return scheduler


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
