"""What flows through the pipeline, and what is written: one frozen dataclass for each.

A dataclass whose fields carry a description (`Annotated[type, "..."]`) is also a table: its
columns, their order, types, nullability and documentation are derived from it by
`schemas.tables`, so that an element and its row cannot drift apart. A field without a
description is carried through the pipeline but never written.

All times are timezone-aware UTC `datetime`s. Nothing here reads a clock.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from schemas.packing import packed

# ---------------------------------------------------------------------------- the way in


@packed
@dataclass(frozen=True, slots=True)
class Run:
    """One run: a bounded job, or one window of a stream."""

    id: str  # names its files; begins with its logical time
    at: datetime  # its logical time, the only clock that data sees
    seq: int = 0  # the generation of the dataset that it knows, and builds on


@packed
@dataclass(frozen=True, slots=True)
class Feed:
    """One feed to poll, as the operator listed it."""

    url: str
    source: str | None = None  # the publisher's name, when the list gives one
    language: str | None = None  # BCP 47, when the list gives one
    index: str | None = None  # the sitemap index that lists it, when no operator does


@packed
@dataclass(frozen=True, slots=True)
class Known:
    """What the dataset already holds of an article id (its newest version)."""

    version: int
    content_hash: str
    event_at: datetime
    event_at_source: str
    first_seen_at: datetime
    duplicate_group: str
    duplicate_relation: str
    duplicate_of: str | None
    story_id: str


@packed
@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document comes from. It travels with the document to its outcome."""

    discovery: str  # unique within a run: the key on which the books are balanced
    kind: str  # feed | document | archive
    id: str  # the article's id, see transforms.identity
    url: str  # as discovered, absolute
    source: str  # publisher's name if the feed list gives one, else the host; "seed" for documents
    feed_url: str | None = None
    key: str | None = None  # identity within its feed: guid, else link, else content hash
    fingerprint: str | None = None  # sha256 of what the feed says of it; a change means look again
    attempts: int = 0  # runs in a row that failed for a passing reason
    known: Known | None = None
    listed: bool = False  # this feed listed it before
    previous: str | None = None  # "outcome:reason" then, if the feed says the same of it now
    rests: bool = False  # it waits for another try, whose time has not come
    retry_after: float | None = None  # seconds that its host asked to be left alone


@packed
@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed: what the feed says, verbatim where it matters."""

    origin: Origin
    title: str | None = None  # plain text
    summary: str | None = None  # plain text
    content: str | None = None  # HTML, unsanitised
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published: str | None = None  # the raw string
    updated: str | None = None  # the raw string
    image_url: str | None = None
    language: str | None = None


@packed
@dataclass(frozen=True, slots=True)
class Page:
    """The bytes of one page, with what the transport said of them."""

    entry: Entry
    url: str  # after redirects
    status: int
    headers: tuple[tuple[str, str], ...]  # names in lower case, in the order received
    body: bytes  # decoded (Content-Encoding removed)
    retrieved_at: datetime
    rights: tuple[str, ...] = ()  # what the site's robots.txt reserves of it


@packed
@dataclass(frozen=True, slots=True)
class Document:
    """A plain-text document (.txt, .md), not yet read."""

    entry: Entry
    text: str
    media_type: str  # text/plain | text/markdown
    retrieved_at: datetime


# ------------------------------------------------------------------------------- the row


@packed
@dataclass(frozen=True, slots=True)
class DateEvidence:
    """One candidate for the publication date."""

    value: Annotated[str, "The date as found, normalised to ISO 8601 at its own precision"]
    source: Annotated[
        str,
        "Where it was found: feed, jsonld, meta, url, text, header or html "
        "(html: htmldate's reading of the page)",
    ]
    precision: Annotated[str, "second, minute, day, month or year"]
    zone: Annotated[
        str, "How the zone is known: offset, name, assumed (none given, UTC taken) or none"
    ]


@packed
@dataclass(frozen=True, slots=True)
class MetadataEvidence:
    """One candidate for a field of an article."""

    field: Annotated[
        str, "title, authors, section, image_url, site_name, canonical_url or language (declared)"
    ]
    value: Annotated[str, "As found, in plain text; at most 1,000 code points"]
    source: Annotated[
        str,
        "Where it was found: jsonld, meta, link (rel), heading (h1), title (of the window), lang "
        "(attribute), feed, text (a byline), html (trafilatura's reading of the page) or document",
    ]
    chosen: Annotated[bool, "The field's value was made of it"]


@packed
@dataclass(frozen=True, slots=True)
class Dateline:
    """The dateline of a report: where, and sometimes when, it was filed."""

    place: Annotated[str | None, "As printed, without the separator: WASHINGTON; KYIV, Ukraine"]
    date: Annotated[str | None, "The date in the dateline, as printed"]


@packed
@dataclass(frozen=True, slots=True)
class Entity:
    """One mention of a named entity."""

    name: Annotated[str, "Canonical form within the document"]
    type: Annotated[str, "OntoNotes 5 label: PERSON, ORG, GPE, LOC, NORP, FAC, EVENT ..."]
    text: Annotated[str, "The mention as printed; equals text[start:end] of the article"]
    start: Annotated[int, "First code point of the mention"]
    end: Annotated[int, "Code point after the mention"]
    country: Annotated[str | None, "ISO 3166-1 alpha-2, when the entity is or implies a country"]
    link: Annotated[str | None, "Identifier in a knowledge base, when linked"]
    score: Annotated[float | None, "Confidence, when the model gives one"]


@packed
@dataclass(frozen=True, slots=True)
class DateMention:
    """One temporal expression in the text, resolved."""

    text: Annotated[str, "The expression as printed; equals text[start:end] of the article"]
    type: Annotated[str, "TIMEX3 type: DATE, TIME, DURATION or SET"]
    value: Annotated[str, "TIMEX3 value: 2024-10-31, 2024-W44, 2024-10 ...; empty if unresolved"]
    begin: Annotated[datetime | None, "First instant of the value"]
    end_at: Annotated[datetime | None, "Instant after the value"]
    start: Annotated[int, "First code point of the expression"]
    end: Annotated[int, "Code point after the expression"]
    anchor: Annotated[str, "Resolved against: publication, explicit, lead, previous or none"]


@packed
@dataclass(frozen=True, slots=True)
class Similarity:
    """How alike an article and the one it duplicates are, estimated on their sketches."""

    containment: Annotated[float, "Share of the smaller text found in the larger, 0 to 1"]
    jaccard: Annotated[float, "Jaccard similarity of the two texts' word 3-grams, 0 to 1"]


@packed
@dataclass(frozen=True, slots=True)
class Article:
    """One version of one article."""

    origin: Origin
    id: Annotated[str, "First 32 hex digits of the sha256 of the canonical identity"]
    url: Annotated[str, "As discovered"]
    source: Annotated[str, "Publisher's name when known, else the host; seed for a bare document"]
    retrieved_at: Annotated[datetime, "Logical time of the run that fetched or read it"]
    event_at: Annotated[datetime, "Decides the partition; never changes for an id"]
    event_at_source: Annotated[str, "published, updated or retrieved"]
    text: Annotated[str, "The clean body; paragraphs separated by a newline"]
    text_length: Annotated[int, "Code points of text"]
    content_hash: Annotated[str, "sha256 hex of the normalised text"]
    duplicate_group: Annotated[str, "Id of the group's first-seen member; never changes"]
    duplicate_relation: Annotated[str, "original, exact, copy, excerpt, superset or derived"]
    story_id: Annotated[str, "Id of the story's first-seen member, after an s; never changes"]
    version: Annotated[int, "1 for the first text of an id, then 2, 3 ..."]
    first_seen_at: Annotated[datetime, "Logical time of the run that first stored the id"]
    extractor: Annotated[str, "What read the text: trafilatura or plaintext"]
    extractor_version: Annotated[str, "Its version"]
    canonical_url: Annotated[str | None, "As the page or document declares it"] = None
    feed_url: Annotated[str | None, "The feed that listed it"] = None
    archive_ref: Annotated[str | None, "file@offset of the raw record"] = None
    title: Annotated[str | None, "Headline, without the site's name"] = None
    summary: Annotated[str | None, "Standfirst, subtitle or the feed's summary; plain text"] = None
    section: Annotated[str | None, "Section as printed or declared"] = None
    tags: Annotated[tuple[str, ...], "Tags and categories, of the page and of the feed"] = ()
    authors: Annotated[tuple[str, ...], "Names only, in the order of the byline"] = ()
    image_url: Annotated[str | None, "Lead image"] = None
    site_name: Annotated[str | None, "Name that the page or document gives its publisher"] = None
    published_at: Annotated[datetime | None, "Publication time; null if it does not say"] = None
    published_precision: Annotated[str | None, "second, minute, day, month or year"] = None
    published_zone: Annotated[str | None, "offset, name, assumed or none"] = None
    published_evidence: Annotated[tuple[DateEvidence, ...], "All candidates, best first"] = ()
    updated_at: Annotated[datetime | None, "Last update that the page or feed states"] = None
    declared_language: str | None = None  # BCP 47, of the feed or the page; weighed, never believed
    language: Annotated[
        str | None, "ISO 639-1, else 639-3; und when undetermined; null when not run"
    ] = None
    language_score: Annotated[float | None, "Probability of language, 0 to 1"] = None
    quality_flags: Annotated[tuple[str, ...], "What an editor should know, see docs"] = ()
    paywalled: Annotated[bool | None, "Declared or seen; null when unknown"] = None
    rights: Annotated[tuple[str, ...], "Machine-readable reservations found"] = ()
    dateline: Annotated[Dateline | None, "Dateline of the report"] = None
    wire_source: Annotated[str | None, "Agency whose report this is"] = None
    wire_inferred: Annotated[bool, "The agency was inferred, the text does not credit it"] = False
    wire_contributors: Annotated[tuple[str, ...], "Agencies that contributed material"] = ()
    wire_evidence: Annotated[tuple[str, ...], "The credits as printed"] = ()
    entities: Annotated[tuple[Entity, ...], "Mentions of named entities, in text order"] = ()
    entities_model: Annotated[str | None, "name-version@digest; null when not run"] = None
    dates: Annotated[tuple[DateMention, ...], "Temporal expressions, in text order"] = ()
    dates_model: Annotated[str | None, "name-version; null when not run"] = None
    sketch: Annotated[bytes | None, "Hashes of the text's shingles; null when not run"] = None
    sketch_version: Annotated[str | None, "How the sketch was made; null when not run"] = None
    duplicate_of: Annotated[str | None, "Id of the article it duplicates"] = None
    duplicate_similarity: Annotated[Similarity | None, "Against duplicate_of"] = None
    story_score: Annotated[float | None, "Similarity to the story, 0 to 1"] = None
    fetched_url: Annotated[str | None, "After redirects; null when read from a document"] = None
    story_terms: Annotated[bytes | None, "Hashed words and weights; null when not run"] = None
    story_terms_version: Annotated[str | None, "How they were made; null when not run"] = None
    metadata_evidence: Annotated[
        tuple[MetadataEvidence, ...], "Candidates for title, authors and other fields, by source"
    ] = ()
    based_on: Annotated[
        tuple[str, ...], "URLs of the original that it declares: isBasedOn, syndication-source"
    ] = ()
    amp_url: Annotated[str | None, "Its AMP version, as the page declares it"] = None


# ------------------------------------------------------------------------- linking articles


@packed
@dataclass(frozen=True, slots=True)
class Footprint:
    """What is needed of one article of a run to link it with all others: no text."""

    discovery: str
    id: str
    url: str
    source: str
    published_at: datetime | None
    content_hash: str
    sketch: bytes
    terms: bytes
    wire_source: str | None
    credited: bool  # the text credits somebody
    known: Known | None


@packed
@dataclass(frozen=True, slots=True)
class Linked:
    """What an article is to others. None: as the article has it."""

    discovery: str
    duplicate_group: str
    story_id: str
    duplicate_relation: str | None = None
    duplicate_of: str | None = None
    duplicate_similarity: Similarity | None = None
    story_score: float | None = None
    wire_source: str | None = None


# -------------------------------------------------------------------- the books and state


@packed
@dataclass(frozen=True, slots=True)
class Outcome:
    """How the way of one discovered document ended: the credit side, a row of the ledger."""

    origin: Origin
    url: Annotated[str, "As discovered"]
    source: Annotated[str, "As in articles, as far as known at discovery"]
    outcome: Annotated[str, "stored, duplicate, unchanged, rejected, failed or deferred"]
    stage: Annotated[str, "Where the way ended"]
    at: Annotated[datetime, "Logical time of the run"]
    article_id: Annotated[str | None, "Id in articles"] = None
    feed_url: Annotated[str | None, "The feed that listed it"] = None
    host: Annotated[str | None, "Host of url; null for documents"] = None
    reason: Annotated[str | None, "Code; null when stored"] = None
    detail: Annotated[str | None, "For a human: the status, the limit, the other id"] = None
    payload: bytes | None = None  # what a replay needs, for rejected and failed
    payload_type: str | None = None
    archive_ref: str | None = None


@packed
@dataclass(frozen=True, slots=True)
class Reject:
    """What could not become an article, with what another try needs."""

    url: Annotated[str, "As discovered; the feed's URL when the feed itself was unusable"]
    source: Annotated[str, "As in the ledger"]
    stage: Annotated[str, "Where the way ended"]
    reason: Annotated[str, "Code"]
    attempts: Annotated[int, "Runs that tried, this one included"]
    versions: Annotated[str, "newsbeam and the libraries that judged it, as name/version pairs"]
    at: Annotated[datetime, "Logical time of the run"]
    feed_url: Annotated[str | None, "The feed that listed it"] = None
    detail: Annotated[str | None, "For a human"] = None
    payload: Annotated[bytes | None, "The bytes that were refused"] = None
    payload_type: Annotated[str | None, "Media type of payload"] = None
    archive_ref: Annotated[str | None, "file@offset of the raw record"] = None


@packed
@dataclass(frozen=True, slots=True)
class Listed:
    """What a feed's last listing said of one entry, and what became of it."""

    key: Annotated[str, "Identity within the feed: guid, else link, else content hash"]
    article_id: Annotated[str, "Id in articles"]
    fingerprint: Annotated[str, "sha256 hex of what the feed said of it"]
    outcome: Annotated[str, "outcome:reason of the last look"]
    attempts: Annotated[int, "Runs in a row that failed for a passing reason"]


@packed
@dataclass(frozen=True, slots=True)
class Waiting:
    """A listed entry whose page could not be had for a reason that may pass."""

    key: Annotated[str, "As in listed"]
    since: Annotated[datetime, "Run that tried first; after 30 days it is given up"]
    due_at: Annotated[datetime, "When it is tried again, if the feed still lists it"]


@packed
@dataclass(frozen=True, slots=True)
class Renamed:
    """A listed entry whose link has changed; it is still the article that it was."""

    link_id: Annotated[str, "The id that its link has now"]
    article_id: Annotated[str, "The id that it has in articles"]


@packed
@dataclass(frozen=True, slots=True)
class FeedPoll:
    """One poll of one feed: the feed's state for the next run."""

    feed_url: Annotated[str, "As listed by the operator"]
    outcome: Annotated[str, "ok, not_modified, unchanged, failed or deferred (not asked)"]
    entries: Annotated[int, "Entries in the document"]
    new_entries: Annotated[int, "Of them, never listed before"]
    error_streak: Annotated[int, "Polls in a row that failed, this one included"]
    next_due_at: Annotated[datetime, "When the feed's own signals ask to be polled next"]
    interval_seconds: Annotated[int, "Seconds from this poll to next_due_at"]
    health: Annotated[str, "ok, quiet, failing, gone or not_polled"]
    id_policy: Annotated[str, "How entries are told apart: guid, link or content"]
    at: Annotated[datetime, "Logical time of the run"]
    fetched_url: Annotated[str | None, "After redirects"] = None
    kind: Annotated[str | None, "rss20, atom10 ... as feedparser names it"] = None
    title: Annotated[str | None, "The feed's title"] = None
    reason: Annotated[str | None, "Code, when it failed"] = None
    detail: Annotated[str | None, "For a human"] = None
    http_status: Annotated[int | None, "Status of the last response"] = None
    etag: Annotated[str | None, "Verbatim; sent back as If-None-Match"] = None
    last_modified: Annotated[str | None, "Verbatim; sent back as If-Modified-Since"] = None
    body_hash: Annotated[str | None, "sha256 hex of the decoded body"] = None
    last_success_at: Annotated[datetime | None, "Last poll that did not fail"] = None
    last_new_at: Annotated[datetime | None, "Last poll that found a new entry"] = None
    listed: Annotated[tuple[Listed, ...], "State: the entries of the last listing"] = ()
    due_reason: Annotated[str | None, "Why next_due_at is when it is, see docs/feeds.md"] = None
    flags: Annotated[tuple[str, ...], "What was amiss in the last document read"] = ()
    asked_seconds: Annotated[int | None, "Seconds between polls that the document asks for"] = None
    skips: Annotated[str | None, "Hours and days, GMT, at which it asks not to be polled"] = None
    gap_seconds: Annotated[int | None, "Seconds between two of its entries, on average"] = None
    newest_at: Annotated[datetime | None, "Latest date among its entries, not of the future"] = None
    moved_to: Annotated[str | None, "Where it says that it has moved for good"] = None
    moved_since: Annotated[datetime | None, "The first poll that was sent there"] = None
    moved_polls: Annotated[int | None, "Polls in a row that were sent there"] = None
    index_url: Annotated[str | None, "The sitemap index that lists it"] = None
    children: Annotated[tuple[str, ...], "Of a sitemap index: the sitemaps that are polled"] = ()
    waiting: Annotated[tuple[Waiting, ...], "State: listed entries to be tried again"] = ()
    aliases: Annotated[tuple[Renamed, ...], "State: listed entries whose link has changed"] = ()
    payload: bytes | None = None  # the body, when it could not be read as a feed
    payload_type: str | None = None


@packed
@dataclass(frozen=True, slots=True)
class Alias:
    """What a run found out of earlier ones: whom an article, or a story, belongs to from now on.

    The newest of an id counts.
    """

    kind: Annotated[str, "duplicate_group or story"]
    from_id: Annotated[str, "An article, with all whose group it led; or a story"]
    to_id: Annotated[
        str, "The article that leads its group from now on; or the story it is part of"
    ]
    at: Annotated[datetime, "Logical time of the run"]


# ------------------------------------------------------------------------------ the commit


@packed
@dataclass(frozen=True, slots=True)
class StagedFile:
    """A Parquet file that is written, closed and verified, but not yet part of the dataset."""

    table: str
    partition: str  # event_date=2024-10-31 | run_date=2024-11-01
    name: str
    rows: int
    bytes: int
    sha256: str
    schema_version: str
    run_id: str
    min_event_at: datetime | None = None
    max_event_at: datetime | None = None
