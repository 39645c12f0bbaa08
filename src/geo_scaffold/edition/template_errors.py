"""Errors in our own templates: a sentence with the template, the line and a suggestion."""

import re
from collections.abc import Collection
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, Final

from jinja2 import TemplateNotFound, TemplateSyntaxError, UndefinedError

from geo_scaffold.edition.format_strings import perhaps
from geo_scaffold.edition.sources import folders_of, templates_root
from geo_scaffold.errors import GeoScaffoldError, ManifestError, ReadError

if TYPE_CHECKING:
    from jinja2 import Environment

ENDING: Final = ".j2"
# Messages of Jinja, whose errors have no attribute for the name.
_UNKNOWN: Final = re.compile(r"No (filter|test) named '([^']*)'")
_UNDEFINED: Final = re.compile(r"'([^']*)' is undefined")
_REMEDY: Final = "Fix the template"


def template_error(
    error: Exception, template: str, edition: str, environment: "Environment", values: Collection[str]
) -> GeoScaffoldError | None:
    """Return the error to report for an error in rendering, or None if no template is involved.

    Args:
        error: The error.
        template: The name of the template that was rendered.
        edition: The edition.
        environment: Jinja's environment.
        values: The names that the template may use, besides those that all may.
    """
    if isinstance(error, GeoScaffoldError | MemoryError):
        return None
    if isinstance(error, TemplateNotFound):  # which is also an OSError
        return missing_template(str(error.name or template), edition, asked_by=_place(error))
    if isinstance(error, OSError):
        return ReadError(
            f"cannot read the template {template}: {error.strerror}",
            path=str(error.filename or template),
            remedy="Make it a file that can be read",
        )
    if isinstance(error, UnicodeDecodeError):
        return ManifestError(f"the template `{template}` is not UTF-8", edition=edition, remedy="Save it as UTF-8")
    is_syntax = isinstance(error, TemplateSyntaxError)
    place = (error.filename or template, error.lineno) if isinstance(error, TemplateSyntaxError) else _place(error)
    if place is None:
        return None
    file, line = place
    what, hint = _of_syntax(error, environment) if is_syntax else _of_use(error, [*values, *environment.globals])
    return ManifestError(f"{_shown(file, template)}, line {line}: {what}", edition=edition, path=file, remedy=hint)


def _of_syntax(error: Exception, environment: "Environment") -> tuple[str, str]:
    """Return a mistake in the text of a template, and what to do."""
    message = str(getattr(error, "message", error)).rstrip(".")
    unknown = _UNKNOWN.match(message)
    if unknown is None:
        return message, _REMEDY
    sort, name = unknown.groups()
    known = environment.filters if sort == "filter" else environment.tests
    return f"there is no {sort} `{name}`{perhaps(name, known)}", f"There are {', '.join(sorted(known))}"


def _of_use(error: Exception, known: Collection[str]) -> tuple[str, str]:
    """Return what went wrong while a template was rendered, and what to do."""
    hint = f"{_REMEDY}; `geo-scaffold names MODEL` shows the spellings that it may use"
    if isinstance(error, RecursionError):
        return "it uses itself, or nests too deeply", _REMEDY
    if isinstance(error, UndefinedError):
        name = _UNDEFINED.match(str(error))
        return f"there is no name `{name[1]}`{perhaps(name[1], known)}" if name else str(error), hint
    return " ".join(f"{type(error).__name__}: {error}".split()), hint


def missing_template(name: str, edition: str, asked_by: tuple[str, int] | None = None) -> ManifestError:
    """Return the error for a missing template.

    Args:
        name: Its name.
        edition: The edition.
        asked_by: File and line of the template that extends or includes it, or None if a manifest names it.
    """
    folders = folders_of(edition)
    own = {path.relative_to(folder).as_posix() for folder in folders for path in folder.rglob(f"*{ENDING}")}
    every = {path.relative_to(templates_root()).as_posix() for path in templates_root().rglob(f"*{ENDING}")}
    where = f"{_shown(asked_by[0], '')}, line {asked_by[1]}: " if asked_by else ""
    return ManifestError(
        f"{where}there is no template `{name}`{perhaps(name, {*own, *every})}",
        edition=edition,
        path=asked_by[0] if asked_by else str(folders[0] / "manifest.toml"),
        remedy=f"Write it below {folders[0]}, or correct the name",
    )


def _place(error: Exception) -> tuple[str, int] | None:
    """Return file and line of the template that an error comes from, from Jinja's tracebacks."""
    at = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    return next(((file, line) for file, line in reversed(at) if file.endswith(ENDING)), None)


def _shown(file: str | None, template: str) -> str:
    """Return the name of a template, relative to the folder of all editions."""
    root = templates_root()
    if file and Path(file).is_relative_to(root):
        return f"`{Path(file).relative_to(root).as_posix()}`"
    return f"`{template or file}`"
