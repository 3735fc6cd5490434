"""Finding the feeds and news sitemaps of a site, each verified by fetching it.

In this order: the address itself; what its page names in its head (`<link rel="alternate">`);
the Sitemap lines of robots.txt (sitemaps.org, "Specifying the sitemap location"); links of the
page that look like feeds; and the paths at which the common systems keep theirs.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urljoin

from lxml import etree

from schemas.elements import Feed
from transforms.answers import Response
from transforms.check_feeds import ACCEPT, MAX_FEED_BYTES, Checked, judge
from transforms.feed_bytes import decode
from transforms.feed_formats import advertised
from transforms.http import Client
from transforms.identity import canonical_url
from transforms.outcomes import Failed, Rejected
from transforms.parse_feed import Parse, parse_feed
from transforms.robots import MAX_BYTES as MAX_ROBOTS
from transforms.robots import Robots
from transforms.robots_rules import text_of
from transforms.sitemap import site

MAX_TRIES: Final = 40  # requests for candidates, at the host's pace
MAX_LINKS: Final = 15  # of the page, that look like feeds
MAX_CHILDREN: Final = 3  # sitemaps of one index that are looked into
# Where WordPress, Drupal, Ghost, Hugo, Jekyll, Movable Type and the news systems keep them.
PATHS: Final = (
    *("/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json"),
    *("/rss/news", "/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml"),
    *("/googlenews.xml", "/sitemap.xml", "/sitemap_index.xml"),
)
_SITEMAP_LINE: Final = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_LIKE_A_FEED: Final = re.compile(
    r"(?:^|[/._-])(?:rss|atom|feeds?|rdf)(?:[/._-]|$)|\.rss\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Found:
    """A feed or sitemap of a site. how: self, link, robots, page, path or index."""

    how: str
    checked: Checked


async def discover(
    url: str, client: Client, robots: Robots, at: datetime, parse: Parse = parse_feed
) -> AsyncIterator[Found]:
    """The feeds and sitemaps of the site at `url`, each once, as they are verified.

    parse: what reads a body, as `parse_feed`; called in a thread.

    Raises Failed if nobody answers there.
    """
    seen: set[str] = set()
    bodies: set[bytes] = set()
    candidates: list[tuple[str, str]] = []
    try:
        await robots.check(url)
        response = await client.get(url, accept=ACCEPT, max_bytes=MAX_FEED_BYTES)
    except Failed as failed:
        if failed.status is None:  # nobody is there
            raise
        here = url
    except Rejected:  # robots.txt closes this page, not its Sitemap lines
        here = url
    else:
        here = response.url
        checked = await asyncio.to_thread(judge, Feed(url), response, at, parse)
        seen |= {canonical_url(url), canonical_url(response.url)}
        if checked.state != "failed":
            bodies.add(response.body)
            yield Found("self", checked)
            candidates += [("index", child) for child in checked.children[:MAX_CHILDREN]]
        else:
            candidates += page_candidates(response)
    said = await _robots_txt(client, here)
    candidates += [("robots", address) for address in sitemap_lines(said)]
    candidates += [("path", urljoin(here, path)) for path in PATHS]
    candidates.sort(key=_rank)
    tries = 0
    while candidates and tries < MAX_TRIES:
        how, address = candidates.pop(0)
        identity = _identity(address)
        if identity is None or identity in seen:
            continue
        seen.add(identity)
        tries += 1
        try:
            response = await client.get(address, accept=ACCEPT, max_bytes=MAX_FEED_BYTES)
        except Failed:
            continue
        after = _identity(response.url)
        # A site that answers every path with its front page or its one feed.
        if response.body in bodies or (after != identity and after in seen):
            continue
        bodies.add(response.body)
        seen.add(after or identity)
        feed = Feed(response.url if response.permanent else address)
        checked = await asyncio.to_thread(judge, feed, response, at, parse)
        if checked.state == "failed":
            continue
        yield Found(how, checked)
        children = sorted(checked.children, key=_is_no_news)[:MAX_CHILDREN]
        candidates = [("index", child) for child in children] + candidates


def page_candidates(response: Response) -> list[tuple[str, str]]:
    """(how, address) of what the page of `response` names or links to that may be a feed."""
    try:
        text, _ = decode(response.body, response.header("content-type"))
    except Rejected:
        return []
    named = [("link", address) for address in advertised(text, response.url)]
    return named + [("page", address) for address in feed_links(text, response.url)]


def feed_links(page: str, url: str) -> tuple[str, ...]:
    """The links of the web page at `url`, to its own site, that look like those of feeds."""
    tree = etree.fromstring(
        page[:2_000_000].encode("utf-8", "replace") or b" ", etree.HTMLParser(encoding="utf-8")
    )
    found: dict[str, None] = {}
    for link in tree.iter("a") if tree is not None else ():
        href = (link.get("href") or "").strip()
        if href and _LIKE_A_FEED.search(href.partition("#")[0].partition("?")[0]):
            try:
                address = urljoin(url, href)
            except ValueError:
                continue
            if site(address) == site(url):
                found.setdefault(address.partition("#")[0])
    return tuple(found)[:MAX_LINKS]


def sitemap_lines(robots_txt: str) -> Iterator[str]:
    """The addresses in the Sitemap lines of a robots.txt.

    >>> list(sitemap_lines("User-agent: *\\nSitemap: https://a.example/news.xml\\n"))
    ['https://a.example/news.xml']
    """
    for line in _SITEMAP_LINE.finditer(robots_txt):
        yield line[1]


async def _robots_txt(client: Client, url: str) -> str:
    try:
        response = await client.get(
            urljoin(url, "/robots.txt"),
            accept="text/plain, */*;q=0.1",
            max_bytes=MAX_ROBOTS,
            cut=True,
        )
    except Failed:
        return ""
    return text_of(response.body)


def _rank(candidate: tuple[str, str]) -> tuple[int, bool]:
    how, address = candidate
    return ("index", "link", "robots", "page", "path").index(how), _is_no_news(address)


def _is_no_news(address: str) -> bool:
    return "news" not in address.lower()


def _identity(address: str) -> str | None:
    try:
        return canonical_url(address)
    except ValueError:
        return None


def best_first(found: Sequence[Found]) -> list[Found]:
    """`found`, what lists news before what lists every page of a site."""
    order = ("news_sitemap", "sitemap_index", "sitemap")

    def rank(one: Found) -> int:
        kind = one.checked.kind or ""
        return order.index(kind) + 1 if kind in order else 0

    return sorted(found, key=rank)
