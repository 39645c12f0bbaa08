"""What tests need that may not be installed: they skip themselves and say why, which CI does not let pass."""

import importlib.util

import pytest


def is_installed(module: str) -> bool:
    """Whether the package that a module is in is installed."""
    return importlib.util.find_spec(module.partition(".")[0]) is not None


def without(module: str) -> str:
    """Return the reason why a test is skipped without a package."""
    return f"{module} is not installed (pip install -e '.[dev]')"


def need_packages(*modules: str) -> None:
    """Skip a file of tests that does not import them itself, unless they are installed."""
    for module in modules:
        if not is_installed(module):
            pytest.skip(without(module), allow_module_level=True)
