"""The command on a loopback news web: rows, outcomes, balance, and what the second run fetches."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.cli import main
from tests.pipelines.newssite import NewsSite, fill, item, page, paragraphs, publish, serve

RUN_TIME = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def site() -> Iterator[NewsSite]:
    with serve(NewsSite()) as running:
        fill(running)
        yield running


def run(site: NewsSite, dataset: Path, after: timedelta, *more: str) -> int:
    feeds = [f"--feed={site.url(0, path)}" for path in ("/news.rss", "/world.atom", "/all.rdf")]
    return main(
        [
            "ingest",
            *feeds,
            f"--output={dataset}",
            "--allow-address=127.0.0.0/8",
            "--host-delay=0",
            "--timeout=1.5",
            "--entity-model=none",
            f"--run-time={(RUN_TIME + after).isoformat()}",
            "--json",
            *more,
        ]
    )


def report(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return json.loads(capsys.readouterr().out)


def rows(dataset: Path, query: str) -> list[tuple[Any, ...]]:
    articles = f"read_parquet('{dataset}/articles/event_date=*/*.parquet', union_by_name=true)"
    ledger = f"read_parquet('{dataset}/ledger/run_date=*/*.parquet', union_by_name=true)"
    return duckdb.execute(query.format(articles=articles, ledger=ledger)).fetchall()


def test_two_runs_on_a_news_web_store_each_article_once_and_fetch_only_what_is_new(
    site: NewsSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = tmp_path / "news"

    # The first run.
    assert run(site, dataset, timedelta()) == 0
    first = report(capsys)
    assert first["discovered"] == 61
    assert sum(first["outcomes"].values()) == 61
    assert {k: v for k, v in first["outcomes"].items() if v} == {
        "stored": 57,
        "duplicate": 1,
        "rejected": 1,
        "failed": 2,
    }
    assert first["reasons"] == {
        "duplicate:same_identity": 1,
        "rejected:robots_disallowed": 1,
        "failed:http_error 404": 1,
        "failed:timeout": 1,
    }
    requests = site.fetched()
    assert requests["127.0.0.1/a/0"] == 1, "an article of two feeds is fetched once"
    assert "127.0.0.2/private/56" not in requests, "robots.txt is honoured"
    assert rows(dataset, "SELECT count(*), count(DISTINCT id) FROM {articles}") == [(57, 57)]
    assert rows(dataset, "SELECT outcome, count(*) FROM {ledger} GROUP BY 1 ORDER BY 1") == [
        ("duplicate", 1),
        ("failed", 2),
        ("rejected", 1),
        ("stored", 57),
    ]
    moved = site.url(2, "/a/52")
    assert rows(dataset, f"SELECT fetched_url FROM {{articles}} WHERE url = '{moved}'") == [
        (site.url(2, "/moved/52"),)
    ]
    assert rows(dataset, "SELECT title FROM {articles} WHERE language = 'fr'") == [
        ("Le marché couvert sera rénové",)
    ]
    assert rows(
        dataset, "SELECT url FROM {articles} WHERE list_contains(quality_flags, 'index_page')"
    ) == [(site.url(3, "/a/53"),)]
    # The same text under two addresses: both are kept, and linked.
    twins = rows(
        dataset,
        "SELECT c.url, o.url, c.duplicate_group = o.duplicate_group FROM {articles} c "
        "JOIN {articles} o ON c.duplicate_of = o.id WHERE c.duplicate_relation = 'exact'",
    )
    assert twins == [(site.url(0, "/a/55"), site.url(0, "/a/10"), True)]

    # The second run: one article was edited, one is new, the rest is as it was.
    edited = site.items[3]
    site.pages[("127.0.0.4", "/a/3")] = page(
        edited["title"], [*paragraphs("article 3"), "Correction: the hall was full."], edited["iso"]
    )
    edited["updated"] = "2026-11-20T14:00:00Z"
    new = item(60, "A report that came later", site.url(0, "/a/60"))
    site.pages[("127.0.0.1", "/a/60")] = page(new["title"], paragraphs("article 60"), new["iso"])
    site.items.append(new)
    publish(site)
    assert run(site, dataset, timedelta(hours=3)) == 0
    second = report(capsys)
    requests = site.fetched()
    feeds = {
        path: requests.pop(f"127.0.0.1{path}") for path in ("/news.rss", "/world.atom", "/all.rdf")
    }
    assert feeds == {"/news.rss": 1, "/world.atom": 1, "/all.rdf": 1}
    assert requests == {
        "127.0.0.1/a/60": 1,  # new
        "127.0.0.4/a/3": 1,  # its feed says it changed
        "127.0.0.2/a/51": 1,  # the time-out may have passed
    }
    assert {k: v for k, v in second["outcomes"].items() if v} == {
        "stored": 2,
        "unchanged": 39,
        "failed": 1,
    }
    assert second["feeds"] == {"ok": 2, "not_modified": 1}
    assert rows(dataset, "SELECT count(*), count(DISTINCT id) FROM {articles}") == [(59, 58)]
    versions = rows(
        dataset,
        f"SELECT version, text LIKE '%Correction%', event_at, first_seen_at FROM {{articles}} "
        f"WHERE url = '{edited['link']}' ORDER BY version",
    )
    assert [row[:2] for row in versions] == [(1, False), (2, True)]
    assert versions[0][2:] == versions[1][2:], "an article never moves to another day"

    # The third run: nothing is new.
    before = sorted(path.name for path in (dataset / "articles").rglob("*.parquet"))
    assert run(site, dataset, timedelta(hours=6)) == 0
    third = report(capsys)
    requests = site.fetched()
    assert third["outcomes"]["stored"] == 0
    assert [path for path in requests if "/a/" in path] == ["127.0.0.2/a/51"]
    assert sorted(path.name for path in (dataset / "articles").rglob("*.parquet")) == before


def test_a_run_repeated_with_the_same_run_time_leaves_the_same_files_with_the_same_bytes(
    site: NewsSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = tmp_path / "news"

    def files() -> dict[str, bytes]:
        return {
            str(path.relative_to(dataset)): path.read_bytes()
            for path in dataset.rglob("*")
            if path.is_file() and path.name != "LOCK"
        }

    assert run(site, dataset, timedelta()) == 0
    once = files()
    assert len([name for name in once if name.startswith("articles/")]) >= 7
    assert run(site, dataset, timedelta()) == 0
    assert files() == once


def test_a_share_of_failures_above_max_failed_ends_with_three_and_still_stores(
    site: NewsSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(site, tmp_path / "news", timedelta(), "--max-failed=1%") == 3
    assert report(capsys)["outcomes"]["stored"] == 57
