"""The books, and what a feed's next poll remembers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from schemas.elements import FeedPoll, Listed, Origin, Waiting
from transforms.ledger import (
    Balance,
    KeepFeedState,
    Summarise,
    Unbalanced,
    balance,
    feed_to_rejects,
    keep_feed_state,
    to_rejects,
)
from transforms.outcomes import end

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def origin(n: int, **changes: object) -> Origin:
    made = Origin(
        discovery=f"d{n}",
        kind="feed",
        id=f"{n:032x}",
        url=f"http://a.example/{n}",
        source="a.example",
        feed_url="http://a.example/feed",
        key=f"k{n}",
        fingerprint=f"f{n}",
    )
    return replace(made, **changes)


POLL = FeedPoll(
    feed_url="http://a.example/feed",
    outcome="ok",
    entries=2,
    new_entries=2,
    error_streak=0,
    next_due_at=AT,
    interval_seconds=3600,
    health="ok",
    id_policy="guid",
    at=AT,
)


@pytest.mark.parametrize(("discovered", "ended"), [(1, 0), (1, 2), (0, 1), (2, 1)])
def test_anything_but_one_outcome_for_one_discovery_is_unbalanced(
    discovered: int, ended: int
) -> None:
    outcome = end(origin(1), "stored", "write", AT)
    with pytest.raises(Unbalanced, match=r"a\.example/1"):
        balance([origin(1)] * discovered, [outcome] * ended)


def test_a_pipeline_whose_books_do_not_balance_fails() -> None:
    with pytest.raises(Exception, match="the books do not balance"):  # noqa: SIM117
        with beam.Pipeline(runner=FnApiRunner()) as pipeline:
            _ = {
                "discovered": pipeline | "D" >> beam.Create([origin(1), origin(2)]),
                "outcomes": pipeline | "O" >> beam.Create([end(origin(1), "stored", "write", AT)]),
            } | Balance()


def test_a_feed_remembers_what_became_of_each_entry() -> None:
    outcomes = [
        end(origin(2), "stored", "write", AT),
        end(origin(1, attempts=2), "failed", "fetch", AT, reason="timeout"),
        end(
            origin(3, previous="rejected:no_text"),
            "unchanged",
            "admit",
            AT,
            reason="entry_unchanged",
        ),
    ]
    assert keep_feed_state(POLL, outcomes).listed == (
        Listed("k1", f"{1:032x}", "f1", "failed:timeout", 2),
        Listed("k2", f"{2:032x}", "f2", "stored", 0),
        Listed("k3", f"{3:032x}", "f3", "rejected:no_text", 0),
    )


def test_an_entry_that_failed_waits_longer_each_time_and_is_given_up_after_a_month() -> None:
    def after(attempts: int, waiting: tuple[Waiting, ...], at: datetime, **more: Any) -> FeedPoll:
        ended = end(origin(1, attempts=attempts, **more), "failed", "fetch", at, reason="timeout")
        return keep_feed_state(replace(POLL, at=at, waiting=waiting), [ended])

    waiting: tuple[Waiting, ...] = ()
    at, minutes = AT, []
    for attempts in range(1, 9):
        (one,) = waiting = after(attempts, waiting, at).waiting
        assert (one.key, one.since) == ("k1", AT)
        minutes.append((one.due_at - at).total_seconds() / 60)
        at = one.due_at
    assert minutes == [10, 20, 40, 80, 160, 320, 360, 360]
    late = after(99, waiting, AT + timedelta(days=31))
    assert (late.waiting, late.listed[0].attempts) == ((), 0)
    (asked,) = after(1, (), AT, retry_after=7200.0).waiting
    assert asked.due_at == AT + timedelta(hours=2), "as long as its host asks for"


def test_an_entry_that_rests_keeps_its_time_and_one_that_was_not_asked_for_loses_none() -> None:
    wait = Waiting("k1", AT - timedelta(days=1), AT + timedelta(hours=1))
    poll = replace(POLL, waiting=(wait,))
    resting = end(
        origin(1, previous="failed:timeout", attempts=3, rests=True),
        "unchanged",
        "admit",
        AT,
        reason="entry_unchanged",
    )
    kept = keep_feed_state(poll, [resting])
    assert kept.waiting == (wait,)
    assert (kept.listed[0].outcome, kept.listed[0].attempts) == ("failed:timeout", 3)
    deferred = end(origin(1, attempts=3), "deferred", "fetch", AT, reason="rate_limited")
    assert keep_feed_state(poll, [deferred]).waiting == (replace(wait, due_at=AT),)
    for ended in (
        end(origin(1, attempts=3), "stored", "write", AT),
        end(origin(1, attempts=3), "rejected", "extract", AT, reason="no_text"),
        end(origin(1, attempts=3), "unchanged", "extract", AT, reason="same_text"),
    ):
        done = keep_feed_state(poll, [ended])
        assert (done.waiting, done.listed[0].attempts) == ((), 0), "it waits no more"


def test_changes_alone_leave_what_they_do_not_name_as_it_was() -> None:
    """226 IM Used (RFC 3229): what is absent is still listed."""
    old = tuple(Listed(f"k{n}", f"{n:032x}", f"f{n}", "stored", 0) for n in (1, 2))
    wait = Waiting("k2", AT, AT + timedelta(hours=1))
    delta = replace(POLL, http_status=226, listed=old, waiting=(wait,))
    kept = keep_feed_state(delta, [end(origin(1), "unchanged", "extract", AT, reason="same_text")])
    assert [one.key for one in kept.listed] == ["k1", "k2"]
    assert kept.listed[0].outcome == "unchanged:same_text"
    assert kept.waiting == (wait,)


def test_an_entry_that_another_feed_failed_to_fetch_stays_pending_for_its_own() -> None:
    """Else it would be lost, should the feed that tried it drop it before it succeeds."""
    other = "http://b.example/feed"
    tried = end(origin(1, attempts=2), "failed", "fetch", AT, reason="timeout")
    left = end(
        origin(1, feed_url=other, discovery="d1b"),
        "duplicate",
        "admit",
        AT,
        reason="same_identity",
    )
    polls = [POLL, replace(POLL, feed_url=other)]
    for ended, attempts in (
        (tried, 2),
        (end(origin(1), "stored", "write", AT), 0),
        (end(origin(1), "failed", "fetch", AT, reason="gone"), 0),
    ):
        with beam.Pipeline(runner=FnApiRunner()) as pipeline:
            kept = {
                "polls": pipeline | "P" >> beam.Create(polls),
                "outcomes": pipeline | "O" >> beam.Create([ended, left]),
            } | KeepFeedState()
            assert_that(
                kept | beam.Map(lambda poll: (poll.feed_url, poll.listed[0].attempts)),
                equal_to([(POLL.feed_url, attempts), (other, attempts)]),
            )


def test_a_poll_that_listed_nothing_keeps_the_listing_before() -> None:
    before = (Listed("k1", f"{1:032x}", "f1", "stored", 0),)
    for outcome in ("not_modified", "unchanged", "failed"):
        poll = replace(POLL, outcome=outcome, listed=before)
        assert keep_feed_state(poll, []).listed == before


def test_the_state_of_each_feed_is_closed_with_its_own_outcomes_only() -> None:
    other = "http://b.example/feed"
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        kept = {
            "polls": pipeline | "P" >> beam.Create([POLL, replace(POLL, feed_url=other)]),
            "outcomes": pipeline
            | "O"
            >> beam.Create(
                [
                    end(origin(1), "stored", "write", AT),
                    end(origin(2, feed_url=other), "stored", "write", AT),
                    end(
                        Origin("d9", "document", "9" * 32, "seed:a.txt", "seed"),
                        "stored",
                        "write",
                        AT,
                    ),
                ]
            ),
        } | KeepFeedState()
        assert_that(
            kept | beam.Map(lambda poll: (poll.feed_url, [entry.key for entry in poll.listed])),
            equal_to([("http://a.example/feed", ["k1"]), (other, ["k2"])]),
        )


def test_a_reject_keeps_its_payload_and_stored_documents_are_none() -> None:
    refused = end(
        origin(1),
        "rejected",
        "extract",
        AT,
        reason="no_text",
        payload=b"<html>",
        payload_type="text/html",
    )
    (reject,) = to_rejects(refused)
    assert (reject.reason, reject.stage, reject.payload, reject.attempts) == (
        "no_text",
        "extract",
        b"<html>",
        1,
    )
    assert "trafilatura/" in reject.versions
    assert list(to_rejects(end(origin(1), "stored", "write", AT))) == []


def test_a_feed_that_answered_with_something_else_keeps_the_answer() -> None:
    poll = replace(
        POLL, outcome="failed", reason="html_not_feed", payload=b"<html>", error_streak=3
    )
    (reject,) = feed_to_rejects(poll)
    assert (reject.url, reject.reason, reject.payload, reject.attempts) == (
        POLL.feed_url,
        "html_not_feed",
        b"<html>",
        3,
    )
    assert list(feed_to_rejects(POLL)) == []


def test_the_report_counts_by_outcome_reason_source_and_feed() -> None:
    elements = [
        end(origin(1), "stored", "write", AT),
        end(origin(2), "stored", "write", AT),
        end(origin(3), "failed", "fetch", AT, reason="timeout"),
        POLL,
        replace(POLL, feed_url="http://b.example/feed", outcome="failed", reason="gone"),
    ]
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        report = pipeline | beam.Create(elements) | Summarise()
        assert_that(
            report
            | beam.Map(
                lambda said: (
                    said["discovered"],
                    said["outcomes"]["stored"],
                    said["reasons"],
                    said["sources"],
                    said["feeds"],
                    said["feed_problems"],
                )
            ),
            equal_to(
                [
                    (
                        3,
                        2,
                        {"failed:timeout": 1},
                        {"a.example": {"stored": 2, "failed": 1}},
                        {"ok": 1, "failed": 1},
                        {"http://b.example/feed": "gone"},
                    )
                ]
            ),
        )
