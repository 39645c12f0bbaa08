"""The command line: Typer, Rich, exit codes. One verb a module, heavy imports inside the verb.

- app: the commands and what every one of them shares
- names: `geo-scaffold names`
- report: errors, for people and as JSON
"""

import sys

from geo_scaffold.errors import GeoScaffoldError, InterruptedRunError

__all__ = ["main"]


def main() -> None:
    """Run the command line; every expected failure ends as two lines and an exit code, never as a traceback."""
    try:
        # Inside, since most of a short run is this import: Ctrl-C must find somebody who answers.
        from geo_scaffold.cli.app import app

        app()
    except GeoScaffoldError as error:
        from geo_scaffold.cli.report import report_error

        report_error(error, as_json="--json" in sys.argv[1:])
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(InterruptedRunError.exit_code)
