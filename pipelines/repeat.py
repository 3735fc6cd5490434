"""A stream without an engine that streams: each window is a bounded run in a fresh process.

It knows what the windows before it committed, through the dataset and nothing else. So a stream
restarts where it was, its memory does not grow with its age, and what kills a window (a signal,
the machine) leaves the dataset as the window before left it.
"""

import argparse
import logging
import multiprocessing
import signal
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from multiprocessing.connection import Connection, wait
from typing import Any, Final

from pipelines.job import make_job, parse
from pipelines.logs import configure_logging
from pipelines.options import add_ingest_arguments
from pipelines.run import execute
from pipelines.stop import PATIENCE, Stop
from pipelines.stream_options import add_stream_arguments
from pipelines.windows import Ended

log = logging.getLogger("newsbeam")

# A window that takes longer hangs: six beats, and an hour at least, for the first window of many
# feeds fetches all that they list.
LONGEST_BEATS: Final = 6
LONGEST: Final = 3600.0


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


class Processes:
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


def repeat(argv: Sequence[str], args: argparse.Namespace, stop: Stop) -> Iterator[Ended]:
    """Run window after window until told to stop; each as it has ended."""
    processes = Processes(argv)
    due, n = time.time(), 0
    while not stop.event.is_set() and (args.windows is None or n < args.windows):
        began = time.time()
        at = datetime.fromtimestamp(began, UTC).replace(microsecond=0)
        result = processes.run(at, stop, max(LONGEST, LONGEST_BEATS * args.window))
        yield Ended(result, began, max(began - due, 0.0), time.time() - began)
        n += 1
        due = next_begin(due, args.window, time.time())
        if args.windows is None or n < args.windows:
            stop.event.wait(max(due - time.time(), 0.0))


def next_begin(due: float, every: float, now: float) -> float:
    """When the next window is due: the next beat after `now`. Beats that were missed are gone,
    for one window polls all that is due.

    >>> next_begin(0, 600, 5), next_begin(0, 600, 1850)
    (600, 2400)
    """
    return due + every * max(1, -(-(now - due) // every))
