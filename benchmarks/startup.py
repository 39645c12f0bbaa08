"""How fast commands start, as ratios to the help of a bare Typer app measured in the same run.

Run it with the interpreter that geo-scaffold is installed for: `python benchmarks/startup.py [RUNS]`.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FLOOR = """
import typer
app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
@app.command()
def new(model: str, kind: str = "repository") -> None: ...
@app.command()
def names(model: str) -> None: ...
app()
"""
COMMANDS = {
    "--help": (["--help"], 1.3),
    "names --help": (["names", "--help"], 1.3),
    "names CoolWidget": (["names", "CoolWidget"], 2.0),
    "names CoolWidget --json": (["names", "CoolWidget", "--json"], 2.0),
}
"""What is measured, and the ratio to reach."""


def seconds(command: list[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
    return time.perf_counter() - start


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 21
    # Without bytecode every start compiles the sources again; no user runs it so.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        floor = Path(folder, "floor.py")
        floor.write_text(FLOOR)
        script = [sys.executable, "-m", "geo_scaffold"]
        commands = {"floor": [sys.executable, str(floor), "--help"]}
        commands |= {label: script + arguments for label, (arguments, _) in COMMANDS.items()}
        taken: dict[str, list[float]] = {label: [] for label in commands}
        for turn in range(runs + 2):
            for label, command in commands.items():
                elapsed = seconds(command, environment)
                if turn >= 2:  # warm-up
                    taken[label].append(elapsed)
    print(
        f"{'floor: help of a bare Typer app':34} {statistics.median(taken['floor']) * 1000:6.1f} ms, {runs} runs each"
    )
    for label, (_, reach) in COMMANDS.items():
        pairs = zip(taken[label], taken["floor"], strict=True)
        ratio = statistics.median(one / floor_run for one, floor_run in pairs)
        print(f"{label:34} {ratio:6.2f} x  (to reach: {reach} x)")


if __name__ == "__main__":
    main()
