"""read_xml: an RSS, RDF or Atom feed -> FeedDocument.

feedparser gets a stream and never bytes, since a feed whose content is a path would be opened;
no base URL, so that a guid stays as it was written when the feed moves; and its sanitising and
resolving are off, which saves two thirds of its time and its worst cases.
"""

import io
from typing import Any

import feedparser

from transforms.fast_feed import read_fast
from transforms.feed_document import BrokenItem, FeedDocument
from transforms.feed_items import MAX_TITLE, MAX_URL, language_tag, plain, read_item
from transforms.feed_root import Root
from transforms.feed_scan import Scanned, scan
from transforms.outcomes import Rejected
from transforms.xml_asked import seconds_asked, skips


def read_xml(data: bytes, root: Root, url: str) -> FeedDocument:
    """The feed in `data` (UTF-8), found at `url`.

    Raises Rejected: not_a_feed, too_complex, parse_error.
    """
    return read_fast(data, root, url) or read_slowly(data, root, url)


def read_slowly(data: bytes, root: Root, url: str) -> FeedDocument:
    """`read_xml` by feedparser, for every kind of feed that there is."""
    scanned = scan(data, root)
    try:
        parsed = feedparser.parse(
            io.BytesIO(scanned.document),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # it raises anything on hostile bytes
        raise Rejected("parse_error", f"{type(error).__name__}: {error}"[:500]) from error
    kind = parsed.version or ("cdf" if root.name == b"channel" else "")
    if not kind:
        raise Rejected("not_a_feed", f"its root is <{root.name.decode('utf-8', 'replace')[:50]}>")
    items = tuple(read_item(entry, kind, url) for entry in parsed.entries)
    aligned = len(items) == len(scanned.items)
    flags = (
        *scanned.flags,
        *(["malformed_xml"] if parsed.bozo else []),
        *(["too_many_items"] if scanned.dropped else []),
        *(["field_truncated"] if any(item.cut for item in items) else []),
    )
    return FeedDocument(
        kind=kind,
        title=plain(str(parsed.feed.get("title") or "")[:MAX_TITLE]) or None,
        language=language_tag(parsed.feed.get("language")),
        ttl_seconds=seconds_asked(
            parsed.feed.get("ttl"),
            parsed.feed.get("sy_updateperiod"),
            parsed.feed.get("sy_updatefrequency"),
        ),
        skips=skips(data),
        hub=_hub(parsed.feed),
        items=items,
        payload=lambda index: scanned.items[index] if aligned else None,
        lost=_lost(scanned, len(scanned.items) - len(items) if parsed.bozo else 0),
        flags=flags,
    )


def _hub(channel: Any) -> str | None:
    for link in channel.get("links") or ():
        if link.get("rel") == "hub" and isinstance(link.get("href"), str):
            return str(link["href"])[:MAX_URL]
    return None


def _lost(scanned: Scanned, unread: int) -> tuple[BrokenItem, ...]:
    """The items that the parser never saw, or saw and did not give back."""
    lost = []
    if scanned.half is not None:
        detail = "the feed breaks off in the middle of this item"
        lost.append(BrokenItem("#half", None, "malformed_feed", detail, scanned.half))
    if unread > 0:
        detail = f"{unread} of {len(scanned.items)} items are too broken to be read"
        lost.append(BrokenItem("#unread", None, "malformed_feed", detail))
    if scanned.dropped:
        detail = f"{scanned.dropped} items beyond the first {len(scanned.items)}"
        lost.append(BrokenItem("#beyond", None, "too_complex", detail))
    return tuple(lost)
