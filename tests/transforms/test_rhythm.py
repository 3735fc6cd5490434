"""When a feed is polled next, and why."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.rhythm import (
    Due,
    after_failure,
    after_skips,
    after_success,
    average_gap,
    max_age,
)

URL = "https://www.halm.example/rss"
AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # a Friday
HOUR = timedelta(hours=1)


def success(min_interval: int = 600, **signals: object) -> Due:
    return after_success(URL, AT, min_interval, **{"headers": {}, **signals})  # type: ignore[arg-type]


def test_a_feed_without_signals_is_polled_at_the_operators_pace() -> None:
    assert success() == Due(AT + timedelta(seconds=600), 600, "interval")


@pytest.mark.parametrize(
    ("signals", "seconds", "why"),
    [
        ({"asked": 3600}, 3600, "asked"),
        ({"asked": 60}, 600, "interval"),
        ({"asked": 31 * 86_400}, 86_400, "asked"),
        ({"headers": {"cache-control": "public, max-age=1800"}}, 1800, "cache"),
        ({"headers": {"retry-after": "7200"}}, 7200, "retry_after"),
        ({"gap": 3000, "newest": AT - HOUR}, 1500, "rhythm"),
        ({"gap": 90_000, "newest": AT - HOUR}, 3600, "rhythm"),  # alive: an hour at most
        ({"gap": 60, "newest": AT - timedelta(days=8)}, 21_600, "silence"),
        ({"gap": 60, "newest": AT - timedelta(days=15)}, 43_200, "silence"),
        ({"gap": 60, "newest": AT - timedelta(days=99)}, 86_400, "silence"),
        ({"asked": 7200, "gap": 3000, "newest": AT - HOUR}, 7200, "asked"),
    ],
)
def test_the_longest_wish_counts_within_a_day(signals: dict, seconds: int, why: str) -> None:
    due = success(**signals)
    assert due.why == why
    assert seconds <= due.seconds <= seconds * 1.1, "up to a tenth of jitter"
    assert due.at == AT + timedelta(seconds=due.seconds)
    assert due == success(**signals), "the same each time"


def test_feeds_that_were_polled_together_part() -> None:
    waits = {
        after_success(f"{URL}/{n}", AT, 600, headers={}, asked=36_000).seconds for n in range(50)
    }
    assert len(waits) > 40


def test_an_answer_is_fresh_as_http_says() -> None:
    assert max_age({"cache-control": 'private, max-age="60"'}, AT) == 60
    assert max_age({"cache-control": "max-age=nonsense"}, AT) == 0
    headers = {
        "date": "Fri, 20 Nov 2026 11:00:00 GMT",  # its clock is an hour slow
        "expires": "Fri, 20 Nov 2026 11:10:00 GMT",
    }
    assert max_age(headers, AT) == 600
    assert max_age({"expires": "0"}, AT) == 0
    assert max_age(headers | {"cache-control": "max-age=5"}, AT) == 5


def test_hours_and_days_at_which_a_feed_asks_to_be_left_alone_are_left_out() -> None:
    assert after_skips(AT, frozenset({"12", "13"})) == AT + 2 * HOUR
    weekend = frozenset({"saturday", "sunday"})
    saturday = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
    assert after_skips(saturday, weekend) == datetime(2026, 11, 23, tzinfo=UTC)
    due = success(asked=43_200, skips=weekend)
    assert (due.why, due.at) == ("skip", datetime(2026, 11, 23, tzinfo=UTC))
    never = frozenset(map(str, range(24)))
    assert after_skips(AT, never) == AT, "nobody means that"


def failure(**more: object) -> Due:
    known = {"streak": 1, "last_success": AT - HOUR}
    return after_failure(URL, AT, 600, **{**known, **more})  # type: ignore[arg-type]


def test_a_failing_feed_is_asked_less_and_less_and_never_given_up() -> None:
    waits = [failure(streak=n).seconds for n in (1, 2, 3, 8, 9, 1000)]
    for wait, least in zip(waits, (600, 1200, 2400, 76_800, 86_400, 86_400), strict=True):
        assert least <= wait <= least * 1.1
    long = failure(streak=1000, last_success=AT - timedelta(days=31))
    assert 7 * 86_400 <= long.seconds <= 7.7 * 86_400
    assert failure(streak=9, last_success=None).seconds < 2 * 86_400


def test_a_server_that_names_the_time_is_heard() -> None:
    assert failure(retry_after=7200.0) == Due(AT + 2 * HOUR, 7200, "retry_after")
    assert failure(streak=6, retry_after=30.0).why == "back_off"


def test_the_gap_is_that_of_the_whole_listing() -> None:
    assert average_gap([AT, AT - HOUR, AT - 4 * HOUR]) == 7200
    assert average_gap([AT]) is None
    assert average_gap([AT, AT]) is None


@given(
    st.integers(60, 86_400),
    st.integers(0, 10**9) | st.none(),
    st.integers(0, 10**9) | st.none(),
    st.timedeltas(timedelta(0), timedelta(days=4000)),
    st.dictionaries(
        st.sampled_from(["cache-control", "expires", "date", "retry-after"]), st.text(max_size=40)
    ),
)
def test_whatever_is_said_a_feed_is_polled_neither_too_soon_nor_never(
    least: int, asked: int | None, gap: int | None, age: timedelta, headers: dict
) -> None:
    due = after_success(URL, AT, least, headers=headers, asked=asked, gap=gap, newest=AT - age)
    assert least <= due.seconds <= 86_400 * 1.1 + 1
