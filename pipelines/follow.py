"""A stream on an engine that streams: one job for ever, whose windows are followed here.

The job is the engine's: it keeps the source's place and what is under way, and on Flink it goes
on without this process. What it has committed is read from the dataset, like any reader does.
"""

import argparse
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions
from apache_beam.runners.runner import PipelineState

from pipelines.ingest import Job
from pipelines.job import make_job
from pipelines.run import submit
from pipelines.runner import counters
from pipelines.stop import PATIENCE, Stop
from pipelines.windows import Ended
from transforms.dataset import Dataset
from transforms.manifest import RUNS
from transforms.runs import Windows, run_at

log = logging.getLogger("newsbeam")

LOOK_EVERY = 0.5  # seconds


class Followed:
    """The windows of a job that have ended, each once."""

    def __init__(self, job: Job, windows: Windows) -> None:
        self.job = job
        self.windows = windows
        self.last = max(self._ended(), default="")
        self.counted: dict[str, int] = {}

    def _ended(self) -> list[str]:
        reports = (Path(self.job.output) / RUNS).glob(f"*-{self.windows.reads}.json")
        return sorted(path.stem for path in reports)

    def new(self, result: Any) -> Iterator[Ended]:
        """Those that ended since the last call."""
        for run in self._ended():
            if run > self.last:
                self.last = run
                yield self._window(run, result)

    def _window(self, run: str, result: Any) -> Ended:
        report = Dataset(self.job.output).report(run)
        began = run_at(run).timestamp()
        took = (Path(self.job.output) / RUNS / f"{run}.json").stat().st_mtime - began
        late = max(took - self.windows.seconds, 0.0)  # what the next one has to wait for
        if "given_up" in report:
            return Ended(str(report["given_up"]), began, late, took)
        return Ended({**report, "counters": self._counts(result)}, began, late, took)

    def _counts(self, result: Any) -> dict[str, int]:
        """What was counted since the last window; the engine counts from the job's begin.

        It tells of a bundle some time after that has ended: what is missing comes with the next.
        """
        # Beam asks the engine once and keeps the answer, which is meant for a job that has ended.
        result._metrics = None
        try:
            now = counters(result.metrics())
        except grpc.RpcError:  # of a job that is just ending, some engines tell nothing any more
            return {}
        new = {name: n - self.counted.get(name, 0) for name, n in now.items()}
        self.counted = now
        return new


def follow(args: argparse.Namespace, options: PipelineOptions, stop: Stop) -> Iterator[Ended]:
    """Submit the streaming job, and yield its windows as they end, until it or we are stopped.

    Raises what the engine says of a job that failed.
    """
    options.view_as(StandardOptions).streaming = True
    job = make_job(
        args, due_only=True, min_interval=args.every, window=args.window, windows=args.windows
    )
    assert isinstance(job.runs, Windows)
    followed = Followed(job, job.runs)
    result: Any = submit(job, options)
    while not stop.event.is_set() and not PipelineState.is_terminal(result.state):
        yield from followed.new(result)
        stop.event.wait(LOOK_EVERY)
    if stop.event.is_set():
        _cancel(result)
        yield from followed.new(result)
        return
    yield from followed.new(result)
    result.wait_until_finish()  # raises for a job that failed


def _cancel(result: Any) -> None:
    """End the job; the window in work is left as it is, and nothing of it is visible."""
    result.cancel()
    deadline = time.monotonic() + PATIENCE
    while not PipelineState.is_terminal(result.state) and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY)
