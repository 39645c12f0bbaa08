"""What a checkout has around a model already, which templates have to know."""

import re
from collections.abc import Callable
from typing import Final

from geo_scaffold.edition import Surroundings
from geo_scaffold.names import Names

_MOUNT: Final = re.compile(rb"^\s*mount(?:_file_store)?_uploader\b", re.MULTILINE)


def surroundings_of(names: Names, read: Callable[[str], bytes | None]) -> Surroundings:
    """Look around a model.

    Args:
        names: Its spellings.
        read: Returns what a file of the checkout holds; None: there is none.
    """
    return Surroundings(
        factory_exists=read(f"spec/factories/{names['model_path_plural']}.rb") is not None,
        has_uploader=_MOUNT.search(read(names["model_file"]) or b"") is not None,
    )
