"""What a poll of a feed asks for, and what the answer makes of the feed's state. Pure.

The state is the feed's newest row in `feeds`: its validators, what it listed last, and when it
is due. It changes only with what could be read: an answer that is no feed leaves it as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final, TypeAlias

from schemas.elements import Entry, Feed, FeedPoll, Listed, Origin, Waiting
from transforms.answers import Response
from transforms.dates import parse_date
from transforms.feed_document import BrokenItem
from transforms.feed_state import deferred, failed, succeeded, unchanged, validator
from transforms.identity import article_id, host
from transforms.outcomes import Deferred, Failed, Rejected
from transforms.parse_feed import Parse, ParsedFeed, parse_feed
from transforms.recognise import recognise, wants_all
from transforms.rhythm import MIN_INTERVAL, average_gap

DELTA: Final = 226  # IM Used, RFC 3229
_MAX_PAYLOAD: Final = 1024 * 1024

# A feed, its state, and why it is not to be asked now.
Recalled: TypeAlias = tuple[Feed, FeedPoll | None, Deferred | None]


@dataclass(frozen=True, slots=True)
class Polled:
    """One feed, its state before this poll, and what came back."""

    feed: Feed
    before: FeedPoll | None
    response: Response | None = None
    failure: Failed | None = None


def polled(feed: Feed, before: FeedPoll | None, ended: Response | Failed) -> Polled:
    """A poll of `feed` that ended so."""
    if isinstance(ended, Response):
        return Polled(feed, before, response=ended)
    return Polled(feed, before, failure=ended)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one poll yields. children: the sitemaps of an index, to be polled as feeds."""

    poll: FeedPoll
    discovered: tuple[Origin, ...] = ()
    entries: tuple[Entry, ...] = ()
    broken: tuple[tuple[Origin, BrokenItem], ...] = ()
    children: tuple[Feed, ...] = ()


def conditions(before: FeedPoll | None, at: datetime) -> dict[str, str]:
    """The conditional headers for the next poll: both validators, verbatim (RFC 9110, 13.1).

    With an ETag, changes alone will do too (A-IM, RFC 3229). None of it is sent when an entry is
    to be tried again, for only a full listing names it.
    """
    if before is None or wants_all(before, at):
        return {}
    headers = {}
    if before.etag:
        headers["If-None-Match"] = before.etag
        headers["A-IM"] = "feed"
    if before.last_modified:
        headers["If-Modified-Since"] = before.last_modified
    return headers


def children_of(feed: Feed, poll: FeedPoll) -> tuple[Feed, ...]:
    """The sitemaps of an index, as feeds."""
    return tuple(Feed(url, feed.source, feed.language, feed.url) for url in poll.children)


def read_feed(
    polled: Polled, at: datetime, min_interval: int = MIN_INTERVAL, parse: Parse = parse_feed
) -> Reading:
    """What a poll yields: entries, and the state that the next poll starts from.

    min_interval: seconds until the next poll of a feed that asks for no more. parse: what reads
    the body, as `parse_feed`.
    """
    reading = _read(polled, at, min_interval, parse)
    if isinstance(polled.failure, Deferred):
        return reading  # what its host serves is left alone with it
    return replace(reading, children=children_of(polled.feed, reading.poll))


def _read(polled: Polled, at: datetime, min_interval: int, parse: Parse) -> Reading:
    feed, before, response = polled.feed, polled.before, polled.response
    if response is None:
        failure = polled.failure or Failed("empty_reply")
        if isinstance(failure, Deferred):
            return Reading(deferred(feed, before, failure, at, min_interval))
        return Reading(failed(feed, before, failure, at, min_interval))
    if response.status == 304:
        return Reading(unchanged(feed, before, response, at, min_interval, "not_modified"))
    delta = response.status == DELTA
    body_hash = None if delta else sha256(response.body).hexdigest()
    same = before is not None and before.body_hash == body_hash and not delta
    if same and before is not None and not wants_all(before, at):
        return Reading(unchanged(feed, before, response, at, min_interval, "unchanged"))
    try:
        parsed = parse(
            response.body,
            feed,
            response.url,
            response.header("content-type"),
            before.id_policy if before else "guid",
        )
        if parsed.children and feed.index is not None:
            raise Rejected("sitemap_loop", f"an index inside the index {feed.index}")
    except (Rejected, Failed) as ended:
        poll = failed(feed, before, ended, at, min_interval)
        return Reading(
            replace(
                poll,
                http_status=response.status,
                fetched_url=response.url,
                payload=response.body[:_MAX_PAYLOAD],
                payload_type=response.header("content-type"),
            )
        )
    known = recognise(parsed.entries, before, at)
    listed = {entry.key: entry for entry in before.listed} if before else {}
    broken = tuple((_broken_origin(feed, item, listed), item) for item in parsed.broken)
    new = sum(1 for entry in known.entries if not entry.origin.listed)
    dates = [date for entry in known.entries if (date := _date(entry)) and date <= at]
    poll = succeeded(
        feed,
        before,
        response,
        at,
        min_interval,
        kind=parsed.kind,
        title=parsed.title,
        flags=parsed.flags,
        asked_seconds=parsed.ttl_seconds,
        skips=" ".join(sorted(parsed.skips)) or None,
        gap_seconds=average_gap(dates) if not delta else before.gap_seconds if before else None,
        newest_at=max(
            [*dates, *filter(None, [before.newest_at if before else None])], default=None
        ),
        children=parsed.children,
        waiting=_waiting(before, known.waiting, delta),
        aliases=known.aliases,
        body_hash=body_hash,
        entries=len(known.entries) + len(broken),
        new_entries=new,
        last_new_at=at if new else before.last_new_at if before else None,
        # What a delta does not name is still listed.
        listed=before.listed if before and delta else (),
        id_policy=_policy(before, parsed, known.guids_change, delta),
        etag=validator(response, "etag"),
        last_modified=validator(response, "last-modified"),
    )
    discovered = (
        *(entry.origin for entry in known.entries),
        *(origin for origin, _ in broken),
    )
    return Reading(poll, discovered, known.entries, broken)


def _waiting(
    before: FeedPoll | None, known: tuple[Waiting, ...], delta: bool
) -> tuple[Waiting, ...]:
    if before is None or not delta:
        return known
    now = {one.key for one in known}
    return (*known, *(one for one in before.waiting if one.key not in now))


def _policy(before: FeedPoll | None, parsed: ParsedFeed, guids_change: bool, delta: bool) -> str:
    """How the feed's entries are told apart from now on. Guids that lied once are not asked again.

    (FreshRSS keeps such a policy for each feed, too.)
    """
    if guids_change or (before is not None and before.id_policy == "link"):
        return "link"
    return before.id_policy if before is not None and delta else parsed.id_policy


def _newest(dates: Sequence[datetime], before: FeedPoll | None) -> datetime | None:
    known = before.newest_at if before else None
    return max([*dates, known] if known else dates, default=None)


def _date(entry: Entry) -> datetime | None:
    found = parse_date(entry.published or entry.updated or "")
    return found.at if found else None


def _broken_origin(feed: Feed, item: BrokenItem, listed: dict[str, Listed]) -> Origin:
    said = item.payload or f"{item.url} {item.reason} {item.detail}".encode()
    origin = Origin(
        discovery=sha256(f"{feed.url}\n{item.key}".encode()).hexdigest()[:16],
        kind="feed",
        id=article_id(f"{feed.url}#{item.key}"),
        url=item.url or feed.url,
        source=feed.source or host(feed.url),
        feed_url=feed.url,
        key=item.key,
        fingerprint=sha256(said).hexdigest(),
    )
    before = listed.get(item.key)
    if before is not None and before.fingerprint == origin.fingerprint:
        return replace(origin, listed=True, previous=before.outcome)
    return origin
