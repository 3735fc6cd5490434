"""News sites on loopback that change between runs, each served in its own bad way."""

import hashlib
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.pipelines.newssite import item, page, paragraphs, rss

HOSTS = {
    "honest": "127.0.0.11",
    "silent": "127.0.0.12",
    "liar": "127.0.0.13",
    "stale": "127.0.0.14",
    "delta": "127.0.0.15",
    "away": "127.0.0.16",
}
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
FIRST = datetime(2026, 11, 19, tzinfo=UTC)


class Changing:
    """The sites; a test publishes on them, takes them down, and counts what was asked."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: Counter[str] = Counter()  # host/path
        self.sent: Counter[str] = Counter()  # feed bodies, by kind of server
        self.down: set[str] = set()  # hosts whose pages are out of order
        self.mute: set[str] = set()  # hosts whose feeds are
        self.retry_after: dict[str, int] = {}
        self.items: dict[str, list[dict[str, str]]] = {kind: [] for kind in HOSTS}
        self.indexes: dict[str, list[str]] = {}
        self.lock = threading.Lock()

    def url(self, kind: str, path: str) -> str:
        return f"http://{HOSTS[kind]}:{self.port}{path}"

    def path(self, url: str) -> str:
        """How `asked` names it."""
        return url.removeprefix("http://").replace(f":{self.port}", "")

    def feed(self, kind: str, path: str = "/feed.xml") -> str:
        return self.url(kind, path)

    def articles(self, kind: str) -> list[str]:
        return [one["link"] for one in self.items[kind]]

    def publish(self, kind: str, count: int) -> None:
        """`count` new articles."""
        for _ in range(count):
            number = len(self.items[kind])
            title = f"Report {number} of the {kind} paper"
            self.items[kind].append(item(number, title, self.url(kind, f"/a/{number}")))

    def index(self, *kinds: str) -> tuple[str, ...]:
        """A sitemap index on the first host, of news sitemaps of `kinds` on that same host."""
        first = kinds[0]
        children = [self.url(first, f"/news-{kind}.xml") for kind in kinds]
        self.indexes["/index.xml"] = children
        return (self.url(first, "/index.xml"), *children)

    def body(self, kind: str, path: str) -> str:
        if path in self.indexes:
            listed = "".join(f"<sitemap><loc>{c}</loc></sitemap>" for c in self.indexes[path])
            return f"<sitemapindex>{listed}</sitemapindex>"
        if path.startswith("/news-"):
            of = path.removeprefix("/news-").removesuffix(".xml")
            urls = "".join(
                f"<url><loc>{self.url(kind, f'/{of}/{n}')}</loc><news:news>"
                f"<news:publication_date>{FIRST.isoformat()}</news:publication_date>"
                f"<news:title>{one['title']}</news:title></news:news></url>"
                for n, one in enumerate(self.items[of])
            )
            return f'<urlset xmlns:news="{NEWS}">{urls}</urlset>'
        return rss(f"The {kind} paper", self.items[kind])[1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Changing
    kind: str

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        site, kind = self.site, self.kind
        with site.lock:
            site.asked[f"{HOSTS[kind]}{self.path}"] += 1
        if kind in site.retry_after:
            self._answer(429, "", {"Retry-After": str(site.retry_after[kind])})
        elif self.path.endswith(".xml") and kind in site.mute:
            self._answer(500, "")
        elif self.path.endswith(".xml"):
            self._feed()
        elif self.path == "/robots.txt":
            self._answer(404, "")
        elif kind in site.down:
            self._answer(500, "")
        else:
            name = self.path.strip("/").replace("/", " ")
            title = f"Page {name} on {kind}"
            at = (FIRST + timedelta(minutes=len(self.path))).isoformat()
            self._answer(200, page(title, paragraphs(f"{kind} {name}"), at), kind="text/html")

    def _feed(self) -> None:
        site, kind = self.site, self.kind
        body = site.body(kind, self.path)
        etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:12]}"'
        given = self.headers.get("If-None-Match")
        if kind == "honest" and given == etag:
            self._answer(304, "", {"ETag": etag})
            return
        if kind == "delta" and given and self.path == "/feed.xml":
            known = int(given.strip('"').split("-")[1])
            if known == len(site.items[kind]):
                self._answer(304, "", {"ETag": given})
                return
            assert self.headers.get("A-IM") == "feed"
            changes = rss("Changes", site.items[kind][known:])[1]
            etag = f'"n-{len(site.items[kind])}"'
            site.sent[kind] += 1
            self._answer(226, changes, {"ETag": etag, "IM": "feed"})
            return
        site.sent[kind] += 1
        headers = {
            "honest": {"ETag": etag},
            "silent": {},
            "liar": {"ETag": f'"{sum(site.asked.values())}"'},
            "stale": {"ETag": '"always-the-same"'},
            "delta": {"ETag": f'"n-{len(site.items[kind])}"'},
            "away": {"ETag": etag},
        }[kind]
        self._answer(200, body, headers)

    def _answer(
        self, status: int, body: str, headers: dict[str, str] | None = None, kind: str = "text/xml"
    ) -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def serve_changing() -> Iterator[Changing]:
    """Serve all sites, each on its own host, on one free port."""
    site = Changing()
    servers = []
    for kind, host in HOSTS.items():
        handler = type("Handler", (_Handler,), {"site": site, "kind": kind})
        server = ThreadingHTTPServer((host, site.port), handler)
        site.port = server.server_address[1]
        servers.append(server)
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
