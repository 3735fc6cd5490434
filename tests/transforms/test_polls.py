"""Polling: what is asked, what is remembered, and what an answer makes of a feed's state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from schemas.elements import Feed, FeedPoll, Listed, Waiting
from transforms.answers import Response
from transforms.feed_state import address, is_due, must_rest
from transforms.outcomes import Deferred, Failed
from transforms.polls import Polled, Reading, conditions, read_feed

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
    assert conditions(listed(first), AT) == {
        "If-None-Match": 'W/"x"',
        "A-IM": "feed",
        "If-Modified-Since": "Tue, 01 Sep 2026 10:00:00 GMT",
    }
    assert conditions(None, AT) == {}


def test_the_whole_listing_is_asked_for_when_an_entry_is_to_be_tried_again() -> None:
    first = read(answer(rss(item(1)), etag='"x"'))
    failed = listed(first, "failed:timeout", attempts=1)
    assert conditions(failed, AT) == {}, "nothing says when: now"
    later = replace(failed, waiting=(Waiting("1", AT, AT + timedelta(hours=1)),))
    assert "If-None-Match" in conditions(later, AT)
    assert conditions(later, AT + timedelta(hours=1)) == {}
    # And the same body again is read again.
    again = read_feed(Polled(FEED, later, answer(rss(item(1)))), AT + timedelta(hours=1))
    assert [entry.origin.rests for entry in again.entries] == [False]
    assert read(answer(rss(item(1))), later).poll.outcome == "unchanged"


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
    for wait, least in zip(waits, (3600, 7200, 14400), strict=True):
        assert least <= wait <= least * 1.1
    late = read(None, replace(third.poll, error_streak=50))
    assert 86_400 <= late.poll.interval_seconds <= 86_400 * 1.1
    assert (late.poll.health, late.poll.outcome) == ("failing", "failed")
    well = read(answer(rss(item(1))), late.poll)
    assert (well.poll.error_streak, well.poll.health) == (0, "ok")


def test_the_next_poll_follows_the_feeds_own_signals_within_bounds() -> None:
    wait = read(answer(rss(item(1)), cache_control="public, max-age=7200")).poll
    assert 7200 <= wait.interval_seconds <= 7200 * 1.1
    assert wait.next_due_at == AT + timedelta(seconds=wait.interval_seconds)
    assert wait.due_reason == "cache"
    for_years = read(answer(rss(item(1)), cache_control="max-age=99999999")).poll
    assert 86_400 <= for_years.interval_seconds <= 86_400 * 1.1
    assert read(answer(rss(item(1)), cache_control="max-age=5")).poll.interval_seconds == 3600


def test_a_feed_is_due_when_its_wait_is_over_or_was_asked_for_by_a_clock_ahead_of_ours() -> None:
    state = read(answer(rss(item(1)))).poll
    assert is_due(None, AT)
    assert not is_due(state, AT + timedelta(minutes=59))
    assert is_due(state, AT + timedelta(minutes=60))
    assert is_due(state, AT - timedelta(days=1))


# --------------------------------------------------------------------------------- identity


def test_an_entry_whose_guid_changes_is_recognised_by_its_link() -> None:
    first = read(answer(rss(item(1))))
    before = replace(
        listed(first, "failed:timeout", attempts=3),
        waiting=(Waiting("1", AT, AT + timedelta(hours=1)),),
    )
    renamed = item(99, link="http://a.example/1")
    again = read(answer(rss(renamed)), before)
    (entry,) = again.entries
    assert entry.origin.key == "99"
    assert (entry.origin.listed, entry.origin.previous) == (True, "failed:timeout")
    assert (entry.origin.attempts, entry.origin.rests) == (3, True)
    assert again.poll.new_entries == 0
    assert [one.key for one in again.poll.waiting] == ["99"]


def test_a_feed_that_changes_all_guids_is_told_apart_by_links_from_then_on() -> None:
    def body(poll: int) -> bytes:
        return rss(*(item(poll * 100 + n, link=f"http://a.example/{n}") for n in range(3)))

    before = listed(read(answer(body(1))))
    assert before.id_policy == "guid"
    second = read(answer(body(2)), before)
    assert (second.poll.id_policy, second.poll.new_entries) == ("link", 0)
    third = read(answer(body(3)), listed(second))
    assert [entry.origin.key for entry in third.entries] == [
        "http://a.example/0",
        "http://a.example/1",
        "http://a.example/2",
    ]
    assert (third.poll.id_policy, third.poll.new_entries) == ("link", 0)
    fourth = read(answer(body(4)), listed(third))
    assert [entry.origin.previous for entry in fourth.entries] == ["stored"] * 3


def test_an_entry_keeps_its_id_when_first_its_link_and_then_its_guid_changes() -> None:
    first = read(answer(rss(item(1))))
    moved = read(answer(rss(item(1, link="http://a.example/new"))), listed(first))
    renamed = read(answer(rss(item(2, link="http://a.example/new"))), listed(moved))
    (entry,) = renamed.entries
    assert entry.origin.key == "2"
    assert entry.origin.id == first.entries[0].origin.id
    assert renamed.poll.new_entries == 0


def test_two_new_items_with_one_link_do_not_share_what_is_known() -> None:
    before = listed(read(answer(rss(item(1)))))
    again = read(
        answer(rss(item(2, link="http://a.example/1"), item(3, link="http://a.example/1"))), before
    )
    assert sorted(entry.origin.listed for entry in again.entries) == [False, True]


# -------------------------------------------------------------------- addresses that change


def redirected(to: str, permanent: bool = True) -> Response:
    return Response(FEED.url, to, 200, (), rss(item(1)), permanent)


def test_a_feed_that_moved_for_good_is_asked_there_after_some_days_and_polls() -> None:
    there = "http://b.example/feed"
    state, at, asked = None, AT, []
    for _ in range(7):
        asked.append(address(FEED, state, at))
        response = redirected(there)
        if asked[-1] == there:
            response = Response(there, there, 200, (), rss(item(1)), False)
        state = read_feed(Polled(FEED, state, response), at).poll
        at += timedelta(days=1)
    assert asked == [FEED.url] * 5 + [there] * 2
    assert state is not None
    assert state.feed_url == FEED.url, "its name in the dataset stays"
    # It was a mistake: from there nothing comes any more.
    failed = read_feed(Polled(FEED, state, failure=Failed("http_error", "404", passing=False)), at)
    assert address(FEED, failed.poll, at) == FEED.url


@pytest.mark.parametrize("permanent", [False, True])
def test_a_redirect_that_is_not_for_good_or_not_lasting_is_not_believed(permanent: bool) -> None:
    state = None
    for n in range(10):
        to = f"http://b.example/{n % 2 if permanent else 0}"
        at = AT + timedelta(days=n)
        assert address(FEED, state, at) == FEED.url
        state = read_feed(Polled(FEED, state, redirected(to, permanent)), at).poll


def test_a_feed_that_is_gone_is_asked_once_a_week_and_comes_back() -> None:
    gone = Failed("gone", passing=False, status=410)
    state = listed(read(answer(rss(item(1)))))
    for n in range(1, 4):
        state = read_feed(Polled(FEED, state, failure=gone), AT + timedelta(days=n)).poll
    assert (state.health, state.error_streak) == ("gone", 3)
    at = AT + timedelta(days=3)
    assert must_rest(state, at + timedelta(days=6))
    assert not must_rest(state, at + timedelta(days=8))
    back = read_feed(Polled(FEED, state, answer(rss(item(1), item(2)))), at + timedelta(days=8))
    assert (back.poll.health, back.poll.new_entries) == ("ok", 1)


# --------------------------------------------------------------- servers that ask for a pause


def test_a_pause_that_a_server_asks_for_holds_for_runs_that_poll_everything() -> None:
    limited = Failed("rate_limited", "429", status=429, retry_after=7200.0)
    state = read_feed(Polled(FEED, None, failure=limited), AT).poll
    assert (state.due_reason, state.next_due_at) == ("retry_after", AT + timedelta(hours=2))
    assert must_rest(state, AT + timedelta(minutes=119))
    assert not must_rest(state, AT + timedelta(hours=2))
    plain = read_feed(Polled(FEED, None, failure=Failed("timeout")), AT).poll
    assert not must_rest(plain, AT + timedelta(minutes=1)), "an ordinary failure is asked again"


def test_a_feed_that_was_not_asked_has_not_failed() -> None:
    before = listed(read(answer(rss(item(1)), etag='"x"')))
    held = Deferred("rate_limited", "a.example asked for a pause", retry_after=9000)
    at = AT + timedelta(hours=2)
    poll = read_feed(Polled(FEED, before, failure=held), at).poll
    assert (poll.outcome, poll.error_streak, poll.health) == ("deferred", 0, "ok")
    assert (poll.etag, poll.listed) == (before.etag, before.listed)
    assert poll.next_due_at == at + timedelta(seconds=9000)


# ---------------------------------------------------------------------- changes only (226)


def test_an_answer_of_changes_only_leaves_the_rest_listed() -> None:
    before = replace(
        listed(read(answer(rss(item(1), item(2)), etag='"1"'))),
        waiting=(Waiting("2", AT, AT + timedelta(hours=1)),),
    )
    delta = read(answer(rss(item(3)), 226, etag='"2"', im="feed"), before)
    assert [entry.origin.key for entry in delta.entries] == ["3"]
    assert (delta.poll.new_entries, delta.poll.etag, delta.poll.body_hash) == (1, '"2"', None)
    assert delta.poll.listed == before.listed, "the ledger merges"
    assert delta.poll.waiting == before.waiting


def test_validators_of_an_answer_that_expires_at_once_are_not_believed() -> None:
    poll = read(answer(rss(item(1)), etag='"x"', expires="0")).poll
    assert (poll.etag, poll.last_modified) == (None, None)


# ------------------------------------------------------------------------ indexes of sitemaps

INDEX = (
    b"<sitemapindex><sitemap><loc>/1.xml</loc></sitemap><sitemap><loc>/2.xml</loc></sitemap>"
    b"</sitemapindex>"
)


def test_the_sitemaps_of_an_index_are_feeds_whatever_becomes_of_the_index_later() -> None:
    feed = Feed("http://a.example/index.xml", "Paper", "sv")
    first = read_feed(Polled(feed, None, answer(INDEX, etag='"x"')), AT)
    children = [
        Feed("http://a.example/1.xml", "Paper", "sv", feed.url),
        Feed("http://a.example/2.xml", "Paper", "sv", feed.url),
    ]
    assert list(first.children) == children
    for later in (
        Polled(feed, first.poll, answer(b"", 304)),
        Polled(feed, first.poll, answer(INDEX)),
        Polled(feed, first.poll, failure=Failed("timeout")),
    ):
        assert list(read_feed(later, AT + timedelta(hours=1)).children) == children
    paused = Polled(feed, first.poll, failure=Deferred("rate_limited", retry_after=60))
    held = read_feed(paused, AT + timedelta(hours=1))
    assert (held.children, held.poll.children) == ((), first.poll.children)


def test_an_index_inside_an_index_is_refused() -> None:
    child = Feed("http://a.example/1.xml", index="http://a.example/index.xml")
    reading = read_feed(Polled(child, None, answer(INDEX)), AT)
    assert (reading.poll.reason, reading.children) == ("sitemap_loop", ())
