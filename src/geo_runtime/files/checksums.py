"""Checksums: of a Git repository by its references, of a file by its content, of a remote file by its size.

Specification: points 72 to 75. These are Gitaly's rules, odd ones included, because a checksum
    is compared with one that another program calculated.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

EMPTY_REPOSITORY = "0" * 40
# The references that Gitaly's `CalculateChecksum` counts; it leaves out all others.
_COUNTED = re.compile(rb"HEAD|(refs/(heads|tags|keep-around|merge-requests|environments|notes)/)")
FILE_DIGEST = "sha256"
"""The hash of a file's content, by hashlib's name."""


def repository_checksum(lines: Iterable[bytes]) -> str:
    """Combine the references of a repository, in any order.

    The pattern is not anchored, and leading zero bytes are dropped, so there can be fewer than 40 digits.

    Args:
        lines: The lines of `git show-ref --head`, without line ends.

    Returns:
        An even number of hexadecimal digits; 40 zeros if no reference counts.
    """
    combined = 0
    for line in lines:
        if _COUNTED.search(line):
            combined ^= int.from_bytes(hashlib.sha1(line, usedforsecurity=False).digest())
    if combined == 0:
        return EMPTY_REPOSITORY
    return combined.to_bytes((combined.bit_length() + 7) // 8).hex()


def file_checksum(path: Path) -> str:
    """Return the checksum of a file.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, FILE_DIGEST).hexdigest()


def size_checksum(size: int) -> str:
    """Format a size in bytes with an even number of digits, as a checksum must have."""
    text = str(size)
    return f"0{text}" if len(text) % 2 else text
