"""Runs of the command line that need not import it: each is a fork of a process that has.

What a start from nothing does, and what its environment says to Python itself, has tests with a process of their own.
"""

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

_PROGRAM: Final = """
import gc, importlib, json, os, pkgutil, sys, traceback
gc.disable()
import geo_scaffold
from geo_scaffold.cli import main

for found in pkgutil.walk_packages(geo_scaffold.__path__, "geo_scaffold."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
gc.freeze()
gc.enable()
for line in sys.stdin:
    arguments, folder, environment, files = json.loads(line)
    child = os.fork()
    if child == 0:
        for path, number in zip(files, range(3)):
            opened = os.open(path, os.O_RDWR)
            os.dup2(opened, number)
            os.close(opened)
        sys.stdin = open(0, closefd=False)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        sys.argv[:] = ["geo-scaffold", *arguments]
        code = 1
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@cache
def _forked() -> subprocess.Popen[str]:
    """Start the process once, and end it when this one ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(process.communicate)
    return process


def geo_scaffold(
    *arguments: str, folder: Path, environment: Mapping[str, str], stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `geo-scaffold` as a user's shell does, and return what it said.

    Args:
        arguments: Of the command line.
        folder: Where it runs.
        environment: All of it.
        stdin: What it is given to read.
    """
    process = _forked()
    assert process.stdin
    assert process.stdout
    with tempfile.TemporaryDirectory() as name:
        files = [Path(name) / each for each in ("stdin", "stdout", "stderr")]
        for file in files:
            file.write_text(stdin if file.name == "stdin" else "")
        process.stdin.write(json.dumps([arguments, os.fspath(folder), dict(environment), [*map(str, files)]]) + "\n")
        process.stdin.flush()
        code = int(process.stdout.readline())
        return subprocess.CompletedProcess(arguments, code, files[1].read_text(), files[2].read_text())
