"""What processes cost, all that they started included."""

import os
from pathlib import Path


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and all that it started: those that live, and those it waited for.

    0.0 for a process that is gone.
    """
    tick = os.sysconf("SC_CLK_TCK")
    total, stack = 0.0, [pid]
    while stack:
        one = stack.pop()
        try:
            stat = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            for task in Path(f"/proc/{one}/task").iterdir():
                stack += map(int, (task / "children").read_text().split())
        except OSError:
            continue
        total += sum(map(int, stat[11:15])) / tick
    return total
