"""The values of a YAML file that is so simple that no parser is needed, like most of GitLab's."""

import re
from collections.abc import Mapping
from typing import Final

Values = Mapping[str, tuple[str, ...]]

# Lines of db/docs/*.yml and of feature flags.
KEY: Final = re.compile(r"([A-Za-z_]\w*):(?: ++(.*))?")
_NESTED: Final = re.compile(r"  +(?:- )?[A-Za-z_]\w*:(?: +[\w:/.-]+)?")
_ITEM: Final = re.compile(r"\s*- +(.+)")
_PLAIN: Final = re.compile(r"""'(?P<single>[^'\\]*)'|"(?P<double>[^"\\]*)"|(?P<plain>[^\s'"&*!|>%@`\[\]{}#][^#]*)""")


def plain_mapping(text: str) -> Values | None:
    """Return the values by key of a file so simple that no parser is needed, or None if it is not.

    Args:
        text: The whole file.
    """
    values: dict[str, tuple[str, ...]] = {}
    last = ""
    for line in text.splitlines():
        if not line.strip() or line == "---" or line.lstrip().startswith("#"):
            continue
        if match := KEY.fullmatch(line.rstrip()):
            last = match[1]
            value = _plain(match[2] or "")
            if value is None or last in values or (value and ": " in value):
                return None
            values[last] = (value,) if value else ()
        elif last and not values[last] and _NESTED.fullmatch(line.rstrip()):
            continue
        elif last and values[last][:1] != ("",) and (match := _ITEM.fullmatch(line.rstrip())):
            value = _plain(match[1])
            if not value or ": " in value or value.endswith(":"):
                return None
            values[last] = (*values[last], value)
        else:
            return None
    return values


def _plain(text: str) -> str | None:
    text = text.strip()
    if not text:
        return ""
    match = _PLAIN.fullmatch(text)
    return None if match is None else (match["single"] or match["double"] or (match["plain"] or "").strip())
