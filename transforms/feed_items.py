"""One item of a feed, from feedparser's dictionary to what it says, in plain words.

feedparser maps every dialect to one set of names, but leaves to its caller what is text and
what is markup, which of several links is the article, and what a name is.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from typing import Any, Final
from urllib.parse import urljoin

from lxml import etree

from transforms.identity import canonical_url
from transforms.language_tags import language_code

MAX_TITLE: Final = 2_000  # code points
MAX_URL: Final = 2_048  # code points, as Media Cloud; the longest that all browsers took
MAX_SUMMARY: Final = 10_000
MAX_CONTENT: Final = 1_000_000
MAX_NAMES: Final = 50  # authors, or tags, of one item
_MAX_NAME: Final = 200
_MAX_DATE: Final = 200

_MARKUP: Final = re.compile(r"<[A-Za-z/!]|&[A-Za-z#]")
# Elements whose edges end a word.
_APART: Final = frozenset(
    {"address", "article", "aside", "blockquote", "body", "br", "caption", "dd", "div", "dl"}
    | {"dt", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6"}
    | {"header", "hr", "img", "li", "main", "nav", "ol", "option", "p", "pre", "section"}
    | {"table", "td", "th", "tr", "ul"}
)
# What most markup is made of: text, references with their semicolon, and these tags. Such is read
# with patterns, to the same words as by the parser, in a tenth of its time.
_SIMPLE: Final = re.compile(
    r"(?:[^<>&]++|&(?:[A-Za-z]++|\#[0-9]{1,7}+);"
    r"|</?(?:p|br|a|b|i|u|s|em|strong|span|img|ul|ol|li|h[1-6]|div|blockquote|figure|figcaption"
    r"|hr|small|sub|sup|cite|q|code|pre|table|tbody|thead|tr|td|th)"
    r"""(?:\s++[A-Za-z][\w:-]*+(?:\s*+=\s*+(?:"[^"<>]*+"|'[^'<>]*+'))?+)*+\s*+/?>)*+"""
)
_APART_TAG: Final = re.compile(
    r"</?(?:p|br|img|ul|ol|li|h[1-6]|div|blockquote|figure|figcaption|hr|pre|table|tr|td|th)\b[^>]*>"
)
_TAG: Final = re.compile(r"<[^>]*>")
# A URL of which nothing needs to be asked: no port, no user, no query; and of letters only.
_PLAIN_URL: Final = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,20}/[A-Za-z0-9_.~/%-]*+"
)
# Such would be resolved to the feed's own address.
_SCHEME_ONLY: Final = re.compile(r"https?:/*", re.IGNORECASE)
_UNSEEN: Final = frozenset({"script", "style", "noscript", "template", "head", "iframe", "object"})
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb]+"
)
_MAIL: Final = re.compile(r"<?\(?[^\s<>()@]{1,64}@[^\s<>()@]{1,255}\)?>?")
_BY: Final = re.compile(r"by:? ", re.IGNORECASE)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_IMAGE_NAME: Final = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Item:
    """What one item of a feed says. Nothing is checked yet but lengths.

    guid: as written. link: as chosen, resolved against the feed's URL, trimmed.
    title, summary: plain text. content: HTML as it came. published, updated: the raw strings.
    cut: a field was longer than its limit.
    """

    guid: str | None = None
    link: str | None = None
    title: str | None = None
    summary: str | None = None
    content: str | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published: str | None = None
    updated: str | None = None
    image_url: str | None = None
    language: str | None = None
    cut: bool = False


def read_item(entry: dict[str, Any], kind: str, base: str) -> Item:
    """The item that feedparser read as `entry`, from a feed of `kind` found at the URL `base`.

    The dictionary must come from a parse without a base URL, so that its guid is as written.
    """
    published, updated = _dates(entry, kind)
    title, title_cut = _text(entry, "title", kind, MAX_TITLE)
    summary, summary_cut = _text(entry, "summary", kind, MAX_SUMMARY)
    content = _content(entry)
    return Item(
        guid=_string(entry, "id"),
        link=_link(entry, base),
        title=title,
        summary=summary,
        content=content[:MAX_CONTENT] if content else None,
        authors=_authors(entry),
        tags=_names(tag.get("label") or tag.get("term") for tag in _dicts(entry, "tags")),
        published=published,
        updated=updated,
        image_url=_image(entry, base),
        language=_language(entry),
        cut=title_cut or summary_cut or len(content or "") > MAX_CONTENT,
    )


def plain(markup: str) -> str:
    """The text of a piece of HTML, on one line, with its references resolved.

    Scripts and styles are dropped. Text without markup passes unharmed ("1 < 2", "AT&T").
    """
    if ("<" in markup or "&" in markup) and _MARKUP.search(markup):
        if _SIMPLE.fullmatch(markup):
            if "<" in markup:
                markup = _TAG.sub("", _APART_TAG.sub(" ", markup))
            return visible(unescape(markup))
        parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        tree = etree.fromstring(f"<div>{markup}</div>".encode("utf-8", "replace"), parser)
        markup = "".join(_pieces(tree)) if tree is not None else ""
    return visible(markup)


def visible(text: str) -> str:
    """`text` on one line, without characters that cannot be seen but change what is read.

    Removed are control characters, direction overrides and zero-width characters, but for the
    joiners that Indic and Arabic scripts and emoji need.
    """
    return " ".join(_INVISIBLE.sub("", text).split())


def language_tag(value: Any) -> str | None:
    """A language as a BCP 47 tag, or None if it is none; a name as its code."""
    said = str(value or "").strip()
    tag = said.replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else language_code(said)


def _pieces(tree: Any) -> Iterable[str]:
    unseen = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        hidden = element.tag in _UNSEEN
        apart = element.tag in _APART
        if event == "start":
            unseen += hidden
            if apart:
                yield " "
            if element.text and not unseen:
                yield element.text
        else:
            unseen -= hidden
            if apart:
                yield " "
            if element.tail and not unseen:
                yield element.tail


def _string(entry: dict[str, Any], key: str) -> str | None:
    # dict's own look-up: feedparser's answers with another key when one is missing.
    value = dict.get(entry, key)
    return value.strip() or None if isinstance(value, str) else None


def _dicts(entry: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = dict.get(entry, key)
    if isinstance(value, dict):
        value = [value]
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(entry: dict[str, Any], key: str, kind: str, limit: int) -> tuple[str | None, bool]:
    value = _string(entry, key)
    if value is None:
        return None, False
    detail = dict.get(entry, f"{key}_detail") or {}
    # Ten times the limit leaves room for markup; the rest is not even looked at.
    head = value[: 10 * limit]
    # Atom says what is text. RSS does not, and a title there is as often HTML as not.
    literal = kind.startswith("atom") and detail.get("type") == "text/plain"
    text = visible(head) if literal else plain(head)
    return text[:limit].rstrip() or None, len(text) > limit or len(value) > 10 * limit


def _content(entry: dict[str, Any]) -> str | None:
    contents = [one.get("value") for one in _dicts(entry, "content")]
    found = [one for one in contents if isinstance(one, str) and one.strip()]
    return max(found, key=len, default=None)


def _dates(entry: dict[str, Any], kind: str) -> tuple[str | None, str | None]:
    """The raw strings of publication and last update."""
    published = _string(entry, "published") or _string(entry, "created")
    updated = _string(entry, "updated")
    if not published and not kind.startswith("atom"):
        # RSS 1.0's only date is dc:date, which feedparser calls updated.
        published, updated = updated, None
    return (published or "")[:_MAX_DATE] or None, (updated or "")[:_MAX_DATE] or None


def _link(entry: dict[str, Any], base: str) -> str | None:
    """The URL of the article: FeedBurner's note of the original first."""
    guid = _string(entry, "id")
    candidates = [
        _string(entry, "feedburner_origlink"),
        _string(entry, "link") if _string(entry, "link") != guid else None,
        *(one.get("href") for one in _dicts(entry, "links") if one.get("rel") == "alternate"),
        # A guid is a link only if it looks like one, whatever isPermaLink says or omits.
        guid if guid and guid.lower().startswith(("http://", "https://")) else None,
    ]
    link = next((one.strip() for one in candidates if one and one.strip()), None)
    return resolve(base, link) if link else None


def resolve(base: str, link: str) -> str:
    """`link` as seen from the URL `base`; as it is if it is no link at all."""
    if _PLAIN_URL.fullmatch(link) or _SCHEME_ONLY.fullmatch(link):
        return link
    try:
        return urljoin(base, link)
    except ValueError:
        return link  # "http://[::1": the caller will name it


def _authors(entry: dict[str, Any]) -> tuple[str, ...]:
    names = [one.get("name") for one in _dicts(entry, "authors")]
    return _names(_name(name) for name in (names if any(names) else [_string(entry, "author")]))


def _name(raw: Any) -> str | None:
    """A person's name without mail address and "By": RSS wants "mail (name)", few obey."""
    if not isinstance(raw, str):
        return None
    name = plain(_MAIL.sub(" ", raw[: 4 * _MAX_NAME]).replace("()", "")).strip(" ,;<>")
    if name.startswith("(") and name.endswith(")"):
        name = name[1:-1].strip()
    match = _BY.match(name)
    return name[match.end() :] if match else name


def _names(values: Iterable[Any]) -> tuple[str, ...]:
    """Plain, each once, in order."""
    found: dict[str, None] = {}
    for value in values:
        name = plain(value[: 4 * _MAX_NAME])[:_MAX_NAME] if isinstance(value, str) else ""
        if name:
            found.setdefault(name)
    return tuple(found)[:MAX_NAMES]


def _image(entry: dict[str, Any], base: str) -> str | None:
    for media in _dicts(entry, "media_content"):
        url = str(media.get("url") or "")
        sort = f"{media.get('medium', '')} {media.get('type', '')}".lower()
        if "image" in sort or (not sort.strip() and _IMAGE_NAME.search(url)):
            return _image_url(base, url)
    for media in _dicts(entry, "media_thumbnail"):
        if media.get("url"):
            return _image_url(base, str(media["url"]))
    for link in _dicts(entry, "links"):
        if link.get("rel") == "enclosure" and str(link.get("type", "")).startswith("image/"):
            return _image_url(base, str(link.get("href") or ""))
    for image in _dicts(entry, "image"):
        return _image_url(base, str(image.get("href") or ""))
    return None


def _image_url(base: str, url: str) -> str | None:
    resolved = resolve(base, url.strip()) if url.strip() else ""
    if len(resolved) <= MAX_URL and _PLAIN_URL.fullmatch(resolved):
        return resolved
    try:
        canonical_url(resolved)
    except ValueError:
        return None
    return resolved if len(resolved) <= MAX_URL else None


def _language(entry: dict[str, Any]) -> str | None:
    details = [
        *_dicts(entry, "content"),
        *_dicts(entry, "title_detail"),
        *_dicts(entry, "summary_detail"),
    ]
    return next(filter(None, (language_tag(one.get("language")) for one in details)), None)
