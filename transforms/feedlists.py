"""Lists of feeds as operators keep them: OPML, plain text, CSV.

A bad row is reported and the others are used; only a file without one usable feed is an error.
The OPML reader is expat's: libxml2 refuses documents nested deeper than 256, and no tree is
needed. Nothing that the file refers to is ever read.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final
from xml.parsers import expat

from schemas.elements import Feed
from transforms.feed_bytes import decode, legal_xml
from transforms.feed_items import language_tag, visible
from transforms.identity import canonical_url
from transforms.outcomes import Rejected

_URL_COLUMNS: Final = ("url", "feed_url", "feed", "xmlurl", "link")
_SOURCE_COLUMNS: Final = ("source", "publisher", "name", "title", "text")
_LANGUAGE_COLUMNS: Final = ("language", "lang")
_MAX_SOURCE: Final = 200

# One row of a list: where it is ("line 3"), its URL, its source, its language.
_Row = tuple[str, str, str | None, str | None]


def read_feed_list(data: bytes, name: str) -> tuple[tuple[Feed, ...], tuple[str, ...]]:
    """The feeds of the list `data`, each once, and what is wrong with the other rows.

    `name` decides the format: .opml or .xml, .csv, anything else is one URL a line with
    # comments; XML is recognised whatever its name. Of two rows for the same feed the first is
    kept as it is written; an empty source or language of it is taken from the other.
    Raises ValueError, with one line for a human, if there is no usable feed in it.
    """
    try:
        text, _ = decode(data, None)
    except Rejected:
        raise ValueError("the list is empty") from None
    problems: list[str] = []
    ending = name.lower().rpartition(".")[2]
    rows: Iterable[_Row]
    if ending in ("opml", "xml") or text.lstrip().startswith("<"):
        rows = _opml(text, problems)
    elif ending == "csv":
        rows = _csv(text, problems)
    else:
        rows = _lines(text)
    feeds: dict[str, Feed] = {}
    for where, url, source, language in rows:
        try:
            identity = canonical_url(url)
        except ValueError as error:
            problems.append(f"{where}: {error}" if url else f"{where}: no URL")
            continue
        first = feeds.get(identity, Feed(url))
        feeds[identity] = Feed(
            url=first.url,
            source=first.source or visible(source or "")[:_MAX_SOURCE] or None,
            language=first.language or language_tag(language),
        )
    if not feeds:
        more = f" ({len(problems)} bad rows; {problems[0]})" if problems else ""
        raise ValueError(f"no usable feed in the list{more}")
    return tuple(feeds.values()), tuple(problems)


def _lines(text: str) -> Iterator[_Row]:
    for number, line in enumerate(text.splitlines(), 1):
        # A # inside a URL is its fragment; only one that stands apart begins a comment.
        url = f" {line}".replace("\t", " ").partition(" #")[0].strip()
        if url:
            yield f"line {number}", url, None, None


def _csv(text: str, problems: list[str]) -> Iterator[_Row]:
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    # Not strict: a stray quote is part of its field.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header: list[str] | None = None
    while True:
        where = f"line {reader.line_num + 1}"
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:  # a field beyond the module's limit
            problems.append(f"{where}: {error}")
            continue
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if header is None:
            header = [cell.lower() for cell in cells]
            if any(column in header for column in _URL_COLUMNS):
                continue
            if len([cell for cell in cells if cell]) > 1:
                problems.append(f"{where}: the header has no column url")
                return
            header = ["url"]  # one column and no header
        values = dict(zip(header, cells, strict=False))
        yield (
            where,
            _first(values, _URL_COLUMNS) or "",
            _first(values, _SOURCE_COLUMNS),
            _first(values, _LANGUAGE_COLUMNS),
        )


def _opml(text: str, problems: list[str]) -> list[_Row]:
    rows: list[_Row] = []
    names: list[str] = []
    parser = expat.ParserCreate(encoding="utf-8")

    def start(name: str, attributes: dict[str, str]) -> None:
        names.append(name.lower())
        values = {key.lower(): value.strip() for key, value in attributes.items()}
        if names[-1] == "outline" and "xmlurl" in values:
            where = f"line {parser.CurrentLineNumber}, column {parser.CurrentColumnNumber + 1}"
            source = values.get("text") or values.get("title")
            rows.append((where, values["xmlurl"], source, values.get("language")))

    def entity(*_: object) -> None:
        raise ValueError("the list declares XML entities, which an OPML list never needs")

    parser.StartElementHandler = start
    parser.EntityDeclHandler = entity
    try:
        parser.Parse(legal_xml(text.lstrip())[0], True)
    except expat.ExpatError as error:
        problems.append(f"line {error.lineno}: {expat.ErrorString(error.code)}; read up to there")
    if not names or names[0] != "opml":
        what = f"its root is <{names[0][:50]}>" if names else "there is no element in it"
        raise ValueError(f"not an OPML list: {what}")
    return rows


def _first(values: dict[str, str], columns: tuple[str, ...]) -> str | None:
    return next((values[column] for column in columns if values.get(column)), None)
