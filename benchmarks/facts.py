"""How fast `geo-scaffold facts` reads a checkout, as ratios to the help of a bare Typer app measured in the same run.

Run it with the interpreter that geo-scaffold is installed for: `python benchmarks/facts.py CHECKOUT [RUNS]`.
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

from startup import FLOOR, seconds

COMMANDS = {
    "facts MODEL": (["facts", "Project"], None),
    "facts --all --json": (["facts", "--all", "--json"], 30.0),
}
"""What is measured, and the ratio to reach, where there is one."""


def main() -> None:
    checkout, runs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        floor = Path(folder, "floor.py")
        floor.write_text(FLOOR)
        commands = {"floor": [sys.executable, str(floor), "--help"]}
        for label, (arguments, _) in COMMANDS.items():
            commands[label] = [sys.executable, "-m", "geo_scaffold", *arguments, "--into", checkout]
        taken: dict[str, list[float]] = {label: [] for label in commands}
        for turn in range(runs + 1):
            for label, command in commands.items():
                elapsed = seconds(command, environment)
                if turn:  # warm-up
                    taken[label].append(elapsed)
    for label, (_, reach) in COMMANDS.items():
        pairs = zip(taken[label], taken["floor"], strict=True)
        ratio = statistics.median(one / floor_run for one, floor_run in pairs)
        print(f"{label:24} {ratio:6.1f} x" + (f"  (to reach: {reach} x)" if reach else ""))


if __name__ == "__main__":
    main()
