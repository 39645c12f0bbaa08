r"""Text of a checkout, a receipt or a name as it may reach people at a terminal or in Markdown: nothing steers either.

Control characters move the cursor, rename the window or hide what was printed, those for the direction of text let a
line read as another one. Here they are shown as what they are, `\x1b`.
"""

import re
from functools import cache
from typing import Final

_HIDDEN: Final = (
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
"""Controls, formatting that is not seen, ends of lines and paragraphs, bytes that are no UTF-8: Cc, Cf, Zl, Zp, Cs."""


def shown(text: str, *, keep: str = "") -> str:
    """Return a text with what is not seen, or steers a terminal, shown.

    Args:
        text: Any.
        keep: Characters that are meant here, such as line feeds.
    """
    if text.isprintable():  # as all but a few texts are; none of those characters is
        return text
    return _hidden().sub(lambda found: found[0] if found[0] in keep else ascii(found[0])[1:-1], text)


@cache
def _hidden() -> re.Pattern[str]:
    return re.compile(_HIDDEN)  # when the first is looked for: it takes as long as an import
