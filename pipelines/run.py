"""Run a job to its end: on its runner, once more after a conflict, with a report.

What the user got wrong is a UsageError (exit 2, one line). What broke while running is exit 1.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.runner import PipelineResult

from pipelines.failure import cause, kind
from pipelines.ingest import Job, ingest
from pipelines.job import make_job, parse
from pipelines.metrics import write_metrics
from pipelines.progress import Progress, print_summary
from pipelines.runner import counters, distributions, fetch_shards, make_runner, workers
from schemas.elements import Run
from transforms.commit import Conflict
from transforms.dataset import Dataset

log = logging.getLogger("newsbeam")

# Each time another run must have stored the same articles while this one was at work.
TRIES = 3
DONE, FAILED, WRONG_USAGE, TOO_MANY_FAILED = 0, 1, 2, 3


def run_ingest(argv: Sequence[str], prog: str = "newsbeam ingest") -> int:
    """Parse, run, report. Returns the exit code."""
    args, options = parse(argv, prog)
    job = make_job(args)
    with Progress(quiet=args.json) as progress:
        report = execute(job, options)
    report["elapsed_seconds"] = round(progress.elapsed, 1)
    if args.metrics_file:
        write_metrics(report, args.metrics_file)
    if args.json:
        print(json.dumps(report, indent=2, sort_keys=True))
    else:
        print_summary(report, job.output)
    return verdict(report, args.max_failed)


def submit(job: Job, options: PipelineOptions) -> PipelineResult:
    """Build `job` and hand it to the runner that `options` name."""
    pipeline = beam.Pipeline(runner=make_runner(options), options=options)
    shards, processes = fetch_shards(options), workers(options, job.workers.size)
    ingest(pipeline, replace(job, fetch_shards=shards, workers=processes))
    return pipeline.run()


def execute(job: Job, options: PipelineOptions) -> dict[str, Any]:
    """Run the one run of `job` to its end; its report, with the counters.

    Of two runs at once that store the same articles the later one is run again, when they are
    known. What it raises carries a note: whether anything of the run was written.
    """
    run = one_run(job)
    for left in reversed(range(TRIES)):
        try:
            result = submit(replace(job, runs=run), options)
            result.wait_until_finish()
            break
        except BaseException as error:
            if left and kind(error) == Conflict.__name__:
                log.warning("%s; once more", cause(error))
                run = replace(run, seq=Dataset(job.output).snapshot().seq)
                continue
            error.add_note(fate(job.output, run))
            raise
    report = Dataset(job.output).report(run.id)
    report["counters"] = counters(result.metrics())
    report["distributions"] = distributions(result.metrics())
    return report


def one_run(job: Job) -> Run:
    """The run of a bounded job. Raises ValueError for a stream, which has many."""
    if isinstance(job.runs, Run):
        return job.runs
    raise ValueError("a stream has a run for each of its windows")


def fate(dataset: str, run: Run) -> str:
    """What is left of a run that did not come to its end."""
    try:
        made = Dataset(dataset).snapshot().of_run(run.id)
        if made != Dataset(dataset).snapshot(run.seq).of_run(run.id):
            return f"run {run.id} is in the dataset as a whole"
    except (ValueError, OSError) as error:
        return f"the dataset cannot be read ({error})"
    return "nothing of this run was written"


def verdict(report: Mapping[str, Any], max_failed: float | None) -> int:
    """The exit code of a run that was committed."""
    if max_failed is None:
        return DONE
    share = max(
        _share(report["outcomes"].get("failed", 0), report["discovered"]),
        _share(report["feeds"].get("failed", 0), sum(report["feeds"].values())),
    )
    if share <= max_failed:
        return DONE
    log.error("%.1f %% failed, more than --max-failed allows", 100 * share)
    return TOO_MANY_FAILED


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
