"""A window of a stream that has ended, and what the log says of it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

log = logging.getLogger("newsbeam")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a window ended.

    result: its report, why it failed, or None if it was abandoned. began: seconds since the
    epoch. late: seconds that it began after its time. took: seconds.
    """

    result: Mapping[str, Any] | str | None
    began: float
    late: float
    took: float

    @property
    def report(self) -> Mapping[str, Any] | None:
        """The report of a window that committed."""
        return None if isinstance(self.result, str) else self.result


def tell(window: Ended) -> None:
    """One line, and one for each feed with a problem."""
    if window.result is None:
        log.warning("window abandoned after %.0f s; the next start does its work", window.took)
    elif isinstance(window.result, str):
        log.error(
            "window failed, nothing of it was written, the next does its work: %s", window.result
        )
    else:
        report = window.result
        outcomes = " ".join(f"{k}={n}" for k, n in report["outcomes"].items() if n)
        feeds = " ".join(f"feeds_{k}={n}" for k, n in sorted(report["feeds"].items()))
        fields = " ".join(part for part in (outcomes, feeds) if part) or "nothing_due"
        log.info("window run=%s %s seconds=%.1f", report["run_id"], fields, window.took)
        for feed, problem in sorted(report["feed_problems"].items()):
            log.warning("feed %s %s", feed, problem)
