"""Prints an address that signs a browser in to a site, once: `python -m geo_runtime.running.sign_in CONFIG.json`.

The file is that of `geo_runtime.running.process`; the site need not run. Whoever may read the file may sign in.
"""

import json
import sys
from pathlib import Path

from geo_runtime.running.ending import run_program
from geo_runtime.running.process import load
from geo_runtime.web.admin import sign_in_url


def main(arguments: list[str]) -> int:
    """Print an address to sign in by."""
    if len(arguments) != 1:
        sys.stderr.write(
            "error: one configuration file is needed\n  python -m geo_runtime.running.sign_in CONFIG.json\n"
        )
        return 2
    found = load(json.loads(Path(arguments[0]).read_text()))
    try:
        sys.stdout.write(sign_in_url(found.site, found.site.current_node().url or f"http://127.0.0.1:{found.port}"))
        sys.stdout.write("\n")
    finally:
        found.site.close()
    return 0


if __name__ == "__main__":
    sys.exit(run_program(main, sys.argv[1:]))
