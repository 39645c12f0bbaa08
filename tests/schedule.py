"""Which tests run in one process under `pytest -n`, and in which order: the longest first, so that all end together.

One process has the groups that wait most of the time. If several did at once, a core would have nothing to do.

How long the groups take, and how much of that their processes work, is stored in `durations.json`. It depends on the
machine, the order hardly does; `./test --store-durations` measures it again.
"""

import json
import os
from collections import Counter
from functools import cache
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


@cache
def _stored() -> dict[str, tuple[int, int]]:
    """Return for each group how many seconds it takes, and how many of them its processes work."""
    return {group: (seconds, work) for group, (seconds, work) in json.loads(_STORED.read_text()).items()}


def sort(items: list[pytest.Item]) -> None:
    """Sort the longest groups first; a new one may take long, and comes before them."""
    stored = _stored()
    items.sort(key=lambda item: -stored.get(group_of(item.nodeid), (_NEW_S, _NEW_S))[0])


class Schedule(LoadScopeScheduling):  # type: ignore[misc]
    """Shares out groups; `--dist loadgroup` of xdist 3.8 does nothing with pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)

    def _assign_work_unit(self, node: Any) -> None:
        """Give the first process the longest group that waits, and others the longest that works, if there is one."""
        waits = node is self.nodes[0]
        stored = _stored()
        for group in self.workqueue:
            seconds, work = stored.get(group, (_NEW_S, _NEW_S))
            if (work < seconds / 2) is waits:
                self.workqueue.move_to_end(group, last=False)
                break
        super()._assign_work_unit(node)


class Work:
    """What this process and those that it waited for have worked."""

    def __init__(self) -> None:
        self._before = 0.0

    def more(self) -> float:
        """Return the seconds of a core since the last time."""
        before, self._before = self._before, sum(os.times()[:4])
        return self._before - before


class Durations:
    """A plugin that adds up how long the groups take and what their processes work, and stores that at the end."""

    def __init__(self) -> None:
        self._seconds: Counter[str] = Counter()
        self._work: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a phase of a test."""
        group = group_of(report.nodeid)
        self._seconds[group] += report.duration  # type: ignore[assignment]
        self._work[group] += report.work

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: Any) -> None:
        """Store the seconds of all groups, the longest first, unless some have not run."""
        if exitstatus not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
            return
        lines = [
            f"{json.dumps(group)}: [{seconds:.0f}, {self._work[group]:.0f}]"
            for group, seconds in self._seconds.most_common()
        ]
        _STORED.write_text("{\n  " + ",\n  ".join(lines) + "\n}\n")
