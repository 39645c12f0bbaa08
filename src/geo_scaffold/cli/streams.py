"""The standard streams: an error of the output has its own class, so that it is not taken for one of a file."""

import errno
import io
import os
import sys
from typing import IO, Any, Final, cast

NOBODY_READS: Final = 141
"""The exit code of a program whose output nobody reads any more, as shells use for SIGPIPE."""
FULL: Final = 74
"""The exit code of a program whose output cannot be written: EX_IOERR of sysexits.h."""


class OutputError(Exception):
    """The output cannot be written.

    Args:
        error: The system's error.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


class _Output(io.FileIO):
    """Standard output, with its own error class; after the first error it drops all output."""

    _has_failed = False

    def write(self, data: Any, /) -> int:
        """Write to it."""
        if self._has_failed:
            return memoryview(data).nbytes
        try:
            return cast("int", super().write(data))  # None if it would block, as for every raw file
        except OSError as error:
            self._has_failed = True
            raise OutputError(error) from error


class _Messages(io.FileIO):
    """Standard error: a message that cannot be shown stops nothing."""

    def write(self, data: Any, /) -> int:
        """Write to it, if possible."""
        try:
            return cast("int", super().write(data))  # None if it would block, as for every raw file
        except OSError:
            return memoryview(data).nbytes


def open_streams() -> None:
    """Install streams that raise their own errors, also in place of closed ones, as left by cron and `>&-`."""
    if sys.stdin is None:
        sys.stdin = _nowhere("r")
    for name, kind in (("stdout", _Output), ("stderr", _Messages)):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, _nowhere("w"))
        # Without a buffer (PYTHONUNBUFFERED) text goes straight to the file.
        elif isinstance(stream, io.TextIOWrapper) and isinstance(
            getattr(stream.buffer, "raw", stream.buffer), io.FileIO
        ):
            setattr(sys, name, _like(stream, kind))


def failed(error: OutputError) -> int:
    """Report that the work was done but could not be shown; return the exit code."""
    if error.error.errno == errno.EPIPE:  # `| head` is no problem
        return NOBODY_READS
    reason = error.error.strerror
    sys.stderr.write(
        f"error: the output cannot be written: {reason}\n"
        "  The command itself succeeded; send its output somewhere with free space\n"
    )
    return FULL


def _like(stream: io.TextIOWrapper, kind: type[io.FileIO]) -> IO[str]:
    stream.flush()
    raw = kind(stream.fileno(), "wb", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=stream.errors,
        # With PYTHONUNBUFFERED each line is expected at once, and nobody else flushes our buffer.
        line_buffering=stream.line_buffering or stream.write_through,
    )


def _nowhere(mode: str) -> IO[str]:
    return os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8")
