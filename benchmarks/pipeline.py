"""`make bench-pipeline`: what the pipeline costs beside the libraries that it cannot do without.

pipeline_vs_bare   articles per CPU second of the whole pipeline (read, extract, language,
                   entities, dates, grouping, ledger, Parquet, commit), as a ratio to a loop of
                   bare trafilatura + spaCy's entity recogniser over the same pages. Both run
                   warm, in this process, in turn; the median of the rounds' ratios.
growth_exponent    of the pipeline's CPU time with the number of pages.
idle_vs_import     CPU of a whole process that polls a feed with nothing new, as a ratio to a
                   process that only does `import apache_beam`.
"""

import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from statistics import median

import apache_beam as beam
import spacy
import trafilatura

from benchmarks.pages import write_pages
from pipelines.ingest import Job, ingest
from pipelines.logs import configure_logging
from pipelines.runner import Options, make_runner
from schemas.elements import Run
from tests.pipelines.newssite import NewsSite, item, page, paragraphs, rss, serve
from transforms.entities import DEFAULT_MODEL

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ROUNDS = 5
PAGES = 100


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of this process for `work`."""
    before = time.process_time()
    work()
    return time.process_time() - before


@cache
def entity_recogniser() -> spacy.language.Language:
    """The same model, the same one component, loaded by spaCy's own call."""
    unused = ["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer", "senter"]
    return spacy.load(DEFAULT_MODEL, exclude=unused)


def bare(paths: list[Path]) -> int:
    """trafilatura and spaCy's entity recogniser, and nothing else."""
    find = entity_recogniser()
    entities = 0
    for path in paths:
        document = trafilatura.bare_extraction(
            path.read_text(encoding="utf-8"),
            url="https://bench.example/",
            with_metadata=True,
            include_comments=False,
        )
        entities += len(find(document.text).ents)
    return entities


def pipeline(folder: Path, output: Path) -> None:
    """newsbeam over the pages of `folder`, into a new dataset."""
    job = Job(
        output=str(output),
        runs=Run(f"{START:%Y%m%dT%H%M%SZ}-bench", START),
        patterns=(f"{folder}/*.html",),
        entity_model=DEFAULT_MODEL,
    )
    options = Options([])
    run = beam.Pipeline(runner=make_runner(options), options=options)
    ingest(run, job)
    run.run().wait_until_finish()


def child_cpu(command: list[str]) -> float:
    """CPU seconds of a whole child process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *command], check=True, capture_output=True, timeout=120)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def idle_ratio(work: Path) -> tuple[float, float, float]:
    """Median ratio of an idle run to `import apache_beam`, and the two medians in seconds."""
    with serve(NewsSite()) as site:
        entry = item(1, "A report", site.url(0, "/a/1"))
        site.pages["127.0.0.1", "/a/1"] = page(entry["title"], paragraphs("a"), entry["iso"])
        site.feeds["/feed"] = rss("Feed", [entry])

        def run(n: int) -> list[str]:
            at = (START + timedelta(minutes=n)).isoformat()
            flags = [f"--feed={site.url(0, '/feed')}", f"--output={work / 'idle'}"]
            flags += ["--allow-address=127.0.0.1", f"--run-time={at}"]
            return ["-m", "pipelines.cli", "ingest", *flags]

        child_cpu(run(0))  # stores the one article; from now on there is nothing to do
        pairs = [
            (child_cpu(run(n)), child_cpu(["-c", "import apache_beam"]))
            for n in range(1, ROUNDS + 1)
        ]
    return (
        median(idle / imported for idle, imported in pairs),
        median(idle for idle, _ in pairs),
        median(imported for _, imported in pairs),
    )


def main() -> None:
    """Measure, print a table, and as the last line the JSON."""
    configure_logging()
    # The machine may pin BLAS to one kernel and thread; the two sides share whatever it is.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        sizes = [PAGES // 4, PAGES // 2, PAGES, PAGES * 4]
        folders = {size: work / f"pages-{size}" for size in sizes}
        pages = {size: write_pages(folder, size) for size, folder in folders.items()}
        bare(pages[sizes[0]])
        pipeline(folders[sizes[0]], work / "warm")
        ratios, bares, pipes = [], [], []
        for n in range(ROUNDS):
            alone = cpu(lambda: bare(pages[PAGES]))
            whole = cpu(lambda n=n: pipeline(folders[PAGES], work / f"round-{n}"))
            ratios.append(alone / whole)
            bares.append(PAGES / alone)
            pipes.append(PAGES / whole)
            print(f"round {n + 1}: bare {bares[-1]:.1f}, pipeline {pipes[-1]:.1f} articles/CPU-s")
        costs = {
            size: min(
                cpu(lambda s=size, k=k: pipeline(folders[s], work / f"growth-{s}-{k}"))
                for k in range(2)
            )
            for size in sizes
        }
        for size, cost in costs.items():
            print(f"{size:>5} pages: {cost:.2f} CPU-s, {1000 * cost / size:.1f} ms per page")
        growth = math.log(costs[sizes[-1]] / costs[sizes[0]]) / math.log(sizes[-1] / sizes[0])
        idle, idle_s, import_s = idle_ratio(work)
        print(f"a run with nothing to do: {idle_s:.2f} CPU-s; import apache_beam: {import_s:.2f}")
    results = {
        "pipeline_vs_bare": round(median(ratios), 3),
        "pipeline_articles_per_cpu_second": round(median(pipes), 2),
        "bare_articles_per_cpu_second": round(median(bares), 2),
        "growth_exponent": round(growth, 3),
        "idle_vs_import": round(idle, 2),
        "idle_cpu_seconds": round(idle_s, 2),
    }
    print(json.dumps({"benchmark": "pipeline", "results": results}))


if __name__ == "__main__":
    main()
