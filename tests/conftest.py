"""For all tests: that CI skips nothing, what a missing package means, and what does not matter to any."""

import fcntl
import gc
import os
import signal
import threading
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings

from children import children as children  # noqa: PLC0414 - a fixture for all
from geo_scaffold.commit.seal import seal
from needs import is_installed, without
from schedule import Durations, Schedule, Work, sort
from sizes import sized

_MAY_SKIP: Final = ("GITLAB_CHECKOUT names no checkout", "GEO_SCAFFOLD_TEMPLATE names no issue template")
"""What cannot be brought along: GitLab's `ee/` may not be distributed, and the template is GitLab's as well."""
_STEERING: Final = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
"""Users' settings of their terminals; tests have their own."""
_WORK: Final = Work()

# At once, before any module copies the environment. Git tells a hook by its variables which repository is its own,
# and a hook may run the tests, which have others.
for _name in list(os.environ):
    if _name.startswith("GIT_") or _name in _STEERING:
        del os.environ[_name]
# A shell makes a background job ignore Ctrl-C, and so would everything that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)
# The machine may be busy, and a parser's first use imports it: how long an example takes says nothing.
settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=sized(30, 1000)
)
settings.load_profile("untimed")


@pytest.fixture(autouse=True, scope="session")
def cache_of_reports(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path, None, None]:
    """Keep reports of audits, compiled templates and the key of seals here, and not among the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("reports")
        patch.setenv("GEO_SCAFFOLD_CACHE", str(folder))
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        assert seal("", b"")  # the first one creates the key, which is not an effect of the runs that tests count
        yield folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what `schedule.py` needs from time to time."""
    parser.addoption("--store-durations", action="store_true", help="store how long the tests take that run together")


def pytest_configure(config: pytest.Config) -> None:
    """Have durations added up where all reports come together, and collect no garbage while tests are collected."""
    gc.disable()
    if config.getoption("--store-durations") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Durations())


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let one process collect after the other: the first compiles all tests, and the others read what it has kept."""
    with Path(__file__).open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        return (yield)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Have the longest tests first where several processes share them."""
    if hasattr(config, "workerinput"):
        sort(items)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say, where a test has failed, what a new artifact needs in the small checkouts: few failures would show it."""
    if terminalreporter.stats.get("failed"):
        from checkouts.missing_files import missing_files

        for sentence in missing_files():
            terminalreporter.write_line(f"first of all, {sentence}")


def pytest_collection_finish() -> None:
    """Keep the garbage collector from going through all modules and tests again and again: a tenth of the time."""
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    gc.enable()
    _WORK.more()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Schedule:
    """Share out groups under `pytest -n`."""
    return Schedule(config, log)


class _Module(pytest.Module):
    """A file of tests that skips itself, with the reason, where a package is not installed that it needs."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        try:
            return super().collect()
        except self.CollectError as error:
            cause = error.__cause__
            if isinstance(cause, ModuleNotFoundError) and cause.name and not is_installed(cause.name):
                pytest.skip(without(cause.name))
            raise


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module:
    """Make the collector of a file."""
    return _Module.from_parent(parent, path=module_path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure in CI, where nothing may be missing, but for the tests of a real tree."""
    report = yield
    report.work = _WORK.more()  # type: ignore[attr-defined]
    if os.environ.get("CI") and report.skipped and isinstance(report.longrepr, tuple):
        reason = str(report.longrepr[2]).removeprefix("Skipped: ")
        if not hasattr(report, "wasxfail") and reason not in _MAY_SKIP:
            report.outcome = "failed"
            report.longrepr = f"CI skips nothing: {reason}"
    # xdist sends UTF-8 only, and what was logged may hold half a character: the worker would end.
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
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
