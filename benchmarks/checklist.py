"""How fast `geo-scaffold checklist` is, as ratios to the floor of `benchmarks/new.py`, all measured in the same run.

Run it with the interpreter that geo-scaffold is installed for: `python benchmarks/checklist.py [RUNS]`. Where
GITLAB_CHECKOUT names a GitLab checkout, one type and all types of that are audited as well: each as it is the first
time, when no report is kept, only templates and manifests, and as it is again, when nothing has changed since. Ratios
are of wall time, and in brackets of processor time, which a busy machine disturbs less.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from new import ARGUMENTS, NEW, Time, files_in, own_commands

WARM_UP = 1
FIRST = "the first time"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("runs", type=int, nargs="?", default=11)
    runs = parser.parse_args().runs
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    checkout = environment.get("GITLAB_CHECKOUT")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        made = scratch / "made"
        made.mkdir()
        run([sys.executable, "-c", NEW, *ARGUMENTS], made, environment)
        floor = own_commands(scratch, files_in(made))["floor"].words
        audit = [sys.executable, "-c", NEW, "checklist"]
        commands = {"floor": floor, "one type, generated on its own": audit}
        if checkout:
            for what in (["one type", "Upload"], ["all types", "--all"]):
                commands[f"{what[0]} of a checkout, {FIRST}"] = [*audit, *what[1:], "--into", checkout]
                commands[f"{what[0]} of a checkout, again"] = [*audit, *what[1:], "--into", checkout]
        taken: dict[str, list[Time]] = {label: [] for label in commands}
        for turn in range(runs + WARM_UP):
            for label, words in commands.items():
                kept = scratch / ("first" if label.endswith(FIRST) else "kept")
                if label.endswith(FIRST):
                    shutil.rmtree(kept / "checklist", ignore_errors=True)
                spent = run(
                    words, made if label != "floor" else scratch, {**environment, "GEO_SCAFFOLD_CACHE": str(kept)}
                )
                if turn >= WARM_UP:
                    taken[label].append(spent)
    low = [statistics.median(each) for each in zip(*taken["floor"], strict=True)]
    print(f"floor: jinja2 alone {low[0] * 1000:.0f} ms ({low[1] * 1000:.0f}), {runs} runs each")
    for label, times in taken.items():
        wall, processor = (statistics.median(each) for each in zip(*times, strict=True))
        print(f"{label:40} {wall / low[0]:5.2f} ({processor / low[1]:.2f}) x the floor")


def run(words: list[str], folder: Path, environment: dict[str, str]) -> Time:
    before, start = os.times(), time.perf_counter()
    # 1 says that something is open, which most types of a checkout have.
    done = subprocess.run(
        words, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, env=environment
    )
    if done.returncode not in {0, 1}:
        sys.exit(f"{' '.join(words)} failed")
    wall, after = time.perf_counter() - start, os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return Time(wall, spent)


if __name__ == "__main__":
    main()
