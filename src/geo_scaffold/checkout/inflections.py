"""Chooses the inflections: the checkout's own, else GitLab's."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from geo_scaffold.answers import Answers
from geo_scaffold.commit import Cache
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.records import replace

if TYPE_CHECKING:
    from geo_scaffold.checkout.sources import Read

INITIALIZER: Final = "config/initializers_before_autoloader/000_inflections.rb"
AUTOLOADERS: Final = "config/initializers_before_autoloader/004_zeitwerk.rb"
"""Where GitLab names the constants of files whose names do not tell them."""
INITIALIZERS: Final = (INITIALIZER, AUTOLOADERS)
"""The files that `inflections_for` reads."""

_KEPT: Final = Cache("plurals", most=512)


class PluralCache:
    """Plurals from earlier runs, in the user's cache, by the installed version of `inflect`."""

    def __init__(self) -> None:
        self._library = ""

    def find(self, name: str) -> bytes | None:
        """See `Memory.find`."""
        return _KEPT.find(self._name(name))

    def keep(self, name: str, content: bytes) -> None:
        """See `Memory.keep`."""
        _KEPT.keep(self._name(name), content)

    def _name(self, name: str) -> str:
        if not self._library:
            spec = find_spec("inflect")
            status = Path(spec.origin).stat() if spec and spec.origin else None
            self._library = f"{status.st_size}-{status.st_mtime_ns}" if status else "none"
        return f"{self._library}-{name}"


class Inflections(NamedTuple):
    """An inflector, and notes about it.

    Args:
        inflector: The inflector, with the acronyms among the answers.
        notes: Sentences.
    """

    inflector: Inflector
    notes: tuple[str, ...] = ()


def inflections_for(answers: Answers, read: "Read | None") -> Inflections:
    """Return the inflections for a model: the answers, else the checkout's initializers, else GitLab's defaults.

    Args:
        answers: The answers about acronyms.
        read: Reads a file of the model's checkout, or None if there is no checkout.

    Raises:
        ReadError: An initializer cannot be read.
        UsageError: An acronym is not valid.
    """
    notes: tuple[str, ...] = ()
    if answers.default_acronyms is False:
        inflector = Inflector.plain()
    elif read is None or (found := read(INITIALIZER)) is None:
        inflector = Inflector.gitlab()
    else:
        from geo_scaffold.checkout.initializer import read_initializer  # noqa: PLC0415 - needed in a checkout only

        inflector = read_initializer(found.decode("utf-8", "replace"))
        notes = tuple(f"{INITIALIZER}: not read, only Ruby can: {line}" for line in inflector.unreadable)
    if read is not None and (autoloaders := read(AUTOLOADERS)) is not None:
        from geo_scaffold.checkout.initializer import files_in  # noqa: PLC0415 - needed in a checkout only

        inflector = replace(inflector, files=tuple(files_in(autoloaders.decode("utf-8", "replace"))))
    inflector = inflector.with_acronyms(answers.acronyms or ())
    return Inflections(replace(inflector, memory=PluralCache()), notes)
