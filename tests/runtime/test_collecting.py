"""When Python looks for garbage in the processes of a site."""

import subprocess
import sys

PROGRAM = """
import gc
from geo_runtime.running.collecting import settle

gc.disable()
settle()
there = gc.get_freeze_count()


class Node:
    pass


for _ in range(50_000):
    node = Node()
    node.itself = node
print(gc.isenabled(), there > 0, gc.get_stats()[0]["collected"] > 0)
"""


def test_a_process_that_stays_collects_what_it_makes_and_not_its_code() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "True"]
