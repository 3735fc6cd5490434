"""What a person sees of a run: a live display on a terminal, lines elsewhere, a summary after.

The display reads the process-local tally, so it shows a local run; on a cluster the engine's
own page shows the same counters as metrics.
"""

import logging
import sys
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from pipelines.printable import printable
from transforms.outcomes import OUTCOMES
from transforms.tally import TALLY

log = logging.getLogger("newsbeam")

MOST: Final = 40  # sources, and feeds with a problem, that a summary lists
EVERY: Final = 30.0  # seconds between two lines when nobody watches
# What a person waits for, in the order of the flow: label, and the events that add up to it.
STEPS: Final = (
    ("feeds polled", ("feeds/polled",)),
    ("entries", ("feeds/entries", "documents/read")),
    ("unchanged", ("admit/unchanged", "extract/unchanged")),
    ("fetched", ("fetch/pages",)),
    ("extracted", ("extract/articles",)),
    ("enriched", ("enrich/articles",)),
    ("rejected", ("feeds/rejected", "fetch/rejected", "extract/rejected")),
    ("failed", ("feeds/failed", "fetch/failed")),
)
ENRICHED: Final = "enrich/articles"


def steps(tally: Mapping[str, int]) -> dict[str, int]:
    """Documents per step, of those steps that saw any."""
    sums = {label: sum(tally.get(event, 0) for event in events) for label, events in STEPS}
    return {label: n for label, n in sums.items() if n}


class Progress:
    """Shows how far the run is, until the block is left."""

    def __init__(self, quiet: bool = False) -> None:
        self.console = Console(stderr=True)
        self.quiet = quiet
        self.live = self.console.is_terminal and not quiet
        self.elapsed = 0.0
        self._stop = threading.Event()

    def __enter__(self) -> Self:
        TALLY.clear()
        self._start = time.monotonic()
        show = self._draw if self.live else self._write
        self._thread = threading.Thread(target=show, name="progress", daemon=True)
        if not self.quiet:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.elapsed = time.monotonic() - self._start
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _line(self) -> str:
        seconds = time.monotonic() - self._start
        done = TALLY.get(ENRICHED, 0)
        parts = [f"{label} {n:,}" for label, n in steps(TALLY).items()]
        if done and seconds:
            parts.append(f"{done / seconds:.1f}/s")
        return " · ".join([*(parts or ["starting"]), f"{seconds:.0f} s"])

    def _draw(self) -> None:
        with Live(console=self.console, transient=True, auto_refresh=False) as live:
            while not self._stop.wait(0.2):
                live.update(Text(self._line(), overflow="ellipsis", no_wrap=True), refresh=True)

    def _write(self) -> None:
        while not self._stop.wait(EVERY):
            seconds = time.monotonic() - self._start
            fields = " ".join(f"{k.replace(' ', '_')}={n}" for k, n in steps(TALLY).items())
            log.info("progress elapsed=%.0f %s", seconds, fields)


def summary_table(report: Mapping[str, Any]) -> Table:
    """Outcomes per source, and their sum."""
    shown = [name for name in OUTCOMES if name != "deferred" or report["outcomes"].get(name)]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("source", overflow="fold")
    for name in ("discovered", *shown):
        table.add_column(name, justify="right")
    sources = sorted(report["sources"].items(), key=_most_first)
    for source, counts in sources[:MOST]:
        row = [f"{counts.get(name, 0):,}" for name in shown]
        table.add_row(Text(printable(source)), f"{sum(counts.values()):,}", *row)
    if len(sources) > MOST:
        table.add_row(f"… {len(sources) - MOST:,} more sources")
    totals = [f"{report['outcomes'].get(name, 0):,}" for name in shown]
    table.add_section()
    table.add_row("all", f"{report['discovered']:,}", *totals, style="bold")
    return table


def _most_first(item: tuple[str, Mapping[str, int]]) -> tuple[int, str]:
    return -sum(item[1].values()), item[0]


class _Console(Console):
    """rich ends the program with 1 when its reader left (| head); the command knows better."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def print_summary(report: Mapping[str, Any], dataset: str) -> None:
    """The run's report for a person, on standard output."""
    console = _Console(file=sys.stdout, highlight=False, soft_wrap=False)
    if report["discovered"]:
        console.print(summary_table(report))
        for reason, n in sorted(report["reasons"].items()):
            if not reason.startswith("unchanged"):
                console.print(f"  {n:>6,} {reason}", markup=False)
    polled = report["feeds"]
    if polled:
        states = ", ".join(f"{n} {name}" for name, n in sorted(polled.items()))
        console.print(f"feeds: {states}", markup=False)
    problems = sorted(report["feed_problems"].items())
    for feed, problem in problems[:MOST]:
        console.print(printable(f"  {feed}  {problem}"), markup=False, soft_wrap=True)
    if len(problems) > MOST:
        console.print(f"  … {len(problems) - MOST:,} more; the table feeds has them all")
    stored = report["outcomes"].get("stored", 0)
    said = f"{stored:,} stored" if stored else "nothing new was stored"
    console.print(
        f"{said} in {report['elapsed_seconds']:.1f} s; run {report['run_id']}; dataset {dataset}",
        markup=False,
        soft_wrap=True,
    )
