"""The processes that a test's own process forks; the machinery of tests has others, which stay."""

import os

import pytest


class Children(list[int]):
    """The ids of the forked processes."""

    def are_gone(self) -> bool:
        """Tell whether each has ended, and was waited for."""
        return not any(map(_is_left, self))


def _is_left(child: int) -> bool:
    try:
        os.waitpid(child, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> Children:
    """Note what is forked while a test runs."""
    found = Children()
    fork = os.fork

    def noted() -> int:
        if child := fork():
            found.append(child)
        return child

    monkeypatch.setattr(os, "fork", noted)
    return found
