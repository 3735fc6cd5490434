"""What a page declares of itself: JSON-LD, meta tags, link rel=canonical, headings."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from schemas.elements import DateEvidence
from transforms import jsonld
from transforms.clean import plain, unite
from transforms.dates import evidence


def _names(listed: str) -> tuple[str, ...]:
    return tuple(listed.split())


# Names of meta tags (name, property or itemprop, in lower case), best first.
_PUBLISHED: Final = _names(
    """
    article:published_time og:article:published_time og:published_time datepublished
    article.published parsely-pub-date sailthru.date pubdate publishdate publish-date publish_date
    publication_date publication-date published published_at published_time dc.date.issued
    dc.date.created dcterms.created dcterms.issued dcterms.date dc.date dc:date date.issued
    citation_publication_date cxenseparse:recs:publishtime bt:pubdate originalpublicationdate
    rnews:datepublished date
    """
)
_UPDATED: Final = _names(
    """
    article:modified_time og:article:modified_time og:updated_time og:modified_time datemodified
    article.updated dc.date.modified dcterms.modified last-modified lastmod lastmodified
    last_updated_date revised updated
    """
)
_TITLE: Final = ("og:title", "twitter:title", "headline", "dc.title", "dcterms.title", "title")
_SUMMARY: Final = ("og:description", "description", "twitter:description", "dc.description")
_SITE: Final = ("og:site_name", "application-name", "publisher", "dc.publisher")
_AUTHOR: Final = _names(
    """
    author article:author og:article:author dc.creator parsely-author byl sailthru.author
    cxenseparse:author article:author_name rnews:creator
    """
)
# What the card of an article says above the value of twitter:data1 or 2 (Yoast's habit).
_WRITTEN_BY: Final = re.compile(
    r"(?:written|posted) by|(?:ge|ver)(?:schrieben|fasst) von|écrit par|escrito por|scritto da"
    r"|geschreven door|skrevet av|napisane przez",
    re.IGNORECASE,
)
_IMAGE: Final = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "image")
_TAGS: Final = ("article:tag", "keywords", "news_keywords", "parsely-tags", "dcterms.subject")
_LISTED: Final = frozenset({"keywords", "news_keywords", "parsely-tags"})  # comma-separated
_MAX_METAS: Final = 1000

# /2024/10/31/, /2024-10-31-slug, /20241031/, /2024/oct/31/; anything looser is a number.
_URL_DATES: Final = (
    re.compile(r"[/_-]((?:19|20)\d\d)([/-])(\d{1,2})\2(\d{1,2})(?=[/_.-]|$)"),
    re.compile(r"/((?:19|20)\d\d)()(\d\d)(\d\d)(?=[/_-]|$)"),
    re.compile(r"/((?:19|20)\d\d)(/)([a-z]{3})/(\d{1,2})(?=/)"),
)


@dataclass(frozen=True, slots=True)
class Declared:
    """What a page says of itself, as plain text; a field is empty if it says nothing.

    titles: best first. headings: its h1. bylines: authors as declared, not yet cleaned: those of
    its JSON-LD, then those of its meta tags, where a site often names but itself in one of them.
    site_names: the names it gives its publisher, best first. free: isAccessibleForFree.
    text: articleBody, as declared.
    """

    titles: tuple[str, ...]
    headings: tuple[str, ...]
    summary: str | None
    site_names: tuple[str, ...]
    bylines: tuple[tuple[str, ...], ...]
    section: str | None
    tags: tuple[str, ...]
    image_url: str | None
    canonical_url: str | None
    published: tuple[DateEvidence, ...]
    updated: tuple[DateEvidence, ...]
    free: bool | None
    is_article: bool
    is_list: bool
    is_live: bool
    is_media: bool
    text: str
    rights: tuple[str, ...]


def read_declared(tree: HtmlElement, url: str) -> Declared:
    """What the page at `url` (which may be no http URL) declares."""
    metas = _metas(tree)
    nodes = jsonld.nodes(tree)
    canonical = _canonical(tree, metas, url)
    story: jsonld.Node = jsonld.article(nodes, tuple(u for u in (url, canonical) if u)) or {}
    dated: jsonld.Node = story if "datePublished" in story else jsonld.page_dates(nodes) or story
    site_names = unite(
        _all(metas, _SITE[:1]),
        jsonld.texts(jsonld.resolve(story.get("publisher"), nodes)),
        _all(metas, _SITE[1:]),
    )
    return Declared(
        titles=unite(
            jsonld.texts(story.get("headline")), _all(metas, _TITLE), _titles(tree, ".//title")
        ),
        headings=_titles(tree, ".//h1"),
        summary=plain(jsonld.text(story.get("description")) or _first(metas, _SUMMARY)),
        site_names=tuple(name for name in site_names if not name.startswith(("http", "@"))),
        bylines=(
            unite(jsonld.people(story.get("author"), nodes)),
            unite(_all(metas, _AUTHOR), _labelled_author(metas)),
        ),
        section=plain(
            jsonld.text(story.get("articleSection")) or _first(metas, ["article:section"])
        ),
        tags=unite(_keywords(story.get("keywords")), _meta_tags(metas)),
        image_url=_image(story.get("image"), metas, url),
        canonical_url=canonical,
        published=_dates(jsonld.texts(dated.get("datePublished")), metas, _PUBLISHED, tree),
        updated=_dates(jsonld.texts(dated.get("dateModified")), metas, _UPDATED),
        free=jsonld.truth(story.get("isAccessibleForFree")),
        is_article=bool(story) or _first(metas, ["og:type"]) == "article",
        is_list=jsonld.is_list(nodes),
        is_live=jsonld.is_live_blog(nodes),
        is_media=jsonld.is_media(nodes) or (_first(metas, ["og:type"]) or "").startswith("video"),
        text=jsonld.text(story.get("articleBody")) or "",
        rights=_rights(metas),
    )


def url_dates(*urls: str | None) -> tuple[DateEvidence, ...]:
    """The days in the paths of URLs, as publishers' systems put them there."""
    found = []
    for url in urls:
        path = urlsplit(url).path if url and url.startswith("http") else ""
        for pattern in _URL_DATES:
            match = pattern.search(path)
            if match:
                year, _, month, day = match.groups()
                date = f"{day} {month} {year}" if month.isalpha() else f"{year}-{month}-{day}"
                candidate = evidence(date, "url")
                if candidate and candidate.precision == "day":
                    found.append(candidate)
                    break
    return tuple(dict.fromkeys(found))


def absolute(url: str | None, base: str) -> str | None:
    """`url` resolved against `base`; None unless that gives an http(s) URL with a host."""
    try:
        joined = urljoin(base, (url or "").strip())
        parts = urlsplit(joined)
    except ValueError:
        return None
    usable = parts.scheme in ("http", "https") and parts.hostname and not parts.username
    return joined if usable and not re.search(r"[\s<>\"\x00-\x1f]", joined) else None


Metas = Mapping[str, Sequence[str]]


def _metas(tree: HtmlElement) -> Metas:
    found: dict[str, list[str]] = {}
    for number, meta in enumerate(tree.iter("meta")):
        if number >= _MAX_METAS:
            break
        content = (meta.get("content") or "").strip()
        for attribute in ("property", "name", "itemprop"):
            name = (meta.get(attribute) or "").strip().lower()
            if name and content:
                found.setdefault(name, []).append(content)
    return found


def _all(metas: Metas, names: Sequence[str]) -> list[str]:
    return [value for name in names for value in metas.get(name, ())]


def _first(metas: Metas, names: Sequence[str]) -> str | None:
    return next(iter(_all(metas, names)), None)


def _labelled_author(metas: Metas) -> list[str]:
    return [
        author
        for number in ("1", "2")
        for label in metas.get(f"twitter:label{number}", ())[:1]
        if _WRITTEN_BY.fullmatch(label)
        for author in metas.get(f"twitter:data{number}", ())[:1]
    ]


def _titles(tree: HtmlElement, path: str) -> tuple[str, ...]:
    # A <title> inside an inline SVG names a drawing.
    elements = [
        e for e in tree.iterfind(path) if e.getparent() is None or e.getparent().tag != "svg"
    ]
    return unite(" ".join(element.itertext())[:1000] for element in elements[:5])


def _canonical(tree: HtmlElement, metas: Metas, url: str) -> str | None:
    """The canonical URL (RFC 6596), else og:url; absolute as declared.

    One that names the site's front page for a page below it is a mistake of the site.
    """
    links = [
        link.get("href")
        for link in tree.iter("link")
        if "canonical" in (link.get("rel") or "").lower().split()
    ]
    deep = url.startswith("http") and urlsplit(url).path.strip("/") != ""
    for declared in [*links, *metas.get("og:url", ())]:
        found = absolute(declared, url)
        if found and not (deep and urlsplit(found).path.strip("/") == ""):
            return found
    return None


def _dates(
    said: Sequence[str], metas: Metas, names: Sequence[str], tree: HtmlElement | None = None
) -> tuple[DateEvidence, ...]:
    marked = _all(metas, names)
    if tree is not None:
        marked += [
            time.get("datetime") or ""
            for time in tree.iter("time")
            if (time.get("itemprop") or "").lower() == "datepublished" or "pubdate" in time.attrib
        ][:5]
    found = [evidence(raw, "jsonld") for raw in said] + [evidence(raw, "meta") for raw in marked]
    return tuple(dict.fromkeys(candidate for candidate in found if candidate))


def _keywords(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part for part in re.split(r"[,;]", value) if part.strip())
    return jsonld.texts(value)


def _meta_tags(metas: Metas) -> list[str]:
    found: list[str] = []
    for name in _TAGS:
        for value in metas.get(name, ()):
            found.extend(re.split(r"[,;]", value) if name in _LISTED else [value])
    return [tag for tag in found if 0 < len(tag.strip()) <= 100][:100]


def _image(value: Any, metas: Metas, url: str) -> str | None:
    first = value[0] if isinstance(value, list) and value else value
    if isinstance(first, dict):
        first = first.get("url") or first.get("contentUrl")
    for candidate in [jsonld.text(first), *_all(metas, _IMAGE)]:
        found = absolute(candidate, url) if candidate else None
        if found:
            return found
    return None


def _rights(metas: Metas) -> tuple[str, ...]:
    """Reservations that machines can read: TDMRep (W3C Community Group report, 2024) and noai."""
    found = []
    if "1" in metas.get("tdm-reservation", ()):
        found.append("tdm-reservation")
    robots = " ".join(_all(metas, ["robots"])).lower()
    found.extend(word for word in ("noai", "noimageai") if re.search(rf"\b{word}\b", robots))
    return tuple(found)
