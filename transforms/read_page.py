"""Reading a page: trafilatura's text, and what the page, its feed and its looks say of it.

Sources: the text is trafilatura's (A. Barbaresi, ACL 2021), the date of a page that declares
none is htmldate's (A. Barbaresi, JOSS 5(51), 2020); the rest is read from the page's own
declarations, with the feed's fields filling gaps.
"""

import re
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import Any, Final, Literal, TypeAlias

from htmldate import find_date
from lxml.etree import XPath
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor

from schemas.elements import DateEvidence, Page
from transforms import quality, walls
from transforms.article import Found
from transforms.body import read_body
from transforms.bylines import names_in, parse_byline
from transforms.clean import headline, key, plain, tidy_text, unite
from transforms.dated_urls import url_dates
from transforms.dates import evidence, instant
from transforms.declared import Declared, absolute, read_declared
from transforms.identity import host
from transforms.looks import read_looks
from transforms.metadata import said
from transforms.outcomes import Rejected
from transforms.page_flags import page_flags
from transforms.printed import printed_byline, printed_date
from transforms.published import AHEAD, EARLIEST, is_plausible
from transforms.rights import of_headers

# Autor Jens Hohl; with a colon, `parse_byline` knows it.
_LABEL: Final = re.compile(r"^(?:aut(?:h?or(?:a|es|in|en)?|eur(?:e|s)?)|redacteur)\b:?\s+", re.I)

# A declared text stands in for one that is too short if it is this many times longer.
_FALLBACK: Final = 3
_COMPARED: Final = 80  # code points that tell a text from another
# The text that a page shows. Scripts and styles have no elements in them.
_SHOWN: Final = XPath(
    "//body/descendant-or-self::*[not(self::script or self::style)]/text()", smart_strings=False
)

Mode: TypeAlias = Literal["balanced", "fast", "precise"]
# How trafilatura looks for the text, measured on public sets: see docs/extraction.md.
MODES: Final[dict[Mode, dict[str, bool]]] = {
    "balanced": {},  # its default: several algorithms, the best text
    "fast": {"fast": True},  # no second opinion: a fifth less time
    "precise": {"precision": True},  # less text, less of what is not the article
}


# The algorithms that trafilatura asks for a second opinion compare each short paragraph with all of
# them (justext: 3,000 cost 4 CPU seconds, 19,000 cost 94) and look at each element once for each
# that it is in (readability: 20,000, each in 1,000 others, cost 12). A page of more is read without
# them. Of 1,863 real pages two are: they have 4,997 and 6,604 texts, and the same text without.
MANY_TEXTS: Final = 3_000
MANY_ELEMENTS: Final = 8_000
_ELEMENTS: Final = XPath("count(//*)")
_TEXTS: Final = XPath("count(//body//text()[normalize-space()])")


def read_page(tree: HtmlElement, html: str, page: Page, mode: Mode = "balanced") -> Found:
    """What the page says, of which `tree` is the tree and `html` the text. `mode`: see MODES.

    Raises Rejected no_text, consent_page or index_page when it has no article text.
    """
    entry = page.entry
    declared = read_declared(tree, page.url)
    names, parts = _authors([*declared.bylines, entry.authors], _site_names(declared, page.url))
    guessed = read_looks(tree) if not (declared.titles and names) else Document()
    title = headline(
        declared.headings,
        [*declared.titles, entry.title, guessed.title],
        _site_names(declared, page.url),
    )
    shown = _shown_dates(tree, html, page, title, declared.published)
    byline = None if names else printed_byline(tree, title)
    found = _text(tree, mode)
    fallback = quality.is_too_short(found) and len(declared.text) > _FALLBACK * len(found)
    body = read_body(_declared_text(declared.text) if fallback else found, title)
    if not any(c.isalnum() for c in body.text):
        raise Rejected(*_nothing(tree))
    if not names:
        # A guess from the page's looks is as often a place or a section, of one word.
        looks = [name for name in (guessed.author or "").split(";") if " " in name.strip()]
        printed = byline.names if byline else ()
        names, _ = _authors([body.names, printed, looks], _site_names(declared, page.url))
    flags = page_flags(body.text, title, tree, html, page.url, declared)
    flags["fallback_text"] = fallback or _is_from_data(body.text, declared.text, tree)
    return Found(
        text=body.text,
        extractor="declared" if fallback else "trafilatura",
        extractor_version=_version(),
        title=title,
        summary=declared.summary or plain(entry.summary),
        section=declared.section or next(iter(unite(guessed.categories or ())), None),
        authors=names,
        byline=(*parts, *body.parts, *(byline.parts if byline else ())),
        credits=body.credits,
        canonical_url=declared.canonical_url,
        site_name=next(iter(declared.site_names), None),
        dateline=body.dateline,
        published=(
            *declared.published,
            *body.dates,
            *url_dates(page.url, declared.canonical_url),
            *shown,
        ),
        updated=declared.updated,
        tags=unite(declared.tags or guessed.tags or (), entry.tags),
        image_url=declared.image_url or absolute(entry.image_url, page.url),
        paywalled=True if flags["paywall"] else (None if declared.free is None else False),
        rights=unite((*declared.rights, *of_headers(page.headers), *page.rights)),
        flags=tuple(flag for flag, raised in flags.items() if raised),
        language=declared.language,
        based_on=declared.based_on,
        amp_url=declared.amp_url,
        evidence=(
            *declared.evidence,
            *said("title", "html", [guessed.title]),
            *said("authors", "text", (*body.names, *(byline.names if byline else ()))),
            *said("authors", "html", (guessed.author or "").split(";")),
            *said("section", "html", guessed.categories or ()),
        ),
    )


def _text(tree: HtmlElement, mode: Mode) -> str:
    """trafilatura's text of a page; empty if it finds none."""
    elements = _ELEMENTS(tree)
    # A text is in an element or behind one, so that few elements have few texts.
    if elements > MANY_ELEMENTS or (elements > MANY_TEXTS / 2 and _TEXTS(tree) > MANY_TEXTS):
        mode = "fast"
    try:
        read = bare_extraction(tree, options=_options(mode))
    except Exception as error:  # lxml, trafilatura and courlan on hostile bytes
        raise Rejected("extract_error", f"{type(error).__name__}: {error}"[:500]) from error
    return (read and read.text) or ""


@cache
def _options(mode: Mode) -> Extractor:
    """Read from trafilatura's settings once. What it freezes (the last day for a date, the
    address) is for metadata and links only, which are not asked of it."""
    return Extractor(output_format="python", comments=False, **MODES[mode])


def _declared_text(markup: str) -> str:
    """The text of an articleBody: some write it with tags, and most with line ends."""
    if not re.search(r"<(?:p|br|div)\b", markup, re.I):
        return markup
    return re.sub(
        r"<[^<>]{1,1000}>", "", re.sub(r"<(?:/p|br\s*/?|/div)>", "\n", markup, flags=re.I)
    )


def _is_from_data(text: str, declared: str, tree: HtmlElement) -> bool:
    """Whether a text is the declared one and not on the page: trafilatura's own last resort."""
    ending = key(text[-_COMPARED:])
    if not declared or ending not in key(declared):
        return False
    shown = _SHOWN(tree)
    return ending not in key("".join(shown))


def _web_url(page: Page) -> str | None:
    return page.url if page.url.startswith("http") else None


def _date_options(page: Page) -> dict[str, Any]:
    """htmldate's. The default of max_date is today, which would make a replay differ."""
    return {
        "original_date": True,
        "extensive_search": True,
        "min_date": EARLIEST.date().isoformat(),
        "max_date": (page.retrieved_at + AHEAD).date().isoformat(),
    }


def _nothing(tree: HtmlElement) -> tuple[str, str | None]:
    """Why a page has no text: a notice, a list of links, or nothing at all."""
    shown = " ".join(_SHOWN(tree))
    if walls.is_consent(tidy_text(shown)):
        return "consent_page", "no article text beside the notice"
    if len(quality.headline_links(tree)) >= quality.MANY_HEADLINES:
        return "index_page", "no article text beside the links"
    return "no_text", None


def _authors(
    bylines: Sequence[Sequence[str]], site_names: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the first byline that has any but the site's own, and all parts as given."""
    sites = {key(name) for name in (*site_names, *people(site_names)[0])}
    names: tuple[str, ...] = ()
    parts: list[str] = []
    for given in bylines:
        of_byline: list[str] = []
        for one in given:
            found, as_given = people([one])
            parts.extend(as_given)
            # "harbour-radio.example, Ostrel, Norway" is an address.
            is_address = bool(as_given) and key(as_given[0]) in sites
            of_byline.extend(name for name in found if not is_address or " " in name)
        names = names or unite(name for name in of_byline if key(name) not in sites)
    return names, unite(parts)


def people(given: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Clean names, and byline parts as given, of author fields."""
    names: list[str] = []
    parts: list[str] = []
    for raw in given:
        clean = plain(raw)
        if clean and "://" not in clean and len(clean) <= 300:
            byline = parse_byline(clean) or names_in(_LABEL.sub("", clean))
            names.extend(byline.names)
            parts.extend(byline.parts)
    return unite(names), tuple(parts)


def _site_names(declared: Declared, url: str) -> tuple[str, ...]:
    """What a site is called in titles and bylines: its names, its host, and the host's stem."""
    try:
        name = host(url)
    except ValueError:
        return declared.site_names
    labels = name.split(".")
    return (*declared.site_names, name, *labels[:-1][-2:])


def _shown_dates(
    tree: HtmlElement, html: str, page: Page, title: str | None, declared: Sequence[DateEvidence]
) -> tuple[DateEvidence, ...]:
    """What a page shows of its date, if it declares none that can be right, or several.

    That is the date beside its headline, and without one what htmldate finds by its looks.
    """
    days = {c.value[:10] for c in declared if is_plausible(instant(c), page.retrieved_at)}
    if len(days) == 1:
        return ()
    printed = printed_date(tree, title)
    if printed and is_plausible(instant(printed), page.retrieved_at):
        return (printed,)
    return () if days else _guessed_date(tree, html, page)


def _guessed_date(tree: HtmlElement, html: str, page: Page) -> tuple[DateEvidence, ...]:
    """htmldate's date of a page, if the page shows it.

    For a mere year ("© 2024") or month it answers the first day of it, which nobody said.
    """
    try:
        date = find_date(tree, url=_web_url(page), **_date_options(page))
    except Exception as error:  # lxml and htmldate on hostile bytes
        raise Rejected("extract_error", f"{type(error).__name__}: {error}"[:500]) from error
    found = evidence(date, "html")
    if found is None or date is None:
        return ()
    if date.endswith("-01"):
        day = r"0?1(?!\d)"
        month = rf"0?{int(date[5:7])}(?!\d)"
        written = rf"{date[:4]}\W{{1,2}}{month}\W{{1,2}}{day}|{date.replace('-', '')}"
        written += rf"|(?<!\d){day}\W{{1,2}}{month}\W{{1,2}}{date[:4]}"
        written += rf"|(?<!\d){month}\W{{1,2}}{day}\W{{1,2}}{date[:4]}"
        worded = rf"(?<!\d){day}(?:st|\.|er)?\s(?:de\s)?\w+\.?,?\s(?:de\s)?{date[:4]}"
        worded += rf"|\w{{1,20}}\.?\s{day}(?:st)?,?\s{date[:4]}"
        if not re.search(f"{written}|{worded}", html):
            return ()
    return (found,)


@cache
def _version() -> str:
    return version("trafilatura")
