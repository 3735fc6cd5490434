"""What a page says of itself in JSON-LD (schema.org NewsArticle and its kin)."""

import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any, Final

from lxml.html import HtmlElement

_START: Final = 50_000  # characters of a large block in which the article's own fields stand
_MAX_NODES: Final = 2000  # a page about one article has some dozens
_LISTS: Final = frozenset({"collectionpage", "itemlist", "searchresultspage"})
_MEDIA: Final = frozenset(
    {
        *("videoobject", "audioobject", "imagegallery", "mediagallery", "musicrecording", "clip"),
        *("podcastepisode", "radioepisode", "tvepisode", "episode"),
    }
)
_ARTICLES: Final = frozenset({"blogposting", "liveblogposting", "report", "socialmediaposting"})
# A block that is no valid JSON (raw line ends, a stray comma) still says these.
_LOOSE: Final = re.compile(
    r'"(datePublished|dateModified|headline|articleSection|isAccessibleForFree)"\s*:\s*'
    r'(?:"((?:[^"\\]|\\.){1,500})"|(true|false))'
)

Node = Mapping[str, Any]


def nodes(tree: HtmlElement) -> tuple[Node, ...]:
    """All JSON-LD objects at the top, in @graph and as mainEntity, in document order.

    A block that is not JSON gives one object with the fields that could be read from it.
    """
    found: list[Node] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            found.extend(_read(script.text))
    return tuple(found[:_MAX_NODES])


def article(found: tuple[Node, ...], urls: tuple[str, ...]) -> Node | None:
    """The object of the article that the page at `urls` is about; None if none is declared."""
    articles = [node for node in found if _is_article(node)]
    for node in articles:
        about = {text(node.get(key)) for key in ("url", "@id", "mainEntityOfPage")}
        if any(url.split("#")[0] in urls for url in about if url):
            return node
    return articles[0] if articles else None


def is_list(found: tuple[Node, ...]) -> bool:
    """Whether the page declares itself a list of things."""
    return any(_types(node) & _LISTS for node in found)


def is_live_blog(found: tuple[Node, ...]) -> bool:
    """Whether the page declares a live blog; some declare an article beside it."""
    return any("liveblogposting" in _types(node) for node in found)


def is_media(found: tuple[Node, ...]) -> bool:
    """Whether the page declares a video, a recording or pictures of its own."""
    return any(_types(node) & _MEDIA for node in found)


def page_dates(found: tuple[Node, ...]) -> Node | None:
    """The WebPage object, whose dates stand in when the article has none (Yoast's habit)."""
    return next((n for n in found if "webpage" in _types(n) and "datePublished" in n), None)


def resolve(value: Any, found: tuple[Node, ...]) -> Any:
    """`value`, or the object that it refers to by @id (as in @graph)."""
    if isinstance(value, dict) and set(value) <= {"@id", "@type"} and value.get("@id"):
        for node in found:
            if node.get("@id") == value["@id"] and len(node) > len(value):
                return node
    return value


def text(value: Any) -> str | None:
    """A value as text: itself, its name, its @value, its @id or url, or its first member's."""
    if isinstance(value, str):
        return unescape(value).strip() or None
    if isinstance(value, list):
        return next((t for t in map(text, value[:20]) if t), None)
    if isinstance(value, dict):
        for key in ("name", "@value", "url", "@id"):
            if isinstance(value.get(key), str):
                return text(value[key])
    return None


def texts(value: Any) -> tuple[str, ...]:
    """Every member of a list as text; a single value as a list of one."""
    members = value[:200] if isinstance(value, list) else [value]
    return tuple(t for t in map(text, members) if t)


def urls(value: Any) -> tuple[str, ...]:
    """The addresses in a field of works: themselves, or the url or @id of each. No mere names."""
    members = value[:50] if isinstance(value, list) else [value]
    found = (m.get("url") or m.get("@id") if isinstance(m, dict) else m for m in members)
    return tuple(t for t in map(text, found) if t and "/" in t)


def people(value: Any, found: tuple[Node, ...]) -> tuple[str, ...]:
    """The names in an author field, persons before organisations, as given."""
    members = value[:50] if isinstance(value, list) else [value]
    resolved = [resolve(member, found) for member in members]
    persons = [m for m in resolved if not (isinstance(m, dict) and _types(m) & _ORGANISATIONS)]
    others = [m for m in resolved if m not in persons]
    return tuple(
        name
        for m in persons + others
        if (name := text(m.get("name") if isinstance(m, dict) else m))
    )


def truth(value: Any) -> bool | None:
    """A boolean as JSON-LD has it: true, "False", "http://schema.org/False"."""
    if isinstance(value, bool):
        return value
    word = (text(value) or "").rpartition("/")[2].lower()
    return {"true": True, "false": False}.get(word)


def free(story: Node, tier: str | None) -> bool | None:
    """Whether an article says that it, or a part of it, is free to read; None if it says neither.

    tier: what the page says in `article:content_tier` (free, metered, locked: Facebook's).
    """
    parts = story.get("hasPart")
    members = parts if isinstance(parts, list) else [parts]
    said = truth(story.get("isAccessibleForFree"))
    kept = any(
        truth(part.get("isAccessibleForFree")) is False
        for part in members[:20]
        if isinstance(part, dict)
    )
    if said is None and not kept:
        return {"free": True, "locked": False}.get((tier or "").strip().lower())
    return False if kept else said


_ORGANISATIONS: Final = frozenset({"organization", "newsmediaorganization", "corporation"})


def _types(node: Node) -> frozenset[str]:
    return frozenset(t.rpartition("/")[2].lower() for t in texts(node.get("@type")))


def _is_article(node: Node) -> bool:
    return any(t.endswith("article") or t in _ARTICLES for t in _types(node))


def shortened(raw: str) -> str:
    """A block that is too large to parse (a live blog's), reduced to what its start says."""
    return json.dumps(_loosely(raw[:_START]) or {})


def _loosely(raw: str) -> Node | None:
    """An article's first dates, headline and section in a block that is not (wholly) JSON."""
    found = {m[1]: m[2] or m[3] for m in reversed(list(_LOOSE.finditer(raw)))}
    is_about_one = re.search(r"Article|BlogPosting|LiveBlog", raw) is not None
    kind = "LiveBlogPosting" if re.search(r'"LiveBlogPosting"', raw) else "NewsArticle"
    return {"@type": kind, **found} if found and is_about_one else None


def _read(raw: str) -> Iterator[Node]:
    trimmed = raw.strip().removeprefix("<!--").removeprefix("//<![CDATA[").removeprefix("<![CDATA[")
    trimmed = trimmed.removesuffix("-->").removesuffix("]]>").removesuffix("//").strip(" \n;")
    try:
        value = json.loads(trimmed, strict=False)
    except (ValueError, RecursionError):
        found = _loosely(raw)
        if found:
            yield found
        return
    stack = [value]
    seen = 0
    while stack and seen < _MAX_NODES:
        seen += 1
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(reversed(node[:_MAX_NODES]))
        elif isinstance(node, dict):
            yield node
            stack.extend(node[key] for key in ("mainEntity", "@graph") if key in node)
