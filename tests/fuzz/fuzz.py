"""Fuzz one reader of foreign text, guided by coverage: `python -m fuzz.fuzz READER SECONDS` in `tests/`.

It needs atheris, which the tests do not: `pip install atheris` into an environment of its own. An input that raises
anything but an error of ours, or takes longer than a time that grows with its size, ends it with the input. What it
finds becomes a case of `test_readers.py`.
"""

import os
import shutil
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any, Final

_ALLOWED_S: Final = 1.0
"""What any input may take, for imports and a busy machine."""
_ALLOWED_S_PER_BYTE: Final = 1e-4


def main() -> None:
    name, seconds = sys.argv[1], float(sys.argv[2])
    atheris: Any = import_module("atheris")
    with atheris.instrument_imports(include=["geo_scaffold"]):
        readers = import_module("fuzz.readers")
    reader = readers.READERS[name]
    corpus, counted, slowest = tempfile.mkdtemp(), 0, (0.0, b"")
    end = time.monotonic() + seconds

    def one(content: bytes) -> None:
        nonlocal counted, slowest
        if time.monotonic() > end:
            print(f"{name}: {counted} inputs, none wrong; the slowest took {slowest[0]:.3f} s: {len(slowest[1])} bytes")
            sys.stdout.flush()
            shutil.rmtree(corpus)
            os._exit(0)  # the fuzzer knows no other end without a find
        start = time.process_time()
        reader.read(content)
        taken = time.process_time() - start
        counted += 1
        slowest = max(slowest, (taken, content))
        assert taken < _ALLOWED_S + _ALLOWED_S_PER_BYTE * len(content), f"{taken:.1f} s for {len(content)} bytes"

    for seed in reader.seeds:
        for times in (1, 50):
            one(seed * times)
    for number, seed in enumerate(reader.seeds):
        Path(corpus, str(number)).write_bytes(seed)
    options = ("-max_len=20000", "-rss_limit_mb=3000", "-timeout=60", "-verbosity=0")
    atheris.Setup([sys.argv[0], *options, corpus], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
