"""Runs and streams of newsbeam on a loopback news site, and what each left behind."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb
from services import Service, Services

from tests.pipelines.newssite import NewsSite
from transforms.dataset import Dataset
from transforms.fsck import check

BIN: Final = Path(sys.executable).parent
# Beam's pool of external workers starts the first `python` of PATH.
ENVIRONMENT: Final = {"PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}

AT: Final = "2026-11-20T12:00:00Z"
# A stream of a few windows: the first stores what the site has, a later one what it adds meanwhile.
STREAM: Final = ("stream", "--every=5s", "--window=5s", "--windows=10")

KILL_AFTER: Final = 15  # page requests of sixty: the job is in its middle
ARTICLES, DISCOVERED = 57, 61  # what the site has; see tests/pipelines/test_ingest.py
RUN_SECONDS: Final = 150


@dataclass
class Ended:
    """What one command said and left behind."""

    code: int
    files: dict[str, str]  # path -> sha256 of every live file
    report: dict[str, Any] = field(default_factory=dict)
    articles: tuple[int, int] = (0, 0)  # rows, distinct ids
    clean: bool = False  # what fsck says of the dataset

    def differences(self, other: "Ended") -> int:
        """How many files are in one only, or differ."""
        return len(set(self.files.items()) ^ set(other.files.items()))

    @property
    def whole(self) -> bool:
        """It ended well, its books balance, and no article is missing or there twice."""
        ends = sum(self.report.get("outcomes", {}).values())
        return (
            self.code == 0
            and self.clean
            and self.articles == (ARTICLES, ARTICLES)
            and self.report.get("discovered") == ends == DISCOVERED
        )

    def __str__(self) -> str:
        ends = sum(self.report.get("outcomes", {}).values())
        rows, ids = self.articles
        return (
            f"exit {self.code}, {len(self.files)} files, {rows} articles, {rows - ids} twice, "
            f"{self.report.get('discovered', 0)} discovered = {ends} accounted for"
            f"{'' if self.clean else ', fsck: NOT clean'}"
        )


@dataclass
class Runs:
    """Runs of newsbeam on one site."""

    site: NewsSite
    folder: Path
    services: Services
    count: int = 0

    def start(
        self,
        dataset: str,
        beam: Sequence[str],
        delay: float = 0,
        command: Sequence[str] = ("ingest", f"--run-time={AT}"),
    ) -> Service:
        """Start newsbeam with `command`; its log has what it prints."""
        self.count += 1
        feeds = ("/news.rss", "/world.atom", "/all.rdf")
        self.site.fetched()  # start to count anew
        return self.services.start(
            f"newsbeam-{self.count}-{dataset}",
            [
                str(BIN / "newsbeam"),
                *command,
                *(f"--feed={self.site.url(0, path)}" for path in feeds),
                f"--output={self.folder / dataset}",
                "--allow-address=127.0.0.0/8",
                f"--host-delay={delay}",
                "--timeout=5",
                "--entity-model=none",
                "--verbose",
                "--",
                *beam,
            ],
            env=ENVIRONMENT,
        )

    def end(self, dataset: str, job: Service) -> Ended:
        """Wait for a run, with a bound, and read what it left."""
        with suppress(subprocess.TimeoutExpired):
            job.process.wait(RUN_SECONDS)
        if job.alive():
            job.stop()
        return self.look(dataset, job.process.returncode)

    def look(self, dataset: str, code: int) -> Ended:
        """What a run that ended with `code` left."""
        path = self.folder / dataset
        snapshot = Dataset(str(path)).snapshot()
        ended = Ended(code, {file.path: file.sha256 for file in snapshot.live})
        ended.clean = check(str(path)).clean
        for report in sorted((path / "_meta" / "runs").glob("*.json"))[:1]:
            ended.report = json.loads(report.read_text())
        articles = snapshot.files("articles")
        if articles:
            query = "SELECT count(*), count(DISTINCT id) FROM read_parquet(?)"
            ((rows, ids),) = duckdb.execute(query, [articles]).fetchall()
            ended.articles = (rows, ids)
        return ended

    def run(
        self,
        dataset: str,
        beam: Sequence[str] = (),
        delay: float = 0,
        command: Sequence[str] = ("ingest", f"--run-time={AT}"),
    ) -> Ended:
        """One run from start to end."""
        return self.end(dataset, self.start(dataset, beam, delay, command))

    def stored(self, dataset: str, run: str) -> int:
        """How many articles a run stored."""
        outcomes = Dataset(str(self.folder / dataset)).report(run)["outcomes"]
        return int(outcomes["stored"])

    def windows(self, dataset: str) -> list[str]:
        """The ids of the runs that have ended in a dataset, in order."""
        return sorted(path.stem for path in (self.folder / dataset / "_meta/runs").glob("*.json"))

    def wait_for_middle(self, job: Service) -> int:
        """Return in the middle of a run; how many pages were asked for. Raises NotReady."""

        def pages() -> int:
            with self.site.lock:
                return sum(n for (_, path), n in self.site.requests.items() if "/a/" in path)

        job.wait_until(lambda: pages() >= KILL_AFTER, RUN_SECONDS)
        return pages()
