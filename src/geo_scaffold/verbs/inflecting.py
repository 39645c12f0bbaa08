"""Whose inflections apply: the checkout's own, else GitLab's."""

from pathlib import Path
from typing import Final, NamedTuple

from geo_scaffold.answers import Answers
from geo_scaffold.commit import read
from geo_scaffold.errors import ReadError
from geo_scaffold.inflector import Inflector

INITIALIZER: Final = "config/initializers_before_autoloader/000_inflections.rb"


class Inflections(NamedTuple):
    """An inflector, and what people should know about it.

    Args:
        inflector: With the acronyms that were answered.
        notes: Sentences.
    """

    inflector: Inflector
    notes: tuple[str, ...] = ()


def inflections_for(answers: Answers, checkout: Path | None) -> Inflections:
    """Find the inflections for a model: an answer wins over the checkout's initializer, that over GitLab's defaults.

    Args:
        answers: The acronyms and whether the default ones apply.
        checkout: The root of the checkout that the model is in.

    Raises:
        ReadError: The initializer cannot be read.
        UsageError: An acronym is none.
    """
    notes: tuple[str, ...] = ()
    if answers.default_acronyms is False:
        inflector = Inflector.plain()
    elif checkout is None or (text := _initializer(checkout)) is None:
        inflector = Inflector.gitlab()
    else:
        inflector = Inflector.from_initializer(text)
        notes = tuple(f"{INITIALIZER}: not read, only Ruby can: {line}" for line in inflector.unreadable)
    return Inflections(inflector.with_acronyms(answers.acronyms or ()), notes)


def _initializer(checkout: Path) -> str | None:
    try:
        found = read(checkout / INITIALIZER)
    except OSError as error:
        raise ReadError(
            f"cannot read {INITIALIZER}: {error.strerror}", path=INITIALIZER, remedy="Make it readable"
        ) from error
    return found[0].decode("utf-8", "replace") if found else None
