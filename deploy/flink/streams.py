"""The streaming job on an engine: window for window what a bounded run of that time leaves."""

import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from runs import ARTICLES, RUN_SECONDS, STREAM, Ended, Runs
from services import NotReady, wait_for

from tests.pipelines.newssite import item, page, paragraphs, publish
from transforms.runs import run_at

# What a window of a stream writes other than a bounded run of its time: when feeds are due.
ITEMS = 60  # of the site, before it prints one more
SAME_TABLES = ("articles/", "ledger/", "rejects/")


@dataclass
class Streamed:
    """A stream of some windows and the bounded runs that are to leave the same."""

    stream: Ended
    local: Ended
    windows: list[str]

    @property
    def differences(self) -> int:
        """How many files of the tables that must be the same are not."""
        mine, theirs = (
            {path: sha for path, sha in ended.files.items() if path.startswith(SAME_TABLES)}
            for ended in (self.stream, self.local)
        )
        return len(set(mine.items()) ^ set(theirs.items()))

    @property
    def good(self) -> bool:
        """All articles once, the books balanced, and not a file that differs."""
        ends = sum(self.stream.report.get("outcomes", {}).values())
        return (
            self.stream.code == 0
            and self.stream.clean
            and self.stream.articles == (ARTICLES + 1, ARTICLES + 1)
            and self.stream.report.get("discovered") == ends
            and len(self.windows) >= 2
            and self.differences == 0
        )

    def __str__(self) -> str:
        differ = self.differences
        said = f"{differ} files differ" if differ else "same hashes as bounded runs"
        return f"{self.stream}; {len(self.windows)} windows; {said}"


def add_article(runs: Runs) -> None:
    """The site prints one more article."""
    site = runs.site
    title, link = "Report number 60: the night trains return", site.url(0, "/a/60")
    # The same each time that it is added: bounded runs read what the stream read.
    printed = datetime.fromisoformat(site.items[59]["iso"]) + timedelta(seconds=1)
    entry = item(60, title, link, published=printed)
    site.pages["127.0.0.1", "/a/60"] = page(entry["title"], paragraphs("article 60"), entry["iso"])
    site.items.append(entry)
    publish(site)


def take_back_article(runs: Runs) -> None:
    """Leave the site as it was."""
    runs.site.items.pop()
    publish(runs.site)


def stream_and_compare(
    runs: Runs, dataset: str, beam: Sequence[str], kill: Sequence[int] = (), delay: float = 0
) -> Streamed:
    """Stream some windows; the site prints one more article after the first.

    kill: processes to kill in the middle of the first window. The bounded runs of the windows'
    times come afterwards, in the local runner, on the site as each window met it. Raises NotReady.
    """
    job = runs.start(dataset, beam, delay, STREAM)
    try:
        if kill:
            runs.wait_for_middle(job)
            for process in kill:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        job.wait_until(lambda: len(runs.windows(dataset)) >= 1, RUN_SECONDS)
        add_article(runs)
        ended = runs.end(dataset, job)
        windows = runs.windows(dataset)
        local = f"{dataset}-bounded"
        left = Ended(1, {})
        take_back_article(runs)
        for n, window in enumerate(windows):
            if n > 0 and runs.stored(dataset, window) and len(runs.site.items) == ITEMS:
                add_article(runs)
            at = run_at(window).isoformat()
            left = runs.run(local, (), 0, ("ingest", f"--run-time={at}"))
        return Streamed(ended, left, windows)
    finally:
        if len(runs.site.items) > ITEMS:
            take_back_article(runs)


def stream_dies(
    runs: Runs, dataset: str, beam: Sequence[str], workers: Callable[[], list[int]]
) -> Ended:
    """A worker dies in a window, on an engine that restarts nothing: the stream ends, with 1.

    Raises NotReady.
    """
    job = runs.start(dataset, beam, 1.0, STREAM)
    runs.wait_for_middle(job)
    for worker in workers():
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
    with suppress(NotReady):
        wait_for("the stream's end", lambda: not job.alive(), RUN_SECONDS)
    return runs.end(dataset, job)
