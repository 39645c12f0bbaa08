"""The formats of a report: report to text. What people and programs do with each is in its docstring."""

from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_scaffold.verbs.checklist import Report

FORMATS: Final = ("table", "markdown", "json", "junit", "codequality", "html")
"""Each is a module with `render`."""


def render(report: "Report", name: str, *, strict: bool, verbose: bool = False, colour: bool = False) -> str:
    """Return a report in one format, with a line feed at its end.

    Args:
        report: What was found.
        name: One of `FORMATS`.
        strict: Whether an unconfirmed decision counts as open.
        verbose: Whether a table or a task list shows what is done, too.
        colour: Whether a table is coloured.
    """
    module = import_module(f"geo_scaffold.cli.formats.{name}")
    text = cast("Callable[..., str]", module.render)
    if name == "table":
        return text(report, strict=strict, verbose=verbose, colour=colour)
    if name == "markdown":
        return text(report, strict=strict, verbose=verbose)
    return text(report, strict=strict)
