"""What a feed of any format says, before its items are judged."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from transforms.feed_items import Item

# What people call the kinds of feeds.
KINDS: Final = {
    "rss090": "RSS 0.90",
    "rss091n": "RSS 0.91",
    "rss091u": "RSS 0.91",
    "rss092": "RSS 0.92",
    "rss093": "RSS 0.93",
    "rss094": "RSS 0.94",
    "rss10": "RSS 1.0 (RDF)",
    "rss20": "RSS 2.0",
    "rss": "RSS",
    "atom01": "Atom 0.1",
    "atom02": "Atom 0.2",
    "atom03": "Atom 0.3",
    "atom10": "Atom 1.0",
    "atom": "Atom",
    "cdf": "CDF",
    "json1": "JSON Feed 1",
    "json11": "JSON Feed 1.1",
    "sitemap": "sitemap",
    "news_sitemap": "news sitemap",
    "sitemap_index": "sitemap index",
}
# What was found amiss in a feed as a whole.
FLAGS: Final = {
    "encoding_override": "it is not in the encoding that it claims",
    "encoding_broken": "some of its bytes are in no encoding",
    "truncated": "it breaks off before its end",
    "trailing_data": "something else follows after its end",
    "leading_junk": "something else stands before its beginning",
    "malformed_xml": "it is not well-formed XML",
    "field_truncated": "a field was longer than any real one, and was cut",
    "too_many_items": "it lists more than is read",
}
NO_SKIPS: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class BrokenItem:
    """An item that cannot become an entry.

    key: unique within the document, as an entry's. payload: the item's bytes, when known.
    """

    key: str
    url: str | None
    reason: str
    detail: str
    payload: bytes | None = None


def no_payload(index: int) -> bytes | None:
    """The bytes of no item are known."""
    return None


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A feed as read.

    kind: rss20, atom10 ... as feedparser names it; json1, json11, sitemap, news_sitemap,
    sitemap_index. ttl_seconds: how long it asks not to be polled again. skips: the hours ("0" to
    "23", GMT) and days ("monday" ...) at which it asks not to be polled. hub: its WebSub hub.
    children: of a sitemap index, the sitemaps to read, newest first. payload: the bytes of the
    item of that index, when known. lost: items that could not even be read. flags: as ParsedFeed.
    """

    kind: str
    title: str | None = None
    language: str | None = None
    ttl_seconds: int | None = None
    skips: frozenset[str] = NO_SKIPS
    hub: str | None = None
    items: tuple[Item, ...] = ()
    payload: Callable[[int], bytes | None] = no_payload
    lost: tuple[BrokenItem, ...] = ()
    children: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
