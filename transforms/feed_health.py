"""How the feeds of a dataset are: of each its last success, its last story, and what comes next.

Pure functions over the rows of `feeds`. The time that they look from is that of the last run,
so that the same dataset gives the same answer.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from transforms.dataset import Snapshot

WEEK: Final = timedelta(days=7)
# What is usual for a feed is counted over so long, before the last week.
USUAL: Final = timedelta(days=28)
# So unlikely must it be that a feed which goes on as usual lists so few new stories.
UNLIKELY: Final = 0.001
WORST_FIRST: Final = ("failing", "gone", "fewer", "quiet", "not_polled", "ok")


@dataclass(frozen=True, slots=True)
class Health:
    """The health of one feed.

    state: ok, fewer (new stories than usual), quiet, failing, gone or not_polled. seen, expected:
    new stories in the last seven days, and how many are usual; expected is None for a feed that
    is not known for long enough.
    """

    feed_url: str
    state: str
    kind: str | None
    title: str | None
    polled_at: datetime
    outcome: str
    reason: str | None
    detail: str | None
    error_streak: int
    last_success_at: datetime | None
    last_new_at: datetime | None
    seen: int
    expected: float | None
    next_due_at: datetime
    due_reason: str | None
    waiting: int
    flags: tuple[str, ...]
    id_policy: str
    moved_to: str | None
    index_url: str | None


def health(snapshot: Snapshot) -> list[Health]:
    """The health of each feed polled in the last 35 days before the dataset's last poll."""
    rows = snapshot.recent_polls(USUAL + WEEK)
    at = max((row["at"] for row in rows), default=None)
    by_feed: dict[str, list[Mapping[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: (row["at"], row["run_id"])):
        by_feed.setdefault(row["feed_url"], []).append(row)
    found = [of_polls(polls, at) for polls in by_feed.values()] if at else []
    return sorted(found, key=lambda one: (WORST_FIRST.index(one.state), one.feed_url))


def of_polls(polls: Sequence[Mapping[str, Any]], at: datetime) -> Health:
    """The health at `at` of a feed with these `polls`, oldest first."""
    last = polls[-1]
    seen = sum(_new(polls, at - WEEK, at))
    expected = usual(polls, at)
    state = last["health"]
    if state == "ok" and expected is not None and chance_of_at_most(seen, expected) < UNLIKELY:
        state = "fewer"
    return Health(
        feed_url=last["feed_url"],
        state=state,
        kind=last["kind"],
        title=last["title"],
        polled_at=last["at"],
        outcome=last["outcome"],
        reason=last["reason"],
        detail=last["detail"],
        error_streak=last["error_streak"],
        last_success_at=last["last_success_at"],
        last_new_at=last["last_new_at"],
        seen=seen,
        expected=expected,
        next_due_at=last["next_due_at"],
        due_reason=last.get("due_reason"),
        waiting=len(last.get("waiting") or ()),
        flags=tuple(last.get("flags") or ()),
        id_policy=last["id_policy"],
        moved_to=last.get("moved_to"),
        index_url=last.get("index_url"),
    )


def usual(polls: Sequence[Mapping[str, Any]], at: datetime) -> float | None:
    """New stories that the feed usually lists in seven days; None if nobody can know yet.

    Counted over up to four weeks before the last one; for a feed that is not known for so long,
    by the dates of its entries.
    """
    begin, end = max(polls[0]["at"], at - USUAL - WEEK), at - WEEK
    if end - begin >= WEEK:
        return sum(_new(polls, begin, end)) / ((end - begin) / WEEK)
    gap = next((poll["gap_seconds"] for poll in reversed(polls) if poll.get("gap_seconds")), None)
    if gap is None or at - polls[0]["at"] < WEEK:
        return None
    return WEEK.total_seconds() / gap


def _new(polls: Sequence[Mapping[str, Any]], begin: datetime, end: datetime) -> Iterable[int]:
    """New entries of the polls after `begin`, up to `end`, without what the first poll found."""
    for number, poll in enumerate(polls):
        backlog = number == 0 and poll["new_entries"] == poll["entries"]
        if begin < poll["at"] <= end and not backlog:
            yield poll["new_entries"]


def chance_of_at_most(seen: int, expected: float) -> float:
    """The probability of at most `seen` events where `expected` are usual (Poisson).

    >>> round(chance_of_at_most(0, 3.0), 4)
    0.0498
    """
    if expected <= 0 or seen >= expected:
        return 1.0
    term = total = 1.0
    for number in range(1, seen + 1):
        term *= expected / number
        total += term
    return math.exp(math.log(total) - expected)
