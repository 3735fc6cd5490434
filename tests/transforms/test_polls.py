"""Polling: what is asked, what is remembered, and what an answer makes of a feed's state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from schemas.elements import Feed, FeedPoll, Listed
from transforms.answers import Response
from transforms.outcomes import Failed
from transforms.polls import Polled, Reading, conditions, is_due, read_feed

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FEED = Feed("http://a.example/feed")


def rss(*items: str) -> bytes:
    return (
        "<?xml version='1.0'?><rss version='2.0'><channel><title>A</title>"
        "<link>http://a.example/</link><description>d</description>" + "".join(items)
    ).encode() + b"</channel></rss>"


def item(n: int, title: str = "Title", link: str | None = None) -> str:
    link = link or f"http://a.example/{n}"
    guid = f"<guid isPermaLink='false'>{n}</guid>"
    return f"<item><title>{title}</title><link>{link}</link>{guid}</item>"


def answer(body: bytes, status: int = 200, **headers: str) -> Response:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Response(FEED.url, FEED.url, status, named, body, False)


def read(response: Response | None, before: FeedPoll | None = None) -> Reading:
    failure = None if response else Failed("timeout")
    return read_feed(Polled(FEED, before, response, failure), AT)


def listed(reading: Reading, outcome: str = "stored", attempts: int = 0) -> FeedPoll:
    """The state after a run in which each entry ended with `outcome`."""
    return replace(
        reading.poll,
        listed=tuple(
            Listed(o.key or "", o.id, o.fingerprint or "", outcome, attempts)
            for o in reading.discovered
        ),
    )


def test_both_validators_are_sent_back_verbatim() -> None:
    first = read(answer(rss(item(1)), etag='W/"x"', last_modified="Tue, 01 Sep 2026 10:00:00 GMT"))
    assert conditions(listed(first)) == {
        "If-None-Match": 'W/"x"',
        "If-Modified-Since": "Tue, 01 Sep 2026 10:00:00 GMT",
    }
    assert conditions(None) == {}


def test_the_whole_listing_is_asked_for_while_an_entry_waits_for_another_try() -> None:
    first = read(answer(rss(item(1)), etag='"x"'))
    assert conditions(listed(first, "failed:timeout", attempts=1)) == {}
    assert conditions(listed(first, "failed:timeout", attempts=5)) == {"If-None-Match": '"x"'}


@pytest.mark.parametrize("etag", ["x" * 2000, 'a\x07"', '"é"'])
def test_a_validator_that_cannot_be_a_header_is_dropped(etag: str) -> None:
    assert read(answer(rss(item(1)), etag=etag)).poll.etag is None


def test_the_same_body_again_is_unchanged_although_the_server_sent_it_in_full() -> None:
    first = read(answer(rss(item(1))))
    again = read(answer(rss(item(1))), listed(first))
    assert (again.poll.outcome, again.entries, again.discovered) == ("unchanged", (), ())
    assert again.poll.listed == listed(first).listed


def test_not_modified_keeps_validators_and_listing() -> None:
    before = listed(read(answer(rss(item(1)), etag='"x"')))
    again = read(answer(b"", 304), before)
    assert again.poll.outcome == "not_modified"
    assert (again.poll.etag, again.poll.listed) == ('"x"', before.listed)
    renewed = read(answer(b"", 304, etag='"y"'), before)
    assert renewed.poll.etag == '"y"'


def test_validators_are_stored_only_of_a_body_that_could_be_read() -> None:
    before = listed(read(answer(rss(item(1)), etag='"good"')))
    bad = read(answer(b"<html><body>Maintenance</body></html>", etag='"bad"'), before)
    assert (bad.poll.outcome, bad.poll.reason, bad.poll.etag) == (
        "failed",
        "html_not_feed",
        '"good"',
    )
    assert bad.poll.payload is not None
    assert bad.poll.listed == before.listed


def test_an_entry_is_recognised_by_its_guid_and_keeps_its_id_when_its_link_changes() -> None:
    first = read(answer(rss(item(1))))
    moved = read(answer(rss(item(1, link="http://a.example/new"))), listed(first))
    (entry,) = moved.entries
    assert entry.origin.id == first.entries[0].origin.id
    assert entry.origin.url == "http://a.example/new"
    assert (entry.origin.listed, entry.origin.previous) == (True, None)


def test_an_entry_that_says_the_same_brings_what_became_of_it() -> None:
    first = read(answer(rss(item(1))))
    again = read(answer(rss(item(1), item(2))), listed(first, "failed:timeout", attempts=2))
    old, new = sorted(again.entries, key=lambda entry: entry.origin.key or "")
    assert (old.origin.previous, old.origin.attempts) == ("failed:timeout", 2)
    assert (new.origin.previous, new.origin.listed) == (None, False)
    assert (again.poll.entries, again.poll.new_entries) == (2, 1)


def test_a_changed_entry_starts_its_tries_anew() -> None:
    before = listed(read(answer(rss(item(1)))), "failed:timeout", attempts=5)
    (entry,) = read(answer(rss(item(1, title="Another title"))), before).entries
    assert (entry.origin.previous, entry.origin.attempts) == (None, 0)


def test_a_broken_item_is_reported_once_and_then_known() -> None:
    broken = "<item><title>No link</title></item>"
    first = read(answer(rss(item(1), broken)))
    ((origin, what),) = first.broken
    assert what.reason == "no_link"
    assert len(first.discovered) == 2
    before = listed(first, "rejected:no_link")
    ((again, _),) = read(answer(rss(item(1), item(2), broken)), before).broken
    assert (again.previous, again.key) == ("rejected:no_link", origin.key)


def test_failures_count_and_ask_for_more_patience_each_time() -> None:
    first = read(None)
    second = read(None, first.poll)
    third = read(None, second.poll)
    assert [r.poll.error_streak for r in (first, second, third)] == [1, 2, 3]
    waits = [r.poll.interval_seconds for r in (first, second, third)]
    assert waits == [3600, 7200, 14400]
    late = read(None, replace(third.poll, error_streak=50))
    assert late.poll.interval_seconds == 86_400
    assert (late.poll.health, late.poll.outcome) == ("failing", "failed")
    well = read(answer(rss(item(1))), late.poll)
    assert (well.poll.error_streak, well.poll.health) == (0, "ok")


def test_the_next_poll_follows_the_feeds_own_signals_within_bounds() -> None:
    wait = read(answer(rss(item(1)), cache_control="public, max-age=7200")).poll
    assert wait.interval_seconds == 7200
    assert wait.next_due_at == AT + timedelta(hours=2)
    assert (
        read(answer(rss(item(1)), cache_control="max-age=99999999")).poll.interval_seconds == 86_400
    )
    assert read(answer(rss(item(1)), cache_control="max-age=5")).poll.interval_seconds == 3600


def test_a_feed_is_due_when_its_wait_is_over_or_was_asked_for_by_a_clock_ahead_of_ours() -> None:
    state = read(answer(rss(item(1)))).poll
    assert is_due(None, AT)
    assert not is_due(state, AT + timedelta(minutes=59))
    assert is_due(state, AT + timedelta(minutes=60))
    assert is_due(state, AT - timedelta(days=1))
