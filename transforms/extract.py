"""Extract: Page | Document -> Article. What a page or document says, and nothing it does not."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import apache_beam as beam
from apache_beam.pvalue import DoOutputsTuple, PCollection, TaggedOutput
from trafilatura.meta import reset_caches

from schemas.elements import Article, Document, Outcome, Page, Run
from transforms import plaintext, quality
from transforms.article import Found, compose
from transforms.clean import plain, tidy_text, unite
from transforms.declared import absolute
from transforms.outcomes import Rejected, end
from transforms.page import check_type, decode, looks_plain, media_type, parse
from transforms.read_page import people, read_page
from transforms.runs import RunInput
from transforms.tally import count

MAX_PAYLOAD: Final = 1024 * 1024  # bytes of a refused body that are kept for a replay
# trafilatura caches whole strings: 60 pages of one large paragraph each cost 200 MB. Its caches
# are emptied whenever this much has gone through them.
CACHED_BYTES: Final = 64_000_000


def extract(page: Page, window_days: int) -> Article:
    """The article on a page.

    Raises Rejected: empty_body, unsupported_type, undecodable, too_complex, no_text,
    consent_page, index_page (the last two only when the page has no other text), extract_error.
    The date of a feed's article decides its event only within `window_days`, see `published`.
    """
    content_type = dict(page.headers).get("content-type")
    check_type(page.body, content_type)
    text = decode(page.body, content_type)
    if looks_plain(page.body, content_type):
        kind = media_type(content_type)
        return read_document(Document(page.entry, text, kind, page.retrieved_at), window_days)
    tree = parse(text)
    found = read_page(tree, text, page)
    return compose(found, page.entry, page.retrieved_at, window_days)


def read_document(document: Document, window_days: int) -> Article:
    """The article in a plain-text document. Raises Rejected empty_body or no_text."""
    if not document.text.strip():
        raise Rejected("empty_body")
    read = plaintext.read(document.text, markdown=document.media_type == "text/markdown")
    # A correction stands apart from the body, but it is news: it ends the text, so that an
    # article that was corrected has another text than before.
    text = tidy_text("\n".join([read.text, *read.notes]))
    if not any(c.isalnum() for c in text):
        raise Rejected("no_text")
    entry = document.entry
    found = Found(
        text=text,
        extractor="plaintext",
        extractor_version=plaintext.VERSION,
        title=plain(read.title) or plain(entry.title),
        summary=plain(read.summary) or plain(entry.summary),
        section=plain(read.section),
        authors=read.authors or people(entry.authors)[0],
        byline=read.byline or entry.authors,
        credits=read.credits,
        canonical_url=absolute(read.canonical_url, ""),
        site_name=plain(read.site_name),
        dateline=read.dateline,
        published=read.dates,
        updated=(read.updated,) if read.updated else (),
        tags=unite(read.tags, entry.tags),
        image_url=absolute(entry.image_url, entry.origin.url),
    )
    return compose(found, entry, document.retrieved_at, window_days)


class _ExtractOne(beam.DoFn):
    def __init__(self, window_days: int, reject_flags: tuple[str, ...]) -> None:
        self.window_days = window_days
        self.reject_flags = reject_flags
        self.read = 0

    def setup(self) -> None:
        # What these libraries would say of a page is said by its outcome.
        for name in ("trafilatura", "htmldate", "courlan", "justext", "charset_normalizer"):
            logging.getLogger(name).setLevel(logging.CRITICAL)

    def process(
        self, element: Page | Document, run: Run
    ) -> Iterator[Article | TaggedOutput[Literal["outcomes"], Outcome]]:
        origin = element.entry.origin
        try:
            article = self.judge(element)
        except Rejected as rejected:
            count("extract", "rejected")
            payload, payload_type = _payload(element)
            yield TaggedOutput(
                "outcomes",
                end(
                    origin,
                    rejected.outcome,
                    "extract",
                    run.at,
                    reason=rejected.reason,
                    detail=rejected.detail,
                    payload=payload,
                    payload_type=payload_type,
                ),
            )
            return
        if origin.known and origin.known.content_hash == article.content_hash:
            count("extract", "unchanged")
            yield TaggedOutput(
                "outcomes", end(origin, "unchanged", "extract", run.at, reason="same_text")
            )
            return
        count("extract", "articles")
        yield article

    def judge(self, element: Page | Document) -> Article:
        if isinstance(element, Document):
            article = read_document(element, self.window_days)
        else:
            self.read += len(element.body)
            if self.read > CACHED_BYTES:
                reset_caches()
                self.read = 0
            article = extract(element, self.window_days)
        for flag in self.reject_flags:
            if flag in article.quality_flags:
                raise Rejected(flag, "rejected by choice (reject flags)")
        return article


def _payload(element: Page | Document) -> tuple[bytes, str]:
    if isinstance(element, Document):
        body, kind = element.text.encode("utf-8", "replace"), element.media_type
    else:
        body = element.body
        kind = media_type(dict(element.headers).get("content-type")) or "application/octet-stream"
    return body[:MAX_PAYLOAD], kind


@dataclass
class Extract(beam.PTransform):
    """Read the article on each page or document.

    run: the run that it belongs to. window_days: how far back a feed's publication date decides
    the event. reject_flags: quality flags (see transforms.quality) that reject an article.
    Outputs: main (Article), outcomes (Outcome).
    """

    run: RunInput
    window_days: int = 30
    reject_flags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__init__()
        unknown = [flag for flag in self.reject_flags if flag not in quality.FLAGS]
        if unknown:
            raise ValueError(f"no such quality flag: {unknown[0]}; choose from {[*quality.FLAGS]}")

    def expand(self, pcoll: PCollection[Page | Document]) -> DoOutputsTuple:
        do_fn = _ExtractOne(self.window_days, tuple(self.reject_flags))
        return pcoll | beam.ParDo(do_fn, self.run).with_outputs("outcomes", main="main")
