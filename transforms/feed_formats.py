"""read_document: bytes -> FeedDocument, in the format that they are really in.

What a feed is, is told by its content: its first characters, and then its root element or its
version. The Content-Type is only asked for the encoding, and for what to call a web page.
"""

from dataclasses import replace
from typing import Final
from urllib.parse import urljoin

from lxml import etree

from transforms.answers import is_challenge
from transforms.feed_bytes import decode, legal_xml
from transforms.feed_document import FeedDocument
from transforms.feed_root import SITEMAPS, find_root
from transforms.identity import canonical_url
from transforms.json_feed import read_json
from transforms.outcomes import Rejected
from transforms.sitemap import read_sitemap
from transforms.xml_feed import read_xml

_CHALLENGE: Final = 64 << 10  # code points in which a challenge shows what it is
_HTML: Final = frozenset({b"html", b"head", b"body", b"title", b"meta", b"script", b"div"})
_FEED_TYPES: Final = ("rss", "atom", "feed+json")


def read_document(body: bytes, url: str, content_type: str | None) -> FeedDocument:
    """What the feed in `body`, found at `url`, says; its items as they are.

    Raises Rejected as `parse_feed`.
    """
    text, flags = decode(body, content_type)
    if text.lstrip()[:1] in ("{", "["):
        document = read_json(text.strip(), url)
    else:
        data, illegal = legal_xml(text)
        root, first = find_root(data)
        if root is None:
            raise _not_a_feed(text, first, url, content_type)
        read = read_sitemap if root.name in SITEMAPS else read_xml
        document = read(data, root, url)
        flags = (*flags, *(["malformed_xml"] if illegal else []))
    return replace(document, flags=tuple(dict.fromkeys((*flags, *document.flags))))


def _not_a_feed(text: str, first: bytes, url: str, content_type: str | None) -> Rejected:
    """Why a document without a feed's root is not one, by the first thing in it."""
    if first in _HTML or "html" in (content_type or "").lower():
        if is_challenge((), text[:_CHALLENGE].encode("utf-8", "replace")):
            return Rejected("bot_challenge", "with a status of success")
        found = advertised(text, url)
        return Rejected("html_not_feed", f"it names the feed {found[0]}" if found else None)
    if first == b"opml":
        return Rejected("not_a_feed", "an OPML list of feeds, not a feed")
    name = first.decode("utf-8", "replace")[:50]
    return Rejected("not_a_feed", f"its first element is <{name}>" if name else "no element in it")


def advertised(page: str, url: str) -> tuple[str, ...]:
    """The feeds that the web page at `url` names in its head, in its order."""
    parser = etree.HTMLParser(encoding="utf-8")
    tree = etree.fromstring(page[:200_000].encode("utf-8", "replace") or b" ", parser)
    if tree is None:
        return ()
    bases = (base.get("href") for base in tree.iter("base"))
    here = next((_absolute(url, base) for base in bases if base), None) or url
    found: dict[str, None] = {}
    for link in tree.iter("link"):
        sort = (link.get("type") or "").lower()
        rel = (link.get("rel") or "").lower().split()
        href = (link.get("href") or "").strip()
        if "alternate" in rel and any(name in sort for name in _FEED_TYPES) and href:
            feed = _absolute(here, href)
            if feed:
                found.setdefault(feed)
    return tuple(found)


def _absolute(base: str, href: str) -> str | None:
    try:
        return canonical_url(urljoin(base, href.strip()))
    except ValueError:
        return None
