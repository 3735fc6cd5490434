"""The state of a feed from one poll to the next. Pure.

What an answer does not renew is carried over, so that a failure changes nothing but what it says
of itself.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from schemas.elements import Feed, FeedPoll
from transforms.answers import Response
from transforms.outcomes import Deferred, Failed, Rejected
from transforms.rhythm import Due, after_failure, after_success

QUIET_AFTER: Final = timedelta(days=30)
MAX_VALIDATOR: Final = 1024  # a longer ETag is a mistake or an attack on our headers
# A redirect for good is believed when it has been the same for so many polls and so long.
MOVED_POLLS: Final = 5
MOVED_FOR: Final = timedelta(days=3)
# Polls in a row that must say 410 before the feed is asked only once a week.
GONE_POLLS: Final = 3


# ----------------------------------------------------------------------- whether and where to ask


def address(feed: Feed, before: FeedPoll | None, at: datetime) -> str:
    """Where to ask: the feed's own address, or where it has lastingly said that it moved to."""
    if (
        before is not None
        and before.moved_to is not None
        and before.moved_since is not None
        and (before.moved_polls or 0) >= MOVED_POLLS
        and at - before.moved_since >= MOVED_FOR
    ):
        return before.moved_to
    return feed.url


def is_due(before: FeedPoll | None, at: datetime) -> bool:
    """Whether a feed that was left in state `before` is to be polled at `at`.

    A state of the future comes from a clock that was wrong: nobody waits for that day.
    """
    return before is None or not before.at <= at < before.next_due_at


def must_rest(before: FeedPoll | None, at: datetime) -> bool:
    """Whether a feed is left alone even by a run that polls all its feeds.

    It is when the server named the time to come back, or says that the feed is gone for good.
    """
    if before is None or is_due(before, at):
        return False
    gone = before.reason == "gone" and before.error_streak >= GONE_POLLS
    return gone or before.due_reason == "retry_after"


def pause(before: FeedPoll, at: datetime) -> Deferred:
    """Why a feed that must rest, or whose host must, is not asked."""
    left = (before.next_due_at - at).total_seconds()
    reason = "gone" if before.reason == "gone" else "rate_limited"
    return Deferred(reason, f"not asked before {before.next_due_at:%F %T}Z", retry_after=left)


# ------------------------------------------------------------------------ after a poll


def _fresh(feed: Feed, at: datetime) -> FeedPoll:
    return FeedPoll(
        feed_url=feed.url,
        outcome="ok",
        entries=0,
        new_entries=0,
        error_streak=0,
        next_due_at=at,
        interval_seconds=0,
        health="not_polled",
        id_policy="guid",
        at=at,
    )


def _carried(feed: Feed, before: FeedPoll | None, at: datetime, outcome: str) -> FeedPoll:
    """The state `before`, at `at`, with nothing of its own poll."""
    return replace(
        before or _fresh(feed, at),
        outcome=outcome,
        at=at,
        entries=0,
        new_entries=0,
        reason=None,
        detail=None,
        http_status=None,
        index_url=feed.index,
        payload=None,
        payload_type=None,
    )


def _with_due(poll: FeedPoll, due: Due) -> FeedPoll:
    return replace(poll, next_due_at=due.at, interval_seconds=due.seconds, due_reason=due.why)


def succeeded(
    feed: Feed,
    before: FeedPoll | None,
    response: Response,
    at: datetime,
    min_interval: int,
    outcome: str = "ok",
    **read: Any,
) -> FeedPoll:
    """The state after an answer, with what was `read` in it."""
    poll = replace(
        _moved(_carried(feed, before, at, outcome), feed, response),
        error_streak=0,
        last_success_at=at,
        fetched_url=response.url,
        http_status=response.status,
        **read,
    )
    newest = max(filter(None, (poll.newest_at, poll.last_new_at)), default=None)
    due = after_success(
        feed.url,
        at,
        min_interval,
        headers=dict(reversed(response.headers)),
        asked=poll.asked_seconds,
        gap=poll.gap_seconds,
        newest=newest,
        skips=frozenset((poll.skips or "").split()),
    )
    silent = poll.last_new_at is not None and at - poll.last_new_at > QUIET_AFTER
    return _with_due(replace(poll, health="quiet" if silent else "ok"), due)


def unchanged(
    feed: Feed,
    before: FeedPoll | None,
    response: Response,
    at: datetime,
    min_interval: int,
    outcome: str,
) -> FeedPoll:
    # A 304 may renew a validator; what it does not name stays (RFC 9111, 3.2).
    etag, modified = validator(response, "etag"), validator(response, "last-modified")
    return succeeded(
        feed,
        before,
        response,
        at,
        min_interval,
        outcome,
        etag=etag or (before.etag if before else None),
        last_modified=modified or (before.last_modified if before else None),
    )


def failed(
    feed: Feed, before: FeedPoll | None, ended: Rejected | Failed, at: datetime, min_interval: int
) -> FeedPoll:
    poll = _carried(feed, before, at, "failed")
    streak = poll.error_streak + 1
    gone = ended.reason == "gone"
    due = after_failure(
        feed.url,
        at,
        min_interval,
        streak=streak,
        last_success=poll.last_success_at,
        retry_after=ended.retry_after if isinstance(ended, Failed) else None,
        gone=gone and streak >= GONE_POLLS,
    )
    # Where it moved to may have been a mistake: the next poll asks where the operator says.
    moved = address(feed, before, at) != feed.url
    return _with_due(
        replace(
            poll,
            error_streak=streak,
            reason=ended.reason,
            detail=ended.detail,
            http_status=ended.status if isinstance(ended, Failed) else None,
            health="gone" if gone else "failing",
            moved_polls=0 if moved else poll.moved_polls,
        ),
        due,
    )


def deferred(
    feed: Feed, before: FeedPoll | None, ended: Deferred, at: datetime, min_interval: int
) -> FeedPoll:
    """The state after a poll that asked nothing: it is nobody's failure."""
    poll = replace(_carried(feed, before, at, "deferred"), reason=ended.reason, detail=ended.detail)
    if before is not None and must_rest(before, at):
        seconds = int((before.next_due_at - at).total_seconds())
        return replace(poll, interval_seconds=seconds)
    wait = max(min_interval, int(ended.retry_after or 0))
    return _with_due(poll, Due(at + timedelta(seconds=wait), wait, "host"))


def _moved(poll: FeedPoll, feed: Feed, response: Response) -> FeedPoll:
    """`poll` with what the answer says of the feed's address."""
    if response.requested != feed.url and not response.permanent:
        return poll  # asked where it has moved to, and it was there
    if not response.permanent:
        return replace(poll, moved_to=None, moved_since=None, moved_polls=None)
    if poll.moved_to == response.url:
        return replace(poll, moved_polls=(poll.moved_polls or 0) + 1)
    return replace(poll, moved_to=response.url, moved_since=poll.at, moved_polls=1)


def validator(response: Response, name: str) -> str | None:
    """A validator that can be sent back: short, and only what a header may hold.

    An answer that expires at once ("Expires: 0") comes from software that sends validators
    without meaning them (miniflux drops them too).
    """
    value = response.header(name)
    if (response.header("expires") or "").strip() == "0":
        return None
    if not value or len(value) > MAX_VALIDATOR or not value.isprintable() or not value.isascii():
        return None
    return value
