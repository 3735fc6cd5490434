"""The flow over windows, with the engine's clock in the test's hand.

In `make test` all beats come at once; `make test-streaming` sends them through Beam's TestStream
on Prism, the one engine for Python that has both TestStream and windowed side inputs. There one
window is in flight at a time, as the source has it: with several, Prism 2.77 now and then has lost
the side input of one (the job then fails, and nothing of the window is visible).
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apache_beam as beam
import duckdb
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.test_stream import TestStream
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Timestamp

from pipelines.ingest import Job, flow
from schemas.elements import Feed, Run
from tests.pipelines.newssite import NewsSite, item, page, paragraphs, rss, serve
from transforms.dataset import Dataset
from transforms.fsck import check
from transforms.runs import InWindows, Windows
from transforms.web import Web

FIRST = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WINDOWS = Windows(300, "cafe0000")
BEAT = int(FIRST.timestamp()) // 300
# What a page may say of its publication, and what must not move a watermark or lose an article.
DATES = {
    0: "2026-11-20T09:00:00Z",
    1: "2091-01-01T00:00:00Z",
    2: "1970-01-01T00:00:00Z",
    3: "",
    4: "2026-11-20T11:59:59Z",
}


@pytest.fixture
def site() -> Iterator[NewsSite]:
    with serve(NewsSite()) as running:
        entries = []
        for n, published in DATES.items():
            entry = item(n, f"Report number {n}", running.url(n, f"/a/{n}"))
            entry["published"] = published
            running.pages[f"127.0.0.{n + 1}", f"/a/{n}"] = page(
                entry["title"], paragraphs(f"article {n}"), published
            )
            entries.append(entry)
        running.items = entries
        running.feeds["/feed"] = rss("Feed", entries)
        yield running


def job(site: NewsSite, dataset: Path) -> Job:
    web = Web(allow=("127.0.0.0/8",), delay=0, timeout=5)
    return Job(str(dataset), WINDOWS, (Feed(site.url(0, "/feed")),), web=web, due_only=True)


def beat(n: int, seq: int = 0) -> TimestampedValue:
    """The n-th window's run, at its window's begin."""
    at = FIRST + n * timedelta(minutes=5)
    return TimestampedValue(Run(WINDOWS.run_id(BEAT + n), at, seq), Timestamp(at.timestamp()))


def end_of(n: int) -> Timestamp:
    return Timestamp((FIRST + (n + 1) * timedelta(minutes=5)).timestamp())


def local(job: Job, *beats: TimestampedValue) -> None:
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        begun = beam.Create(beats, reshuffle=False).with_output_types(Run)
        flow(pipeline | begun | InWindows(300), job)


def play(job: Job, stream: TestStream) -> None:
    prism = os.environ["PRISM"]  # set by `make test-streaming`
    options = ["--runner=PrismRunner", f"--prism_location={prism}", "--streaming"]
    with beam.Pipeline(options=PipelineOptions(options)) as pipeline:
        begun = stream.advance_watermark_to_infinity().with_output_types(Run)
        flow(pipeline | begun | InWindows(300), job)


def ids(dataset: Path, run: str) -> int:
    live = Dataset(str(dataset)).snapshot().live
    return sum(file.rows for file in live if file.table == "articles" and file.run_id == run)


def test_a_window_commits_as_its_own_run_whatever_the_publication_dates_say(
    site: NewsSite, tmp_path: Path
) -> None:
    local(job(site, tmp_path), beat(0))
    holds_all(tmp_path)


@pytest.mark.prism
def test_publication_dates_move_no_watermark(site: NewsSite, tmp_path: Path) -> None:
    play(job(site, tmp_path), TestStream().add_elements([beat(0)]).advance_watermark_to(end_of(0)))
    holds_all(tmp_path)


def holds_all(tmp_path: Path) -> None:
    report = Dataset(str(tmp_path)).report(WINDOWS.run_id(BEAT))
    assert report["discovered"] == report["outcomes"]["stored"] == len(DATES)
    rows = duckdb.execute(
        "SELECT url, published_at, event_at_source, retrieved_at "
        f"FROM read_parquet('{tmp_path}/articles/*/*.parquet') ORDER BY url"
    ).fetchall()
    sources = {url.rpartition("/")[2]: source for url, _, source, _ in rows}
    assert sources == {"0": "published", "1": "retrieved", "2": "retrieved", "3": "retrieved",
                       "4": "published"}  # fmt: skip
    assert {retrieved.astimezone(UTC) for *_, retrieved in rows} == {FIRST}
    assert check(str(tmp_path)).clean


def test_windows_that_come_at_once_commit_one_pane_each(site: NewsSite, tmp_path: Path) -> None:
    local(job(site, tmp_path), beat(0), beat(1), beat(2))
    stored_once(tmp_path)


def stored_once(tmp_path: Path) -> None:
    runs = {file.run_id for file in Dataset(str(tmp_path)).snapshot().live}
    ended = sorted(path.stem for path in (tmp_path / "_meta" / "runs").iterdir())
    assert ended == [WINDOWS.run_id(BEAT + n) for n in range(3)]
    # None of them knew of another; only one may have stored the articles, the others gave up.
    stored = [ids(tmp_path, run) for run in sorted(runs)]
    assert sum(stored) == len(DATES)
    assert check(str(tmp_path)).clean


@pytest.mark.prism
def test_a_beat_that_comes_too_late_changes_nothing(site: NewsSite, tmp_path: Path) -> None:
    stream = (
        TestStream()
        .add_elements([beat(0)])
        .advance_watermark_to(end_of(0))
        .advance_watermark_to(end_of(1))
        .add_elements([beat(0)])
    )
    play(job(site, tmp_path), stream)
    run = WINDOWS.run_id(BEAT)
    assert ids(tmp_path, run) == len(DATES)
    assert Dataset(str(tmp_path)).report(run)["outcomes"]["stored"] == len(DATES)
    assert check(str(tmp_path)).clean


@pytest.mark.prism
def test_windows_see_what_the_ones_before_them_stored(site: NewsSite, tmp_path: Path) -> None:
    """A second window, begun on the first one's generation, asks for nothing it has."""
    play(job(site, tmp_path), TestStream().add_elements([beat(0)]))
    site.fetched()
    play(job(site, tmp_path), TestStream().add_elements([beat(1, seq=1)]))
    asked = site.fetched()
    assert [path for path in asked if "/a/" in path] == []
    assert ids(tmp_path, WINDOWS.run_id(BEAT)) == len(DATES)
    assert check(str(tmp_path)).clean


@pytest.mark.prism
def test_a_window_without_a_beat_leaves_no_trace(site: NewsSite, tmp_path: Path) -> None:
    play(job(site, tmp_path), TestStream().advance_watermark_to(end_of(3)))
    assert not (tmp_path / "_meta").exists()
    assert site.fetched() == {}
