"""From what the user typed to a Job. What is wrong with it is a UsageError, in one line."""

import argparse
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.ingest import Job
from pipelines.options import IngestOptions, add_ingest_arguments
from pipelines.runner import Options
from pipelines.usage import UsageError
from schemas.elements import Feed, Run
from transforms.dataset import Dataset
from transforms.documents import fixed_part, match_documents
from transforms.entities import recognisers
from transforms.feedlists import read_feed_list
from transforms.identity import canonical_url
from transforms.rhythm import MIN_INTERVAL
from transforms.runs import Windows, run_id
from transforms.web import Web
from transforms.workers import Workers

log = logging.getLogger("newsbeam")

JOB_SERVERS: Final = ("FlinkRunner", "PortableRunner", "PrismRunner", "SparkRunner")


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
    return args, Options(beam_argv)


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


def make_web(args: argparse.Namespace) -> Web:
    """How to behave on the network. Raises ValueError."""
    return Web(
        contact=args.contact,
        allow=tuple(args.allow_address),
        delay=args.host_delay,
        timeout=args.timeout,
    )


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
        web = make_web(args)
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


def _why(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
