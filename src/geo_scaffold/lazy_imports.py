"""Imports a package's modules on first use: most runs need few of them."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def importing(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a `__getattr__` for a package (PEP 562).

    Args:
        package: Its full name.
        modules: The module that defines each of the package's public names.
    """

    def attribute(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        full = f"{package}.{modules[name]}"
        return getattr(sys.modules.get(full) or import_module(full), name)

    return attribute
