"""One item of a feed of the usual kind, from its element to feedparser's dictionary.

See `fast_feed`. The order of elements matters where it matters to feedparser: which of two titles
counts, and that a second description is taken for the content.
"""

import re
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

from feedparser.mixin import _FeedParserMixin as Reference

from transforms.feed_scan import MAIL, MAX_LENGTH, MAX_TAGS, RUN

RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
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


class Unusual(Exception):
    """This feed is not of the usual kind."""


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
            raise Unusual
        return f"{prefix}_{local}".lower() if prefix else local.lower()
    return f"{known}_{local}".lower() if known else local.lower()


def name_of(node: Any) -> str:
    """What feedparser calls this element."""
    tag = node.tag
    return _named(tag, None if tag[0] != "{" else node.prefix)


def text_of(node: Any) -> str:
    """The text of an element that holds nothing else, as feedparser mends it."""
    if len(node):
        raise Unusual  # markup that is not escaped, or an entity
    return _mended((node.text or "").strip())


def _mended(text: str) -> str:
    if text.isascii():
        return text
    with suppress(UnicodeError):  # UTF-8 that somebody took for Latin-1, encoded once more
        text = text.encode("latin-1").decode("utf-8")
    return text.translate(_C1)


def _short(node: Any) -> str:
    """The text of a name or a date."""
    text = text_of(node)
    if len(text) > 64 and (len(text) > _LONGEST_NAME or _RUN.search(text)):
        raise Unusual
    return text


def language_of(node: Any, around: str | None) -> str | None:
    """The language in an element, where that of what is around it is `around`."""
    if not node.attrib:
        return around
    if "lang" in node.attrib or "base" in node.attrib:
        raise Unusual
    said = node.get(LANG)
    return around if said is None else said.replace("_", "-") or None


def attributes(node: Any) -> dict[str, str]:
    """Attributes without namespaces, as feedparser normalises them."""
    found = {}
    for key, value in node.attrib.items():
        if key[0] != "{":
            low = key.lower()
            found[low] = value.lower() if low in ("rel", "type") else value
    return found


# ------------------------------------------------------------------------------------ item


def entry_of(node: Any, around: str | None) -> Entry:
    """The item as feedparser would have it, as far as `read_item` asks."""
    entry: Entry = {}
    if node.attrib:
        language = language_of(node, around)
        about = node.get(f"{RDF}about")
        if about:
            entry["id"] = about
        if "href" in node.attrib or "lastmod" in node.attrib:
            raise Unusual  # CDF
    else:
        language = around
    depths: dict[str, int] = {}
    _fill(entry, node, language, depths, 0)
    return entry


def _fill(
    entry: Entry, parent: Any, language: str | None, depths: dict[str, int], depth: int
) -> None:
    for node in parent:
        name = name_of(node)
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
                raise Unusual  # no date
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
            entry.setdefault("media_content", []).append(attributes(node))
            _fill(entry, node, language, depths, depth + 1)
        elif name == "media_thumbnail":
            _thumbnail(entry, node)
        elif name == "media_group":
            if depth > 3:
                raise Unusual
            _fill(entry, node, language, depths, depth + 1)
        elif name == "enclosure" and not len(node):
            said = _reference(attributes(node))
            entry.setdefault("links", []).append({**said, "rel": "enclosure"})
        elif name == "itunes_image" and not len(node):
            said = attributes(node)
            if said.get("href") or said.get("url"):
                entry["image"] = {"href": said.get("href") or said.get("url")}
        elif name in _LISTS:
            if node.attrib:
                raise Unusual
            words = text_of(node).split(",")
            tags = entry.setdefault("tags", [])
            tags += [{"term": word.strip(), "label": None} for word in words if word.strip()]
        elif name == "feedburner_origlink":
            text = text_of(node)
            if not node.attrib:
                entry[name] = text
        elif len(node) or name in entry or (name in _TREATED and name not in _LEFT_OUT):
            raise Unusual


def typed(node: Any, default: str, language: str | None) -> tuple[str, dict[str, str | None]]:
    """The text of an element that says what kind of text it holds, and what it says."""
    kind = default
    if node.attrib:
        language = language_of(node, language)
        said = node.get("type")
        if said is not None:
            said = said.lower()
            kind = _TYPES.get(said, said)
        if node.get("mode") is not None or kind not in ("text/plain", "text/html"):
            raise Unusual
    return text_of(node), {"type": kind, "language": language}


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
    text, detail = typed(node, "text/plain", language)
    if "title_depth" in depths:  # a title that says something has been seen
        if depth < depths["title_depth"]:
            raise Unusual
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
    text, detail = typed(node, default, language)
    _keep(entry, "summary", text, depths, depth)
    entry["summary_detail"] = detail


def _content(
    entry: Entry, node: Any, default: str, language: str | None, depths: dict[str, int]
) -> None:
    text, detail = typed(node, default, language)
    depths["has_content"] = 1
    entry.setdefault("content", []).append({**detail, "value": text})
    entry.setdefault("summary", text)


def _identity(entry: Entry, node: Any, depths: dict[str, int], depth: int) -> None:
    text = text_of(node)
    if ":///" in text:
        raise Unusual
    _keep(entry, "id", text, depths, depth)
    if node.attrib:
        said = attributes(node).get("ispermalink", "true")
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
    said = _reference(attributes(node)) if node.attrib else {}
    said.setdefault("rel", "alternate")
    said.setdefault("type", "application/atom+xml" if said["rel"] == "self" else "text/html")
    links = entry.setdefault("links", [])
    links.append(said)
    if "href" in said:
        if ":///" in said["href"] or len(node):
            raise Unusual
        if said["rel"] == "alternate" and said["type"] in _HTML_TYPES | {"html", "xhtml"}:
            entry["link"] = said["href"]
        return
    text = text_of(node)
    if ":///" in text:
        raise Unusual
    if "&" in text:
        text = _QUERY.sub(r"&\1", text.replace("&amp;", "&"))
    entry["link"] = text
    if text:
        said["href"] = text


def _tag(entry: Entry, node: Any, name: str) -> None:
    tags = entry.setdefault("tags", [])
    if len(tags) >= MAX_TAGS:
        raise Unusual
    said = attributes(node) if node.attrib else {}
    tag = {
        "term": said.get("term"),
        "scheme": said.get("scheme", said.get("domain")),
        "label": said.get("label"),
    }
    if any(tag.values()) or name == "media_category":
        tags.append(tag)
    value = text_of(node)
    if value and tags and not tags[-1]["term"]:
        tags[-1]["term"] = value
    elif value:
        tags.append({"term": value, "scheme": None, "label": None})


def _author(entry: Entry, node: Any) -> None:
    person: dict[str, str] = {}
    for child in node:
        name = name_of(child)
        if name == "name" or name == "itunes_name":
            person["name"] = _MAIL.sub("", _short(child)).strip()
        elif name not in ("uri", "url", "homepage", "email", "itunes_email"):
            raise Unusual
    if not len(node):
        text = _MAIL.sub("", _short(node)).strip()
        if text:
            person["name"] = text
    elif (node.text or "").strip():
        raise Unusual
    entry.setdefault("authors", []).append(person)


def _thumbnail(entry: Entry, node: Any) -> None:
    said = attributes(node)
    text = text_of(node)
    if text and "url" not in said:
        said["url"] = text
    entry.setdefault("media_thumbnail", []).append(said)
