"""The checkout that GITLAB_CHECKOUT names, and the marks of a module of tests that need it."""

import os
from pathlib import Path
from typing import Final

import pytest

CHECKOUT: Final = Path(os.environ.get("GITLAB_CHECKOUT", "/nonexistent"))
NEEDS_IT: Final = [
    pytest.mark.ruby,
    pytest.mark.slow,
    pytest.mark.real_tree,
    pytest.mark.skipif(not (CHECKOUT / "VERSION").is_file(), reason="GITLAB_CHECKOUT names no checkout"),
]
