"""A checkout's own templates, which are used in place of ours.

They come with a checkout, perhaps with a fork in CI, so they are data: `templates` renders them in Jinja's sandbox.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from traceback import walk_tb
from typing import Final

from geo_scaffold.commit import digest
from geo_scaffold.edition.sources import find_original, folders_of, templates_root
from geo_scaffold.errors import GeoScaffoldError, OverrideError, ReadError
from geo_scaffold.receipt import FOLDER
from geo_scaffold.records import dataclass

OVERRIDES: Final = f"{FOLDER}/templates"
"""The folder of overrides, in the root of a target; a path below it is one below `templates/`."""
ORIGINAL: Final = "original/"
"""The prefix of the names of our templates, which an override may include or extend."""

# The first line of an override, and Jinja's tags in it.
_MADE_FROM: Final = re.compile(r"\ufeff?\{#-? *original: sha256 ([0-9a-f]{12,64}) *-?#\}")
_BLOCK: Final = re.compile(r"\{%-? ?block (\w+)")
_EXTENDS: Final = re.compile(r"\{%-? ?extends ")
_SHOWN: Final = 12
"""How much of a digest is enough to distinguish versions of one template."""


@dataclass(frozen=True, slots=True)
class Override:
    """One of a checkout's own templates.

    Args:
        path: Below `templates/`, such as `gitlab-18/create/finder.rb.j2`.
        text: The template.
        original: The path of our template that it replaces, possibly in the edition's base.
        digest: SHA-256 of our template.
    """

    path: str
    text: str
    original: str
    digest: str

    @property
    def file(self) -> str:
        """Its path, relative to the target's root."""
        return f"{OVERRIDES}/{self.path}"

    @property
    def note(self) -> str:
        """The note about it."""
        line = f"{{# original: sha256 {self.digest[:_SHOWN]} #}}"
        made_from = _MADE_FROM.match(self.text)
        if made_from is None:
            return f"{self.file} overrides a template; to be warned when that changes, begin it with the line {line}"
        if self.digest.startswith(made_from[1]):
            return f"{self.file} overrides a template"
        return (
            f"warning: {self.file} overrides a template that has changed since, {self.original}:"
            f" compare the two, then begin it with the line {line}"
        )

    def error(self, what: str) -> OverrideError:
        """Return the error for a mistake in it."""
        return OverrideError(
            what, path=self.file, remedy=f"Fix it, or remove it; the original is {ORIGINAL}{self.path}"
        )

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """Turn errors with its lines into errors of the override: our own lines are known to fit.

        Raises:
            OverrideError: Something went wrong.
        """
        try:
            yield
        except GeoScaffoldError:
            raise
        except Exception as error:
            raise self.error(f"its lines are no entry for this place: {_sentence(error)}") from error


class Overrides:
    """A checkout's own templates.

    Args:
        found: The overrides, by their path.
    """

    def __init__(self, overrides: Mapping[str, Override]) -> None:
        self._found = overrides
        self._named: dict[str, Mapping[str, Override]] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def named(self, edition: str) -> Mapping[str, Override]:
        """Return those that an edition may use, by every name under which a template may refer to them.

        Args:
            edition: The GitLab major version, such as `16`.
        """
        if edition not in self._named:
            self._named[edition] = self._named_in(edition)
        return self._named[edition]

    def _named_in(self, edition: str) -> Mapping[str, Override]:
        folders = [folder.name for folder in folders_of(edition)]
        named = {path: override for path, override in self._found.items() if _top(path) in (*folders, "runtime")}
        for folder in folders:
            for path in [path for path in named if _top(path) == folder]:
                if _nearest(edition, path) in (path, self._found[path].original):
                    named.setdefault(path.partition("/")[2], self._found[path])
        return named

    def notes(self, edition: str) -> list[str]:
        """Return a note about each: that it is used, or why it is not, and what to do.

        Args:
            edition: The GitLab major version, such as `16`.
        """
        named = self.named(edition)
        return [
            self._unused(override, named, edition) or override.note + self._without_blocks(override, named, edition)
            for override in self._found.values()
        ]

    def blamed(self, error: Exception, template: str, edition: str) -> OverrideError | None:
        """Return the error to report if an override caused an error, or None if none did.

        Args:
            error: The error from rendering.
            template: The name of the template that was rendered.
            edition: The GitLab major version, such as `16`.
        """
        from jinja2 import TemplateSyntaxError  # noqa: PLC0415 - most runs blame none

        named = self.named(edition)
        files = {each.file: each for each in named.values()}
        # In Jinja's tracebacks and syntax errors, file and line are those of the template.
        at = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
        if isinstance(error, TemplateSyntaxError):
            at.append((error.filename or "", error.lineno))
        places = [(file, line) for file, line in at if file in files]
        override, line = (files[places[-1][0]], places[-1][1]) if places else (self.used_for(template, edition), 0)
        if override is None:
            return None
        return override.error(f"line {line}: {_sentence(error)}" if line else _sentence(error))

    def used_for(self, template: str, edition: str) -> Override | None:
        """Return the override of a template, or of the base's template that it extends; None if it is ours.

        Args:
            template: Its name below the folder of an edition, such as `create/finder.rb.j2`.
            edition: The GitLab major version, such as `16`.
        """
        named = self.named(edition)
        extended = (
            override
            for override in named.values()
            if override.path.partition("/")[2] == template and not self._unused(override, named, edition)
        )
        return named.get(template) or next(extended, None)

    def _unused(self, override: Override, named: Mapping[str, Override], edition: str) -> str | None:
        if override.path not in named:
            return f"{override.file} is not used: this is edition {edition}"
        name = override.path.partition("/")[2]
        if named.get(name) is override or _top(override.path) == "runtime":
            return None
        nearest = _nearest(edition, override.path)
        text = named[name].text if name in named else (templates_root() / nearest).read_text(encoding="utf-8")
        if re.search(rf"[\"']{re.escape(override.path)}[\"']", text):
            return None
        return f"{override.file} is not used: edition {edition} has {named[name].path if name in named else nearest}"

    def _without_blocks(self, override: Override, named: Mapping[str, Override], edition: str) -> str:
        """Return which template to override instead if one that extends this fills blocks that it does not have."""
        name = override.path.partition("/")[2]
        if named.get(name) is override or _top(override.path) == "runtime":
            return ""
        path = named[name].path if name in named else _nearest(edition, override.path)
        text = named[name].text if name in named else (templates_root() / path).read_text(encoding="utf-8")
        lost = set(_BLOCK.findall(text)) - set(_BLOCK.findall(override.text))
        if not lost or _EXTENDS.search(override.text):
            return ""
        return f"; what edition {edition} adds to it in {path} is lost, as it lacks blocks of that: override that one"


NO_OVERRIDES: Final = Overrides({})


def find_overrides(names: Callable[[str], tuple[str, ...]], read: Callable[[str], bytes | None]) -> Overrides:
    """Find the overrides of a target; if there are none, that reads only one folder.

    Hidden files and an editor's backups (`~`) do not count.

    Args:
        names: Returns the names in a folder of the target; empty if there is no folder.
        read: Returns the content of a file of the target, or None if there is none.

    Raises:
        OverrideError: A file has the path of no template, or is not UTF-8.
        GeoScaffoldError: Whatever `names` and `read` raise.
    """
    overrides = {path: _override(path, original, read) for path, original in _paths("", names)}
    return Overrides(overrides) if overrides else NO_OVERRIDES


def _paths(above: str, names: Callable[[str], tuple[str, ...]]) -> Iterator[tuple[str, Path]]:
    """Yield the paths of the overrides below a folder, each with the template that it replaces."""
    for name in names(f"{OVERRIDES}/{above}".rstrip("/")):
        path, original = above + name, find_original(above + name)
        if name.startswith(".") or name.endswith("~"):
            continue
        if original and original.is_dir():
            yield from _paths(f"{path}/", names)
        elif original and original.suffix == ".j2":
            yield path, original
        elif original:
            raise OverrideError(
                f"{name} is not a template, so it cannot be overridden",
                path=f"{OVERRIDES}/{path}",
                remedy="Remove it; only what ends in .j2 is a template",
            )
        else:
            raise _of_nothing(path)


def _of_nothing(path: str) -> OverrideError:
    from difflib import get_close_matches  # noqa: PLC0415 - only for this message

    root = templates_root()
    known = sorted(each.relative_to(root).as_posix() for each in root.rglob("*.j2"))
    close = get_close_matches(path, known, n=1) or known[:1]
    return OverrideError(
        f"there is no template {path!a} to override",
        path=OVERRIDES,
        remedy=f"Use the path of one below it, such as {close[0]}, or move it away",
    )


def _override(path: str, original: Path, read: Callable[[str], bytes | None]) -> Override:
    file = f"{OVERRIDES}/{path}"
    content = read(file)
    if content is None:
        raise ReadError(f"cannot read {file}", path=file, remedy="Make it a file that can be read, or remove it")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise OverrideError(f"line {line}: it is not UTF-8", path=file, remedy="Save it as UTF-8") from error
    return Override(path, text, original.relative_to(templates_root()).as_posix(), digest(original.read_bytes()))


def _nearest(edition: str, path: str) -> str:
    """Return the path of an edition's template that corresponds to a path in another edition."""
    found = find_original(f"gitlab-{edition}/{path.partition('/')[2]}")
    return found.relative_to(templates_root()).as_posix() if found else path


def _top(path: str) -> str:
    return path.partition("/")[0]


def _sentence(error: Exception) -> str:
    """Return an error in one line, without control characters, which a template may have inserted."""
    from jinja2 import TemplateNotFound  # noqa: PLC0415 - most runs blame none

    if isinstance(error, RecursionError):
        return "it uses itself, or nests too deeply"
    text = " ".join((getattr(error, "message", None) or str(error) or type(error).__name__).split())
    text = f"there is no template {text}" if isinstance(error, TemplateNotFound) else text
    return "".join(each if each.isprintable() else "?" for each in text)[:200]
