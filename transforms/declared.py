"""What a page declares of itself: JSON-LD, meta tags, link rel=canonical, headings."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from schemas.elements import DateEvidence, MetadataEvidence
from transforms import jsonld
from transforms.clean import plain, unite
from transforms.dates import evidence
from transforms.metadata import said


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
_LANGUAGE: Final = ("content-language", "dc.language", "og:locale")
# What another site published first: Google News' tags of 2010, which many systems still write.
_ORIGINAL: Final = ("syndication-source", "original-source")
_MEDIA: Final = ("video", "music", "player")
_MAX_METAS: Final = 1000


@dataclass(frozen=True, slots=True)
class Declared:
    """What a page says of itself, as plain text; a field is empty if it says nothing.

    titles: best first. headings: its h1. bylines: authors as declared, not yet cleaned: those of
    its JSON-LD, then those of its meta tags, where a site often names but itself in one of them.
    site_names: the names it gives its publisher, best first. free: to read it costs
    nothing. text: articleBody, as declared. language: its tag. based_on: addresses of what it was
    made from. evidence: where each title, byline ... was found.
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
    language: str | None
    based_on: tuple[str, ...]
    amp_url: str | None
    evidence: tuple[MetadataEvidence, ...]


def read_declared(tree: HtmlElement, url: str) -> Declared:
    """What the page at `url` (which may be no http URL) declares."""
    metas = _metas(tree)
    nodes = jsonld.nodes(tree)
    canonicals = _canonicals(tree, metas, url)
    canonical = next((c.value for c in canonicals if not _is_front(c.value, url)), None)
    story: jsonld.Node = jsonld.article(nodes, tuple(u for u in (url, canonical) if u)) or {}
    dated: jsonld.Node = story if "datePublished" in story else jsonld.page_dates(nodes) or story
    titles = [
        *said("title", "jsonld", jsonld.texts(story.get("headline"))),
        *said("title", "meta", _all(metas, _TITLE)),
        *said("title", "title", _titles(tree, ".//title")),
    ]
    sites = [
        *said("site_name", "meta", _all(metas, _SITE[:1])),
        *said("site_name", "jsonld", jsonld.texts(jsonld.resolve(story.get("publisher"), nodes))),
        *said("site_name", "meta", _all(metas, _SITE[1:])),
    ]
    sites = [one for one in sites if not one.value.startswith(("http", "@"))]
    bylines = (
        said("authors", "jsonld", jsonld.people(story.get("author"), nodes)),
        said("authors", "meta", (*_all(metas, _AUTHOR), *_labelled_author(metas))),
    )
    sections = [
        *said("section", "jsonld", jsonld.texts(story.get("articleSection"))),
        *said("section", "meta", _all(metas, ["article:section"])),
    ]
    images = _images(story.get("image"), metas, url)
    languages = [
        *said("language", "lang", [tree.get("lang")]),
        *said("language", "jsonld", jsonld.texts(story.get("inLanguage"))),
        *said("language", "meta", _all(metas, _LANGUAGE)),
    ]
    headings = said("title", "heading", _titles(tree, ".//h1"))
    return Declared(
        titles=_values(titles),
        headings=_values(headings),
        summary=plain(jsonld.text(story.get("description")) or _first(metas, _SUMMARY)),
        site_names=_values(sites),
        bylines=(_values(bylines[0]), _values(bylines[1])),
        section=next(iter(_values(sections)), None),
        tags=unite(_keywords(story.get("keywords")), _meta_tags(metas)),
        image_url=images[0].value if images else None,
        canonical_url=canonical,
        published=_dates(jsonld.texts(dated.get("datePublished")), metas, _PUBLISHED, tree),
        updated=_dates(jsonld.texts(dated.get("dateModified")), metas, _UPDATED),
        free=jsonld.free(story, _first(metas, ["article:content_tier"])),
        is_article=bool(story) or _first(metas, ["og:type"]) == "article",
        is_list=jsonld.is_list(nodes),
        is_live=jsonld.is_live_blog(nodes),
        is_media=jsonld.is_media(nodes)
        or any(said.startswith(_MEDIA) for said in _all(metas, ("og:type", "twitter:card"))),
        text=jsonld.text(story.get("articleBody")) or "",
        rights=_rights(metas),
        language=next(iter(_values(languages)), None),
        based_on=_absolutes((*jsonld.urls(story.get("isBasedOn")), *_all(metas, _ORIGINAL)), url),
        amp_url=next(iter(_absolutes(_links(tree, "amphtml"), url)), None),
        evidence=(
            *headings,
            *titles,
            *bylines[0],
            *bylines[1],
            *sections,
            *images,
            *sites,
            *canonicals,
            *languages,
        ),
    )


def _values(candidates: Sequence[MetadataEvidence]) -> tuple[str, ...]:
    return unite(one.value for one in candidates)


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


def _links(tree: HtmlElement, rel: str) -> list[str]:
    return [
        link.get("href") or ""
        for link in tree.iter("link")
        if rel in (link.get("rel") or "").lower().split()
    ]


def _absolutes(urls: Iterable[str], base: str) -> tuple[str, ...]:
    found = (absolute(url, base) for url in urls if url)
    return tuple(dict.fromkeys(url for url in found if url))


def _canonicals(tree: HtmlElement, metas: Metas, url: str) -> list[MetadataEvidence]:
    """The canonical URL (RFC 6596), else og:url; absolute as declared."""
    return [
        *said("canonical_url", "link", _absolutes(_links(tree, "canonical"), url)),
        *said("canonical_url", "meta", _absolutes(metas.get("og:url", ()), url)),
    ]


def _is_front(canonical: str, url: str) -> bool:
    """Whether a page below the site's front page names that: a mistake of the site."""
    deep = url.startswith("http") and urlsplit(url).path.strip("/") != ""
    return deep and urlsplit(canonical).path.strip("/") == ""


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


def _images(value: Any, metas: Metas, url: str) -> list[MetadataEvidence]:
    first = value[0] if isinstance(value, list) and value else value
    if isinstance(first, dict):
        first = first.get("url") or first.get("contentUrl")
    return [
        *said("image_url", "jsonld", _absolutes([jsonld.text(first) or ""], url)),
        *said("image_url", "meta", _absolutes(_all(metas, _IMAGE), url)),
    ]


def _rights(metas: Metas) -> tuple[str, ...]:
    """Reservations that machines can read: TDMRep (W3C Community Group report, 2024) and noai."""
    found = []
    if "1" in metas.get("tdm-reservation", ()):
        found.append("tdm-reservation")
    robots = " ".join(_all(metas, ["robots"])).lower()
    found.extend(word for word in ("noai", "noimageai") if re.search(rf"\b{word}\b", robots))
    return tuple(found)
