"""Reading a plain-text document: what is the article, and what stands around it.

A document is read from both ends: head and tail are taken off (`layout`), line by line for what
each line is (`furniture`), and what remains is the text. Nothing is guessed: what the document
does not say is None.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from schemas.elements import DateEvidence, Dateline
from transforms import markdown as md
from transforms.bylines import names_in
from transforms.furniture import Sign, dated, url_day
from transforms.layout import (
    Notes,
    byline_signs,
    take_closing_credits,
    take_dateline,
    take_head,
    take_tail,
    without_inner_furniture,
)
from transforms.paragraphs import joined, one_line, printable, rejoin, split

VERSION: Final = "1"  # of the rules: raise it when the same document reads differently


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as an editor reads it.

    title, summary, section: as printed; None if the document has none.
    authors: names of persons only. byline: its parts as printed, with agencies and outlets.
    dates: candidates for the publication date, with source `text`, `url` or `meta` (front
    matter), as printed from top to bottom; never a date of a caption. updated: the last update.
    canonical_url: the address that the document gives for itself. site_name: its publisher.
    captions: of photos. credits: wire credits and sign-offs. notes: corrections and editors'
    notes. All three as printed, and not in the text.
    text: the clean text, paragraphs separated by a newline; empty if there is none.
    """

    title: str | None = None
    summary: str | None = None
    section: str | None = None
    authors: tuple[str, ...] = ()
    byline: tuple[str, ...] = ()
    dateline: Dateline | None = None
    dates: tuple[DateEvidence, ...] = ()
    updated: DateEvidence | None = None
    canonical_url: str | None = None
    site_name: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    text: str = ""


def read(text: str, markdown: bool = False) -> Reading:
    """`text` read as a news document. Never raises; an empty text reads as an empty Reading.

    markdown: `text` is Markdown; without it, only the Markdown that cannot be anything else is
    reduced, since plain text files carry links and emphasis too.
    """
    notes = Notes()
    front, rest = md.front_matter(printable(text))
    notes.add(*_front_signs(front))
    for caption in md.captions(rest):
        notes.add(Sign("caption", one_line(caption)))
    rest = printable(md.plain(md.without_images(rest), full=markdown))
    paragraphs = without_inner_furniture(split(rest), notes)
    paragraphs = take_tail(paragraphs, notes)
    paragraphs = take_head(rejoin(paragraphs), notes)
    paragraphs = rejoin(paragraphs, soft=markdown)
    paragraphs = take_dateline(paragraphs, notes)
    paragraphs = take_closing_credits(paragraphs, notes)
    title = notes.first("title")
    if paragraphs and title and paragraphs[0].text == title:
        paragraphs = paragraphs[1:]
    body = joined(paragraphs)
    if not body and title and len(notes.every("title")) == 1 and not front.values:
        return _reading(notes, front, body=title, title=None)  # one line: a text, not a headline
    return _reading(notes, front, body=body, title=title)


def _reading(notes: Notes, front: md.FrontMatter, *, body: str, title: str | None) -> Reading:
    url = notes.first("url")
    dates = [s.date for s in notes.said if s.kind == "published" and s.date]
    address_day = url_day(url) if url else None
    if address_day:
        dates.append(address_day)
    authors = [name for sign in notes.said for name in sign.names if sign.kind == "byline"]
    if not authors:
        authors = [name for credit in notes.every("credit") for name in _reporters(credit)]
    return Reading(
        title=title,
        summary=notes.first("summary"),
        section=notes.first("section"),
        authors=tuple(dict.fromkeys(authors)),
        byline=notes.every("byline"),
        dateline=notes.dateline,
        dates=tuple(dict.fromkeys(dates)),
        updated=next((s.date for s in notes.said if s.kind == "updated"), None),
        canonical_url=url,
        site_name=notes.first("site") or _site(url),
        language=front.first("lang", "language", "locale"),
        tags=front.get("tags", "keywords", "categories"),
        captions=notes.every("caption"),
        credits=notes.every("credit"),
        notes=notes.every("note"),
        text=body,
    )


def _front_signs(front: md.FrontMatter) -> list[Sign]:
    """What the front matter says, by the keys that site generators use."""
    signs = []
    for kind, keys in (
        ("title", ("title", "headline")),
        ("summary", ("summary", "description", "subtitle", "excerpt", "standfirst")),
        ("section", ("section", "category")),
        ("url", ("canonical-url", "canonical", "url", "link", "permalink", "source-url")),
        ("site", ("publisher", "publication", "site", "source", "outlet", "site-name")),
    ):
        value = front.first(*keys)
        if value and (kind != "url" or value.startswith(("http://", "https://"))):
            signs.append(Sign(kind, value))
    for kind, keys in (
        ("published", ("date", "published", "publishdate", "pubdate", "published-at", "created")),
        ("updated", ("updated", "lastmod", "modified", "last-modified", "updated-at")),
    ):
        value = front.first(*keys)
        found = dated(value) if value else None
        if value and found:
            from_meta = DateEvidence(found.value, "meta", found.precision, found.zone)
            signs.append(Sign(kind, value, date=from_meta))
    for author in front.get("author", "authors", "byline", "by"):
        signs.extend(byline_signs(names_in(re.sub(r"^[Bb]y ", "", author))))
    return signs


def _reporters(credit: str) -> tuple[str, ...]:
    """Who a credit says reported it: where no byline is, they are its authors."""
    match = re.match(r"\(?[Rr]eporting by ([^;.()]+)", credit)
    return names_in(match[1]).names if match else ()


def _site(url: str | None) -> str | None:
    """The host of the document's own address: what is known of a publisher without a name."""
    try:
        host = urlsplit(url).hostname if url else None
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None
