"""`make bench-extraction`: the extract stage and the pipeline against bare process pools.

extract_vs_pool       pages per second of reading pages through Extract on the local runner, as a
                      ratio to a warm multiprocessing.Pool that calls trafilatura.bare_extraction
                      (with metadata) on the same bytes with as many processes
extract_cpu_vs_pool   the same in pages per CPU second, of all processes
pipeline_vs_pool      pages per second of the whole pipeline (read, extract, language, entities,
                      dates, groups, ledger, Parquet, commit), as a ratio to a pool that calls
                      bare_extraction and the same enrichment
pipeline_cpu_vs_pool  the same in pages per CPU second
public_vs_pool, public_cpu_vs_pool
                      the extract stage over --public real pages, of the sets of benchmarks.corpora
                      in $CORPORA; not without it
growth_exponent       of the extract stage's CPU time, from the first of --growth to the last
peak_mb_small, _large largest resident memory of this process and its largest worker meanwhile
memory_ratio          resident memory of one process that reads --memory pages in place, at the
                      end against after a tenth of them

Both sides are warm and take turns, now one first and now the other; each ratio is the median of the
rounds', and the first round of each, in which processes start and warm up, is not counted. A round
of ours has the start of a Beam pipeline in it, as any run has. Pages but the public ones are
invented: 700 words in 45 KB for the ratios, 250 words in 9 KB for growth and memory.
"""

import argparse
import gc
import json
import math
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from statistics import median

import apache_beam as beam
import trafilatura

from benchmarks import corpora
from benchmarks.pages import article_page, short_page, write_pages
from benchmarks.processes import cpu_of
from pipelines.ingest import Job, ingest
from pipelines.logs import configure_logging
from pipelines.runner import Options, cores, make_runner
from schemas.elements import Article, Entry, Origin, Page, Run
from transforms.enrich import enrich
from transforms.entities import DEFAULT_MODEL, recognisers
from transforms.extract import Extract, Reading, extract, quiet, work
from transforms.workers import Workers

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PUBLIC = ("article-extraction-benchmark", "fundus", "trafilatura")
RUN = Run("20261120T120000Z-bench", START, 0)


def made_page(name: str, body: bytes) -> Page:
    """A page as Fetch gives it."""
    url = f"https://bench.example/{name}"
    entry = Entry(Origin(name, "archive", name, url, "bench.example"))
    return Page(entry, url, 200, (("content-type", "text/html; charset=utf-8"),), body, START)


def read_files(path: str) -> Iterator[Page]:
    yield made_page(path, Path(path).read_bytes())


def bare(body: bytes) -> tuple[str, str | None]:
    """What any user of trafilatura does."""
    found = trafilatura.bare_extraction(
        body, url="https://bench.example/", with_metadata=True, include_comments=False
    )
    return (found.text, found.title) if found else ("", None)


@cache
def blank_article() -> Article:
    return extract(made_page("blank", short_page(1).encode()), 30)


def bare_and_enriched(body: bytes) -> Article:
    """The same, and the enrichment of the pipeline."""
    article = replace(blank_article(), text=bare(body)[0])
    return enrich(article, recognisers(DEFAULT_MODEL))


def prepare_pool() -> None:
    """A pool's process: everything loaded, as in our workers."""
    quiet()
    bare_and_enriched(article_page(0).encode())


def costs(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds of `work`."""
    wall, cpu = time.monotonic(), cpu_of(os.getpid())
    work()
    return time.monotonic() - wall, cpu_of(os.getpid()) - cpu


def extract_stage(paths: list[Path], workers: Workers) -> None:
    """The extract stage over files, on the local runner."""
    options = Options([])
    with beam.Pipeline(runner=make_runner(options), options=options) as pipeline:
        names = beam.Create([str(path) for path in paths], reshuffle=False)
        pages = pipeline | names | beam.FlatMap(read_files).with_output_types(Page)
        _ = pages | Extract(RUN, Reading(), workers)


def whole_pipeline(folder: Path, output: Path, workers: Workers) -> None:
    """The whole pipeline over the files of `folder`, into a new dataset."""
    job = Job(
        output=str(output),
        runs=RUN,
        patterns=(f"{folder}/*.html",),
        entity_model=DEFAULT_MODEL,
        workers=workers,
    )
    options = Options([])
    run = beam.Pipeline(runner=make_runner(options), options=options)
    ingest(run, job)
    run.run().wait_until_finish()


class Peak:
    """The largest resident memory, in MB, of this process and of its descendants meanwhile."""

    def __enter__(self) -> "Peak":
        self.mine = self.workers = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._end.wait(0.2):
            self.mine = max(self.mine, resident(os.getpid()))
            self.workers = max([self.workers, *map(resident, descendants(os.getpid()))])


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *descendants(int(child))]
    except OSError:
        pass
    return found


def resident(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * resource.getpagesize() / 2**20


def in_one_process(documents: int) -> None:
    """Read pages in place and print the memory after a tenth of them and at the end."""
    quiet()
    held = []
    for n in range(documents):
        work((made_page(str(n), short_page(n).encode()), Reading()))
        if n + 1 in (documents // 10, documents):
            gc.collect()
            held.append(resident(os.getpid()))
    print(json.dumps(held))


def main() -> None:
    """Measure, print a line for each round, and as the last line the JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", type=int, default=300, help="for each ratio and round")
    parser.add_argument("--rounds", type=int, default=9, help="of the extract stage")
    parser.add_argument("--pipeline-rounds", type=int, default=3)
    parser.add_argument("--public", type=int, default=150 if "CORPORA" in os.environ else 0)
    parser.add_argument("--growth", type=int, nargs="*", default=[1_000, 4_000, 20_000])
    parser.add_argument("--memory", type=int, default=10_000)
    parser.add_argument("--in-one-process", type=int, default=0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    configure_logging()
    if args.in_one_process:
        return in_one_process(args.in_one_process)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    workers = Workers(cores())
    results: dict[str, float] = {"workers": workers.size, "pages": args.pages}
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        rounds = {"extract": args.rounds, "pipeline": args.pipeline_rounds}
        if any(rounds.values()):
            results |= ratios(write_pages(root / "pages", args.pages), rounds, workers)
        if args.public and args.rounds:
            results |= ratios(
                public_pages(root / "public", args.public), {"public": args.rounds}, workers
            )
        if args.growth:
            results |= growth(root, args.growth, workers)
    if args.memory:
        command = [sys.executable, "-m", "benchmarks.extraction"]
        told = subprocess.run(
            [*command, f"--in-one-process={args.memory}"], check=True, capture_output=True
        )
        early, late = json.loads(told.stdout.splitlines()[-1])
        print(f"one process: {early:.0f} MB after {args.memory // 10} pages, {late:.0f} at the end")
        results |= {"memory_ratio": round(late / early, 3), "memory_pages": args.memory}
    print(json.dumps({"benchmark": "extraction", "results": results}))
    return None


def public_pages(folder: Path, count: int) -> list[Path]:
    """As many pages of public sets as files, from all parts of the sets."""
    pages = [page for corpus in PUBLIC for page in corpora.load(corpus)]
    folder.mkdir()
    for n, page in enumerate(pages[:: max(1, len(pages) // count)][:count]):
        (folder / f"{n:05}.html").write_bytes(page.body)
    return sorted(folder.iterdir())


def ratios(paths: list[Path], rounds: dict[str, int], workers: Workers) -> dict[str, float]:
    """Stages against pools over the same pages, in turn, as many rounds as `rounds` says."""
    bodies = [path.read_bytes() for path in paths]
    folder, pages = paths[0].parent, len(paths)
    found: dict[str, list[float]] = {}
    with (
        tempfile.TemporaryDirectory() as output,
        multiprocessing.Pool(workers.size, prepare_pool) as pool,
    ):
        extract = (
            lambda: extract_stage(paths, workers),
            lambda: sum(1 for _ in pool.imap_unordered(bare, bodies)),
        )
        whole = (
            lambda: whole_pipeline(folder, Path(output) / str(time.monotonic_ns()), workers),
            lambda: sum(1 for _ in pool.imap_unordered(bare_and_enriched, bodies)),
        )
        for name, times in rounds.items():
            ours, theirs = whole if name == "pipeline" else extract
            for n in range(times + 1 if times else 0):
                if n % 2:
                    (wall, cpu), (pool_wall, pool_cpu) = costs(ours), costs(theirs)
                else:
                    (pool_wall, pool_cpu), (wall, cpu) = costs(theirs), costs(ours)
                if n == 0:
                    continue  # the first round starts and warms the processes of both
                found.setdefault(f"{name}_vs_pool", []).append(pool_wall / wall)
                found.setdefault(f"{name}_cpu_vs_pool", []).append(pool_cpu / cpu)
                found.setdefault(f"{name}_pages_per_second", []).append(pages / wall)
                print(
                    f"round {n} {name}: {pages / wall:.1f} pages/s, pool {pages / pool_wall:.1f}; "
                    f"{1000 * cpu / pages:.1f} CPU-ms a page, pool {1000 * pool_cpu / pages:.1f}",
                    flush=True,
                )
    return {name: round(median(values), 3) for name, values in found.items()}


def growth(root: Path, sizes: list[int], workers: Workers) -> dict[str, float]:
    """CPU and peak memory of the extract stage with the number of pages."""
    paths = write_pages(root / "short", max(sizes), short_page)
    spent, peaks = [], []
    for size in sizes:
        gc.collect()
        with Peak() as peak:
            spent.append(costs(lambda size=size: extract_stage(paths[:size], workers))[1])
        peaks.append(peak)
        print(
            f"{size:>6} pages: {spent[-1]:.1f} CPU-s; peak {peak.mine:.0f} MB here, "
            f"{peak.workers:.0f} in the largest worker",
            flush=True,
        )
    exponent = math.log(spent[-1] / spent[0]) / math.log(sizes[-1] / sizes[0])
    return {
        "growth_exponent": round(exponent, 3),
        "growth_documents": sizes[-1],
        "peak_mb_small": round(max(peaks[0].mine, peaks[0].workers)),
        "peak_mb_large": round(max(peaks[-1].mine, peaks[-1].workers)),
    }


if __name__ == "__main__":
    main()
