"""`newsbeam feeds check` and `discover` on a loopback news web."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.cli import main
from tests.pipelines.newssite import NewsSite, fill, serve

LOCAL = ["--allow-address=127.0.0.0/8", "--host-delay=0", "--timeout=2"]
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


@pytest.fixture
def site() -> Iterator[NewsSite]:
    with serve(NewsSite()) as running:
        fill(running)
        yield running


def sitemap(*paths: str) -> tuple[str, str]:
    urls = "".join(
        f"<url><loc>{path}</loc><news:news><news:publication_date>2026-11-20</news:publication_date>"
        "</news:news></url>"
        for path in paths
    )
    return "text/plain", f'<urlset xmlns:news="{NEWS}">{urls}</urlset>'


def index(*paths: str) -> tuple[str, str]:
    listed = "".join(f"<sitemap><loc>{path}</loc></sitemap>" for path in paths)
    return "text/plain", f"<sitemapindex>{listed}</sitemapindex>"


def check(capsys: pytest.CaptureFixture[str], *what: str) -> tuple[int, list[dict[str, Any]]]:
    code = main(["feeds", "check", *what, "--json", *LOCAL])
    return code, json.loads(capsys.readouterr().out)


def test_check_says_what_each_feed_of_a_list_is_in_its_order(
    site: NewsSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.feeds["/feed.json"] = (
        "text/html",
        json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": []}),
    )
    site.feeds["/news.xml"] = sitemap("/a/1", "/a/2")
    site.feeds["/index.xml"] = index("/news.xml")
    paths = ("/news.rss", "/world.atom", "/all.rdf", "/feed.json", "/news.xml", "/index.xml")
    listed = tmp_path / "feeds.txt"
    listed.write_text("\n".join(site.url(0, path) for path in paths))
    code, rows = check(capsys, str(listed))
    assert code == 0
    assert [(row["feed"], row["kind"], row["entries"]) for row in rows] == [
        (site.url(0, "/news.rss"), "rss20", 20),
        (site.url(0, "/world.atom"), "atom10", 20),
        (site.url(0, "/all.rdf"), "rss10", 21),
        (site.url(0, "/feed.json"), "json11", 0),
        (site.url(0, "/news.xml"), "news_sitemap", 2),
        (site.url(0, "/index.xml"), "sitemap_index", 0),
    ]
    assert [row["state"] for row in rows] == ["ok", "ok", "ok", "problems", "ok", "ok"]
    assert rows[3]["problems"] == ["it lists nothing"]
    assert all(n == 1 for n in site.fetched().values()), "each is polled once"


def test_check_says_what_is_wrong_and_ends_with_one_if_a_feed_is_unusable(
    site: NewsSite, capsys: pytest.CaptureFixture[str]
) -> None:
    site.redirects["127.0.0.1", "/old"] = site.url(0, "/news.rss")
    site.feeds["/page"] = ("application/rss+xml", "<html><title>Sign in</title></html>")
    site.feeds["/odd"] = (
        "application/rss+xml",
        "<rss version='2.0'><channel><title>Odd</title><item><title>No link</title></item>"
        "<item><link>/1</link><guid>same</guid><pubDate>yesterday</pubDate></item>"
        "<item><link>/2</link><guid>same</guid></item>",
    )
    urls = [site.url(0, path) for path in ("/old", "/page", "/odd", "/nowhere")]
    code, (old, page, odd, nowhere) = check(capsys, *urls)
    assert code == 1
    assert old["state"] == "problems"
    assert old["problems"] == [
        f"moved for good to {site.url(0, '/news.rss')}: put that address into the list"
    ]
    assert (page["state"], page["reason"]) == ("failed", "html_not_feed")
    assert (nowhere["state"], nowhere["http_status"]) == ("failed", 404)
    said = "\n".join(odd["problems"])
    for part in (
        "breaks off before its end",
        "1 item cannot be used: no_link",
        "2 of 2 entries have no date that can be read [yesterday]",
        "its guids are not unique",
    ):
        assert part in said


def test_what_check_prints_fits_a_terminal_and_obeys_no_feed(
    site: NewsSite, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    site.feeds["/odd"] = (
        "text/html",
        "<rss version='2.0'><channel><title>Red \x1b[31m &#x202E;" + "long title " * 30 + "</title>"
        "<item><title>t</title><link>javascript:alert(1)</link></item></channel></rss>",
    )
    assert main(["feeds", "check", site.url(0, "/odd"), site.url(0, "/news.rss"), *LOCAL]) == 0
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 80
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert "2 feeds: 1 ok, 1 with problems" in printed


def test_discover_finds_feeds_and_news_sitemaps_wherever_a_site_names_them(
    site: NewsSite, capsys: pytest.CaptureFixture[str]
) -> None:
    site.pages["127.0.0.1", "/"] = (
        '<html><head><base href="/"><link rel="alternate" type="application/rss+xml" '
        'href="news.rss"></head><body><a href="/world.atom">World</a>'
        '<a href="/a/1">Story</a><a href="http://127.0.0.2/x.rss">Others</a></body></html>'
    )
    site.feeds["/robots-say"] = index("/deep/news-1.xml", "/deep/pages.xml")
    site.feeds["/deep/news-1.xml"] = sitemap("/a/1")
    site.feeds["/atom.xml"] = site.feeds["/all.rdf"]
    site.feeds["/feed/"] = site.feeds["/news.rss"]  # the same feed once more
    site.robots = f"User-agent: *\nSitemap: {site.url(0, '/robots-say')}\n"
    assert main(["feeds", "discover", site.url(0, "/"), "--json", *LOCAL]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [
        (row["how"], row["feed"].partition(str(site.port))[2], row["kind"]) for row in found
    ] == [
        ("link", "/news.rss", "rss20"),
        ("page", "/world.atom", "atom10"),
        ("path", "/atom.xml", "rss10"),
        ("index", "/deep/news-1.xml", "news_sitemap"),
        ("robots", "/robots-say", "sitemap_index"),
    ]
    assert all("127.0.0.1" in path for path in site.fetched()), "other sites are left alone"


def test_discover_of_a_site_without_feeds_ends_with_one_and_says_so(
    site: NewsSite, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["feeds", "discover", site.url(1, "/"), *LOCAL]) == 1
    assert "no feed and no sitemap was found" in capsys.readouterr().err
    assert main(["feeds", "discover", "http://127.0.0.9:1/", *LOCAL]) == 1
    assert "connection_refused" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["frobnicate"], "there are: check, discover"),
        (["check", "no-such.opml"], "cannot be read"),
        (["check", "http://"], "http://"),
        (["discover", "ftp://a.example/"], "ftp://a.example/"),
    ],
)
def test_wrong_usage_is_one_line(
    args: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["feeds", *args]) == 2
    assert said in capsys.readouterr().err
