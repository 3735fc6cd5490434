"""`newsbeam stream`: poll due feeds for ever, and commit one window at a time.

A window polls the feeds that are due and ends as a run like any other: with the same commit,
ledger and state. On an engine that streams, all windows are one job; elsewhere each is a bounded
run of the same graph.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Final

from apache_beam.options.pipeline_options import StandardOptions
from prometheus_client import start_http_server

from pipelines.follow import follow
from pipelines.job import make_job, parse
from pipelines.metrics import StreamMetrics
from pipelines.options import add_ingest_arguments
from pipelines.repeat import repeat
from pipelines.runner import make_runner
from pipelines.stop import Stop
from pipelines.stream_options import add_stream_arguments, check_stream_arguments
from pipelines.usage import UsageError
from pipelines.windows import Ended, tell

log = logging.getLogger("newsbeam")

# The engines of Beam that run an endless job with windows and state, and recover.
STREAMING: Final = ("FlinkRunner", "PortableRunner", "PrismRunner", "DataflowRunner")


def run_stream(argv: Sequence[str]) -> int:
    """Stream until told to stop. 0 when told to, or after --windows; raises UsageError."""
    args, options = parse(argv, "newsbeam stream", add_ingest_arguments, add_stream_arguments)
    check_stream_arguments(args)
    make_job(args)  # what is wrong with the options is told now, not in every window
    runner = make_runner(options)
    if isinstance(runner, str) and runner not in STREAMING:
        raise UsageError(f"--runner={runner} runs no endless job; one of {', '.join(STREAMING)}")
    stop, metrics = Stop(), StreamMetrics()
    windows: Iterator[Ended]
    if isinstance(runner, str):
        how = f"one job on {options.view_as(StandardOptions).runner}"
        windows = follow(args, options, stop)
    else:
        how = "each window is a bounded run, since the local runner keeps no state but the dataset"
        windows = repeat(argv, args, stop)
    log.info(
        "streaming every=%ds window=%ds output=%s; %s", args.every, args.window, args.output, how
    )
    if args.metrics_address:
        _serve(metrics, *args.metrics_address)
    n = 0
    for window in windows:
        n += 1
        if window.result is not None:
            metrics.add(window.report, window.began, window.late, window.took)
        tell(window)
    log.info("stopped after %d windows; everything committed is in %s", n, args.output)
    return 0


def _serve(metrics: StreamMetrics, host: str, port: int) -> None:
    try:
        server, _ = start_http_server(port, addr=host, registry=metrics.registry)
    except OSError as error:
        raise UsageError(f"--metrics-address {host}:{port}: {error.strerror}") from error
    log.info("metrics on http://%s:%d/metrics", host, server.server_port)
