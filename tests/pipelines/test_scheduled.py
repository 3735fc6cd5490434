"""Scheduled runs against sites that change between them: nothing missed, nothing twice."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.cli import main
from tests.pipelines.changing import Changing, serve_changing

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def site() -> Iterator[Changing]:
    with serve_changing() as running:
        yield running


class Schedule:
    """The command, run at logical times, on one dataset."""

    def __init__(self, site: Changing, dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.site, self.dataset, self.capsys = site, dataset, capsys
        self.at = START

    def run(self, *feeds: str, after: timedelta) -> dict[str, Any]:
        self.at += after
        code = main(
            [
                "ingest",
                *(f"--feed={feed}" for feed in feeds),
                f"--output={self.dataset}",
                "--allow-address=127.0.0.0/8",
                "--host-delay=0",
                "--timeout=2",
                "--entity-model=none",
                f"--run-time={self.at.isoformat()}",
                "--json",
            ]
        )
        assert code == 0
        report: dict[str, Any] = json.loads(self.capsys.readouterr().out)
        assert report["discovered"] == sum(report["outcomes"].values())
        return report

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        def table(name: str) -> str:
            return (
                f"read_parquet('{self.dataset}/{name}/*/*.parquet', union_by_name=true, "
                "hive_partitioning=false)"
            )

        return duckdb.execute(
            query.format(articles=table("articles"), feeds=table("feeds"))
        ).fetchall()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_ten_runs_over_four_days_miss_nothing_and_store_nothing_twice(
    site: Changing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Six feeds, each with a server of its own ways; two hosts are away for two days.

    honest: validators as they should be. silent: sends none, and its feed is away. liar: a new
    ETag with each answer, the same body. stale: its ETag never changes although the feed does.
    delta: answers changes only (226). away: its pages are away, its feed is not.
    """
    schedule = Schedule(site, tmp_path / "news", capsys)
    kinds = ("honest", "silent", "liar", "stale", "delta", "away")
    feeds = [site.feed(kind) for kind in kinds]
    gaps = [0, 6, 6, 12, 12, 12, 12, 6, 6, 24]  # hours before each run
    down = range(3, 7)  # the runs of two days
    for number, hours in enumerate(gaps):
        site.down, site.mute = ({"away"}, {"silent"}) if number in down else (set(), set())
        for kind in kinds:
            if number in (0, 2, 5, 8) or (kind == "away" and number in (3, 4)):
                site.publish(kind, 2)
        report = schedule.run(*feeds, after=timedelta(hours=hours))
        assert report["feeds"].get("failed", 0) == (number in down)

    # Nothing missed, nothing twice.
    expected = {url for kind in kinds for url in site.articles(kind)}
    stored = schedule.rows("SELECT url, count(*) FROM {articles} GROUP BY url")
    assert {url for url, _ in stored} == expected
    assert {count for _, count in stored} == {1}
    assert len(expected) == 5 * 8 + 12

    # Requests: each feed once a run, each page once, but for those that were away.
    asked = site.asked
    assert [asked[site.path(feed)] for feed in feeds] == [10] * 6
    pages = {kind: sum(asked[site.path(url)] for url in site.articles(kind)) for kind in kinds}
    # Of `away`, two pages each came at the runs 3, 4 and 5, and were had at run 7: what was asked
    # for in vain was asked for once a run.
    in_vain = 2 * (4 + 3 + 2)
    assert pages == {**dict.fromkeys(kinds, 8), "away": 12 + in_vain}
    # What was not needed was not sent: an honest server's feed is sent as often as it changed.
    assert site.sent["honest"] == 4
    assert site.sent["delta"] == 4
    # A server without validators sends its feed each time; it is parsed as often as it changed.
    outcomes = dict(
        schedule.rows(
            f"SELECT outcome, count(*) FROM {{feeds}} WHERE feed_url = '{site.feed('liar')}' "
            "GROUP BY outcome"
        )
    )
    assert outcomes == {"ok": 4, "unchanged": 6}
    assert main(["feeds", "status", f"--dataset={schedule.dataset}", "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert [(one["state"], one["error_streak"], one["waiting"]) for one in status] == [
        ("ok", 0, 0)
    ] * 6


def test_the_sitemaps_of_an_index_are_polled_once_each_and_remembered(
    site: Changing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schedule = Schedule(site, tmp_path / "news", capsys)
    index, one, two = site.index("honest", "silent")
    site.publish("honest", 2)
    site.publish("silent", 1)
    # One of its sitemaps is listed by the operator as well.
    first = schedule.run(index, two, after=timedelta())
    assert (first["discovered"], first["outcomes"]["stored"]) == (3, 3)
    assert [site.asked[site.path(url)] for url in (index, one, two)] == [1, 1, 1]
    site.publish("honest", 1)
    second = schedule.run(index, two, after=timedelta(hours=6))
    assert second["outcomes"]["stored"] == 1
    assert schedule.rows(
        "SELECT feed_url, kind, index_url, entries FROM {feeds} WHERE run_id = "
        "(SELECT max(run_id) FROM {feeds}) ORDER BY kind DESC, feed_url"
    ) == [
        (index, "sitemap_index", None, 0),
        (one, "news_sitemap", index, 3),
        (two, "news_sitemap", None, 0),  # unchanged
    ]


def test_a_host_that_asks_for_a_pause_has_it_for_all_its_feeds_and_in_later_runs(
    site: Changing,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    schedule = Schedule(site, tmp_path / "news", capsys)
    site.publish("honest", 1)
    feed, other = site.feed("honest"), site.feed("honest", "/other.xml")
    site.retry_after["honest"] = 7200
    first = schedule.run(feed, after=timedelta())
    assert first["feeds"] == {"failed": 1}
    asked = site.asked.copy()
    second = schedule.run(feed, other, after=timedelta(hours=1))
    assert second["feeds"] == {"deferred": 2}
    assert site.asked == asked, "nothing was asked"
    assert main(["feeds", "status", f"--dataset={schedule.dataset}"]) == 1
    printed = capsys.readouterr().out
    assert "not asked: rate_limited" in printed
    assert "next poll 2026-11-20 14:00Z: its server asked for a pause" in printed
    assert max(map(len, printed.splitlines())) <= 80
    site.retry_after.clear()
    third = schedule.run(feed, other, after=timedelta(hours=1))
    assert third["feeds"] == {"ok": 2}
    assert third["outcomes"]["stored"] == 1
