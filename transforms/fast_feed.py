"""read_fast: a well-formed RSS 2.0, RSS 1.0 or Atom 1.0 feed of the usual kind -> FeedDocument.

feedparser takes most of the time of reading a feed, and nearly all feeds need none of what it
takes it for. Here libxml2 reads the document, and its elements are put where feedparser 6 puts
them: into the dictionary that `read_item` takes, so that all judgement of items is in one place.
Whatever is not plainly of the usual kind (another dialect, markup that is not escaped, xml:base,
elements within elements, anything that feedparser treats and this does not) is left to it. The
tests compare the two readers on all feeds that there are.
"""

import re
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

from feedparser.mixin import _FeedParserMixin as Reference
from lxml import etree

from transforms.feed_document import FeedDocument
from transforms.feed_items import MAX_TITLE, MAX_URL, language_tag, plain, read_item
from transforms.feed_root import Root
from transforms.feed_scan import (
    MAIL,
    MAX_ELEMENTS,
    MAX_ITEMS,
    MAX_LENGTH,
    MAX_PAYLOAD,
    MAX_TAGS,
    RUN,
)
from transforms.xml_asked import seconds_asked, skips

_ATOM: Final = "http://www.w3.org/2005/Atom"
_RSS10: Final = "http://purl.org/rss/1.0/"
_RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_ITEM_TAGS: Final = frozenset({"item", f"{{{_RSS10}}}item", f"{{{_ATOM}}}entry"})
_KINDS: Final = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
# Declared, they make feedparser see another dialect.
_OTHER_DIALECTS: Final = frozenset({_RSS10, "http://my.netscape.com/rdf/simple/0.9/", _ATOM})
_NAMESPACES: Final = {uri.lower(): name for uri, name in Reference.namespaces.items()}
# All that feedparser does something about; of an element that is not here it keeps the text, under
# a name that nobody reads.
_TREATED: Final = frozenset(
    name.partition("_")[2].partition("_")[2].lower()
    for name in dir(Reference)
    if name.startswith(("_start_", "_end_"))
)
# Elements of an item of which nothing is wanted.
_LEFT_OUT: Final = frozenset(
    {"contributor", "dc_contributor", "source", "webmaster", "dc_publisher", "itunes_owner"}
    | {"rights", "copyright", "dc_rights", "subtitle", "tagline", "itunes_subtitle", "info"}
    | {"itunes_explicit", "itunes_block", "media_credit", "media_rating", "media_restriction"}
    | {"media_license", "media_player", "expirationdate", "cloud", "generator", "dcterms_valid"}
    | {"georss_point", "georss_line", "georss_box", "georss_polygon"}
)
_DATES: Final = {
    **dict.fromkeys(("pubdate", "published", "issued", "dcterms_issued"), "published"),
    **dict.fromkeys(("updated", "modified", "lastbuilddate", "dc_date"), "updated"),
    **dict.fromkeys(("created", "dcterms_created"), "created"),
    "dcterms_modified": "updated",
}
_AUTHORS: Final = frozenset(
    {"author", "dc_creator", "dc_author", "itunes_author", "managingeditor"}
)
_TAGS: Final = frozenset({"category", "dc_subject", "keywords", "media_category"})
_LISTS: Final = frozenset({"itunes_keywords", "media_keywords"})
_HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
_TYPES: Final = {"text": "text/plain", "plain": "text/plain", "html": "text/html"}
_C1: Final = {
    byte: text
    for byte in range(0x80, 0xA0)
    if (text := bytes([byte]).decode("cp1252", "ignore")) and byte not in (0x9D,)
}
_QUERY: Final = re.compile(r"&([A-Za-z0-9_]+);")
_MAIL: Final = re.compile(MAIL.pattern.decode())
_RUN: Final = re.compile(RUN.pattern.decode())
_LONGEST_NAME: Final = MAX_LENGTH[b"author"]

Entry = dict[str, Any]


class _Unusual(Exception):
    """This feed is not of the usual kind."""


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
    except _Unusual:
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
        raise _Unusual
    around = _language(channel, _language(tree, None))
    feed = _channel(channel)
    read = tuple(read_item(_entry(node, kind, around), kind, url) for node in items)
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
    if tree.tag == f"{_RDF}RDF" and tree.nsmap.get(None) == _RSS10 and _ATOM not in declared:
        channels = [node for node in tree if node.tag == f"{{{_RSS10}}}channel"]
        others = {node.tag for node in tree} - {
            f"{{{_RSS10}}}{name}" for name in ("channel", "item", "image", "textinput")
        }
        if len(channels) == 1 and not others and len(declared & _OTHER_DIALECTS) == 1:
            return "rss10", channels[0], [n for n in tree if n.tag == f"{{{_RSS10}}}item"]
    raise _Unusual


@lru_cache(4096)
def _named(tag: str, prefix: str | None) -> str:
    """What feedparser calls an element: dc_creator, pubdate, media_content ..."""
    uri, _, local = tag.rpartition("}")
    if not uri:
        return local.lower()
    uri = uri[1:].lower()
    known = _NAMESPACES.get(uri)
    if known is None:  # it goes by the prefix, if there is one
        if "userland.com" in uri:
            raise _Unusual
        return f"{prefix}_{local}".lower() if prefix else local.lower()
    return f"{known}_{local}".lower() if known else local.lower()


def _name(node: Any) -> str:
    tag = node.tag
    return _named(tag, None if tag[0] != "{" else node.prefix)


def _text(node: Any) -> str:
    """The text of an element that holds nothing else, as feedparser mends it."""
    if len(node):
        raise _Unusual  # markup that is not escaped, or an entity
    return _mended((node.text or "").strip())


def _mended(text: str) -> str:
    if text.isascii():
        return text
    with suppress(UnicodeError):  # UTF-8 that somebody took for Latin-1, encoded once more
        text = text.encode("latin-1").decode("utf-8")
    return text.translate(_C1)


def _short(node: Any) -> str:
    """The text of a name or a date."""
    text = _text(node)
    if len(text) > 64 and (len(text) > _LONGEST_NAME or _RUN.search(text)):
        raise _Unusual
    return text


def _language(node: Any, around: str | None) -> str | None:
    if not node.attrib:
        return around
    if "lang" in node.attrib or "base" in node.attrib:
        raise _Unusual
    said = node.get(_LANG)
    return around if said is None else said.replace("_", "-") or None


def _root_language(tree: Any) -> str | None:
    said = tree.get(_LANG)
    return said.replace("_", "-") if said else None


def _attributes(node: Any) -> dict[str, str]:
    """Attributes without namespaces, as feedparser normalises them."""
    found = {}
    for key, value in node.attrib.items():
        if key[0] != "{":
            low = key.lower()
            found[low] = value.lower() if low in ("rel", "type") else value
    return found


# --------------------------------------------------------------------------------- channel


def _channel(channel: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, node in enumerate(child for child in channel if child.tag not in _ITEM_TAGS):
        if number > MAX_TAGS:
            raise _Unusual
        name = _name(node)
        if name in ("title", "dc_title"):
            text, _ = _typed(node, "text/plain", None)
            if not found.get("title"):
                found["title"] = text
        elif name in ("language", "dc_language"):
            found["language"] = _text(node)
        elif name in ("ttl", "sy_updateperiod", "sy_updatefrequency"):
            if not node.attrib:
                found[name] = _text(node)
        elif name == "link":
            said = _attributes(node)
            if said.get("rel") == "hub" and said.get("href") and "hub" not in found:
                found["hub"] = said["href"][:MAX_URL]
    return found


# ------------------------------------------------------------------------------------ item


def _entry(node: Any, kind: str, around: str | None) -> Entry:
    """The item as feedparser would have it, as far as `read_item` asks."""
    entry: Entry = {}
    if node.attrib:
        language = _language(node, around)
        about = node.get(f"{_RDF}about")
        if about:
            entry["id"] = about
        if "href" in node.attrib or "lastmod" in node.attrib:
            raise _Unusual  # CDF
    else:
        language = around
    depths: dict[str, int] = {}
    _fill(entry, node, language, depths, 0)
    return entry


def _fill(
    entry: Entry, parent: Any, language: str | None, depths: dict[str, int], depth: int
) -> None:
    for node in parent:
        name = _name(node)
        if name == "title" or name == "dc_title" or name == "media_title":
            _title(entry, node, name, language, depths, depth)
        elif name == "link":
            _link(entry, node)
        elif name == "description" or name == "media_description" or name == "dc_description":
            _summary(entry, node, "text/html", language, depths, depth)
        elif name == "summary" or name == "itunes_summary":
            _summary(entry, node, "text/plain", language, depths, depth)
        elif name in _DATES:
            text = _short(node)
            if "@" in text:
                raise _Unusual  # no date
            _keep(entry, _DATES[name], text, depths, depth)
        elif name == "guid" or name == "id":
            _identity(entry, node, depths, depth)
        elif name in _TAGS:
            _tag(entry, node, name)
        elif name in _AUTHORS:
            _author(entry, node)
        elif name == "content_encoded" or name == "content":
            default = "text/html" if name == "content_encoded" else "text/plain"
            _content(entry, node, default, language, depths)
        elif name == "media_content":
            entry.setdefault("media_content", []).append(_attributes(node))
            _fill(entry, node, language, depths, depth + 1)
        elif name == "media_thumbnail":
            _thumbnail(entry, node)
        elif name == "media_group":
            if depth > 3:
                raise _Unusual
            _fill(entry, node, language, depths, depth + 1)
        elif name == "enclosure" and not len(node):
            said = _reference(_attributes(node))
            entry.setdefault("links", []).append({**said, "rel": "enclosure"})
        elif name == "itunes_image" and not len(node):
            said = _attributes(node)
            if said.get("href") or said.get("url"):
                entry["image"] = {"href": said.get("href") or said.get("url")}
        elif name in _LISTS:
            if node.attrib:
                raise _Unusual
            words = _text(node).split(",")
            tags = entry.setdefault("tags", [])
            tags += [{"term": word.strip(), "label": None} for word in words if word.strip()]
        elif name == "feedburner_origlink":
            text = _text(node)
            if not node.attrib:
                entry[name] = text
        elif len(node) or name in entry or (name in _TREATED and name not in _LEFT_OUT):
            raise _Unusual


def _typed(node: Any, default: str, language: str | None) -> tuple[str, dict[str, str | None]]:
    """The text of an element that says what kind of text it holds, and what it says."""
    kind = default
    if node.attrib:
        language = _language(node, language)
        said = node.get("type")
        if said is not None:
            said = said.lower()
            kind = _TYPES.get(said, said)
        if node.get("mode") is not None or kind not in ("text/plain", "text/html"):
            raise _Unusual
    return _text(node), {"type": kind, "language": language}


def _keep(entry: Entry, name: str, value: Any, depths: dict[str, int], depth: int) -> bool:
    """Store unless it is stored from further out; the last of the same depth counts."""
    if depth > depths.get(name, depth):
        return False
    depths[name] = depth
    entry[name] = value
    return True


def _title(
    entry: Entry,
    node: Any,
    name: str,
    language: str | None,
    depths: dict[str, int],
    depth: int,
) -> None:
    text, detail = _typed(node, "text/plain", language)
    if "title_depth" in depths:  # a title that says something has been seen
        if depth < depths["title_depth"]:
            raise _Unusual
        return
    _keep(entry, "title", text, depths, depth)
    entry["title_detail"] = detail
    if text and name != "media_title":
        depths["title_depth"] = depth


def _summary(
    entry: Entry,
    node: Any,
    default: str,
    language: str | None,
    depths: dict[str, int],
    depth: int,
) -> None:
    if "summary" in entry and "has_content" not in depths:
        _content(entry, node, "text/plain", language, depths)
        return
    text, detail = _typed(node, default, language)
    _keep(entry, "summary", text, depths, depth)
    entry["summary_detail"] = detail


def _content(
    entry: Entry, node: Any, default: str, language: str | None, depths: dict[str, int]
) -> None:
    text, detail = _typed(node, default, language)
    depths["has_content"] = 1
    entry.setdefault("content", []).append({**detail, "value": text})
    entry.setdefault("summary", text)


def _identity(entry: Entry, node: Any, depths: dict[str, int], depth: int) -> None:
    text = _text(node)
    if ":///" in text:
        raise _Unusual
    _keep(entry, "id", text, depths, depth)
    if node.attrib:
        said = _attributes(node).get("ispermalink", "true")
    else:
        said = "true"
    if said == "true":
        entry.setdefault("link", text)


def _reference(said: dict[str, str]) -> dict[str, str]:
    href = said.get("url", said.get("uri", said.get("href")))
    if href:
        said["href"] = href
    return said


def _link(entry: Entry, node: Any) -> None:
    said = _reference(_attributes(node)) if node.attrib else {}
    said.setdefault("rel", "alternate")
    said.setdefault("type", "application/atom+xml" if said["rel"] == "self" else "text/html")
    links = entry.setdefault("links", [])
    links.append(said)
    if "href" in said:
        if ":///" in said["href"] or len(node):
            raise _Unusual
        if said["rel"] == "alternate" and said["type"] in _HTML_TYPES | {"html", "xhtml"}:
            entry["link"] = said["href"]
        return
    text = _text(node)
    if ":///" in text:
        raise _Unusual
    if "&" in text:
        text = _QUERY.sub(r"&\1", text.replace("&amp;", "&"))
    entry["link"] = text
    if text:
        said["href"] = text


def _tag(entry: Entry, node: Any, name: str) -> None:
    tags = entry.setdefault("tags", [])
    if len(tags) >= MAX_TAGS:
        raise _Unusual
    said = _attributes(node) if node.attrib else {}
    tag = {
        "term": said.get("term"),
        "scheme": said.get("scheme", said.get("domain")),
        "label": said.get("label"),
    }
    if any(tag.values()) or name == "media_category":
        tags.append(tag)
    value = _text(node)
    if value and tags and not tags[-1]["term"]:
        tags[-1]["term"] = value
    elif value:
        tags.append({"term": value, "scheme": None, "label": None})


def _author(entry: Entry, node: Any) -> None:
    person: dict[str, str] = {}
    for child in node:
        name = _name(child)
        if name == "name" or name == "itunes_name":
            person["name"] = _MAIL.sub("", _short(child)).strip()
        elif name not in ("uri", "url", "homepage", "email", "itunes_email"):
            raise _Unusual
    if not len(node):
        text = _MAIL.sub("", _short(node)).strip()
        if text:
            person["name"] = text
    elif (node.text or "").strip():
        raise _Unusual
    entry.setdefault("authors", []).append(person)


def _thumbnail(entry: Entry, node: Any) -> None:
    said = _attributes(node)
    text = _text(node)
    if text and "url" not in said:
        said["url"] = text
    entry.setdefault("media_thumbnail", []).append(said)
