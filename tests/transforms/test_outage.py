"""When most feeds fail at once, it counts against none; a host that is down is left alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from schemas.elements import FeedPoll
from transforms.outage import Acquit, acquit, add, is_ours, weigh
from transforms.outcomes import Deferred, Failed
from transforms.trouble import REST, STRIKES, Hosts

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WELL = FeedPoll(
    feed_url="http://a.example/feed",
    outcome="ok",
    entries=1,
    new_entries=0,
    error_streak=0,
    next_due_at=AT + timedelta(hours=1),
    interval_seconds=3600,
    health="ok",
    id_policy="guid",
    at=AT,
    last_success_at=AT - timedelta(hours=1),
)
FAILED = replace(WELL, outcome="failed", reason="timeout", error_streak=1, health="failing")


def polls(of: FeedPoll, count: int) -> list[FeedPoll]:
    return [replace(of, feed_url=f"http://h{n}.example/feed") for n in range(count)]


@pytest.mark.parametrize(
    ("seen", "ours"),
    [
        ([*polls(FAILED, 20)], True),
        ([*polls(FAILED, 12), *polls(WELL, 8)], True),
        ([*polls(FAILED, 8), *polls(WELL, 12)], False),  # most answered
        ([*polls(FAILED, 4)], False),  # too few to tell
        ([FAILED] * 20, False),  # one host: it is that host's trouble
        (polls(replace(FAILED, error_streak=9), 20), False),  # they were down before
        (polls(replace(FAILED, last_success_at=None), 20), False),  # a list of dead feeds
        (polls(replace(FAILED, reason="http_error"), 20), False),  # they did answer
        ([], False),
    ],
)
def test_the_trouble_is_ours_when_most_that_were_well_fail_on_several_hosts(
    seen: list[FeedPoll], ours: bool
) -> None:
    assert is_ours(add(map(weigh, seen))) is ours
    halves = (add(map(weigh, seen[::2])), add(map(weigh, seen[1::2])))
    assert is_ours(add(halves)) is ours, "in whatever order they are counted"


def shown(poll: FeedPoll) -> tuple:
    return poll.outcome, poll.error_streak, poll.health, poll.due_reason, poll.next_due_at


def test_our_own_outage_counts_against_no_feed() -> None:
    before = [*polls(FAILED, 9), replace(FAILED, feed_url="http://old.example/", error_streak=5)]
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        judged = pipeline | beam.Create([*before, WELL]) | Acquit()
        assert_that(
            judged
            | beam.Map(
                lambda p: (p.outcome, p.error_streak, p.health, p.due_reason, p.next_due_at)
            ),
            equal_to(
                [("failed", 0, "ok", "our_trouble", AT)] * 9
                + [("failed", 4, "failing", "our_trouble", AT)]
                + [("ok", 0, "ok", None, WELL.next_due_at)]
            ),
        )


def test_a_refusal_is_the_feeds_own_even_during_an_outage() -> None:
    refused = replace(FAILED, reason="http_error")
    assert acquit(refused, (0, 20, frozenset("abc"))) == refused


def test_a_host_that_does_not_answer_is_left_alone_for_a_while() -> None:
    now = 0.0
    hosts = Hosts(lambda: now)
    for _ in range(STRIKES):
        hosts.check("a.example")
        hosts.failed("a.example", Failed("timeout"))
    hosts.check("b.example")
    with pytest.raises(Deferred) as held:
        hosts.check("a.example")
    assert (held.value.reason, held.value.retry_after) == ("host_down", REST)
    now = REST
    hosts.check("a.example")  # one may look whether it is back
    hosts.failed("a.example", Failed("connection_refused"))
    with pytest.raises(Deferred):
        hosts.check("a.example")
    now = 2 * REST
    hosts.answered("a.example")
    hosts.failed("a.example", Failed("timeout"))
    hosts.check("a.example")


@pytest.mark.parametrize("reason", ["http_error", "not_a_feed", "gone"])
def test_a_host_that_answers_whatever_it_says_is_not_down(reason: str) -> None:
    hosts = Hosts(lambda: 0.0)
    for _ in range(9):
        hosts.failed("a.example", Failed(reason))
    hosts.check("a.example")
