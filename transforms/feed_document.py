"""What a feed of any format says, before its items are judged."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from transforms.feed_items import Item

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
