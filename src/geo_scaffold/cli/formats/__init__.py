"""The formats of a report: report to text. Each module's docstring says what it is for."""

from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_scaffold.verbs.checklist import Report, TypeReport

    Below = Callable[[TypeReport], str]

FORMATS: Final = ("table", "markdown", "json", "junit", "codequality", "html")
"""Each is a module with `render`."""


_OF_CI: Final = ("junit", "codequality")
"""The formats that GitLab reads, which need paths relative to the repository."""

_ESCAPED: Final = ("json", "codequality")
"""The formats that escape such characters themselves."""


def render(
    report: "Report",
    name: str,
    *,
    strict: bool,
    verbose: bool = False,
    colour: bool = False,
    below: "Below | None" = None,
) -> str:
    """Return a report in one format, ending in a line feed.

    Args:
        report: The report.
        name: One of `FORMATS`.
        strict: Whether an unconfirmed decision counts as open.
        verbose: Whether a table or a task list also shows what is done.
        colour: Whether a table is coloured.
        below: Returns the path in the repository of the checkout or folder that a type is in, with a trailing slash; an
            empty path, or None instead of a function, means the top.
    """
    if name not in _ESCAPED:
        report = _visible(report)
    module = import_module(f"geo_scaffold.cli.formats.{name}")
    text = cast("Callable[..., str]", module.render)
    if name == "table":
        return text(report, strict=strict, verbose=verbose, colour=colour)
    if name == "markdown":
        return text(report, strict=strict, verbose=verbose)
    if name in _OF_CI:
        return text(report, strict=strict, below=below or (lambda _: ""))
    return text(report, strict=strict)


def _visible(report: "Report") -> "Report":
    """Return a report without control characters or text that looks like other text."""
    from geo_scaffold.escaping import shown
    from geo_scaffold.records import replace

    types = tuple(
        replace(
            type_report,
            model=shown(type_report.model),
            title=shown(type_report.title),
            items=tuple(
                replace(
                    item,
                    title=shown(item.title),
                    path=shown(item.path),
                    message=shown(item.message, keep="\n"),
                    remedy=shown(item.remedy, keep="\n\t"),
                )
                for item in type_report.items
            ),
        )
        for type_report in report.types
    )
    return replace(report, types=types)
