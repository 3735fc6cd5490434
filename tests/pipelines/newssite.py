"""A small news web on loopback: five hosts, three feeds, sixty articles, and what goes wrong.

Everything is invented and made from a seed, so that each article reads differently and the
site is the same in every run. Requests are recorded, for the tests count them.
"""

import html
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5")
FIRST_DAY = datetime(2026, 11, 10, 6, 0, tzinfo=UTC)

_WHO = "the mayor|a spokeswoman|the ferry company|two councillors|the teachers' union|an engineer"
_DID = "said|denied|announced|repeated|wrote in a letter|told the committee"
_WHAT = (
    "the tunnel would open|the budget had not been touched|the harbour needed new cranes|"
    "the school roof was safe|the night trains would return|the museum had found the painting|"
    "the vineyards had lost half of the harvest|the clinic would keep its beds|"
    "the bridge had been inspected|the archive would move to the old mill"
)
_WHEN = (
    "before the winter|after a long debate|in a packed hall|without giving a date|by next spring"
)
_WHY = (
    "because the old contract had run out|although nobody had asked for it|"
    "which came as a surprise to the neighbours|as residents had demanded for years|"
    "while the opposition asked for another report|since the figures had turned out better"
)


def paragraphs(seed: str, count: int = 7) -> list[str]:
    """Invented English news prose, the same for the same seed."""
    dice = random.Random(seed)

    def pick(choices: str) -> str:
        return dice.choice(choices.split("|"))

    made = []
    for _ in range(count):
        sentences = [
            f"{pick(_WHO).capitalize()} {pick(_DID)} that {pick(_WHAT)} {pick(_WHEN)}, "
            f"{pick(_WHY)}. "
            f"About {dice.randrange(20, 9000):,} people had signed a petition in the quarter "
            f"around number {dice.randrange(2, 400)} of the long road to the station."
            for _ in range(2)
        ]
        made.append(" ".join(sentences))
    return made


FRENCH = [
    "Le conseil municipal a adopté mardi soir, par dix-sept voix contre douze, le projet de "
    "rénovation du vieux marché couvert, fermé depuis l'incendie du printemps dernier.",
    "« Nous voulons que les maraîchers reviennent avant Noël », a déclaré l'adjointe chargée du "
    "commerce, qui a rappelé que trente étals avaient été perdus dans le sinistre.",
    "Les travaux commenceront en janvier et dureront environ dix mois. La toiture sera refaite à "
    "l'identique, en ardoise, selon les plans conservés aux archives départementales.",
    "L'opposition a critiqué un coût qu'elle juge excessif et demandé une consultation des "
    "habitants du quartier, que la majorité a refusée.",
]


def page(title: str, body: list[str], published: str, lang: str = "en", head: str = "") -> str:
    """An article page as a small paper's software makes it."""
    text = "\n".join(f"<p>{html.escape(paragraph, quote=False)}</p>" for paragraph in body)
    return f"""<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{title} - Quay Post</title>
<meta property="og:title" content="{title}"><meta property="og:site_name" content="Quay Post">
<meta property="article:published_time" content="{published}">{head}</head>
<body><nav><ul><li><a href="/">Home</a></li><li><a href="/sport/">Sport</a></li></ul></nav>
<main><article><h1>{title}</h1><p class="byline">By <a rel="author">Nora Quist</a></p>
{text}
</article></main><footer><p>Quay Post is an invented paper.</p></footer></body></html>"""


def index_page() -> str:
    """A section front: links, no article."""
    links = "".join(
        f'<li><a href="/a/{n}">{paragraphs(f"front {n}", 1)[0][:60]}</a></li>' for n in range(60)
    )
    return (
        "<!DOCTYPE html><html lang='en'><head><title>Local - Quay Post</title></head>"
        f"<body><h1>Local</h1><ul>{links}</ul></body></html>"
    )


class NewsSite:
    """The site's content, which a test may change between runs, and its record of requests."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str]] = Counter()
        self.pages: dict[tuple[str, str], str] = {}
        self.redirects: dict[tuple[str, str], str] = {}
        self.silent: set[tuple[str, str]] = set()
        self.items: list[dict[str, str]] = []  # what the feeds list
        self.feeds: dict[str, tuple[str, str]] = {}  # path -> (content type, body); host 1
        self.robots = "User-agent: *\nDisallow: /private/\n"
        self.released = threading.Event()
        self.asked = threading.Event()  # a page that never answers was asked for
        self.lock = threading.Lock()
        self.port = 0

    def url(self, host: int, path: str) -> str:
        """Absolute URL of a path on one of the five hosts."""
        return f"http://{HOSTS[host]}:{self.port}{path}"

    def fetched(self) -> Counter[str]:
        """Requests since the last call, by host/path, without robots.txt."""
        with self.lock:
            seen = Counter({f"{host}{path}": n for (host, path), n in self.requests.items()})
            self.requests.clear()
        return Counter({path: n for path, n in seen.items() if not path.endswith("/robots.txt")})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: NewsSite

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        host = self.server.server_address[0]
        here = (str(host), self.path)
        with self.site.lock:
            self.site.requests[here] += 1
        if here in self.site.silent:
            self.site.asked.set()
            self.site.released.wait(20)
            self.close_connection = True
            return
        if here in self.site.redirects:
            self._answer(301, "text/html", "", Location=self.site.redirects[here])
        elif self.path in self.site.feeds and host == HOSTS[0]:
            kind, body = self.site.feeds[self.path]
            etag = f'"{hash(body) & 0xFFFFFFFF:x}"'
            if self.headers.get("If-None-Match") == etag:
                self._answer(304, kind, "", ETag=etag)
            else:
                self._answer(200, kind, body, ETag=etag)
        elif self.path == "/robots.txt":
            self._answer(200, "text/plain", self.site.robots)
        elif here in self.site.pages:
            self._answer(200, "text/html; charset=utf-8", self.site.pages[here])
        else:
            self._answer(404, "text/html", "<h1>Not found</h1>")

    def _answer(self, status: int, kind: str, body: str, **headers: str) -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def serve(site: NewsSite) -> Iterator[NewsSite]:
    """Serve `site` on all five hosts, on one free port."""
    handler = type("Handler", (_Handler,), {"site": site})
    first = ThreadingHTTPServer((HOSTS[0], 0), handler)
    site.port = first.server_address[1]
    servers = [first, *(ThreadingHTTPServer((host, site.port), handler) for host in HOSTS[1:])]
    threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield site
    finally:
        site.released.set()
        for server in servers:
            server.shutdown()
            server.server_close()


def item(
    n: int, title: str, link: str, updated: str = "", published: datetime | None = None
) -> dict[str, str]:
    """What a feed says of one article; by default the site prints one every three hours."""
    published = published or FIRST_DAY + timedelta(hours=3 * n)
    return {
        "title": title,
        "link": link,
        "guid": f"post-{n}",
        "published": format_datetime(published),
        "iso": published.isoformat(),
        "summary": paragraphs(title, 1)[0][:140],
        "updated": updated,
    }


def rss(title: str, items: list[dict[str, str]]) -> tuple[str, str]:
    """RSS 2.0."""
    entries = "".join(
        f"<item><title>{i['title']}</title><link>{i['link']}</link>"
        f"<guid isPermaLink='false'>{i['guid']}</guid><pubDate>{i['published']}</pubDate>"
        f"<description>{i['summary']}</description>"
        + (f"<atom:updated>{i['updated']}</atom:updated>" if i["updated"] else "")
        + "</item>"
        for i in items
    )
    return (
        "application/rss+xml",
        "<?xml version='1.0'?><rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'>"
        f"<channel><title>{title}</title><link>http://quay.example/</link>"
        f"<description>d</description>{entries}</channel></rss>",
    )


def atom(title: str, items: list[dict[str, str]]) -> tuple[str, str]:
    """Atom 1.0."""
    entries = "".join(
        f"<entry><title>{i['title']}</title><id>tag:quay.example,2026:{i['guid']}</id>"
        f"<link href='{i['link']}'/><published>{i['iso']}</published>"
        f"<updated>{i['updated'] or i['iso']}</updated><summary>{i['summary']}</summary></entry>"
        for i in items
    )
    return (
        "application/atom+xml",
        "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'>"
        f"<title>{title}</title><id>tag:quay.example,2026:{title}</id>"
        f"<updated>2026-11-20T00:00:00Z</updated>{entries}</feed>",
    )


def rdf(title: str, items: list[dict[str, str]]) -> tuple[str, str]:
    """RSS 1.0."""
    entries = "".join(
        f"<item rdf:about='{i['link']}'><title>{i['title']}</title><link>{i['link']}</link>"
        f"<dc:date>{i['iso']}</dc:date><description>{i['summary']}</description></item>"
        for i in items
    )
    return (
        "application/rdf+xml",
        "<?xml version='1.0'?><rdf:RDF xmlns='http://purl.org/rss/1.0/' "
        "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/'>"
        f"<channel rdf:about='http://quay.example/'><title>{title}</title>"
        f"<link>http://quay.example/</link><description>d</description></channel>{entries}</rdf:RDF>",
    )


def fill(site: NewsSite, first: datetime = FIRST_DAY, gap: timedelta = timedelta(hours=3)) -> None:
    """Sixty articles over five hosts, listed by three feeds; the last ones are the odd ones.

    They were printed from `first` on, one each `gap`.
    """
    items: list[dict[str, str]] = []
    for n in range(60):
        host, path = n % 5, f"/a/{n}"
        title = f"Report number {n}: {paragraphs(f'title {n}', 1)[0].split(' that ')[1][:40]}"
        entry = item(n, title, site.url(host, path), published=first + n * gap)
        key = (f"127.0.0.{host + 1}", path)
        site.pages[key] = page(title, paragraphs(f"article {n}"), entry["iso"])
        if n == 50:  # gone
            del site.pages[key]
        elif n == 51:  # never answers
            site.silent.add(key)
        elif n == 52:  # moved
            site.pages[(key[0], "/moved/52")] = site.pages.pop(key)
            site.redirects[key] = site.url(host, "/moved/52")
        elif n == 53:
            site.pages[key] = index_page()
        elif n == 54:
            title = entry["title"] = "Le marché couvert sera rénové"
            site.pages[key] = page(title, FRENCH, entry["iso"], lang="fr")
        elif n == 55:  # the text of 54's neighbour, under an address of its own
            site.pages[key] = page(title, paragraphs("article 10"), entry["iso"])
        elif n == 56:
            private = site.url(host, "/private/56")
            entry["link"] = private
            site.pages[(key[0], "/private/56")] = site.pages.pop(key)
        items.append(entry)
    site.items = items
    publish(site)


def publish(site: NewsSite) -> None:
    """Put the site's articles into its feeds."""
    items = site.items
    site.feeds["/news.rss"] = rss("Quay Post", items[:20] + items[60:])
    site.feeds["/world.atom"] = atom("Quay World", items[20:40])
    # One article stands in two feeds.
    site.feeds["/all.rdf"] = rdf("Quay All", [*items[40:60], items[0]])
