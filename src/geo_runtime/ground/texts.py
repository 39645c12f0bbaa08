"""Texts that must fit a column of 255 characters."""

LIMIT = 255


def truncate(text: str, limit: int = LIMIT) -> str:
    """Cut a text to the limit; three dots say that it was cut."""
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def truncate_left(text: str, limit: int) -> str:
    """Cut a text to the limit at its beginning, which for a path is the less telling end."""
    return text if len(text) <= limit else f"...{text[len(text) - limit + 3 :]}"
