"""From what was read of a document to its Article: dated, placed in time, and numbered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.elements import Article, DateEvidence, Dateline, Entry, MetadataEvidence, Origin
from transforms import quality, wire
from transforms.dates import evidence, instant
from transforms.identity import content_hash, host
from transforms.metadata import said, weighed
from transforms.published import choose, event_time, is_plausible


@dataclass(frozen=True, slots=True)
class Found:
    """What was read from one page or document, before it is dated and placed.

    byline: its parts as printed; credits: wire credits as printed; published and updated:
    candidates, best first; flags: those that the page gives rise to. evidence: candidates for
    its other fields.
    """

    text: str
    extractor: str
    extractor_version: str
    title: str | None
    summary: str | None
    section: str | None
    authors: tuple[str, ...]
    byline: tuple[str, ...]
    credits: tuple[str, ...]
    canonical_url: str | None
    site_name: str | None
    dateline: Dateline | None
    published: tuple[DateEvidence, ...]
    updated: tuple[DateEvidence, ...] = ()
    tags: tuple[str, ...] = ()
    image_url: str | None = None
    paywalled: bool | None = None
    rights: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    language: str | None = None  # as declared
    based_on: tuple[str, ...] = ()
    amp_url: str | None = None
    evidence: tuple[MetadataEvidence, ...] = ()


def compose(found: Found, entry: Entry, retrieved_at: datetime, window_days: int) -> Article:
    """The article's row: dated, placed, and numbered as the next version of a known id."""
    origin, known = entry.origin, entry.origin.known
    fed = evidence(entry.published, "feed")
    published = choose(
        (*found.published, *((fed,) if fed else ())), retrieved_at, origin.kind, window_days
    )
    fed_update = evidence(entry.updated, "feed")
    updates = (*found.updated, *((fed_update,) if fed_update else ()))
    updated_at = _updated(updates, published.published_at, retrieved_at)
    event_at, event_at_source = event_time(published, updated_at, retrieved_at)
    relation, duplicate_of = "original", None
    if known:
        event_at, event_at_source = known.event_at, known.event_at_source
        # The text changed, so that it is the exact copy of nothing any more.
        relation = "copy" if known.duplicate_relation == "exact" else known.duplicate_relation
        duplicate_of = known.duplicate_of
    credited = wire.credit(found.text, found.byline, found.credits)
    flags = {
        *found.flags,
        *(["too_short"] if quality.is_too_short(found.text) else []),
        *(["dates_disagree"] if published.disagrees else []),
        *(["future_date"] if published.from_future else []),
        *(["no_date"] if published.published_at is None else []),
        *(["title_missing"] if not found.title else []),
    }
    return Article(
        origin=origin,
        id=origin.id,
        url=origin.url,
        source=_source(found, origin),
        retrieved_at=retrieved_at,
        event_at=event_at,
        event_at_source=event_at_source,
        text=found.text,
        text_length=len(found.text),
        content_hash=content_hash(found.text),
        duplicate_group=known.duplicate_group if known else origin.id,
        duplicate_relation=relation,
        duplicate_of=duplicate_of,
        story_id=known.story_id if known else f"s{origin.id}",
        version=known.version + 1 if known else 1,
        first_seen_at=known.first_seen_at if known else retrieved_at,
        extractor=found.extractor,
        extractor_version=found.extractor_version,
        canonical_url=found.canonical_url,
        feed_url=origin.feed_url,
        title=found.title,
        summary=found.summary,
        section=found.section,
        tags=found.tags,
        authors=found.authors,
        image_url=found.image_url,
        site_name=found.site_name,
        published_at=published.published_at,
        published_precision=published.precision,
        published_zone=published.zone,
        published_evidence=published.evidence,
        updated_at=updated_at,
        # The feed says it of its own; a page often says what its software was installed with.
        declared_language=entry.language or found.language,
        quality_flags=quality.order(tuple(flags)),
        paywalled=found.paywalled,
        rights=found.rights,
        dateline=found.dateline,
        wire_source=credited.source,
        wire_contributors=credited.contributors,
        wire_evidence=credited.evidence,
        metadata_evidence=_weighed(found, entry),
        based_on=found.based_on,
        amp_url=found.amp_url,
    )


def _weighed(found: Found, entry: Entry) -> tuple[MetadataEvidence, ...]:
    """The candidates of the page or document and of its feed, and which of them were taken."""
    candidates = (
        *said("language", "feed", [entry.language]),
        *found.evidence,
        *said("title", "feed", [entry.title]),
        *said("authors", "feed", entry.authors),
        *said("image_url", "feed", [entry.image_url]),
    )
    taken = {
        "title": found.title,
        "authors": found.authors,
        "section": found.section,
        "image_url": found.image_url,
        "site_name": found.site_name,
        "canonical_url": found.canonical_url,
        "language": entry.language or found.language,
    }
    return weighed(candidates, taken)


def _source(found: Found, origin: Origin) -> str:
    """Who published it: as the feed list or host says; for documents as they say themselves."""
    if origin.kind != "document":
        return origin.source
    if found.site_name:
        return found.site_name
    try:
        return host(found.canonical_url or "")
    except ValueError:
        return origin.source


def _updated(
    candidates: Sequence[DateEvidence], published_at: datetime | None, retrieved_at: datetime
) -> datetime | None:
    """The last update that is stated, page before feed; none before the publication."""
    for at in map(instant, candidates):
        if is_plausible(at, retrieved_at) and (published_at is None or at >= published_at):
            return at
    return None
