"""Reading a page: trafilatura's text, and what the page, its feed and its looks say of it.

Sources: the text is trafilatura's (A. Barbaresi, ACL 2021), the date of a page that declares
none is htmldate's (A. Barbaresi, JOSS 5(51), 2020); the rest is read from the page's own
declarations, with the feed's fields filling gaps.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from importlib.metadata import version
from typing import Any

from lxml.html import HtmlElement
from trafilatura import bare_extraction

from schemas.elements import DateEvidence, Entry, Page
from transforms import quality
from transforms.article import Found
from transforms.body import read_body
from transforms.bylines import names_in, parse_byline
from transforms.clean import headline, key, plain, tidy_text, unite
from transforms.dates import evidence
from transforms.declared import Declared, absolute, read_declared, url_dates
from transforms.identity import host
from transforms.outcomes import Rejected


def read_page(tree: HtmlElement, html: str, page: Page) -> Found:
    """What the page says, of which `tree` is the tree and `html` the text.

    Raises Rejected no_text, consent_page or index_page when it has no article text.
    """
    entry = page.entry
    declared = read_declared(tree, page.url)
    read = _trafilatura(tree, page)
    title = headline(
        declared.headings,
        [*declared.titles, entry.title, read and read.title],
        _site_names(declared, page.url),
    )
    body = read_body((read and read.text) or "", title)
    if not any(c.isalnum() for c in body.text):
        raise Rejected(*_nothing(tree))
    names, parts = _authors(declared, entry, body.names, (read and read.author) or "", page.url)
    site_name = next(iter(declared.site_names), None)
    stub = quality.is_stub(body.text, quality.wall(tree))
    links = quality.headline_links(tree)
    flags = {
        "index_page": quality.is_index(body.text, links, declared.is_article, declared.is_list),
        "consent_page": quality.is_consent(body.text),
        "paywall": declared.free is False or (stub and declared.free is not True),
    }
    return Found(
        text=body.text,
        extractor="trafilatura",
        extractor_version=_version(),
        title=title,
        summary=declared.summary or plain(entry.summary),
        section=declared.section or next(iter(unite((read and read.categories) or ())), None),
        authors=names,
        byline=(*parts, *body.parts),
        credits=body.credits,
        canonical_url=declared.canonical_url,
        site_name=site_name,
        dateline=body.dateline,
        published=(
            *declared.published,
            *body.dates,
            *url_dates(page.url, declared.canonical_url),
            *_shown_date((read and read.date) or None, html),
        ),
        updated=declared.updated,
        tags=unite(declared.tags or (read and read.tags) or (), entry.tags),
        image_url=declared.image_url or absolute(entry.image_url, page.url),
        paywalled=True if flags["paywall"] else (None if declared.free is None else False),
        rights=declared.rights,
        flags=tuple(flag for flag, raised in flags.items() if raised),
        language=tree.get("lang"),
    )


def _trafilatura(tree: HtmlElement, page: Page) -> Any:
    """trafilatura's reading of a page; None if it finds no text."""
    latest = (page.retrieved_at + timedelta(days=1)).date().isoformat()
    try:
        return bare_extraction(
            tree,
            url=page.url if page.url.startswith("http") else None,
            with_metadata=True,
            include_comments=False,
            # The default of max_date is today, which would make a replay differ from its run.
            date_extraction_params={
                "original_date": True,
                "extensive_search": True,
                "min_date": "1990-01-01",
                "max_date": latest,
            },
        )
    except Exception as error:  # lxml, trafilatura, courlan and htmldate on hostile bytes
        raise Rejected("extract_error", f"{type(error).__name__}: {error}"[:500]) from error


def _nothing(tree: HtmlElement) -> tuple[str, str | None]:
    """Why a page has no text: a notice, a list of links, or nothing at all."""
    shown = " ".join(tree.xpath("//body//text()[not(ancestor::script or ancestor::style)]"))
    if quality.is_consent(tidy_text(shown)):
        return "consent_page", "no article text beside the notice"
    if len(quality.headline_links(tree)) >= quality.MANY_HEADLINES:
        return "index_page", "no article text beside the links"
    return "no_text", None


def _authors(
    declared: Declared, entry: Entry, printed: tuple[str, ...], guessed: str, url: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names, and byline parts as given: of the page's declaration, else feed, text, looks."""
    sites = {key(name) for name in _site_names(declared, url)}
    names: tuple[str, ...] = ()
    parts: list[str] = []
    for given in (declared.byline, entry.authors, printed):
        found, as_given = people(given)
        parts.extend(as_given)
        names = names or tuple(name for name in found if key(name) not in sites)
    if not names:
        # A guess from the page's looks is as often a place or a section, of one word.
        found, _ = people(guessed.split(";"))
        names = tuple(name for name in found if " " in name and key(name) not in sites)
    return names, unite(parts)


def people(given: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Clean names, and byline parts as given, of author fields."""
    names: list[str] = []
    parts: list[str] = []
    for raw in given:
        clean = plain(raw)
        if clean and "://" not in clean and len(clean) <= 300:
            byline = parse_byline(clean) or names_in(clean)
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


def _shown_date(date: str | None, html: str) -> tuple[DateEvidence, ...]:
    """htmldate's date, if it is one that the page shows.

    For a mere year ("© 2024") or month it answers the first day of it, which nobody said.
    """
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
        worded += rf"|\w+\.?\s{day}(?:st)?,?\s{date[:4]}"
        if not re.search(f"{written}|{worded}", html):
            return ()
    return (found,)


@cache
def _version() -> str:
    return version("trafilatura")
