"""parse_feed: the bytes of a feed -> its entries, each with its identity.

Pure: no network, no clock. Bytes are decoded (`feed_bytes`), vetted (`feed_scan`), read by
feedparser, and each item is judged by itself (`feed_items`): a bad one becomes a `BrokenItem`,
and the other 99 arrive.

feedparser gets a stream and never bytes, since a feed whose content is a path would be opened;
no base URL, so that a guid stays as it was written when the feed moves; and its sanitising and
resolving are off, which saves two thirds of its time and its worst cases.
"""

import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urljoin

import feedparser
from lxml import etree

from schemas.elements import Entry, Feed, Origin
from transforms.answers import is_challenge
from transforms.feed_bytes import decode, legal_xml
from transforms.feed_items import MAX_TITLE, MAX_URL, Item, language_tag, plain, read_item
from transforms.feed_root import find_root
from transforms.feed_scan import Scanned, scan
from transforms.identity import article_id, canonical_url, host
from transforms.outcomes import Rejected

# Hours of the periods of RSS 1.0's syndication module ("dayly" is how some spell it).
_PERIODS: Final = {"hourly": 1, "daily": 24, "dayly": 24, "weekly": 168, "monthly": 720}
_MAX_TTL: Final = 31 * 86_400
_CHALLENGE: Final = 64 << 10  # code points in which a challenge shows what it is
_HTML: Final = frozenset({b"html", b"head", b"body", b"title", b"meta", b"script", b"div"})


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


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a feed says.

    kind: rss20, atom10 ... as feedparser names it. ttl_seconds: how long the feed asks not to
    be polled again. id_policy: how most of its items are told apart: guid, link or content.
    flags: encoding_override, encoding_broken, truncated, trailing_data, leading_junk,
    malformed_xml, field_truncated, too_many_items.
    """

    kind: str
    title: str | None
    language: str | None
    ttl_seconds: int | None
    id_policy: str
    entries: tuple[Entry, ...]
    broken: tuple[BrokenItem, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A feed as read, before its items are judged."""

    kind: str
    title: str | None
    language: str | None
    ttl_seconds: int | None
    items: tuple[Item, ...]
    payloads: tuple[bytes | None, ...]  # of each item
    lost: tuple[BrokenItem, ...]  # items that could not even be read
    flags: tuple[str, ...]


def parse_feed(body: bytes, feed: Feed, url: str, content_type: str | None) -> ParsedFeed:
    """The entries of the feed `feed`, whose decoded `body` was found at `url`.

    Raises Rejected if the document as a whole is unusable: empty_body, not_a_feed,
    html_not_feed (detail: the feed that the page names), bot_challenge, json_error,
    entity_expansion, too_complex, parse_error.
    """
    document = read_document(body, url, content_type)
    links = [_canonical(item.link) for item in document.items]
    keys, policies = _keys(document.items, links)
    entries: list[Entry] = []
    broken: list[BrokenItem] = []
    for item, link, key, payload in zip(
        document.items, links, keys, document.payloads, strict=True
    ):
        if link is None:
            broken.append(_refuse(item, key, payload))
        else:
            entries.append(_entry(item, link, key, feed, document.language))
    return ParsedFeed(
        kind=document.kind,
        title=document.title,
        language=document.language,
        ttl_seconds=document.ttl_seconds,
        id_policy=max(("guid", "link", "content"), key=policies.__getitem__),
        entries=tuple(entries),
        broken=(*broken, *document.lost),
        flags=document.flags,
    )


def read_document(body: bytes, url: str, content_type: str | None) -> FeedDocument:
    """What the feed in `body` says, its items as they are. Raises Rejected as `parse_feed`."""
    text, flags = decode(body, content_type)
    data, illegal = legal_xml(text)
    root, first = find_root(data)
    if root is None:
        raise _not_a_feed(text, first, url, content_type)
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
    kind = parsed.version or ("cdf" if first == b"channel" else "")
    if not kind:
        raise Rejected("not_a_feed", f"its root is <{first.decode('utf-8', 'replace')[:50]}>")
    items = tuple(read_item(entry, kind, url) for entry in parsed.entries)
    aligned = len(items) == len(scanned.items)
    lost = _lost(scanned, len(scanned.items) - len(items) if parsed.bozo else 0)
    flags = (
        *flags,
        *scanned.flags,
        *(["malformed_xml"] if illegal or parsed.bozo else []),
        *(["too_many_items"] if scanned.dropped else []),
        *(["field_truncated"] if any(item.cut for item in items) else []),
    )
    return FeedDocument(
        kind=kind,
        title=plain(str(parsed.feed.get("title") or "")[:MAX_TITLE]) or None,
        language=language_tag(parsed.feed.get("language")),
        ttl_seconds=_ttl(parsed.feed),
        items=items,
        payloads=scanned.items if aligned else (None,) * len(items),
        lost=lost,
        flags=tuple(dict.fromkeys(flags)),
    )


def _not_a_feed(text: str, first: bytes, url: str, content_type: str | None) -> Rejected:
    """Why a document without a feed's root is not one, by the first thing in it."""
    start = text.lstrip()[:2000]
    if start.startswith(("{", "[")):
        if "jsonfeed.org/version" in start:
            return Rejected("not_a_feed", "a JSON Feed, which is not read yet")
        return Rejected("json_error", start[:200])
    if first in _HTML or "html" in (content_type or "").lower():
        if is_challenge((), text[:_CHALLENGE].encode("utf-8", "replace")):
            return Rejected("bot_challenge", "with a status of success")
        found = _advertised(text, url)
        return Rejected("html_not_feed", f"it names the feed {found}" if found else None)
    if first in (b"urlset", b"sitemapindex"):
        return Rejected("not_a_feed", "a sitemap, which is not read yet")
    if first == b"opml":
        return Rejected("not_a_feed", "an OPML list of feeds, not a feed")
    name = first.decode("utf-8", "replace")[:50]
    return Rejected("not_a_feed", f"its first element is <{name}>" if name else "no element in it")


def _advertised(page: str, url: str) -> str | None:
    """The feed that a web page names in its head, if any."""
    parser = etree.HTMLParser(encoding="utf-8")
    tree = etree.fromstring(page[:200_000].encode("utf-8", "replace") or b" ", parser)
    for link in tree.iter("link") if tree is not None else ():
        sort = (link.get("type") or "").lower()
        rel = (link.get("rel") or "").lower().split()
        if "alternate" in rel and ("rss" in sort or "atom" in sort) and link.get("href"):
            try:
                return canonical_url(urljoin(url, link.get("href").strip()))
            except ValueError:
                continue
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


def _canonical(link: str | None) -> str | None:
    try:
        return canonical_url(link) if link and len(link) <= MAX_URL else None
    except ValueError:
        return None


def _keys(items: Sequence[Item], links: Sequence[str | None]) -> tuple[list[str], Counter[str]]:
    """The identity of each item within its feed, and how many have it from what.

    The guid, else the link, else what it says. A guid that several items share tells nothing:
    then guid and link; and items that share both are told apart by their order.
    """
    guids = Counter(item.guid for item in items if item.guid)
    policies = Counter({"guid": 0, "link": 0, "content": 0})
    seen: Counter[str] = Counter()
    keys = []
    for item, link in zip(items, links, strict=True):
        if item.guid and guids[item.guid] == 1:
            key, policy = item.guid, "guid"
        elif item.guid:
            key, policy = f"{item.guid}|{link or item.link or ''}", "link"
        elif item.link:
            key, policy = link or item.link, "link"
        else:
            key, policy = fingerprint(item), "content"
        if len(key) > MAX_URL:
            key = f"{key[:100]}#{sha256(key.encode('utf-8', 'replace')).hexdigest()}"
        seen[key] += 1
        keys.append(key if seen[key] == 1 else f"{key}|{seen[key]}")
        policies[policy] += 1
    return keys, policies


def fingerprint(item: Item) -> str:
    """sha256 hex of what an item says; another one means that the feed says something new."""
    link = _canonical(item.link) or item.link
    said: Iterable[Any] = (
        item.title,
        link,
        item.summary,
        item.content,
        item.published,
        item.updated,
        item.authors,
    )
    return sha256(json.dumps(said).encode()).hexdigest()


def _refuse(item: Item, key: str, payload: bytes | None) -> BrokenItem:
    if not item.link:
        return BrokenItem(key, None, "no_link", item.title or "nothing in it", payload)
    shown = item.link[:MAX_URL].encode("utf-8", "replace").decode()
    detail = f"{len(item.link)} characters" if len(item.link) > MAX_URL else shown[:200]
    return BrokenItem(key, shown, "bad_url", detail, payload)


def _entry(item: Item, link: str, key: str, feed: Feed, language: str | None) -> Entry:
    own = item.language if item.language != language else None
    origin = Origin(
        discovery=sha256(f"{feed.url}\n{key}".encode("utf-8", "replace")).hexdigest()[:16],
        kind="feed",
        id=article_id(link),
        url=item.link or link,
        source=feed.source or host(link),
        feed_url=feed.url,
        key=key,
        fingerprint=fingerprint(item),
    )
    return Entry(
        origin=origin,
        title=item.title,
        summary=item.summary,
        content=item.content,
        authors=item.authors,
        tags=item.tags,
        published=item.published,
        updated=item.updated,
        image_url=item.image_url,
        # What the item says of itself, then what the operator knows, then the feed's default.
        language=own or feed.language or language,
    )


def _ttl(channel: Any) -> int | None:
    """Seconds between polls that the feed asks for: <ttl> (minutes), or the syndication module."""
    ttl = str(channel.get("ttl") or "").strip()
    if ttl.isascii() and ttl.isdigit():
        return min(int(ttl[:9]) * 60, _MAX_TTL) or None
    hours = _PERIODS.get(str(channel.get("sy_updateperiod") or "").strip().lower())
    if hours is None:
        return None
    frequency = str(channel.get("sy_updatefrequency") or "1").strip()
    times = int(frequency[:6]) if frequency.isascii() and frequency.isdigit() else 1
    return hours * 3600 // max(times, 1) or None
