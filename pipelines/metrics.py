"""Metrics for monitoring: of one run as a file, of a stream as an endpoint (Prometheus).

A run's figures are gauges, for each run replaces the file of the one before; a stream counts
up. `docs/monitoring.md` has the alerts that they are for.
"""

from collections.abc import Mapping
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, write_to_textfile

from pipelines.usage import UsageError
from transforms.outcomes import OUTCOMES
from transforms.runs import run_at

POLL_OUTCOMES: Final = ("ok", "not_modified", "unchanged", "failed")


def run_registry(report: Mapping[str, Any]) -> CollectorRegistry:
    """The figures of one run, from its report."""
    registry = CollectorRegistry()
    documents = Gauge(
        "newsbeam_run_documents", "Documents by outcome", ["outcome"], registry=registry
    )
    for outcome in OUTCOMES:
        documents.labels(outcome).set(report["outcomes"].get(outcome, 0))
    feeds = Gauge("newsbeam_run_feeds", "Feeds polled by outcome", ["outcome"], registry=registry)
    for ended in POLL_OUTCOMES:
        feeds.labels(ended).set(report["feeds"].get(ended, 0))
    stages = Gauge(
        "newsbeam_run_stage_events",
        "What the stages counted",
        ["stage", "event"],
        registry=registry,
    )
    for counted, n in report["counters"].items():
        stages.labels(*counted.split("/", 1)).set(n)
    sizes = Gauge(
        "newsbeam_run_stage_sizes",
        "What the stages measured",
        ["stage", "event", "statistic"],
        registry=registry,
    )
    for measured, statistics in report["distributions"].items():
        for statistic, n in statistics.items():
            sizes.labels(*measured.split("/", 1), statistic).set(n)
    Gauge("newsbeam_run_seconds", "Duration of the run", registry=registry).set(
        report["elapsed_seconds"]
    )
    Gauge("newsbeam_run_timestamp_seconds", "Logical time of the run", registry=registry).set(
        run_at(report["run_id"]).timestamp()
    )
    return registry


def write_metrics(report: Mapping[str, Any], path: str) -> None:
    """Write the run's metrics to `path`, for node_exporter's textfile collector; atomically."""
    try:
        write_to_textfile(path, run_registry(report))
    except OSError as error:
        raise UsageError(f"--metrics-file {path}: {error.strerror}") from error


class StreamMetrics:
    """The figures of a stream, counted up over its windows."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"newsbeam_{name}", text, labels, registry=self.registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"newsbeam_{name}", text, labels, registry=self.registry)

        self.windows = counter("windows", "Windows by result", "result")
        self.documents = counter("documents", "Documents by outcome", "outcome")
        self.feeds = counter("polls", "Feeds polled by outcome", "outcome")
        self.events = counter("stage_events", "What the stages counted", "stage", "event")
        self.seconds = gauge("window_seconds", "Duration of the last window")
        self.lag = gauge("lag_seconds", "How late the last window began")
        self.committed = gauge(
            "last_window_timestamp_seconds", "Begin of the last window that committed"
        )
        self.stored = gauge("last_stored_timestamp_seconds", "When an article was last stored")
        for result in ("committed", "failed"):
            self.windows.labels(result)
        for outcome in OUTCOMES:
            self.documents.labels(outcome)
        for ended in POLL_OUTCOMES:
            self.feeds.labels(ended)

    def add(self, report: Mapping[str, Any] | None, began: float, lag: float, took: float) -> None:
        """Count one window: its report (None if it failed), times in seconds."""
        self.lag.set(lag)
        self.seconds.set(took)
        self.windows.labels("committed" if report else "failed").inc()
        if not report:
            return
        self.committed.set(began)
        for outcome, n in report["outcomes"].items():
            self.documents.labels(outcome).inc(n)
        for outcome, n in report["feeds"].items():
            self.feeds.labels(outcome).inc(n)
        for name, n in report["counters"].items():
            self.events.labels(*name.split("/", 1)).inc(n)
        if report["outcomes"].get("stored"):
            self.stored.set(began + took)
