"""The examples of hypothesis are not timed: the machine may be busy, and a parser's first use imports it."""

from hypothesis import settings

settings.register_profile("editors", deadline=None)
settings.load_profile("editors")
