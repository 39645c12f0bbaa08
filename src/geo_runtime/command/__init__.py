"""`geo-runtime`: runs the sites of a type on your own machines, from tables to processes.

- app: the commands, and what they share
- processes: `serve` and `worker`, which run until they are stopped
- administration: `site`, `flag` and `sign-in`
- records: `record`
- setting_up: `migrate` and `check`
"""

import gc
import logging
import os
import sys

__all__ = ["main"]

USAGE = 2


def main() -> None:
    """Run the command line; every failure becomes two lines and an exit code.

    The process exits immediately: a transfer can take hours, nobody waits for it, and its job runs again.
    """
    gc.disable()  # a command mostly creates modules, which stay; a long-running process calls `settle`
    try:
        from geo_runtime.running.ending import run_program
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        sys.stderr.write(f"error: {missing} is not installed\n  pip install 'geo-scaffold[runtime,queue]'\n")
        sys.exit(USAGE)
    code = run_program(_run)
    sys.stdout.flush()
    logging.shutdown()
    os._exit(code)


def _run() -> int:
    from geo_runtime.command.app import app

    try:
        code = app(standalone_mode=False)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if not hasattr(error, "format_message") or not hasattr(error, "show"):  # Typer does not export its class
            raise
        error.show()
        return USAGE
    return code if isinstance(code, int) else 0
