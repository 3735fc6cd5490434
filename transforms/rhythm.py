"""When a feed is polled next, and why: its own signals, its rhythm, its failures. Pure.

The longest of the wishes counts: the feed's (<ttl>, syndication module), the server's
(Cache-Control, Expires, Retry-After), and that of its rhythm, which polls a feed that has fallen
silent less and less often (commafeed's FeedRefreshIntervalCalculator). <skipHours> and <skipDays>
move the time on. All is capped: no feed is ever given up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Final

# Seconds. Bounds that the best fetchers keep to (Rachel by the Bay's advice for readers; Media
# Cloud, commafeed).
MIN_INTERVAL: Final = 3600
MAX_INTERVAL: Final = 86_400
# Beyond what its own signals ask for, a feed that is alive never waits longer for its rhythm.
ALIVE: Final = 3600
# A feed that has failed for long, or is gone for good: still asked, for some come back.
SELDOM: Final = 7 * 86_400
FAILING_LONG: Final = timedelta(days=30)
JITTER: Final = 0.1  # of the interval
_MAX_SKIP: Final = timedelta(days=3)
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Due:
    """When the next poll is due. seconds: from this poll. why: interval, asked, cache,
    retry_after, rhythm, silence, skip, back_off, gone."""

    at: datetime
    seconds: int
    why: str


def average_gap(dates: Sequence[datetime]) -> int | None:
    """Seconds between two entries, on average, of a listing with these dates; None for one date."""
    if len(dates) < 2:
        return None
    return int((max(dates) - min(dates)).total_seconds()) // (len(dates) - 1) or None


def after_success(
    feed_url: str,
    at: datetime,
    min_interval: int,
    *,
    headers: Mapping[str, str],
    asked: int | None = None,
    gap: int | None = None,
    newest: datetime | None = None,
    skips: frozenset[str] = frozenset(),
) -> Due:
    """The next poll of a feed that answered.

    asked: seconds that the document asks for. gap: as of `average_gap`. newest: its latest entry.
    """
    wishes = [
        (min_interval, "interval"),
        (asked or 0, "asked"),
        (max_age(headers, at), "cache"),
        (_seconds(headers.get("retry-after", "")), "retry_after"),
        _of_rhythm(gap, newest, at),
    ]
    seconds, why = max(wishes, key=lambda wish: wish[0])
    seconds = _jittered(feed_url, min(seconds, max(MAX_INTERVAL, min_interval)), min_interval)
    due = at + timedelta(seconds=seconds)
    allowed = after_skips(due, skips)
    if allowed != due:
        return Due(allowed, int((allowed - at).total_seconds()), "skip")
    return Due(due, seconds, why)


def after_failure(
    feed_url: str,
    at: datetime,
    min_interval: int,
    *,
    streak: int,
    last_success: datetime | None,
    retry_after: float | None = None,
    gone: bool = False,
) -> Due:
    """The next poll of a feed that failed `streak` times in a row, this time included.

    The wait doubles up to a day; after 30 days without success, and for a feed that says that it
    is gone for good, it is a week.
    """
    seldom = last_success is not None and at - last_success > FAILING_LONG
    if gone or seldom:
        seconds, why = SELDOM, "gone" if gone else "back_off"
    else:
        doubled = min_interval * 2 ** min(streak - 1, 32)
        seconds, why = min(doubled, max(MAX_INTERVAL, min_interval)), "back_off"
    seconds = _jittered(feed_url, seconds, min_interval)
    if retry_after is not None and retry_after >= seconds:
        seconds, why = int(retry_after), "retry_after"
    return Due(at + timedelta(seconds=seconds), seconds, why)


def max_age(headers: Mapping[str, str], at: datetime) -> int:
    """Seconds for which an answer is fresh (RFC 9111, 4.2.1): max-age or Expires; else 0."""
    for directive in headers.get("cache-control", "").split(","):
        name, _, value = directive.strip().partition("=")
        if name.lower() == "max-age":
            return _seconds(value.strip('"'))
    expires = _http_date(headers.get("expires", ""))
    if expires is None:
        return 0
    # Against the answer's own Date, so that a wrong clock on either side cancels.
    now = _http_date(headers.get("date", "")) or at
    return max(int((expires - now).total_seconds()), 0)


def after_skips(due: datetime, skips: frozenset[str]) -> datetime:
    """`due`, or the first hour after it at which the feed does not ask to be left alone.

    >>> from datetime import UTC
    >>> after_skips(datetime(2026, 11, 20, 2, 30, tzinfo=UTC), frozenset({"2", "3"})).hour
    4
    """
    moved = due
    while _DAYS[moved.weekday()] in skips or str(moved.hour) in skips:
        moved = (moved + timedelta(hours=1)).replace(minute=0, second=0)
        if moved - due > _MAX_SKIP:
            return due  # it asks never to be polled
    return moved


def _of_rhythm(gap: int | None, newest: datetime | None, at: datetime) -> tuple[int, str]:
    if newest is None:
        return 0, "rhythm"
    silent = at - newest
    for days, part in ((30, 1), (14, 2), (7, 4)):
        if silent >= timedelta(days=days):
            return MAX_INTERVAL // part, "silence"
    return min((gap or 0) // 2, ALIVE), "rhythm"


def _jittered(feed_url: str, seconds: int, min_interval: int) -> int:
    """`seconds` and up to a tenth more, the same for the feed each time.

    Feeds that were polled together are not polled together for ever. The shortest interval is
    left as it is: it is the operator's, and a stream's windows beat to it.
    """
    if seconds <= min_interval:
        return min_interval
    share = int.from_bytes(sha256(feed_url.encode()).digest()[:4]) / 2**32
    return seconds + int(seconds * JITTER * share)


def _seconds(value: str) -> int:
    value = value.strip()
    return int(value[:9]) if value.isascii() and value.isdigit() else 0


def _http_date(value: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo else None
