"""`newsbeam stream`: poll due feeds for ever, and commit one window at a time.

Each window is a bounded run of the same graph, in a process of its own: it knows what the
windows before it committed, through the dataset and nothing else. So a stream restarts where it
was, its memory does not grow with its age, and what kills a window (a signal, the machine)
leaves the dataset as the window before left it.
"""

import argparse
import logging
import multiprocessing
import re
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from multiprocessing.connection import Connection, wait
from types import FrameType
from typing import Any, Final

from prometheus_client import start_http_server

from pipelines.logs import configure_logging
from pipelines.metrics import StreamMetrics
from pipelines.options import add_ingest_arguments
from pipelines.run import execute, make_job, parse
from pipelines.usage import UsageError

log = logging.getLogger("newsbeam")

# Seconds that a window in work may take to end when the stream is told to stop. systemd and
# Kubernetes wait longer (90 and, in our manifests, 120) before they kill.
PATIENCE: Final = 60.0
# A window that takes longer hangs: six beats, and an hour at least, for the first window of many
# feeds fetches all that they list.
LONGEST_BEATS: Final = 6
LONGEST: Final = 3600.0
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def duration(value: str) -> int:
    """Seconds: 90s, 10m, 1h or 1d."""
    match = re.fullmatch(r"([1-9]\d{0,5})([smhd])", value.strip())
    if not match:
        raise argparse.ArgumentTypeError(f"{value!r} is not a duration like 90s, 10m or 1h")
    return int(match[1]) * _UNITS[match[2]]


def address(value: str) -> tuple[str, int]:
    """Host and port: 9477, 0.0.0.0:9477 or [::]:9477."""
    host, _, port = value.rpartition(":")
    if not port.isdigit() or int(port) > 65_535:
        raise argparse.ArgumentTypeError(f"{value!r} is not a port, or HOST:PORT")
    return host.strip("[]") or "127.0.0.1", int(port)


def add_stream_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that only `newsbeam stream` has."""
    rhythm = parser.add_argument_group("how to stream")
    rhythm.add_argument(
        "--every",
        type=duration,
        default=600,
        metavar="DURATION",
        help="from the begin of one window to the next: 90s, 10m, 1h; a feed is polled as often, "
        "or as seldom as its own signals ask (default: 10m)",
    )
    rhythm.add_argument(
        "--windows",
        type=int,
        default=None,
        metavar="N",
        help="end after N windows (default: never)",
    )
    rhythm.add_argument(
        "--metrics-address",
        type=address,
        default=None,
        metavar="[HOST:]PORT",
        help="serve metrics in Prometheus' format there; without a host on 127.0.0.1, port 0: any "
        "free one (default: off)",
    )


class Stop:
    """Set by SIGTERM or SIGINT; waiting for it wakes at once."""

    def __init__(self) -> None:
        self.event = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told)

    def _told(self, number: int, frame: FrameType | None) -> None:
        self.event.set()


def run_window(argv: list[str], at: datetime, said: Connection) -> None:
    """One window, in a process of its own: run, and send the report or one line of failure."""
    # Ctrl-C reaches the whole group of processes; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    args, options = parse(argv, "newsbeam stream", add_ingest_arguments, add_stream_arguments)
    configure_logging(args.verbose)
    try:
        args.run_time = at
        job = make_job(args, due_only=True, min_interval=args.every)
        said.send(execute(job, options))
    except Exception as error:
        if args.verbose:
            log.exception("traceback")
        said.send(f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}")
    finally:
        said.close()


class Windows:
    """Starts windows in fresh processes, forked from a server that has everything imported."""

    def __init__(self, argv: Sequence[str]) -> None:
        self.argv = list(argv)
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["pipelines.preload"])

    def run(self, at: datetime, stop: Stop, longest: float) -> dict[str, Any] | str | None:
        """The report of the window at `at`, why it failed, or None if it was abandoned.

        longest: seconds after which a window is taken to hang, and killed.
        """
        heard, said = self.context.Pipe(duplex=False)
        child = self.context.Process(target=run_window, args=(self.argv, at, said), daemon=True)
        child.start()
        said.close()
        try:
            return self._hear(heard, child, stop, time.monotonic() + longest)
        finally:
            heard.close()
            if child.is_alive():
                child.join(5)
            if child.is_alive():
                child.kill()
            child.join()

    def _hear(
        self, heard: Connection, child: Any, stop: Stop, deadline: float
    ) -> dict[str, Any] | str | None:
        patience: float | None = None
        while True:
            if wait([heard], timeout=0.2):
                try:
                    return heard.recv()
                except EOFError:
                    child.join(5)
                    return f"its process ended with {child.exitcode}"
            if time.monotonic() > deadline:
                child.kill()
                return "it hung, and was killed"
            if stop.event.is_set():
                patience = patience or time.monotonic() + PATIENCE
                if time.monotonic() > patience:
                    child.kill()
                    return None


def run_stream(argv: Sequence[str]) -> int:
    """Stream until told to stop. 0 when told to, or after --windows; raises UsageError."""
    args, _ = parse(argv, "newsbeam stream", add_ingest_arguments, add_stream_arguments)
    if args.run_time:
        raise UsageError("--run-time belongs to a single run; a stream's windows have their own")
    make_job(args)  # what is wrong with the options is told now, not in every window
    stop, windows, metrics = Stop(), Windows(argv), StreamMetrics()
    log.info(
        "streaming every=%ds output=%s; each window is a bounded run, since this runner "
        "keeps no state between windows but the dataset",
        args.every,
        args.output,
    )
    if args.metrics_address:
        _serve(metrics, *args.metrics_address)
    due, n = time.time(), 0
    while not stop.event.is_set() and (args.windows is None or n < args.windows):
        began = time.time()
        at = datetime.fromtimestamp(began, UTC).replace(microsecond=0)
        result = windows.run(at, stop, max(LONGEST, LONGEST_BEATS * args.every))
        took = time.time() - began
        report = result if isinstance(result, dict) else None
        if result is not None:
            metrics.add(report, began, max(began - due, 0.0), took)
        _log_window(result, took)
        n += 1
        due = next_begin(due, args.every, time.time())
        if args.windows is None or n < args.windows:
            stop.event.wait(max(due - time.time(), 0.0))
    log.info("stopped after %d windows; everything committed is in %s", n, args.output)
    return 0


def next_begin(due: float, every: float, now: float) -> float:
    """When the next window is due: the next beat after `now`. Beats that were missed are gone,
    for one window polls all that is due.

    >>> next_begin(0, 600, 5), next_begin(0, 600, 1850)
    (600, 2400)
    """
    return due + every * max(1, -(-(now - due) // every))


def _log_window(result: Mapping[str, Any] | str | None, took: float) -> None:
    if result is None:
        log.warning("window abandoned after %.0f s; the next start does its work", took)
    elif isinstance(result, str):
        log.error("window failed, nothing of it was written, the next does its work: %s", result)
    else:
        outcomes = " ".join(f"{k}={n}" for k, n in result["outcomes"].items() if n)
        feeds = " ".join(f"feeds_{k}={n}" for k, n in sorted(result["feeds"].items()))
        fields = " ".join(part for part in (outcomes, feeds) if part) or "nothing_due"
        log.info("window run=%s %s seconds=%.1f", result["run_id"], fields, took)
        for feed, problem in sorted(result["feed_problems"].items()):
            log.warning("feed %s %s", feed, problem)


def _serve(metrics: StreamMetrics, host: str, port: int) -> None:
    try:
        server, _ = start_http_server(port, addr=host, registry=metrics.registry)
    except OSError as error:
        raise UsageError(f"--metrics-address {host}:{port}: {error.strerror}") from error
    log.info("metrics on http://%s:%d/metrics", host, server.server_port)
