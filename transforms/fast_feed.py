"""read_fast: a well-formed RSS 2.0, RSS 1.0 or Atom 1.0 feed of the usual kind -> FeedDocument.

feedparser takes most of the time of reading a feed, and nearly all feeds need none of what it
takes it for. Here libxml2 reads the document, and its elements are put where feedparser 6 puts
them: into the dictionary that `read_item` takes, so that all judgement of items is in one place.
Whatever is not plainly of the usual kind (another dialect, markup that is not escaped, xml:base,
elements within elements, anything that feedparser treats and this does not) is left to it. The
tests compare the two readers on all feeds that there are.
"""

from typing import Any, Final

from lxml import etree

from transforms.fast_items import (
    LANG,
    RDF,
    Unusual,
    attributes,
    entry_of,
    language_of,
    name_of,
    text_of,
    typed,
)
from transforms.feed_document import FeedDocument
from transforms.feed_items import MAX_TITLE, MAX_URL, language_tag, plain, read_item
from transforms.feed_root import Root
from transforms.feed_scan import MAX_ELEMENTS, MAX_ITEMS, MAX_PAYLOAD, MAX_TAGS
from transforms.xml_asked import seconds_asked, skips

_ATOM: Final = "http://www.w3.org/2005/Atom"
_RSS10: Final = "http://purl.org/rss/1.0/"
_ITEM_TAGS: Final = frozenset({"item", f"{{{_RSS10}}}item", f"{{{_ATOM}}}entry"})
_KINDS: Final = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
# Declared, they make feedparser see another dialect.
_OTHER_DIALECTS: Final = frozenset({_RSS10, "http://my.netscape.com/rdf/simple/0.9/", _ATOM})


def read_fast(data: bytes, root: Root, url: str) -> FeedDocument | None:
    """The feed in `data` (UTF-8), found at `url`; None if it is not plainly of the usual kind."""
    if root.name not in (b"rss", b"rdf", b"feed") or _is_unusual(data):
        return None
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        ns_clean=False,
    )
    try:
        tree = etree.fromstring(data[root.start :] if root.start else data, parser)
    except etree.XMLSyntaxError:
        return None
    if tree.tail and tree.tail.strip():
        return None
    try:
        return _read(tree, data, root, url)
    except Unusual:
        return None


def _is_unusual(data: bytes) -> bool:
    return b"xml:base" in data or data.count(b"<") > MAX_ELEMENTS


def _read(tree: Any, data: bytes, root: Root, url: str) -> FeedDocument:
    kind, channel, items = _layout(tree)
    item = "entry" if kind == "atom10" else "item"
    opened = data.count(b"<%b>" % item.encode()) + data.count(b"<%b " % item.encode())
    other = b"<item" if item == "entry" else b"<entry"
    # Items elsewhere, or what looks like items in the text of another.
    if opened != len(items) or len(items) > MAX_ITEMS or other in data:
        raise Unusual
    around = language_of(channel, language_of(tree, None))
    feed = _channel(channel)
    read = tuple(read_item(entry_of(node, around), kind, url) for node in items)
    flags = ["leading_junk"] if root.junk else []
    if any(one.cut for one in read):
        flags.append("field_truncated")
    return FeedDocument(
        kind=kind,
        title=plain(feed.get("title", "")[:MAX_TITLE]) or None,
        language=language_tag(feed.get("language") or _root_language(tree)),
        ttl_seconds=seconds_asked(
            feed.get("ttl"), feed.get("sy_updateperiod"), feed.get("sy_updatefrequency")
        ),
        skips=skips(data),
        hub=feed.get("hub"),
        items=read,
        payload=lambda index: etree.tostring(items[index], encoding="utf-8", with_tail=False)[
            :MAX_PAYLOAD
        ],
        flags=tuple(flags),
    )


def _layout(tree: Any) -> tuple[str, Any, list[Any]]:
    """The kind of the feed, its channel and its items."""
    declared = set(tree.nsmap.values())
    if tree.tag == f"{{{_ATOM}}}feed" and not declared & (_OTHER_DIALECTS - {_ATOM}):
        return "atom10", tree, [node for node in tree if node.tag == f"{{{_ATOM}}}entry"]
    if tree.tag == "rss" and not declared & (_OTHER_DIALECTS - {_ATOM}) and len(tree) == 1:
        said = tree.get("version", "")
        kind = _KINDS.get(said) or ("rss20" if said.startswith("2.") else "rss")
        if tree[0].tag == "channel" and not tree[0].attrib:
            return kind, tree[0], [node for node in tree[0] if node.tag == "item"]
    if tree.tag == f"{RDF}RDF" and tree.nsmap.get(None) == _RSS10 and _ATOM not in declared:
        channels = [node for node in tree if node.tag == f"{{{_RSS10}}}channel"]
        others = {node.tag for node in tree} - {
            f"{{{_RSS10}}}{name}" for name in ("channel", "item", "image", "textinput")
        }
        if len(channels) == 1 and not others and len(declared & _OTHER_DIALECTS) == 1:
            return "rss10", channels[0], [n for n in tree if n.tag == f"{{{_RSS10}}}item"]
    raise Unusual


def _root_language(tree: Any) -> str | None:
    said = tree.get(LANG)
    return said.replace("_", "-") if said else None


def _channel(channel: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, node in enumerate(child for child in channel if child.tag not in _ITEM_TAGS):
        if number > MAX_TAGS:
            raise Unusual
        name = name_of(node)
        if name in ("title", "dc_title"):
            text, _ = typed(node, "text/plain", None)
            if not found.get("title"):
                found["title"] = text
        elif name in ("language", "dc_language"):
            found["language"] = text_of(node)
        elif name in ("ttl", "sy_updateperiod", "sy_updatefrequency"):
            if not node.attrib:
                found[name] = text_of(node)
        elif name == "link":
            said = attributes(node)
            if said.get("rel") == "hub" and said.get("href") and "hub" not in found:
                found["hub"] = said["href"][:MAX_URL]
    return found
