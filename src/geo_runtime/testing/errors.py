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


class StepError(Exception):
    """A step did not come out as it should; the text says what was seen instead."""
