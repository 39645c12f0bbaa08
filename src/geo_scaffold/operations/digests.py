"""How the receipt records content."""

import hashlib


def digest(content: bytes) -> str:
    """Hash content as the receipt records it."""
    return hashlib.sha256(content).hexdigest()
