"""Errors that end the demonstration, or a step of it."""


class DemoError(Exception):
    """What is wrong, and what to do about it; the demonstration cannot continue.

    Args:
        message: What is wrong.
        remedy: What to do.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class DiskFullError(DemoError):
    """The disk is full; any later error would say the same."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the disk is full: {reason}", "Free some space, or give another folder")


class StepError(Exception):
    """A step failed; the text says what was observed instead."""
