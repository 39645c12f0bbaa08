"""How fast `geo-scaffold new CoolWidget` is, as ratios to a floor and to its peers, all measured in the same run.

Run it with the interpreter that geo-scaffold is installed for: `python benchmarks/new.py [RUNS] [--without-peers]`.

The floor is a script that imports nothing but jinja2 and renders the same files. Its templates, and those of
cookiecutter and copier, are made from what `new` writes: each spelling of the name, and the timestamp, becomes a
variable, in paths too. They hold the checklist and the receipt as well; nothing is planned, spelled, checked or waited
for. Ratios are of wall time, and in brackets of processor time, which a busy machine disturbs less. After each run the
tree is compared with the one that `new` wrote, byte for byte. The peers are those of this interpreter's environment;
where they are missing they are installed for this run only, and left out if that fails.
"""

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import NamedTuple

REACH = 1.2
"""How many times the floor `new` may take."""

WARM_UP = 2
ARGUMENTS = ["new", "CoolWidget", "--timestamp", "20230101000000"]
VARIABLE = re.compile("20230101000000|[Cc]ool[ _]?[Ww]idgets?")
"""What the plain templates replace."""

FLOOR = """
import os
from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader
values = {values!r}
environment = Environment(loader=FileSystemLoader({templates!r}), keep_trailing_newline=True{cache})
for template in environment.list_templates():
    path = template.format_map(values)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(environment.get_template(template).render(values))
"""
NEW = "from geo_scaffold.cli import main; main()"
WITHOUT_FSYNC = f"import os; os.fsync = lambda descriptor: None; {NEW}"


class Command(NamedTuple):
    """What is measured.

    Args:
        words: The command line.
        is_cold: Whether it finds nothing that was kept, such as compiled templates: it gets empty folders for that.
    """

    words: list[str]
    is_cold: bool = False


class Time(NamedTuple):
    """What one run took, in seconds."""

    wall: float
    processor: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("runs", type=int, nargs="?", default=21)
    parser.add_argument("--without-peers", action="store_true", help="leave out cookiecutter and copier")
    arguments = parser.parse_args()
    # Without bytecode every start compiles the sources again; no user runs it so.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        first = scratch / "first"
        first.mkdir()
        run([sys.executable, "-c", NEW, *ARGUMENTS], first, environment)
        expected = files_in(first)
        commands = own_commands(scratch, expected)
        if not arguments.without_peers:
            commands |= peer_commands(scratch, expected)
        taken: dict[str, list[Time]] = {label: [] for label in commands}
        for turn in range(arguments.runs + WARM_UP):
            for label, command in commands.items():
                time_taken = measure(label, command, scratch, environment, expected)
                if turn >= WARM_UP:
                    taken[label].append(time_taken)
    report(taken)


def report(taken: dict[str, list[Time]]) -> None:
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    floor = [statistics.median(each) * 1000 for each in zip(*taken["floor"], strict=True)]
    runs = len(taken["floor"])
    print(f"floor: jinja2 alone {floor[0]:.0f} ms ({floor[1]:.0f}), {runs} runs each, load {load}")
    for label in taken:
        if label != "floor":
            reach = f"  (to reach: {REACH} x)" if label == "new" else ""
            print(f"{label:34} {ratio(taken, label, 'floor')} the floor{reach}")
    print(f"{'waiting for the disk costs new':34} {ratio(taken, 'new (-c)', 'new (-c), no fsync')}")
    for peer in ("cookiecutter", "copier"):
        if peer in taken:
            print(f"{f'new against {peer}':34} {ratio(taken, 'new', peer)}")


def ratio(taken: dict[str, list[Time]], one: str, other: str) -> str:
    """Return the medians over the rounds: what disturbs a round disturbs both of its runs."""
    pairs = list(zip(taken[one], taken[other], strict=True))
    wall = statistics.median(left.wall / right.wall for left, right in pairs)
    processor = statistics.median(left.processor / right.processor for left, right in pairs)
    return f"{wall:6.2f} x ({processor:.2f})"


def run(words: list[str], folder: Path, environment: dict[str, str]) -> Time:
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder, env=environment)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Time(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def measure(
    label: str, command: Command, scratch: Path, environment: dict[str, str], expected: dict[str, bytes]
) -> Time:
    """Run once, in a fresh folder; what was written is compared afterwards."""
    folder, temporary = scratch / "run", scratch / "tmp"
    folder.mkdir()
    temporary.mkdir()
    cold = {"TMPDIR": str(temporary), "GEO_SCAFFOLD_CACHE": str(temporary)} if command.is_cold else {}
    time_taken = run(command.words, folder, environment | cold)
    if files_in(folder) != expected:
        sys.exit(f"{label} did not write what new writes")
    shutil.rmtree(folder)
    shutil.rmtree(temporary)
    return time_taken


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def own_commands(scratch: Path, expected: dict[str, bytes]) -> dict[str, Command]:
    """Return the floor, and `new` as people start it and in other ways."""
    templates = scratch / "templates"
    values = write_templates(templates, expected, variable="{{{{ {} }}}}", in_paths="{{{}}}")
    floor, cached = scratch / "floor.py", scratch / "cached.py"
    floor.write_text(FLOOR.format(values=values, templates=str(templates), cache=""))
    cache = ", bytecode_cache=FileSystemBytecodeCache()"
    cached.write_text(FLOOR.format(values=values, templates=str(templates), cache=cache))
    python = [sys.executable, "-c"]
    installed = Path(sys.executable).with_name("geo-scaffold")
    new = [str(installed), *ARGUMENTS] if installed.exists() else [*python, NEW, *ARGUMENTS]
    return {
        "floor": Command([sys.executable, str(floor)]),
        "floor with compiled templates": Command([sys.executable, str(cached)]),
        "new": Command(new),
        "new, nothing kept": Command(new, is_cold=True),
        "new (-c)": Command([*python, NEW, *ARGUMENTS]),
        "new (-c), no fsync": Command([*python, WITHOUT_FSYNC, *ARGUMENTS]),
    }


def peer_commands(scratch: Path, expected: dict[str, bytes]) -> dict[str, Command]:
    """Return cookiecutter and copier; nothing where they are missing and cannot be installed."""
    programs = Path(sys.executable).parent
    if not (programs / "cookiecutter").exists() or not (programs / "copier").exists():
        venv.create(scratch / "venv", with_pip=True)
        programs = scratch / "venv" / "bin"
        pip = [str(programs / "pip"), "install", "--quiet", "cookiecutter", "copier"]
        if subprocess.run(pip, check=False, capture_output=True).returncode:
            print("cookiecutter and copier are left out: they are not installed, and pip could not do it")
            return {}
    baked, copied = scratch / "cookiecutter", scratch / "copier"
    values = write_templates(baked, expected, variable="{{{{ cookiecutter.{} }}}}")
    (baked / "cookiecutter.json").write_text(json.dumps(values))
    values = write_templates(copied / "template", expected, variable="{{{{ {} }}}}")
    settings = {"_subdirectory": "template", "_templates_suffix": "", **values}
    (copied / "copier.yml").write_text(json.dumps(settings))
    return {
        "cookiecutter": Command([str(programs / "cookiecutter"), "--no-input", str(baked)]),
        "copier": Command([str(programs / "copier"), "copy", "--defaults", "--quiet", str(copied), "."]),
    }


def write_templates(
    root: Path, expected: dict[str, bytes], *, variable: str, in_paths: str | None = None
) -> dict[str, str]:
    """Write templates that render to a tree, and return the values of their variables.

    Args:
        root: Where.
        expected: The tree.
        variable: How a template has the value of a variable, as a format string over its name.
        in_paths: The same for paths, if it differs.
    """
    names: dict[str, str] = {}

    def templated(text: str, form: str) -> str:
        return VARIABLE.sub(lambda match: form.format(names.setdefault(match[0], f"v{len(names)}")), text)

    for path, content in expected.items():
        template = root / templated(path, in_paths or variable)
        template.parent.mkdir(parents=True, exist_ok=True)
        template.write_text(templated(content.decode(), variable))
    return {name: text for text, name in names.items()}


if __name__ == "__main__":
    main()
