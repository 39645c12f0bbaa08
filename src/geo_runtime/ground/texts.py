"""Texts that must fit a column of 255 characters."""

LIMIT = 255


def truncate(text: str, limit: int = LIMIT) -> str:
    """Truncate a text to the limit; three dots mark that.

    Args:
        text: The text.
        limit: The maximum number of characters, the dots included.
    """
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def truncate_left(text: str, limit: int) -> str:
    """Truncate a text at its beginning, which for a path matters less.

    Args:
        text: The text.
        limit: The maximum number of characters, the dots included.
    """
    return text if len(text) <= limit else f"...{text[len(text) - limit + 3 :]}"
