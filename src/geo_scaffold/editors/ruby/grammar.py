"""The Ruby parser, loaded when the first file is parsed."""

from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import ModuleType

    from tree_sitter import Parser

PACKAGE: Final = "tree_sitter_ruby"


@cache
def parser() -> "Parser":
    """Return the parser; the first call imports tree-sitter."""
    from tree_sitter import Language, Parser  # noqa: PLC0415 - 12 ms that only an edit of Ruby pays

    return Parser(Language(_binding().language()))


def _binding() -> "ModuleType":
    """Load the compiled grammar without its package, whose `__init__` takes 10 ms for queries that are not needed."""
    package = find_spec(PACKAGE)
    where = package.submodule_search_locations if package else None
    spec = PathFinder.find_spec(f"{PACKAGE}._binding", where)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"{PACKAGE} is not installed", name=PACKAGE)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
