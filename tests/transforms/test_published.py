"""The publication date: chosen by source, refined by precision, never invented."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.elements import DateEvidence
from transforms.dates import evidence, instant
from transforms.published import SOURCES, choose, event_time, local_day

NOW = datetime(2024, 11, 4, 12, tzinfo=UTC)


def seen(raw: str, source: str) -> DateEvidence:
    found = evidence(raw, source)
    assert found is not None, raw
    return found


def chosen(*candidates: DateEvidence, kind: str = "feed"):
    return choose(candidates, NOW, kind, 30)


def test_the_better_source_wins_whatever_the_order():
    page = seen("2024-10-31T10:15:00Z", "jsonld")
    feed = seen("2024-10-31T11:00:00Z", "feed")
    for candidates in ((page, feed), (feed, page)):
        found = chosen(*candidates)
        assert found.published_at == datetime(2024, 10, 31, 10, 15, tzinfo=UTC)
        assert found.evidence == (page, feed)


def test_where_declarations_disagree_the_one_whose_day_is_printed_is_right():
    first, second = seen("2024-10-20T10:15:00Z", "jsonld"), seen("2024-10-31T09:00:00Z", "meta")
    assert chosen(first, second).evidence[0] == first
    assert chosen(first, second, seen("2024-10-31", "text")).evidence[0] == second
    assert chosen(first, second, seen("2024-10-20", "text")).evidence[0] == first
    assert chosen(first, second, seen("2024-10-25", "text")).evidence[0] == first
    both = (seen("2024-10-31", "text"), seen("2024-10-20", "text"))
    assert chosen(first, second, *both).evidence[0] == first


def test_a_printed_day_that_is_the_next_one_somewhere_decides_nothing():
    declared, issue = seen("2024-10-30T19:30:00+01:00", "jsonld"), seen("2024-10-31", "meta")
    assert chosen(declared, issue, seen("2024-10-31", "text")).evidence[0] == declared


@pytest.mark.parametrize(("better", "worse"), list(pairwise(SOURCES)))
def test_sources_rank_in_the_stated_order(better, worse):
    found = chosen(seen("2024-10-30", worse), seen("2024-10-31", better))
    assert found.evidence[0].source == better


def test_a_finer_candidate_of_the_same_day_beats_a_coarser_one_of_a_better_source():
    found = chosen(seen("2024-10-31", "jsonld"), seen("Thu, 31 Oct 2024 10:15:00 GMT", "feed"))
    assert found.published_at == datetime(2024, 10, 31, 10, 15, tzinfo=UTC)
    assert (found.precision, found.zone) == ("second", "name")
    assert [e.source for e in found.evidence] == ["feed", "jsonld"]


def test_a_finer_candidate_of_another_day_does_not():
    found = chosen(seen("2024-10-31", "meta"), seen("2024-11-02T10:15:00Z", "feed"))
    assert found.published_at == datetime(2024, 10, 31, tzinfo=UTC)
    assert found.precision == "day"


def test_a_time_with_its_zone_beats_the_same_day_with_an_assumed_one():
    found = chosen(seen("2024-10-31 10:15:00", "meta"), seen("2024-10-31T15:15:00Z", "feed"))
    assert found.published_at == datetime(2024, 10, 31, 15, 15, tzinfo=UTC)
    assert found.zone == "offset"


def test_the_seconds_of_a_worse_source_do_not_beat_the_minute_of_a_better_one():
    found = chosen(seen("2024-10-31T10:15Z", "jsonld"), seen("2024-10-31T18:40:12Z", "feed"))
    assert found.published_at == datetime(2024, 10, 31, 10, 15, tzinfo=UTC)


def test_a_late_evening_is_kept_on_its_own_day_and_converted_once():
    found = chosen(seen("2024-10-31", "url"), seen("2024-10-31T23:30:00-05:00", "jsonld"))
    assert found.published_at == datetime(2024, 11, 1, 4, 30, tzinfo=UTC)
    assert not found.disagrees


def test_of_two_spellings_of_an_instant_the_one_in_the_publishers_zone_is_kept():
    found = chosen(
        seen("2024-10-31T22:04:00Z", "jsonld"),
        seen("2024-11-01T00:04:00+02:00", "meta"),
        seen("2024-10-31T22:04:00Z", "feed"),
    )
    assert found.published_at == datetime(2024, 10, 31, 22, 4, tzinfo=UTC)
    assert found.evidence[0].value.startswith("2024-11-01T00:04")
    assert local_day(found.evidence) == date(2024, 11, 1)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        # 02:11 UTC is the evening before in America, and the address says so.
        ([("2024-11-01T02:11:00Z", "jsonld"), ("2024-10-31", "url")], date(2024, 10, 31)),
        # 23:11 UTC is the next day in Europe.
        ([("2024-10-31T23:11:00Z", "meta"), ("2024-11-01", "url")], date(2024, 11, 1)),
        ([("2024-11-01T02:11:00Z", "meta"), ("2024-10-31T21:11:00", "text")], date(2024, 10, 31)),
        ([("Fri, 01 Nov 2024 02:11:00 GMT", "feed"), ("2024-10-31", "url")], date(2024, 10, 31)),
        # Nowhere on earth is it the 30th then.
        ([("2024-11-01T02:11:00Z", "jsonld"), ("2024-10-30", "url")], date(2024, 11, 1)),
        # A noon in UTC is the same day from -12 to +11.
        ([("2024-11-01T12:30:00Z", "jsonld"), ("2024-10-31", "url")], date(2024, 11, 1)),
        # Somebody names the day in UTC: so there is no reason to doubt it.
        (
            [("2024-11-01T02:11:00Z", "meta"), ("2024-11-01", "text"), ("2024-10-31", "url")],
            date(2024, 11, 1),
        ),
        # A stated zone is the publisher's own.
        ([("2024-11-01T02:11:00+01:00", "meta"), ("2024-10-31", "url")], date(2024, 11, 1)),
        ([("2024-11-01", "text"), ("2024-10-31", "url")], date(2024, 11, 1)),
        ([("2024-11", "text")], None),
        ([], None),
    ],
)
def test_the_day_of_publication_is_the_one_at_the_publisher(said, day):
    found = chosen(*(seen(raw, source) for raw, source in said))
    assert local_day(found.evidence) == day


def test_a_day_is_never_shifted_by_a_zone():
    found = chosen(seen("October 31, 2024", "text"))
    assert found.published_at == datetime(2024, 10, 31, tzinfo=UTC)
    assert (found.precision, found.zone) == ("day", "none")


def test_without_candidates_the_date_is_unknown_and_never_now():
    found = chosen()
    assert (found.published_at, found.precision, found.zone, found.evidence) == (
        None, None, None, (),
    )  # fmt: skip
    assert event_time(found, None, NOW) == (NOW, "retrieved")


@pytest.mark.parametrize("raw", ["1970-01-01T00:00:00Z", "2099-01-01", "1989-12-31"])
def test_an_implausible_candidate_is_evidence_but_never_chosen(raw):
    odd = seen(raw, "jsonld")
    alone = chosen(odd)
    assert alone.published_at is None
    assert alone.evidence == (odd,)
    other = seen("2024-10-31", "feed")
    both = chosen(odd, other)
    assert both.published_at == datetime(2024, 10, 31, tzinfo=UTC)
    assert both.evidence == (other, odd)
    assert not both.disagrees


def test_a_date_a_few_hours_ahead_is_plausible_and_one_of_the_day_after_tomorrow_is_not():
    assert chosen(seen("2024-11-05T11:59:00Z", "feed")).published_at is not None
    ahead = chosen(seen("2024-11-06", "feed"))
    assert ahead.published_at is None
    assert ahead.from_future


def test_an_old_date_of_a_feed_is_published_but_not_the_event():
    found = chosen(seen("2019-05-01T08:00:00Z", "feed"))
    assert found.published_at == datetime(2019, 5, 1, 8, tzinfo=UTC)
    assert event_time(found, None, NOW) == (NOW, "retrieved")


@pytest.mark.parametrize("kind", ["document", "archive"])
def test_archives_and_documents_have_no_lower_window(kind):
    found = chosen(seen("2019-05-01T08:00:00Z", "text"), kind=kind)
    assert event_time(found, None, NOW) == (datetime(2019, 5, 1, 8, tzinfo=UTC), "published")


def test_an_update_within_the_window_dates_an_event_whose_publication_cannot():
    update = datetime(2024, 11, 3, 9, tzinfo=UTC)
    assert event_time(chosen(seen("2019-05-01", "feed")), update, NOW) == (update, "updated")
    assert event_time(chosen(), update, NOW) == (update, "updated")
    assert event_time(chosen(), datetime(1970, 1, 1, tzinfo=UTC), NOW) == (NOW, "retrieved")
    assert event_time(chosen(), NOW + timedelta(days=2), NOW) == (NOW, "retrieved")


def test_candidates_more_than_a_day_apart_disagree():
    assert chosen(seen("2024-10-28", "url"), seen("2024-10-31T10:15:00Z", "feed")).disagrees
    assert not chosen(seen("2024-10-30", "url"), seen("2024-10-31T10:15:00Z", "feed")).disagrees


def test_a_month_does_not_disagree_with_its_days():
    assert not chosen(seen("2024-10", "html"), seen("2024-10-31T10:15:00Z", "feed")).disagrees
    assert chosen(seen("2024-08", "html"), seen("2024-10-31T10:15:00Z", "feed")).disagrees


candidates = st.lists(
    st.builds(
        lambda at, source, form: seen(at.strftime(form), source),
        st.datetimes(datetime(1960, 1, 1), datetime(2060, 1, 1)),
        st.sampled_from(SOURCES),
        st.sampled_from(["%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S+02:00"]),
    ),
    max_size=6,
)


@given(candidates, st.sampled_from(["feed", "document", "archive"]), st.integers(0, 100))
def test_what_is_chosen_is_plausible_and_said_by_a_candidate(found, kind, days):
    published = choose(found, NOW, kind, days)
    assert set(published.evidence) == set(found)
    assert len(published.evidence) == len(set(found))
    if published.published_at is not None:
        assert instant(published.evidence[0]) == published.published_at
        assert published.published_at <= NOW + timedelta(hours=24)
    at, source = event_time(published, None, NOW)
    assert at == (published.published_at if source == "published" else NOW)
    if kind == "feed":
        assert at >= NOW - timedelta(days=days)
