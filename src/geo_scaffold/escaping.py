r"""Makes text from a checkout, a receipt or a name safe to show at a terminal or in Markdown.

Control characters move the cursor, rename the window or hide what was printed; bidirectional controls make a line read
as another one. They are shown escaped, as `\x1b`.
"""

import re
from functools import cache
from typing import Final

_HIDDEN: Final = (
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
"""Controls, invisible formatting, line and paragraph separators, bytes that are not UTF-8: Cc, Cf, Zl, Zp, Cs."""


def shown(text: str, *, keep: str = "") -> str:
    """Return a text with invisible and control characters escaped.

    Args:
        text: Any text.
        keep: Characters to leave as they are, such as line feeds.
    """
    if text.isprintable():  # as nearly every text is; it has none of those characters
        return text
    return _hidden().sub(lambda match: match[0] if match[0] in keep else ascii(match[0])[1:-1], text)


@cache
def _hidden() -> re.Pattern[str]:
    return re.compile(_HIDDEN)  # on first use: compiling takes as long as an import
