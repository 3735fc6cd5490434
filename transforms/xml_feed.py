"""read_xml: an RSS, RDF or Atom feed -> FeedDocument.

feedparser gets a stream and never bytes, since a feed whose content is a path would be opened;
no base URL, so that a guid stays as it was written when the feed moves; and its sanitising and
resolving are off, which saves two thirds of its time and its worst cases.
"""

import io
import re
from typing import Any, Final

import feedparser

from transforms.feed_document import BrokenItem, FeedDocument
from transforms.feed_items import MAX_TITLE, MAX_URL, language_tag, plain, read_item
from transforms.feed_root import Root
from transforms.feed_scan import Scanned, scan
from transforms.outcomes import Rejected

# Hours of the periods of RSS 1.0's syndication module ("dayly" is how some spell it).
_PERIODS: Final = {"hourly": 1, "daily": 24, "dayly": 24, "weekly": 168, "monthly": 720}
_MAX_TTL: Final = 31 * 86_400
_SKIPS: Final = (b"skipHours", b"skipDays")
_SKIPPED: Final = re.compile(rb"<(?:hour|day)>\s*([A-Za-z]{6,9}|\d{1,2})\s*</", re.IGNORECASE)
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read_xml(data: bytes, root: Root, url: str) -> FeedDocument:
    """The feed in `data` (UTF-8), found at `url`.

    Raises Rejected: not_a_feed, too_complex, parse_error.
    """
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


def seconds_asked(ttl: Any, period: Any, frequency: Any) -> int | None:
    """Seconds between polls that a feed asks for.

    By RSS's <ttl>, in minutes, or by the syndication module of RSS 1.0: `frequency` times in an
    hourly, daily, weekly or monthly `period`.
    """
    minutes = str(ttl or "").strip()
    if minutes.isascii() and minutes.isdigit():
        return min(int(minutes[:9]) * 60, _MAX_TTL) or None
    hours = _PERIODS.get(str(period or "").strip().lower())
    if hours is None:
        return None
    times = str(frequency or "1").strip()
    number = int(times[:6]) if times.isascii() and times.isdigit() else 1
    return hours * 3600 // max(number, 1) or None


def skips(data: bytes) -> frozenset[str]:
    """The hours and days, in GMT, at which an RSS feed asks not to be polled."""
    found: set[str] = set()
    for name in _SKIPS:
        start = data.find(b"<" + name)
        end = data.find(b"</" + name, start, start + 4096) if start >= 0 else -1
        if end >= 0:
            said = (one[1].decode("ascii").lower() for one in _SKIPPED.finditer(data, start, end))
            # Some count the hours from 1 to 24.
            found |= {one if one in _DAYS else str(int(one) % 24) for one in said if _is_skip(one)}
    return frozenset(found)


def _is_skip(said: str) -> bool:
    return said in _DAYS or (said.isdigit() and int(said) <= 24)


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
