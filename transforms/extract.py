"""Extract: Page | Document -> Article. What a page or document says, and nothing it does not."""

import logging
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import DoOutputsTuple, PCollection, TaggedOutput
from trafilatura.meta import reset_caches

from schemas.elements import Article, Document, Entry, Origin, Outcome, Page, Run
from transforms import plaintext, quality
from transforms.article import Found, compose
from transforms.charset import decode
from transforms.clean import plain, tidy_text, unite
from transforms.declared import absolute
from transforms.language import identify, is_other_language
from transforms.metadata import said
from transforms.outcomes import Failed, Rejected, end
from transforms.overlapping import Overlapping
from transforms.page import check_type, looks_plain, media_type, parse
from transforms.read_page import Mode, people, read_page
from transforms.runs import RunInput
from transforms.tally import count, measure
from transforms.workers import TaskError, TaskMemory, TaskTimeout, Workers

MAX_PAYLOAD: Final = 1024 * 1024  # bytes of a refused body that are kept for a replay
# trafilatura caches whole strings: 60 pages of one large paragraph each cost 200 MB. Its caches
# are emptied whenever this much has gone through them.
CACHED_BYTES: Final = 64_000_000
_AHEAD: Final = 8  # elements for each worker that are submitted or done and not yet sent on


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read: what the options say of it.

    window_days: how far back a feed's publication date decides the event. mode: see
    `transforms.read_page.MODES`. reject_flags: quality flags (see transforms.quality) that reject
    an article; ValueError for one that does not exist.
    """

    window_days: int = 30
    mode: Mode = "balanced"
    reject_flags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        unknown = [flag for flag in self.reject_flags if flag not in quality.FLAGS]
        if unknown:
            raise ValueError(f"no such quality flag: {unknown[0]}; choose from {[*quality.FLAGS]}")


def extract(page: Page, window_days: int, mode: Mode = "balanced") -> Article:
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
        document = Document(page.entry, text, kind, page.retrieved_at)
        article = read_document(document, window_days)
    else:
        tree, shortened = parse(text)
        found = read_page(tree, text, page, mode)
        if shortened:
            found = replace(found, flags=(*found.flags, "shortened"))
        article = compose(found, page.entry, page.retrieved_at, window_days)
    # A page that is read from a file has the name of the file for its URL.
    return replace(article, fetched_url=page.url if page.url.startswith("http") else None)


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
        language=read.language,
        evidence=(
            *said("title", "document", [read.title]),
            *said("authors", "document", read.byline),
            *said("section", "document", [read.section]),
            *said("site_name", "document", [read.site_name]),
            *said("canonical_url", "document", [read.canonical_url]),
            *said("language", "document", [read.language]),
        ),
    )
    return compose(found, entry, document.retrieved_at, window_days)


def read(element: Page | Document, how: Reading) -> Article:
    """The article on a page or in a document.

    Raises Rejected, see `extract` and `read_document`, or with a flag of `how.reject_flags`.
    """
    if isinstance(element, Document):
        article = read_document(element, how.window_days)
    else:
        article = extract(element, how.window_days, how.mode)
    flags = article.quality_flags
    # Found by Enrich, where no way ends: looked for here only if it is to be rejected.
    if "other_language" in how.reject_flags and is_other_language(
        *identify(article.text, article.declared_language), article.declared_language
    ):
        flags = (*flags, "other_language")
    for flag in how.reject_flags:
        if flag in flags:
            raise Rejected(flag, "rejected by choice (reject flags)")
    return article


def ending(error: TaskError) -> Failed:
    """The outcome of a page whose reading had to be stopped. The same bytes would do it again."""
    names = {TaskTimeout: "extract_timeout", TaskMemory: "extract_memory"}
    return Failed(names.get(type(error), "extract_crash"), str(error), passing=False)


def quiet() -> None:
    """Silence what the libraries would say of a page: its outcome says it."""
    for name in ("trafilatura", "htmldate", "courlan", "justext", "charset_normalizer"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def prepare(_: None) -> None:
    quiet()
    # The libraries load month names, stop words and top-level domains when a page first needs
    # them: a second of CPU, here once for all workers and for those that replace them.
    never = datetime(2000, 1, 1, tzinfo=UTC)
    entry = Entry(Origin("warm-up", "archive", "warm-up", _WARM_UP_URL, "warm-up"))
    extract(Page(entry, _WARM_UP_URL, 200, (), _WARM_UP, never), window_days=1)


# Short, without a date, with what looks like one: all that is looked for in vain is loaded.
_WARM_UP_URL: Final = "https://www.example.co.uk/warm-up"
_WARM_UP: Final = (
    b"<html><body><p class='date'>Posted 12 uur 15</p><article><h1>A short note</h1>"
    b"<p>There is hardly anything to read on this page, and it says so.</p></article></body></html>"
)


class _Caches:
    """trafilatura's caches, emptied by what has gone through them."""

    def __init__(self) -> None:
        self.filled = 0

    def make_room(self, size: int) -> None:
        self.filled += size
        if self.filled > CACHED_BYTES:
            reset_caches()
            self.filled = 0


_CACHES: Final = _Caches()


def work(task: tuple[Page | Document, Reading]) -> Article:
    """`read`, with the caches of the libraries kept in bounds: what a worker does."""
    element, how = task
    _CACHES.make_room(len(element.text if isinstance(element, Document) else element.body))
    return read(element, how)


class _Extracting(Overlapping):
    def __init__(self, how: Reading, workers: Workers) -> None:
        self.how = how
        self.workers = workers
        self.in_flight = 1 + _AHEAD * workers.size

    def setup(self) -> None:
        super().setup()
        quiet()

    def submit(self, element: Page | Document, run: Run | None) -> Future:
        return self.workers.submit(work, (element, self.how), (prepare, None))

    def outputs(self, element: Page | Document, run: Any, work: Future) -> Iterator[Any]:
        origin = element.entry.origin
        ended: Rejected | Failed
        try:
            article = work.result()
        except Rejected as rejected:
            ended = rejected
        except TaskError as error:
            ended = ending(error)
        else:
            if origin.known and origin.known.content_hash == article.content_hash:
                count("extract", "unchanged")
                outcome = end(origin, "unchanged", "extract", run.at, reason="same_text")
                yield TaggedOutput("outcomes", outcome)
            else:
                count("extract", "articles")
                measure("extract", "text_length", article.text_length)
                yield article
            return
        count("extract", ended.outcome)
        payload, payload_type = _payload(element)
        outcome = end(
            origin,
            ended.outcome,
            "extract",
            run.at,
            reason=ended.reason,
            detail=ended.detail,
            payload=payload,
            payload_type=payload_type,
        )
        yield TaggedOutput("outcomes", outcome)


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

    run: the run that it belongs to. how: see `Reading`. workers: the processes that read. A page
    that takes too much time or memory there, or crashes one, ends as failed (extract_timeout,
    extract_memory, extract_crash), and no other page notices.
    Outputs: main (Article), outcomes (Outcome).
    """

    run: RunInput
    how: Reading = field(default_factory=Reading)
    workers: Workers = field(default_factory=Workers)

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, pcoll: PCollection[Page | Document]) -> DoOutputsTuple:
        extracting = (
            beam.ParDo(_Extracting(self.how, self.workers), self.run)
            .with_input_types(Page | Document, Run)
            .with_output_types(Article, outcomes=Outcome)
        )
        return pcoll | extracting.with_outputs("outcomes", main="main")
