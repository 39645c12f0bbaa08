"""The log of a site: one line for each event, with everything known about it."""

import json
import logging
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
FORMATS: Final = ("text", "json")
STARTS: Final = logging.getLogger("geo_runtime.start")
"""The logger of a process's start message, which is written even if only warnings are."""
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


TALKATIVE: Final = ("celery", "kombu", "sqlalchemy", "geo_runtime.databases.postgresql")
"""What tells at level info of each message and each pool, and of no record."""
AGAIN_S: Final = 600.0
"""After this time a traceback is written again, by the machine's clock; until then only its error, in one line."""
_REMEMBERED: Final = 100


class _Errors:
    """Shortens repeated errors: while a disk is full every loop keeps failing the same way, and would write a page.

    Args:
        now: Returns the time in seconds, to decide whether a traceback was written recently.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._written: dict[object, float] = {}

    def shown(self, error: BaseException) -> tuple[str, bool]:
        """Return the text of an error, and whether that is its traceback; if not, it is type and first line.

        Args:
            error: The error, shortened if one of the same type from the same place was written recently.
        """
        now = self._now()
        frames = tuple((frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__))
        place = (type(error), frames)
        if now - self._written.get(place, -AGAIN_S) < AGAIN_S:
            return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}", False
        while len(self._written) >= _REMEMBERED:
            del self._written[next(iter(self._written))]
        self._written.pop(place, None)  # the most recently written is the last to be forgotten
        self._written[place] = now
        return "".join(traceback.format_exception(error)).rstrip("\n"), True


class _Formatter(logging.Formatter):
    """Remembers the errors that it has written."""

    def __init__(self) -> None:
        super().__init__()
        self._errors = _Errors()


class TextFormatter(_Formatter):
    """Time, level, name and message, then everything else as `key=value`; a value with spaces is in quotes."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a line, followed by those of an error."""
        head = [_time(record), record.levelname, f"{record.name}:", record.getMessage().replace("\n", "\\n")]
        known, error = extras(record), _error(record)
        text, is_long = ("", False) if error is None else self._errors.shown(error)
        if text and not is_long:
            known["error"] = text
        line = " ".join([*head, *(f"{name}={_shown(value)}" for name, value in known.items())])
        return f"{line}\n{text}" if is_long else line


class JsonFormatter(_Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a line; its standard keys override extra ones."""
        standard = {"time": _time(record), "severity": record.levelname, "logger": record.name}
        entry = {**extras(record), **standard, "message": record.getMessage()}
        error = _error(record)
        if error is not None:
            entry["exception"], _ = self._errors.shown(error)
        return json.dumps(entry, default=str)


def _error(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None


def extras(record: logging.LogRecord) -> dict[str, Any]:
    """Return the extra values of a log record."""
    return {name: value for name, value in vars(record).items() if name not in _OWN}


def set_up(level: str = "WARNING", style: str = "text") -> None:
    """Log to standard error; a full disk is not a reason to fail.

    Args:
        level: The lowest level to write: one of `LEVELS`, ignoring case.
        style: One of `FORMATS`.

    Raises:
        ValueError: It is another one.
    """
    if level.upper() not in LEVELS:
        raise ValueError(f"log_level is {level!r}, and must be one of {', '.join(LEVELS)}")
    if style not in FORMATS:
        raise ValueError(f"log_format is {style!r}, and must be one of {', '.join(FORMATS)}")
    logging.raiseExceptions = False
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    STARTS.setLevel(logging.INFO if logging.root.level <= logging.WARNING else logging.NOTSET)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING if logging.root.level == logging.INFO else logging.NOTSET)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _shown(value: object) -> str:
    text = str(value)
    return text if text and text.isprintable() and not set(text) & set(' "=') else json.dumps(text)
