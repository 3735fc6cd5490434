"""`make bench-scaling`: more pages, more workers.

growth_exponent          of CPU time with the number of pages, from the second size to the largest
speedup_2_workers        seconds for one more page with one worker (`--workers=1`), as a ratio to
                         two, so without the start of the workers
whole_run_speedup        the same of a whole run of the larger size, start included
ms_per_page              CPU of one more page, with entities
worker_start_cpu_seconds what a worker process costs before its first page
peak_mb_small, _large    largest process of a run of the smallest and of the largest size

With two cores there is nothing to learn from four workers; on a larger machine WORKERS grows.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.pages import write_pages
from benchmarks.processes import cpu_of

SIZES = (100, 400, 1600)  # for growth, without entities
FEW, MANY = 60, 300  # for workers, with entities
ROUNDS = 3
LOOK = 0.1  # seconds between two looks at a run's CPU time
WORKERS = tuple(n for n in (1, 2, 4) if n <= (os.cpu_count() or 1))


def run(folder: Path, output: Path, workers: int, *more: str) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and the largest process in MB of one whole command."""
    command = [sys.executable, "-m", "pipelines.cli", "ingest", f"--seeds={folder}/*.html"]
    command += [f"--output={output}", "--run-time=2026-11-20T12:00:00Z", "--json", *more]
    command += [f"--workers={workers}"]
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # The workers end with the run and nobody waits for them: they are looked at while they live.
    cpu = 0.0
    while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        cpu = max(cpu, cpu_of(child.pid))
        time.sleep(LOOK)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    if status:
        raise RuntimeError(f"the run ended with {status}")
    child.returncode = 0
    return wall, cpu, usage.ru_maxrss / 1024


def main() -> None:
    """Measure, print a table, and as the last line the JSON."""
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        folders = {n: work / f"pages-{n}" for n in (*SIZES, FEW, MANY)}
        for n, folder in folders.items():
            write_pages(folder, n)
        costs, peaks = {}, {}
        for n in SIZES:
            _, costs[n], peaks[n] = run(folders[n], work / f"g{n}", 1, "--entity-model=none")
            print(f"{n:>5} pages, no entities: {costs[n]:.1f} CPU-s, peak {peaks[n]:.0f} MB")
        growth = math.log(costs[SIZES[-1]] / costs[SIZES[1]]) / math.log(SIZES[-1] / SIZES[1])
        walls: dict[tuple[int, int], list[float]] = {}
        cpus: dict[tuple[int, int], list[float]] = {}
        for k in range(ROUNDS):
            for workers in WORKERS:
                for n in (FEW, MANY):
                    wall, cpu, _ = run(folders[n], work / f"w{workers}-{n}-{k}", workers)
                    walls.setdefault((workers, n), []).append(wall)
                    cpus.setdefault((workers, n), []).append(cpu)
                    print(f"{workers} worker(s), {n} pages: {wall:.1f} s, {cpu:.1f} CPU-s")

    def per_page(seconds: dict[tuple[int, int], list[float]], workers: int) -> float:
        more = median(seconds[workers, MANY]) - median(seconds[workers, FEW])
        return more / (MANY - FEW)

    start = median(cpus[2, FEW]) - median(cpus[1, FEW]) if 2 in WORKERS else 0.0
    results = {
        "growth_exponent": round(growth, 3),
        "speedup_2_workers": round(per_page(walls, 1) / per_page(walls, WORKERS[-1]), 2),
        "whole_run_speedup": round(median(walls[1, MANY]) / median(walls[WORKERS[-1], MANY]), 2),
        "workers": WORKERS[-1],
        "ms_per_page": round(1000 * per_page(cpus, 1), 1),
        "worker_start_cpu_seconds": round(start / max(WORKERS[-1], 1), 2),
        "peak_mb_small": round(peaks[SIZES[0]]),
        "peak_mb_large": round(peaks[SIZES[-1]]),
    }
    print(json.dumps({"benchmark": "scaling", "results": results}))


if __name__ == "__main__":
    main()
