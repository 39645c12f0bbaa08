"""What a site writes down: one line for each thing that happens, with all that is known of it."""

import json
import logging
from datetime import UTC, datetime
from typing import Any, Final

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
FORMATS: Final = ("text", "json")
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class TextFormatter(logging.Formatter):
    """Time, level, name and message, then what else is known, as `key=value`; a value with spaces is in quotes."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a line, and those of an error after it."""
        head = [_time(record), record.levelname, f"{record.name}:", record.getMessage().replace("\n", "\\n")]
        line = " ".join([*head, *(f"{name}={_shown(value)}" for name, value in extras(record).items())])
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a line; what stands for itself in it wins over what else is known."""
        said = {"time": _time(record), "severity": record.levelname, "logger": record.name}
        found = {**extras(record), **said, "message": record.getMessage()}
        if record.exc_info:
            found["exception"] = self.formatException(record.exc_info)
        return json.dumps(found, default=str)


def extras(record: logging.LogRecord) -> dict[str, Any]:
    """Return what whoever logged it knew besides the message."""
    return {name: value for name, value in vars(record).items() if name not in _OWN}


def set_up(level: str = "WARNING", style: str = "text") -> None:
    """Write down what happens, to standard error; a disk without room for it is no reason to fail.

    Args:
        level: What is written down at least: one of `LEVELS`, in any case.
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


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _shown(value: object) -> str:
    text = str(value)
    return text if text and text.isprintable() and not set(text) & set(' "=') else json.dumps(text)
