"""How feeds are, from their polls."""

from datetime import UTC, datetime, timedelta
from typing import Any

from transforms.feed_health import chance_of_at_most, of_polls, usual

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def poll(days_ago: float, new: int, **changes: Any) -> dict[str, Any]:
    at = AT - days_ago * DAY
    row = {  # as of a file of before there were flags and the like
        "feed_url": "http://a.example/feed",
        "kind": "rss20",
        "title": "A",
        "outcome": "ok",
        "reason": None,
        "detail": None,
        "entries": 20,
        "new_entries": new,
        "error_streak": 0,
        "last_success_at": at,
        "last_new_at": at,
        "next_due_at": at + DAY / 24,
        "due_reason": "interval",
        "health": "ok",
        "id_policy": "guid",
        "at": at,
        "gap_seconds": 7200,
    }
    return row | changes


def test_what_is_usual_is_counted_before_the_last_week_without_the_backlog() -> None:
    polls = [poll(21, 20), *(poll(day, 3) for day in range(20, -1, -1))]
    found = of_polls(polls, AT)
    assert found.expected == 21  # three a day
    assert found.seen == 21
    assert (found.state, found.flags, found.waiting) == ("ok", (), 0)


def test_a_feed_that_lists_far_less_than_usual_is_told() -> None:
    polls = [poll(21, 20), *(poll(day, 3 if day >= 7 else 0) for day in range(20, -1, -1))]
    found = of_polls(polls, AT)
    assert (found.state, found.seen) == ("fewer", 0)
    slow = [poll(21, 20), *(poll(day, 1 if day in (15, 9) else 0) for day in range(20, -1, -1))]
    assert of_polls(slow, AT).state == "ok", "one a week may be none in a week"


def test_a_feed_known_for_a_week_is_measured_by_the_dates_of_its_entries() -> None:
    polls = [poll(8, 20), *(poll(day, 12) for day in range(7, -1, -1))]
    assert usual(polls, AT) == 84  # one every two hours
    assert usual(polls[-3:], AT) is None, "nobody can know"


def test_a_failing_feed_keeps_what_was_last_known_of_it() -> None:
    failing = poll(
        0,
        0,
        outcome="failed",
        reason="timeout",
        health="failing",
        error_streak=4,
        last_success_at=AT - 2 * DAY,
    )
    found = of_polls([poll(3, 20), poll(2, 1), failing], AT)
    assert (found.state, found.error_streak, found.reason) == ("failing", 4, "timeout")
    assert found.last_success_at == AT - 2 * DAY
    assert found.seen == 1


def test_the_chance_is_that_of_poisson() -> None:
    assert round(chance_of_at_most(2, 5.0), 4) == 0.1247
    assert chance_of_at_most(7, 5.0) == 1.0
    assert chance_of_at_most(0, 0.0) == 1.0
    assert chance_of_at_most(0, 5000.0) == 0.0
