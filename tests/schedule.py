"""Which tests run in one process under `pytest -n`, and in which order: the longest first, so that all end together.

The durations of the groups are stored in `durations.json`. They depend on the machine, their order hardly does;
`./test --store-durations` measures them again.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest
from xdist.scheduler import LoadScopeScheduling

_STORED: Final = Path(__file__).parent / "durations.json"
_NEW_S: Final = 1000
_RUBY: Final = "ruby"
_GROUPS: Final = {
    "ruby/test_static.py": "ruby/test_static.py",
    **dict.fromkeys(("runtime/test_browser.py", "cli/test_checklist_page.py"), "browser"),
}
"""The groups of files without a separate one."""
_APART: Final = {"verbs/test_checklist_mutations.py": 2}
"""Long files whose tests share trees by their first parameters; by how many."""


def group_of(test: str) -> str:
    """Return the name that tests share which run in one process: those of a file, so that what they share is made once.

    What runs Ruby shares more than a file does: one process of Ruby runs all trees, in databases of one cluster.

    Args:
        test: Its id, `tests/FILE::NAME[PARAMETERS]`.
    """
    file = test.partition("::")[0].removeprefix("tests/")
    if file in _APART:
        return " ".join((file, *test.partition("[")[2].rstrip("]").split("-")[: _APART[file]]))
    return _GROUPS.get(file, _RUBY if file.startswith("ruby/") else file)


def sort(items: list[pytest.Item]) -> None:
    """Sort the longest groups first; a new one may take long, and comes before them."""
    stored: dict[str, int] = json.loads(_STORED.read_text())
    items.sort(key=lambda item: -stored.get(group_of(item.nodeid), _NEW_S))


class Schedule(LoadScopeScheduling):  # type: ignore[misc]
    """Shares out groups; `--dist loadgroup` of xdist 3.8 does nothing with pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


class Durations:
    """A plugin that adds up how long the groups take, and stores that at the end."""

    def __init__(self) -> None:
        self._seconds: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a phase of a test."""
        self._seconds[group_of(report.nodeid)] += report.duration  # type: ignore[assignment]

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: Any) -> None:
        """Store the seconds of all groups, the longest first, unless some have not run."""
        if exitstatus not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
            return
        found = {group: round(seconds) for group, seconds in self._seconds.most_common()}
        _STORED.write_text(json.dumps(found, indent=2) + "\n")
