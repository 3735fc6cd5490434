"""The runner that a job goes to: which one, with how many workers, and what they counted there."""

import os
import sys
from pathlib import Path
from typing import Final, TypeVar

from apache_beam.metrics.metric import MetricResults
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions
from apache_beam.runners.portability.portable_runner import JobServiceHandle
from apache_beam.runners.runner import PipelineRunner

from transforms.tally import STAGES
from transforms.workers import Workers

View = TypeVar("View", bound=PipelineOptions)
# More than the workers of any cluster that the capacity plan asks for; few beside the hosts.
FETCH_SHARDS: Final = 32


class Options(PipelineOptions):
    """Beam's options, whose views are made once.

    Beam asks for a view several times for each transform of a graph, and builds a parser of the
    command line each time: half of the time that our graph took to build.
    """

    def view_as(self, cls: type[View]) -> View:
        """The options that `cls` defines. What is set on a view holds for all of them."""
        views = self.__dict__.setdefault("_views", {})
        if cls not in views:
            views[cls] = super().view_as(cls)
        view: View = views[cls]
        return view


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
