"""`newsbeam replay`: runs again from their archive, without the network; or any WARC as a source.

The archive of a run says what the run was: its id, its logical time, its feeds and options. Each
is run again as that, oldest first, for a run builds on those before it. Files that newsbeam did
not write are read as one run of their own.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.explain import open_dataset
from pipelines.ingest import ANY, Job
from pipelines.job import check_models, check_output, make_web, parse
from pipelines.metrics import write_metrics
from pipelines.options import (
    add_archive_argument,
    add_ending_arguments,
    add_fetch_arguments,
    add_output_arguments,
    add_reading_arguments,
)
from pipelines.progress import Progress, print_summary
from pipelines.run import execute, one_run, verdict
from pipelines.usage import UsageError
from schemas.elements import Feed, Run
from transforms.dataset import Dataset
from transforms.outcomes import REASONS
from transforms.replay import read_run
from transforms.runs import run_id
from transforms.warc import match_archives
from transforms.warc_records import Damaged
from transforms.workers import Workers


def add_replay_arguments(parser: argparse.ArgumentParser) -> None:
    """What to replay."""
    what = parser.add_argument_group("what to replay")
    what.add_argument(
        "archives",
        nargs="*",
        metavar="PATTERN",
        help="archive files: 'DIR/archive/*.warc.gz' of a dataset, or any WARC or ARC files; a "
        "dataset's runs keep their own time and options, those below are for other files",
    )
    what.add_argument(
        "--rejects",
        default=None,
        metavar="DIR",
        help="instead: try again what this dataset rejected, from its archive or the payload; what "
        "failed on its way is fetched",
    )
    what.add_argument(
        "--reason", default=ANY, metavar="CODE", help="only rejects with this reason (default: any)"
    )


def archived_job(run: dict[str, Any], paths: Sequence[str], output: str) -> Job:
    """The job of a run, as its archive's first record describes it."""
    return Job(
        output=output,
        runs=Run(run["run_id"], datetime.fromisoformat(run["run_time"])),
        feeds=tuple(Feed(**feed) for feed in run["feeds"]),
        replays=tuple(sorted(paths)),
        entity_model=run["entity_model"],
        event_window=run["event_window"],
        duplicate_window=run["duplicate_window"],
        reject_flags=tuple(run["reject_flags"]),
        extraction=run["extraction"],
        shards=run["shards"],
        min_interval=run["min_interval"],
    )


def read_archives(patterns: Sequence[str]) -> tuple[list[tuple[dict[str, Any], list[str]]], bool]:
    """The runs whose archives are there, oldest first, each with its files.

    Also whether there are files that no run of ours wrote. Raises UsageError.
    """
    runs: dict[str, tuple[dict[str, Any], list[str]]] = {}
    strangers = False
    for pattern in patterns:
        matches = list(match_archives(pattern))
        if not matches:
            raise UsageError(f"replay {pattern}: no file there")
        for path, _ in matches:
            try:
                run = read_run(path)
            except (Damaged, OSError):
                run = None  # the run that reads it will name what is wrong
            if run is None:
                strangers = True
            elif path not in (paths := runs.setdefault(run["run_id"], (run, []))[1]):
                paths.append(path)
    if strangers and runs:
        raise UsageError("replay: archives of a dataset and other files, give one kind at a time")
    return sorted(runs.values(), key=lambda item: (item[0]["run_time"], item[0]["run_id"])), (
        strangers
    )


def make_jobs(args: argparse.Namespace) -> list[Job]:
    """The runs to make, in their order. Raises UsageError."""
    if args.rejects:
        return [retry_job(args)]
    check_output(args.output)
    if not args.archives:
        raise UsageError("nothing to replay: give 'DIR/archive/*.warc.gz' or other WARC files")
    runs, strangers = read_archives(args.archives)
    if not strangers:
        return [archived_job(run, paths, args.output) for run, paths in runs]
    names = sorted(name for pattern in args.archives for _, name in match_archives(pattern))
    job = new_job(args, args.output, "\n".join(names))
    return [replace(job, warcs=tuple(args.archives))]


def retry_job(args: argparse.Namespace) -> Job:
    """The run that tries rejects again. Raises UsageError."""
    if args.archives or args.output:
        raise UsageError("--rejects DIR stands alone: its articles are stored where it lies")
    if args.reason != ANY and args.reason not in REASONS:
        raise UsageError(f"--reason {args.reason}: no such reason; there are {', '.join(REASONS)}")
    check_output(args.rejects)
    open_dataset(args.rejects)
    try:
        web = make_web(args)
    except ValueError as error:
        raise UsageError(str(error)) from error
    job = new_job(args, args.rejects, f"rejects {args.reason}")
    return replace(job, web=web, retry=args.reason, archive=args.archive)


def new_job(args: argparse.Namespace, output: str, reads: str) -> Job:
    """A run of its own, with the options of the command."""
    check_models(args.entity_model)
    run_time = args.run_time or datetime.now(UTC).replace(microsecond=0)
    return Job(
        output=output,
        runs=Run(run_id(run_time, sha256(reads.encode()).hexdigest()[:8]), run_time),
        entity_model=args.entity_model,
        event_window=args.event_window,
        duplicate_window=args.duplicate_window,
        reject_flags=tuple(args.reject_flags),
        extraction=args.extraction,
        workers=Workers(args.workers or 0),
        shards=args.shards,
    )


def run_replay(argv: Sequence[str], prog: str = "newsbeam replay") -> int:
    """Parse, run each, report. Returns the exit code of the worst."""
    args, options = parse(
        argv,
        prog,
        add_replay_arguments,
        add_output_arguments,
        add_archive_argument,
        add_fetch_arguments,
        add_reading_arguments,
        add_ending_arguments,
    )
    jobs = make_jobs(args)
    reports = [_run(job, options, args) for job in jobs]
    if args.metrics_file:
        write_metrics(reports[-1], args.metrics_file)
    if args.json:
        print(json.dumps(reports, indent=2, sort_keys=True))
    return max(verdict(report, args.max_failed) for report in reports)


def _run(job: Job, options: PipelineOptions, args: argparse.Namespace) -> dict[str, Any]:
    """One run, on the dataset as the runs before it left it."""
    try:
        seq = Dataset(job.output).snapshot().seq
    except ValueError as error:
        raise UsageError(str(error)) from error
    with Progress(quiet=args.json) as progress:
        report = execute(replace(job, runs=replace(one_run(job), seq=seq)), options)
    report["elapsed_seconds"] = round(progress.elapsed, 1)
    if not args.json:
        print_summary(report, job.output)
    return report
