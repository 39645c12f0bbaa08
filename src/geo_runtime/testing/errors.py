"""What ends the demonstration, or a step of it."""


class DemoError(Exception):
    """What is wrong, and what to do about it; the demonstration cannot go on.

    Args:
        message: What is wrong.
        remedy: What to do.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class DiskFullError(DemoError):
    """There is no room; nothing that comes after would say more."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the disk is full: {reason}", "Free some space, or give another folder")


class StepError(Exception):
    """A step did not come out as it should; the text says what was seen instead."""
