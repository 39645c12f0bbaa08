"""How fast `geo-scaffold new` is in a GitLab checkout, as ratios to the floor of `benchmarks/new.py`, in the same run.

Run it with the interpreter that geo-scaffold is installed for, where GITLAB_CHECKOUT names a GitLab checkout:
`python benchmarks/new_in_checkout.py [RUNS] [MODEL] [KIND]`. Each run writes into a copy of the files that `new` edits
and undoes that before the next one, unmeasured. `git grep` of one word reads the same tree, and is there to compare.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from new import ARGUMENTS, NEW, Time, files_in, own_commands, ratio, run

REACH = 3.0
"""How many times the floor `new` may take."""
REACH_WITH_DOCUMENTS = 5.0
"""The same in an edition that edits the GraphQL reference and the OpenAPI documents."""
DOCUMENTS = ("doc/api/graphql/reference/", "doc/api/openapi/")
WARM_UP = 1
WORD = "REPLICATOR_CLASSES"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("runs", type=int, nargs="?", default=11)
    parser.add_argument("model", nargs="?", default="Packages::Npm::MetadataCache")
    parser.add_argument("kind", nargs="?", default="blob")
    arguments = parser.parse_args()
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    checkout = Path(environment.get("GITLAB_CHECKOUT") or sys.exit("GITLAB_CHECKOUT names no checkout"))
    tool = [sys.executable, "-c", NEW]
    new = [*tool, "new", arguments.model, "--kind", arguments.kind, "--owner", "project", "--into"]
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        made, copy = scratch / "made", scratch / "gitlab"
        made.mkdir()
        run([*tool, *ARGUMENTS], made, environment)
        floor = own_commands(scratch, files_in(made))["floor"].words
        edited = copy_what_is_edited([*new, str(checkout), "--dry-run", "--json"], checkout, copy)
        may_take = REACH_WITH_DOCUMENTS if any(each.startswith(DOCUMENTS) for each in edited) else REACH
        commands = {
            "floor": floor,
            "new": [*new, str(copy)],
            "new --dry-run, whole checkout": [*new, str(checkout), "--dry-run"],
        }
        grep = ["grep", "-lw"] if (checkout / ".git").exists() else ["grep", "--no-index", "-lw"]
        commands["git grep of one word"] = ["git", "-C", str(checkout), *grep, WORD]
        taken: dict[str, list[Time]] = {label: [] for label in commands}
        for turn in range(arguments.runs + WARM_UP):
            for label, words in commands.items():
                spent = run(words, scratch, environment)
                if turn >= WARM_UP:
                    taken[label].append(spent)
            subprocess.run([*tool, "undo", arguments.model, "--into", str(copy)], check=True, stdout=subprocess.DEVNULL)
    for label in taken:
        if label != "floor":
            reach = f"  (to reach: {may_take} x)" if label == "new" else ""
            print(f"{label:34} {ratio(taken, label, 'floor')} the floor{reach}")


def copy_what_is_edited(plan: list[str], checkout: Path, copy: Path) -> set[str]:
    """Copy the files that a plan touches, whose paths are returned, and the files that describe a checkout."""
    planned = json.loads(subprocess.run(plan, check=True, capture_output=True).stdout)
    paths = {each["path"] for each in planned["operations"]}
    for path in ("VERSION", "config/initializers_before_autoloader/000_inflections.rb", *sorted(paths)):
        if (checkout / path).is_file():
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(checkout / path, copy / path)
    for around in ("app/models", "spec/factories", "db/docs"):
        shutil.copytree(checkout / around, copy / around, dirs_exist_ok=True)
    return paths


if __name__ == "__main__":
    main()
