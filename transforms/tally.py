"""Counting: one call for Beam's metrics and for the progress display of a local run.

Metrics are named `stage/event`. The tally is process-local: on a cluster it stays in the
workers and only the metrics are reported.
"""

from collections import Counter
from functools import cache
from threading import Lock
from typing import Final

from apache_beam.metrics.metric import Metrics
from apache_beam.metrics.metricbase import Counter as MetricCounter
from apache_beam.metrics.metricbase import Distribution as MetricDistribution

# The namespaces of our metrics: Beam and its connectors have metrics of their own.
STAGES: Final = (
    "windows",
    "feeds",
    "documents",
    "warc",
    "retry",
    "admit",
    "fetch",
    "archive",
    "extract",
    "enrich",
    "stories",
    "ledger",
    "write",
    "commit",
)
TALLY: Counter[str] = Counter()
_LOCK = Lock()


@cache
def _metric(stage: str, event: str) -> MetricCounter:
    return Metrics.counter(stage, event)


@cache
def _distribution(stage: str, event: str) -> MetricDistribution:
    return Metrics.distribution(stage, event)


def measure(stage: str, event: str, value: int) -> None:
    """Add `value` to a distribution of `stage`: its count, sum, least and greatest are kept."""
    _distribution(stage, event).update(value)


def count(stage: str, event: str, n: int = 1) -> None:
    """Count `n` events of `stage`."""
    _metric(stage, event).inc(n)
    with _LOCK:
        TALLY[f"{stage}/{event}"] += n
