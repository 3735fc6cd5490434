"""read_sitemap: a sitemap, news sitemap or sitemap index -> FeedDocument.

The formats of https://www.sitemaps.org/protocol.html and Google's news extension. A sitemap may
list pages of its own site only (the protocol's rule against lists of other people's pages); here
a site is a registrable domain, since publishers keep sitemaps on a host of their own.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from lxml import etree
from tld import get_fld

from transforms.dates import parse_date
from transforms.feed_document import BrokenItem, FeedDocument
from transforms.feed_items import MAX_NAMES, MAX_TITLE, MAX_URL, Item, language_tag, plain, resolve
from transforms.feed_root import Root
from transforms.identity import canonical_url, host
from transforms.outcomes import Rejected

MAX_URLS: Final = 50_000  # of one sitemap: the protocol's own limit
MAX_CHILDREN: Final = 50  # sitemaps of one index that are polled: the newest
_MAX_DATE: Final = 200
_MAX_PAYLOAD: Final = 64 * 1024
# Fewer pages that were all changed in the same second may be chance.
_TOO_ALIKE: Final = 5
_LONG_AGO: Final = datetime(1, 1, 1, tzinfo=UTC)
_JUST_NOW: Final = datetime(9999, 1, 1, tzinfo=UTC)


def read_sitemap(data: bytes, root: Root, url: str) -> FeedDocument:
    """The sitemap in `data`, found at `url`.

    Raises Rejected: sitemap_loop if it is an index of nothing but itself; parse_error.
    """
    tree, broken = _parse(data[root.start :])
    flags = ["leading_junk"] if root.junk else []
    lost: list[BrokenItem] = []
    if broken:
        flags.append("malformed_xml")
    if root.name == b"sitemapindex":
        return _index(tree, url, flags)
    nodes = [node for node in tree if _local(node) == "url"]
    if broken and data.count(b"</url>") < len(nodes):
        flags.append("truncated")
        detail = "the sitemap breaks off in the middle of this entry"
        lost.append(BrokenItem("#half", None, "malformed_feed", detail, _bytes(nodes.pop())))
    if len(nodes) > MAX_URLS:
        flags.append("too_many_items")
        detail = f"{len(nodes) - MAX_URLS} entries beyond the first {MAX_URLS}"
        lost.append(BrokenItem("#beyond", None, "too_complex", detail))
        del nodes[MAX_URLS:]
    entries = [_fields(node) for node in nodes]
    changed = Counter(entry.get("lastmod", "") for entry in entries)
    at_once, times = changed.most_common(1)[0] if changed else ("", 0)
    # All changed in the same second: that is when the sitemap was made, and says nothing.
    made = at_once if ":" in at_once and times >= max(_TOO_ALIKE, len(entries) // 2) else None
    home = site(url)
    items, payloads = [], []
    for number, (node, entry) in enumerate(zip(nodes, entries, strict=True)):
        link = resolve(url, entry["loc"]) if "loc" in entry else ""
        if link and _is_foreign(link, home):
            shown = link[:MAX_URL].encode("utf-8", "replace").decode()
            lost.append(BrokenItem(f"#{number}", shown, "foreign_host", shown[:200], _bytes(node)))
            continue
        items.append(_item(entry, link, url, made))
        payloads.append(node)
    news = any("publication_date" in entry for entry in entries) or b"sitemap-news" in data[:4096]
    return FeedDocument(
        kind="news_sitemap" if news else "sitemap",
        title=next((plain(entry["name"])[:200] for entry in entries if "name" in entry), None),
        items=tuple(items),
        payload=lambda index: _bytes(payloads[index]),
        lost=tuple(lost),
        flags=tuple(flags),
    )


def _is_foreign(link: str, home: str | None) -> bool:
    """Whether `link` is a page of another site; what is no URL is named so later."""
    origin = "/".join(link.split("/", 3)[:3])
    return home is not None and _site(origin) not in (home, None)


@lru_cache(1024)
def _site(origin: str) -> str | None:
    return site(origin)


def site(url: str) -> str | None:
    """The registrable domain of `url`, or its host where there is none; None if it is no URL.

    >>> site("https://sitemaps.paper.co.uk/news.xml"), site("http://127.0.0.1:8000/")
    ('paper.co.uk', '127.0.0.1')
    """
    try:
        name = host(url)
    except ValueError:
        return None
    domain: str | None = get_fld(f"http://{name}/", fail_silently=True)
    if domain:
        return domain
    labels = name.split(".")
    return name if labels[-1].isdigit() or ":" in name else ".".join(labels[-2:])


def _index(tree: Any, url: str, flags: list[str]) -> FeedDocument:
    """The children of an index, newest first; those without a date count as new."""
    found: dict[str, tuple[datetime, str]] = {}
    itself = canonical_url(url)
    looped = False
    for node in tree:
        if _local(node) != "sitemap":
            continue
        entry = _fields(node)
        child = resolve(url, entry["loc"]) if "loc" in entry else ""
        try:
            identity = canonical_url(child)
        except ValueError:
            continue
        if identity == itself:
            looped = True
        elif len(child) <= MAX_URL and site(child) == site(url):
            said = parse_date(entry["lastmod"]) if "lastmod" in entry else None
            at = said.at if said else _LONG_AGO if "lastmod" in entry else _JUST_NOW
            found.setdefault(identity, (at, child))
    if looped and not found:
        raise Rejected("sitemap_loop", "an index of nothing but itself")
    newest = sorted(found.values(), key=lambda one: one[1])
    newest.sort(key=lambda one: one[0], reverse=True)
    if len(newest) > MAX_CHILDREN:
        flags.append("too_many_items")
    return FeedDocument(
        kind="sitemap_index",
        children=tuple(child for _, child in newest[:MAX_CHILDREN]),
        flags=tuple(flags),
    )


def _parse(document: bytes) -> tuple[Any, bool]:
    """The tree of `document`, and whether it had to be mended."""
    for mend in (False, True):
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            huge_tree=False,
            recover=mend,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            tree = etree.fromstring(document, parser)
        except etree.XMLSyntaxError as error:
            why = str(error)
            continue
        if tree is not None:
            return tree, mend
        why = "nothing in it can be read"
    raise Rejected("parse_error", why[:500])


def _fields(node: Any) -> dict[str, str]:
    """The texts in `node` by the names of their elements; the first of each."""
    found: dict[str, str] = {}
    for name, text in _texts(node):
        found.setdefault(name, text)
    return found


def _texts(node: Any) -> Iterator[tuple[str, str]]:
    for element in node.iterdescendants():
        text = (element.text or "").strip()
        if not text or not isinstance(element.tag, str):
            continue
        name, parent = _local(element), _local(element.getparent())
        if parent not in ("image", "video"):
            yield name, text
        elif (parent, name) == ("image", "loc"):
            yield "image", text


def _local(node: Any) -> str:
    return _name(node.tag) if isinstance(node.tag, str) else ""


@lru_cache(1024)
def _name(tag: str) -> str:
    # Where the prefix has no namespace it is part of the name.
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def _item(entry: dict[str, str], link: str, base: str, made: str | None) -> Item:
    # Most have an address and a day, and nothing else that would have to be read.
    title = plain(entry["title"][: 4 * MAX_TITLE]) if "title" in entry else ""
    changed = entry.get("lastmod")
    listed = plain(entry["keywords"][:10_000]).split(",") if "keywords" in entry else []
    tags = [tag.strip() for tag in listed]
    image = resolve(base, entry["image"]) if "image" in entry else None
    return Item(
        link=link or None,
        title=title[:MAX_TITLE] or None,
        tags=tuple(dict.fromkeys(tag[:200] for tag in tags if tag))[:MAX_NAMES],
        published=entry.get("publication_date", "")[:_MAX_DATE] or None,
        updated=changed[:_MAX_DATE] if changed and changed != made else None,
        image_url=image if image and len(image) <= MAX_URL and site(image) else None,
        language=language_tag(entry["language"]) if "language" in entry else None,
        cut=len(title) > MAX_TITLE,
    )


def _bytes(node: Any) -> bytes:
    return etree.tostring(node, encoding="utf-8", with_tail=False)[:_MAX_PAYLOAD]
