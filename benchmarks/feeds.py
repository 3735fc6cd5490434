"""`make bench-feeds`: what reading a feed costs beside feedparser, as everybody calls it.

parse_vs_feedparser   CPU seconds of `feedparser.parse(body)` with its defaults, as a ratio to
                      those of our parse_feed (bytes to entries with identities) on the same
                      bodies; the two in turn, the median of the rounds' ratios. Above 1 is faster.
parse_vs_feedparser_<kind>  the same for one kind of feed.
growth_exponent       of our CPU time with the number of items.
entries_lost          entries that feedparser finds and we do not.

The feeds are invented: news feeds of several formats, sizes and habits (markup in CDATA or escaped,
whole articles, images, authors, categories), as news sites publish them.
"""

import html
import io
import json
import math
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from statistics import median

import feedparser

from schemas.elements import Feed
from tests.pipelines.newssite import paragraphs
from transforms.parse_feed import parse_feed

URL = "https://www.quay.example/feed"
START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ROUNDS = 5
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    'xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
    'xmlns:wfw="http://wellformedweb.org/CommentAPI/"'
)
_TITLES = ("“Night trains return”", "Harbour & market: what changes", "Café reopens", "A vote at 6")


def _markup(n: int, count: int) -> str:
    """An article's HTML, as a content system writes it."""
    links = f'<a href="https://www.quay.example/topic/{n}?a=1&amp;b=2">more</a>'
    image = f'<img src="https://img.quay.example/{n}.jpg" alt="Picture {n}" width="600" />'
    body = "".join(
        f"<p>{html.escape(text, quote=False)}</p>\n" for text in paragraphs(f"f{n}", count)
    )
    return f"<figure>{image}</figure>\n{body}<p>{links}</p>"


def _title(n: int) -> str:
    return f"{random.Random(n).choice(_TITLES)}, part {n}"


def short_rss(count: int) -> bytes:
    """Headlines with a plain summary and a picture: an agency's or a broadcaster's feed."""
    items = "".join(
        f"<item><title>{html.escape(_title(n))}</title>"
        f"<description>{html.escape(paragraphs(f's{n}', 1)[0][:220])}</description>"
        f"<link>https://www.quay.example/news/{n}?at=feed</link>"
        f'<guid isPermaLink="false">https://www.quay.example/news/{n}#0</guid>'
        f"<pubDate>{format_datetime(START - timedelta(minutes=20 * n), usegmt=True)}</pubDate>"
        f'<media:thumbnail width="240" height="135" url="https://img.quay.example/{n}.jpg"/></item>'
        for n in range(count)
    )
    return _rss(items)


def blog_rss(count: int) -> bytes:
    """Whole articles in CDATA: what WordPress publishes."""
    items = "".join(
        f"<item>\n<title>{html.escape(_title(n))}</title>\n"
        f"<link>https://www.quay.example/2026/11/{n}/</link>\n"
        f"<comments>https://www.quay.example/2026/11/{n}/#respond</comments>\n"
        f"<dc:creator><![CDATA[Nora Quist]]></dc:creator>\n"
        f"<pubDate>{format_datetime(START - timedelta(hours=n))}</pubDate>\n"
        "<category><![CDATA[Harbour]]></category>\n"
        "<category><![CDATA[Trains & trams]]></category>\n"
        f'<guid isPermaLink="false">https://www.quay.example/?p={n}</guid>\n'
        f"<description><![CDATA[<p>{paragraphs(f'd{n}', 1)[0]} [&#8230;]</p>]]></description>\n"
        f"<content:encoded><![CDATA[{_markup(n, 6)}]]></content:encoded>\n"
        f"<slash:comments>{n}</slash:comments></item>\n"
        for n in range(count)
    )
    return _rss(items)


def escaped_rss(count: int) -> bytes:
    """Markup escaped in the description, the mail address of a desk as the author."""
    items = "".join(
        f"<item><title>{html.escape(_title(n))}</title><author>desk@quay.example (Ilse Brandt)"
        f"</author><link>https://www.quay.example/a/{n}</link><guid>https://www.quay.example/a/{n}"
        f"</guid><description>{html.escape(_markup(n, 2))}</description><category>World</category>"
        f"<pubDate>{format_datetime(START - timedelta(minutes=7 * n))}</pubDate>"
        f'<enclosure url="https://img.quay.example/{n}.jpg" length="1" type="image/jpeg"/></item>'
        for n in range(count)
    )
    return _rss(items)


def _rss(items: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {SPACES}><channel>'
        "<title>Quay Post</title><link>https://www.quay.example/</link><description>News</description>"
        f'<atom:link href="{URL}" rel="self" type="application/rss+xml"/><language>en-GB</language>'
        "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>"
        f"<image><url>https://www.quay.example/logo.png</url><title>Quay Post</title>"
        f"<link>https://www.quay.example/</link></image>{items}</channel></rss>"
    ).encode()


def atom(count: int) -> bytes:
    """Atom with its content as escaped HTML."""
    entries = "".join(
        f"<entry><id>tag:quay.example,2026:{n}</id>"
        f'<title type="html">{html.escape(_title(n))}</title>'
        f'<link rel="alternate" type="text/html" href="https://www.quay.example/b/{n}"/>'
        f"<published>{(START - timedelta(hours=n)).isoformat()}</published>"
        f"<updated>{(START - timedelta(hours=n, minutes=-5)).isoformat()}</updated>"
        f'<author><name>Nora Quist</name></author><category term="harbour" label="Harbour"/>'
        f"<summary>{html.escape(paragraphs(f'a{n}', 1)[0][:200])}</summary>"
        f'<content type="html">{html.escape(_markup(n, 4))}</content></entry>'
        for n in range(count)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xml:lang="en-GB"><title>Quay Post</title><id>tag:quay.example,2026:feed</id>'
        f'<link rel="self" href="{URL}"/><link href="https://www.quay.example/"/>'
        f"<updated>{START.isoformat()}</updated>{entries}</feed>"
    ).encode()


def rdf(count: int) -> bytes:
    """RSS 1.0 with Dublin Core."""
    items = "".join(
        f'<item rdf:about="https://www.quay.example/c/{n}"><title>{html.escape(_title(n))}</title>'
        f"<link>https://www.quay.example/c/{n}</link>"
        f"<description>{html.escape(paragraphs(f'r{n}', 1)[0])}</description>"
        f"<dc:creator>Ilse Brandt</dc:creator><dc:subject>Region</dc:subject>"
        f"<dc:date>{(START - timedelta(hours=n)).isoformat()}</dc:date></item>"
        for n in range(count)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<rdf:RDF xmlns="http://purl.org/rss/1.0/" '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<channel rdf:about="https://www.quay.example/"><title>Quay Post</title>'
        f"<link>https://www.quay.example/</link><description>News</description></channel>{items}"
        "</rdf:RDF>"
    ).encode()


def bodies() -> dict[str, list[bytes]]:
    """The feeds by kind, in the sizes that news feeds have."""
    return {
        "short": [short_rss(n) for n in (10, 40, 100)],
        "blog": [blog_rss(n) for n in (10, 30)],
        "escaped": [escaped_rss(n) for n in (20, 50)],
        "atom": [atom(n) for n in (15, 40)],
        "rdf": [rdf(n) for n in (15, 40)],
    }


def ours(body: bytes) -> int:
    """Entries, as the pipeline reads them."""
    return len(parse_feed(body, Feed(URL), URL, "application/xml").entries)


def theirs(body: bytes) -> int:
    """Entries, as feedparser reads them when one asks for no more than that."""
    return len(feedparser.parse(io.BytesIO(body)).entries)


def cpu(read: Callable[[bytes], int], bodies: list[bytes]) -> float:
    """CPU seconds for reading `bodies`."""
    before = time.process_time()
    for body in bodies:
        read(body)
    return time.process_time() - before


def main() -> None:
    """Measure, print a table, and as the last line the JSON."""
    feeds = bodies()
    lost = sum(max(theirs(b) - ours(b), 0) for group in feeds.values() for b in group)
    ratios: dict[str, list[float]] = {kind: [] for kind in [*feeds, "all"]}
    for _ in range(ROUNDS):
        times = {
            kind: (cpu(theirs, group), cpu(ours, group * 3) / 3) for kind, group in feeds.items()
        }
        for kind, (reference, own) in times.items():
            ratios[kind].append(reference / own)
        ratios["all"].append(sum(r for r, _ in times.values()) / sum(o for _, o in times.values()))
        print("  ".join(f"{kind} {values[-1]:.1f}" for kind, values in ratios.items()))
    sizes = [50, 100, 400, 1600]
    costs = {n: min(cpu(ours, [escaped_rss(n)]) for _ in range(3)) for n in sizes}
    for n, cost in costs.items():
        print(f"{n:>5} items: {1000 * cost:.1f} ms, {1e6 * cost / n:.0f} us an item")
    growth = math.log(costs[sizes[-1]] / costs[sizes[0]]) / math.log(sizes[-1] / sizes[0])
    results = {
        "parse_vs_feedparser": round(median(ratios["all"]), 2),
        **{
            f"parse_vs_feedparser_{kind}": round(median(values), 2)
            for kind, values in ratios.items()
            if kind != "all"
        },
        "growth_exponent": round(growth, 3),
        "entries_lost": lost,
    }
    print(json.dumps({"benchmark": "feeds", "results": results}))


if __name__ == "__main__":
    main()
