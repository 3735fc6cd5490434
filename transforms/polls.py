"""What a poll of a feed asks for, and what the answer makes of the feed's state. Pure.

The state is the feed's newest row in `feeds`: its validators, and what it listed last.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from schemas.elements import Entry, Feed, FeedPoll, Listed, Origin
from transforms.admit import is_pending
from transforms.answers import Response
from transforms.identity import article_id, host
from transforms.outcomes import Failed, Rejected
from transforms.parse_feed import BrokenItem, ParsedFeed, parse_feed

# Bounds of the time until the next poll, in seconds: what the best fetchers keep to
# (Rachel by the Bay's advice for readers; Media Cloud, commafeed).
MIN_INTERVAL: Final = 3600
MAX_INTERVAL: Final = 86_400
QUIET_AFTER: Final = timedelta(days=30)
MAX_VALIDATOR: Final = 1024  # a longer ETag is a mistake or an attack on our headers


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
    """What one poll yields."""

    poll: FeedPoll
    discovered: tuple[Origin, ...] = ()
    entries: tuple[Entry, ...] = ()
    broken: tuple[tuple[Origin, BrokenItem], ...] = ()


def conditions(before: FeedPoll | None) -> dict[str, str]:
    """The conditional headers for the next poll: both validators, verbatim (RFC 9110, 13.1).

    None are sent while an entry waits for another try, for only a full listing names it.
    """
    if before is None or any(is_pending(entry.attempts) for entry in before.listed):
        return {}
    headers = {}
    if before.etag:
        headers["If-None-Match"] = before.etag
    if before.last_modified:
        headers["If-Modified-Since"] = before.last_modified
    return headers


def is_due(before: FeedPoll | None, at: datetime) -> bool:
    """Whether a feed that was left in state `before` is to be polled at `at`.

    A state of the future comes from a clock that was wrong: nobody waits for that day.
    """
    return before is None or not before.at <= at < before.next_due_at


def read_feed(polled: Polled, at: datetime, min_interval: int = MIN_INTERVAL) -> Reading:
    """What a poll yields: entries, and the state that the next poll starts from.

    min_interval: seconds until the next poll of a feed that asks for no more.
    """
    feed, before, response = polled.feed, polled.before, polled.response
    if response is None:
        failure = polled.failure or Failed("empty_reply")
        return Reading(_failed(feed, before, failure, at, min_interval))
    body_hash = sha256(response.body).hexdigest()
    if response.status == 304:
        return Reading(_succeeded(feed, before, response, None, at, min_interval, "not_modified"))
    pending = before is not None and any(is_pending(entry.attempts) for entry in before.listed)
    if before is not None and before.body_hash == body_hash and not pending:
        return Reading(_succeeded(feed, before, response, None, at, min_interval, "unchanged"))
    try:
        parsed = parse_feed(
            response.body, feed, response.url, dict(response.headers).get("content-type")
        )
    except (Rejected, Failed) as ended:
        poll = _failed(feed, before, ended, at, min_interval)
        return Reading(
            replace(
                poll,
                http_status=response.status,
                fetched_url=response.url,
                payload=response.body[: 1024 * 1024],
                payload_type=dict(response.headers).get("content-type"),
            )
        )
    listed = {entry.key: entry for entry in before.listed} if before else {}
    entries = tuple(_remembered(entry, listed) for entry in parsed.entries)
    broken = tuple((_broken_origin(feed, item, listed), item) for item in parsed.broken)
    poll = _succeeded(feed, before, response, parsed, at, min_interval, "ok")
    new = sum(1 for entry in entries if not entry.origin.listed)
    poll = replace(
        poll,
        body_hash=body_hash,
        entries=len(entries) + len(broken),
        new_entries=new,
        last_new_at=at if new else poll.last_new_at,
    )
    discovered = tuple(entry.origin for entry in entries) + tuple(origin for origin, _ in broken)
    return Reading(replace(poll, health=_health(poll)), discovered, entries, broken)


def _remembered(entry: Entry, listed: dict[str, Listed]) -> Entry:
    """`entry`, with what this feed's last listing knew of it."""
    origin = entry.origin
    before = listed.get(origin.key or "")
    if before is None:
        return entry
    # The id is given once, at first sight: a feed that changes an item's link does not make
    # another article of it.
    origin = replace(origin, id=before.article_id, listed=True)
    if before.fingerprint == origin.fingerprint:
        origin = replace(origin, attempts=before.attempts, previous=before.outcome)
    return replace(entry, origin=origin)


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


def _succeeded(
    feed: Feed,
    before: FeedPoll | None,
    response: Response,
    parsed: ParsedFeed | None,
    at: datetime,
    min_interval: int,
    outcome: str,
) -> FeedPoll:
    headers = dict(response.headers)
    interval = _interval(headers, parsed.ttl_seconds if parsed else None, min_interval)
    poll = FeedPoll(
        feed_url=feed.url,
        outcome=outcome,
        entries=0,
        new_entries=0,
        error_streak=0,
        next_due_at=at + timedelta(seconds=interval),
        interval_seconds=interval,
        health="ok",
        id_policy=parsed.id_policy if parsed else before.id_policy if before else "guid",
        at=at,
        fetched_url=response.url,
        kind=parsed.kind if parsed else before.kind if before else None,
        title=parsed.title if parsed else before.title if before else None,
        http_status=response.status,
        # A 304 may renew a validator; what it does not name stays (RFC 9111, 3.2).
        etag=_validator(headers.get("etag")) or (before.etag if before and not parsed else None),
        last_modified=_validator(headers.get("last-modified"))
        or (before.last_modified if before and not parsed else None),
        body_hash=before.body_hash if before else None,
        last_success_at=at,
        last_new_at=before.last_new_at if before else None,
        listed=before.listed if before and not parsed else (),
    )
    return replace(poll, health=_health(poll))


def _failed(
    feed: Feed,
    before: FeedPoll | None,
    ended: Rejected | Failed,
    at: datetime,
    min_interval: int,
) -> FeedPoll:
    streak = (before.error_streak if before else 0) + 1
    asked = ended.retry_after if isinstance(ended, Failed) else None
    interval = int(max(min(min_interval * 2 ** min(streak - 1, 32), MAX_INTERVAL), asked or 0))
    return FeedPoll(
        feed_url=feed.url,
        outcome="failed",
        reason=ended.reason,
        detail=ended.detail,
        entries=0,
        new_entries=0,
        error_streak=streak,
        next_due_at=at + timedelta(seconds=interval),
        interval_seconds=interval,
        health="gone" if ended.reason == "gone" else "failing",
        id_policy=before.id_policy if before else "guid",
        at=at,
        http_status=ended.status if isinstance(ended, Failed) else None,
        kind=before.kind if before else None,
        title=before.title if before else None,
        etag=before.etag if before else None,
        last_modified=before.last_modified if before else None,
        body_hash=before.body_hash if before else None,
        last_success_at=before.last_success_at if before else None,
        last_new_at=before.last_new_at if before else None,
        listed=before.listed if before else (),
    )


def _interval(headers: dict[str, str], ttl: int | None, min_interval: int) -> int:
    """Seconds until the feed's own signals ask for the next poll, within our bounds."""
    wishes = [min_interval, ttl or 0]
    for directive in headers.get("cache-control", "").split(","):
        name, _, value = directive.strip().partition("=")
        if name.lower() == "max-age" and value.strip('"').isdigit():
            wishes.append(int(value.strip('"')[:9]))
    return min(max(wishes), MAX_INTERVAL)


def _validator(value: str | None) -> str | None:
    """A validator that can be sent back: short, and only what a header may hold."""
    if not value or len(value) > MAX_VALIDATOR or not value.isprintable() or not value.isascii():
        return None
    return value


def _health(poll: FeedPoll) -> str:
    silent_since = poll.last_new_at
    return "quiet" if silent_since and poll.at - silent_since > QUIET_AFTER else "ok"
