"""parse_feed: the bytes of a feed -> its entries, each with its identity.

Pure: no network, no clock. Bytes are decoded and read in the format that they are in
(`feed_formats`), and each item is judged by itself: a bad one becomes a `BrokenItem`, and the
other 99 arrive.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeAlias

from schemas.elements import Entry, Feed, Origin
from transforms.feed_document import NO_SKIPS, BrokenItem
from transforms.feed_formats import read_document
from transforms.feed_items import MAX_URL, Item
from transforms.identity import article_id, canonical_url, host


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a feed says.

    kind, ttl_seconds, skips, hub, children: as of a FeedDocument.
    id_policy: how most of its items are told apart: guid, link or content.
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
    skips: frozenset[str] = NO_SKIPS
    hub: str | None = None
    children: tuple[str, ...] = ()


Parse: TypeAlias = Callable[[bytes, Feed, str, str | None, str], ParsedFeed]


def parse_feed(
    body: bytes, feed: Feed, url: str, content_type: str | None, id_policy: str = "guid"
) -> ParsedFeed:
    """The entries of the feed `feed`, whose decoded `body` was found at `url`.

    id_policy: "link" if the guids of this feed have been found to tell nothing.

    Raises Rejected if the document as a whole is unusable: empty_body, not_a_feed,
    html_not_feed (detail: the feed that the page names), bot_challenge, json_error,
    malformed_json, sitemap_loop, entity_expansion, too_complex, parse_error.
    """
    document = read_document(body, url, content_type)
    links = [_canonical(item.link) for item in document.items]
    keys, policies = _keys(document.items, links, id_policy)
    entries: list[Entry] = []
    broken: list[BrokenItem] = []
    for number, (item, link, key) in enumerate(zip(document.items, links, keys, strict=True)):
        if link is None:
            broken.append(_refuse(item, key, document.payload(number)))
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
        skips=document.skips,
        hub=document.hub,
        children=document.children,
    )


def _canonical(link: str | None) -> str | None:
    try:
        return canonical_url(link) if link and len(link) <= MAX_URL else None
    except ValueError:
        return None


@lru_cache(1024)
def _host(origin: str) -> str:
    return host(origin)


def _keys(
    items: Sequence[Item], links: Sequence[str | None], id_policy: str
) -> tuple[list[str], Counter[str]]:
    """The identity of each item within its feed, and how many have it from what.

    The guid, else the link, else what it says. A guid that several items share tells nothing:
    then guid and link; and items that share both are told apart by their order.
    """
    guids = Counter(item.guid for item in items if item.guid)
    policies = Counter({"guid": 0, "link": 0, "content": 0})
    seen: Counter[str] = Counter()
    keys = []
    for item, link in zip(items, links, strict=True):
        if id_policy == "link" and link:
            key, policy = link, "link"
        elif item.guid and guids[item.guid] == 1:
            key, policy = item.guid, "guid"
        elif item.guid:
            key, policy = f"{item.guid}|{link or item.link or ''}", "link"
        elif item.link:
            key, policy = link or item.link, "link"
        else:
            key, policy = fingerprint(item, link), "content"
        if len(key) > MAX_URL:
            key = f"{key[:100]}#{sha256(key.encode('utf-8', 'replace')).hexdigest()}"
        seen[key] += 1
        keys.append(key if seen[key] == 1 else f"{key}|{seen[key]}")
        policies[policy] += 1
    return keys, policies


def fingerprint(item: Item, link: str | None) -> str:
    """sha256 hex of what an item says; another one means that the feed says something new.

    link: canonical, where there is a usable one.
    """
    said: Iterable[Any] = (
        item.title,
        link or item.link,
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
        source=feed.source or _host(link[: link.index("/", 8) + 1]),
        feed_url=feed.url,
        key=key,
        fingerprint=fingerprint(item, link),
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
