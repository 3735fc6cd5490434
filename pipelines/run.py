"""Run a job: from options to a committed run and its report.

What the user got wrong is a UsageError (exit 2, one line). What broke while running is exit 1.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems
from apache_beam.metrics.metric import MetricResults
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions
from apache_beam.runners.portability.portable_runner import JobServiceHandle
from apache_beam.runners.runner import PipelineResult, PipelineRunner

from pipelines.failure import cause, kind
from pipelines.ingest import Job, ingest
from pipelines.metrics import write_metrics
from pipelines.options import IngestOptions, add_ingest_arguments
from pipelines.progress import Progress, print_summary
from pipelines.usage import UsageError
from schemas.elements import Feed, Run
from transforms.commit import Conflict
from transforms.dataset import Dataset
from transforms.documents import fixed_part, match_documents
from transforms.entities import recognisers
from transforms.feedlists import read_feed_list
from transforms.identity import canonical_url
from transforms.rhythm import MIN_INTERVAL
from transforms.runs import Windows, run_id
from transforms.tally import STAGES
from transforms.web import Web
from transforms.workers import Workers

log = logging.getLogger("newsbeam")

# More than the workers of any cluster that the capacity plan asks for; few beside the hosts.
FETCH_SHARDS = 32
# Each time another run must have stored the same articles while this one was at work.
TRIES = 3
DONE, FAILED, WRONG_USAGE, TOO_MANY_FAILED = 0, 1, 2, 3
JOB_SERVERS = ("FlinkRunner", "PortableRunner", "PrismRunner", "SparkRunner")


def make_runner(options: PipelineOptions) -> PipelineRunner | str:
    """The runner that `options` name.

    Beam's DirectRunner is a switch that picks one of three runners by graph and network; a
    local run must be the same everywhere, so it is always the FnApiRunner, built with the
    options that its workers need (see the design's "Running").
    """
    name = options.view_as(StandardOptions).runner
    if name not in (None, "", "DirectRunner", "direct", "local"):
        return name
    from apache_beam.portability.api import beam_provision_api_pb2
    from apache_beam.runners.portability.fn_api_runner.fn_runner import (
        ExtendedProvisionInfo,
        FnApiRunner,
    )

    encoded = JobServiceHandle.encode_pipeline_options(options.get_all_options())
    info = beam_provision_api_pb2.ProvisionInfo(pipeline_options=encoded)
    return FnApiRunner(provision_info=ExtendedProvisionInfo(info))


def parse(
    argv: Sequence[str],
    prog: str,
    *adders: Callable[[argparse.ArgumentParser], None],
) -> tuple[argparse.Namespace, PipelineOptions]:
    """Options of newsbeam, as `adders` define them, and Beam's own.

    Unknown ones are an error, not a warning. Without `adders` they are those of an ingestion.

    A job server has options of its own (Flink's `--checkpointing_interval`), which Beam asks it
    for when the job is submitted: with one of JOB_SERVERS what is not known here is left to it.
    """
    parser = argparse.ArgumentParser(prog=prog, allow_abbrev=False)
    for add in adders or (add_ingest_arguments,):
        add(parser)
    add_common_arguments(parser)
    args, beam_argv = parser.parse_known_args([arg for arg in argv if arg != "--"])
    known = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    for cls in PipelineOptions.__subclasses__():
        if cls is not IngestOptions:
            cls._add_argparse_args(known)
    chosen, unknown = known.parse_known_args(beam_argv)
    if unknown and chosen.runner not in JOB_SERVERS:
        raise UsageError(f"unknown option {unknown[0]}; `{prog} --help` lists them")
    if not args.verbose:
        # Worker processes do not inherit our logging; they take their level from this option.
        beam_argv = ["--default_sdk_harness_log_level=ERROR", *beam_argv]
        beam_argv = ["--prism_log_level=error", "--prism_log_kind=json", *beam_argv]
    return args, PipelineOptions(beam_argv)


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of every command that runs something."""
    shared = parser.add_argument_group("what to print")
    shared.add_argument("--json", action="store_true", help="print the run's report as JSON")
    shared.add_argument(
        "--metrics-file",
        default=None,
        metavar="FILE",
        help="write the run's metrics there, in Prometheus' text format",
    )
    shared.add_argument("-v", "--verbose", action="store_true", help="show Beam's log, tracebacks")


def read_feeds(lists: Sequence[str], urls: Sequence[str]) -> tuple[Feed, ...]:
    """The feeds of all lists and --feed options, each once. Raises UsageError."""
    feeds: dict[str, Feed] = {}
    for path in lists:
        try:
            with FileSystems.open(path) as handle:
                data = handle.read()
        except OSError as error:
            raise UsageError(f"--feeds {path}: cannot be read ({_why(error)})") from error
        try:
            listed, problems = read_feed_list(data, path)
        except ValueError as error:
            raise UsageError(f"--feeds {path}: {error}") from error
        for problem in problems:
            log.warning("feed list %s: %s", path, problem)
        for feed in listed:
            feeds.setdefault(canonical_url(feed.url), feed)
    for url in urls:
        try:
            feeds.setdefault(canonical_url(url), Feed(url))
        except ValueError as error:
            raise UsageError(f"--feed {url}: {error}") from error
    return tuple(feeds.values())


def check_patterns(patterns: Sequence[str]) -> None:
    """Every pattern matches something, and no two files would be one document."""
    paths: dict[str, str] = {}
    for pattern in patterns:
        matches = list(match_documents(pattern))
        if not matches:
            raise UsageError(f"--seeds {pattern}: no .txt, .md or .html file there")
        for url, path in matches:
            other = paths.setdefault(url, path)
            if other != path:
                raise UsageError(
                    f"--seeds: {other} and {path} would both be {url}; "
                    "give one pattern of a folder above both"
                )


def reads_digest(feeds: Sequence[Feed], patterns: Sequence[str]) -> str:
    """What a job reads, as the part of its run ids that tells it from other jobs.

    Two jobs that a scheduler starts at the same second on one dataset must not replace each
    other; the same job again must. Only the part of a path that shows in urls goes into the
    digest, so that the id does not depend on the machine.
    """
    below = [pattern[len(fixed_part(pattern)) :] for pattern in patterns]
    reads = "\n".join([*sorted(canonical_url(feed.url) for feed in feeds), *sorted(below)])
    return sha256(reads.encode()).hexdigest()[:8]


def check_output(output: str | None) -> None:
    """Raise UsageError for a place that cannot hold a dataset."""
    if not output:
        raise UsageError("--output DIR is missing: where the dataset is, or is to be made")
    if "://" in output:
        raise UsageError(f"--output {output}: not on a mounted disk; a commit needs one so far")


def check_models(models: str) -> None:
    """Raise UsageError for entity models that are not installed, or not what they are given for."""
    try:
        recognisers(models)
    except ValueError as error:
        raise UsageError(str(error)) from error


def make_job(
    args: argparse.Namespace,
    *,
    due_only: bool = False,
    min_interval: int = MIN_INTERVAL,
    window: int | None = None,
    windows: int | None = None,
) -> Job:
    """The job that the options describe. Raises UsageError.

    due_only: feeds whose time has not come are left alone. min_interval: seconds between two
    polls of a feed that asks for no longer rest. window: seconds; a run for each window, `windows`
    of them, instead of one run now.
    """
    patterns = tuple(pattern for group in args.seeds for pattern in group)
    check_output(args.output)
    if not (args.feeds or args.feed or patterns):
        raise UsageError("nothing to read: give --feeds FILE, --feed URL or --seeds PATTERN")
    feeds = read_feeds(args.feeds, args.feed)
    check_patterns(patterns)
    check_models(args.entity_model)
    try:
        web = Web(
            contact=args.contact,
            allow=tuple(args.allow_address),
            delay=args.host_delay,
            timeout=args.timeout,
        )
        snapshot = Dataset(args.output).snapshot()
    except ValueError as error:
        raise UsageError(str(error)) from error
    run_time = args.run_time or datetime.now(UTC).replace(microsecond=0)
    reads = reads_digest(feeds, patterns)
    run = Run(run_id(run_time, reads), run_time, snapshot.seq)
    return Job(
        output=args.output,
        runs=Windows(window, reads, windows) if window else run,
        feeds=feeds,
        patterns=patterns,
        web=web,
        entity_model=args.entity_model,
        event_window=args.event_window,
        duplicate_window=args.duplicate_window,
        reject_flags=tuple(args.reject_flags),
        extraction=args.extraction,
        workers=Workers(args.workers or 0),
        shards=args.shards,
        due_only=due_only,
        min_interval=min_interval,
        archive=args.archive,
    )


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


def fetch_shards(options: PipelineOptions) -> int:
    """How many workers may fetch side by side: one, if there is but one process."""
    return 1 if _is_one_process(options) else FETCH_SHARDS


def workers(options: PipelineOptions, size: int) -> Workers:
    """The processes that read pages and articles: `size`, or (0) as many as there is room for.

    A local run has one process of Beam's and all cores for its workers. Elsewhere the runner
    starts a process for each core, and one worker beside each is there to be killed.
    """
    return Workers(size or (cores() if _is_one_process(options) else 1))


def cores() -> int:
    """CPU cores that this process may use: by its affinity, and by its container's quota."""
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text("ascii").split()
    except (OSError, ValueError):
        return allowed
    return allowed if quota == "max" else max(1, min(allowed, int(quota) // int(period)))


def _is_one_process(options: PipelineOptions) -> bool:
    local = not isinstance(make_runner(options), str)
    return local and options.view_as(DirectOptions).direct_num_workers == 1


def counters(metrics: MetricResults) -> dict[str, int]:
    """What the stages counted, as `stage/event`; the same names on every runner."""
    found: dict[str, int] = {}
    for counter in metrics.query()["counters"]:
        name = f"{counter.key.metric.namespace}/{counter.key.metric.name}"
        if counter.key.metric.namespace in STAGES:
            found[name] = found.get(name, 0) + counter.result
    return dict(sorted(found.items()))


def distributions(metrics: MetricResults) -> dict[str, dict[str, int]]:
    """What the stages measured, as `stage/event`: count, sum, min and max of each."""
    found: dict[str, dict[str, int]] = {}
    for measured in metrics.query()["distributions"]:
        name = f"{measured.key.metric.namespace}/{measured.key.metric.name}"
        if measured.key.metric.namespace not in STAGES or not measured.result.count:
            continue
        one = measured.result
        more = {"count": one.count, "sum": one.sum, "min": one.min, "max": one.max}
        known = found.setdefault(name, more)
        if known is not more:  # of a transform that stands in the graph more than once
            found[name] = {
                "count": known["count"] + one.count,
                "sum": known["sum"] + one.sum,
                "min": min(known["min"], one.min),
                "max": max(known["max"], one.max),
            }
    return dict(sorted(found.items()))


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


def _why(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
