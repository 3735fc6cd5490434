"""The publication date, chosen among what feed, page and address say, with the evidence kept.

Nothing is invented: without a plausible candidate the publication date is None, and the time of
retrieval decides only in which partition the article lies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Final

from schemas.elements import DateEvidence
from transforms.dates import instant

# Best first. JSON-LD and meta are written by the publisher's system for machines, the feed by the
# same system one step removed; text and address are meant for people; `html` is htmldate's reading
# of the page's looks (right on 91 % of its own test set, against declarations that it reads too);
# `header` (Last-Modified) is often the time at which a server put the page together.
SOURCES: Final = ("jsonld", "meta", "feed", "text", "url", "html", "header")

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)  # no news web before it
AHEAD: Final = timedelta(hours=24)  # clocks and zones err by less than this
DISAGREEMENT: Final = timedelta(days=1)

_DECLARED: Final = ("jsonld", "meta")
_KNOWN: Final = ("offset", "name")  # origins of a zone that was stated
_OFFSETS: Final = range(-12, 15)  # hours, of the zones in use (tz database)

# A time whose zone is known is finer than one whose zone is assumed. Minute and second are alike:
# the seconds of a worse source are no reason to prefer it.
_FINENESS: Final = {"year": 0, "month": 1, "day": 2, "minute": 3, "second": 3}
# Length of the value that names the day (month, year) a candidate is about.
_NAMED: Final = {"year": 4, "month": 7, "day": 10, "minute": 10, "second": 10}


@dataclass(frozen=True, slots=True)
class Published:
    """What is known of the publication date.

    published_at: first instant of the chosen candidate, UTC; None if no candidate is plausible.
    precision, zone: the chosen candidate's; None without one.
    evidence: all candidates, the chosen one first, implausible ones last.
    disagrees: two plausible candidates are more than a day apart.
    from_future: a candidate lies more than 24 h after the retrieval.
    since: no event of this document is dated before this, see `event_time`.
    """

    published_at: datetime | None
    precision: str | None
    zone: str | None
    evidence: tuple[DateEvidence, ...]
    disagrees: bool
    from_future: bool
    since: datetime


def choose(
    candidates: Sequence[DateEvidence], retrieved_at: datetime, kind: str, window_days: int
) -> Published:
    """The publication date of a document of `kind` (feed, document, archive).

    The candidate of the best source wins, unless what the page declares disagrees and it prints
    the day of another, and a plausible one wins that says the same day (month, year) more finely,
    or the same instant with the publisher's own zone instead of UTC. A candidate
    before 1990 or more than 24 h after the retrieval is kept as evidence and never chosen. For
    feeds, a date more than `window_days` before the retrieval is as good as any, but `event_time`
    will not use it.
    """
    distinct = sorted(dict.fromkeys(candidates), key=_rank)
    plausible = [c for c in distinct if is_plausible(instant(c), retrieved_at)]
    doubtful = [c for c in distinct if not is_plausible(instant(c), retrieved_at)]
    since = EARLIEST
    if kind == "feed":
        since = max(EARLIEST, retrieved_at - timedelta(days=window_days))
    best = _local(_finest(_corroborated(plausible)), plausible)
    others = [c for c in plausible if c is not best]
    return Published(
        published_at=instant(best) if best else None,
        precision=best.precision if best else None,
        zone=best.zone if best else None,
        evidence=tuple(([best] if best else []) + others + doubtful),
        disagrees=any(_apart(a, b) for a, b in combinations(plausible, 2)),
        from_future=any(instant(c) > retrieved_at + AHEAD for c in doubtful),
        since=since,
    )


def local_day(evidence: Sequence[DateEvidence]) -> date | None:
    """The day on which the publisher says that it published; None if it names no day.

    evidence: as in `Published`, the chosen candidate first. An instant in UTC says nothing of the
    publisher's zone, and every third of them lies on another day there. So where one is chosen
    and another candidate names, in words or in the address, the day before or after, which it is
    somewhere on earth at that instant, and none names the day in UTC, then that is the day.
    """
    if not evidence or evidence[0].precision in ("month", "year"):
        return None
    best, *others = evidence
    day = date.fromisoformat(best.value[:10])
    if best.precision == "day" or not _is_utc(best):
        return day
    at = instant(best)
    somewhere = {(at + timedelta(hours=hours)).date() for hours in _OFFSETS}
    named = {
        date.fromisoformat(other.value[:10])
        for other in others
        if other.precision not in ("month", "year") and not _is_utc(other)
    }
    elsewhere = sorted((named & somewhere) - {day})
    return elsewhere[0] if elsewhere and day not in named else day


def event_time(
    published: Published, updated_at: datetime | None, retrieved_at: datetime
) -> tuple[datetime, str]:
    """When the event of this version happened, and what says so: published, updated or retrieved.

    A published or updated time decides if it is plausible and, for feeds, within the window.
    """
    if published.published_at is not None and published.published_at >= published.since:
        return published.published_at, "published"
    if updated_at is not None and published.since <= updated_at <= retrieved_at + AHEAD:
        return updated_at, "updated"
    return retrieved_at, "retrieved"


def is_plausible(at: datetime, retrieved_at: datetime) -> bool:
    """Whether a document that was read at `retrieved_at` can have been published at `at`."""
    return EARLIEST <= at <= retrieved_at + AHEAD


def _rank(candidate: DateEvidence) -> tuple[int, int]:
    """Better sources first; within a source finer ones first (the sort keeps the order else)."""
    source = candidate.source
    return SOURCES.index(source) if source in SOURCES else len(SOURCES), -_fineness(candidate)


def _fineness(candidate: DateEvidence) -> int:
    return _FINENESS[candidate.precision] + (candidate.zone in _KNOWN)


def _finest(plausible: Sequence[DateEvidence]) -> DateEvidence | None:
    """The first candidate, or what says the same more finely."""
    best: DateEvidence | None = None
    for candidate in plausible:
        if best is None or (_fineness(candidate) > _fineness(best) and _same_day(best, candidate)):
            best = candidate
    return best


def _corroborated(plausible: Sequence[DateEvidence]) -> Sequence[DateEvidence]:
    """The candidates, first those of the day that is printed, if the page declares it as well.

    Where its declarations disagree, a page is taken at the word that readers see.
    """
    declared = [c for c in plausible if c.source in _DECLARED]
    printed = [c for c in plausible if c.source == "text"]
    agreed = [
        c for c in declared if _apart(c, declared[0]) and any(_same_day(p, c) for p in printed)
    ]
    if not agreed or any(_same_day(p, declared[0]) for p in printed):
        return plausible
    return [*agreed, *(c for c in plausible if c not in agreed)]


def _local(best: DateEvidence | None, plausible: Sequence[DateEvidence]) -> DateEvidence | None:
    """`best`, or if it is an instant in UTC, who says the same in a zone of its own."""
    if best is None or not _is_utc(best):
        return best
    zoned = (c for c in plausible if c.zone in _KNOWN and not _is_utc(c))
    return next((c for c in zoned if instant(c) == instant(best)), best)


def _is_utc(candidate: DateEvidence) -> bool:
    return candidate.zone in _KNOWN and candidate.value.endswith(("+00:00", "Z"))


def _same_day(coarse: DateEvidence, fine: DateEvidence) -> bool:
    """Whether `fine` lies on the day (month, year) that `coarse` names.

    The day is the one printed, or the one in UTC: 23:30 -05:00 is on either of two days, and a
    page and its feed may each name the other.
    """
    named = coarse.value[: _NAMED[coarse.precision]]
    days = {fine.value}
    if fine.precision in ("minute", "second"):
        days.add(instant(fine).date().isoformat())
    return any(day.startswith(named) for day in days)


def _apart(a: DateEvidence, b: DateEvidence) -> bool:
    """Whether more than a day lies between two candidates, each taken as all that it may mean."""
    (a_begin, a_end), (b_begin, b_end) = _span(a), _span(b)
    return max(a_begin, b_begin) - min(a_end, b_end) > DISAGREEMENT


def _span(candidate: DateEvidence) -> tuple[datetime, datetime]:
    begin = instant(candidate)
    if candidate.precision == "year":
        return begin, begin.replace(year=begin.year + 1)
    if candidate.precision == "month":
        return begin, (begin + timedelta(days=31)).replace(day=1)
    if candidate.precision == "day":
        return begin, begin + timedelta(days=1)
    return begin, begin
