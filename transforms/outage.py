"""Acquit: FeedPoll -> FeedPoll. When most feeds fail at once the trouble is ours, not theirs.

A line that is down makes every feed fail in the same run. Counted against them, a night without
network would leave all of them waiting for a day, and an operator with a thousand alerts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import apache_beam as beam
from apache_beam.pvalue import AsSingleton, PCollection

from schemas.elements import FeedPoll
from transforms.identity import host
from transforms.trouble import NETWORK

# Feeds that were well the poll before must fail, so many, on so many hosts, and be the greater
# part of all that were.
FEEDS: Final = 5
HOSTS: Final = 3

# Feeds that answered, feeds that were well before and did not, and some of the latter's hosts.
Tally = tuple[int, int, frozenset[str]]


def weigh(poll: FeedPoll) -> Tally:
    """What one poll says of our own line."""
    if poll.outcome in ("ok", "not_modified", "unchanged"):
        return 1, 0, frozenset()
    newly = poll.error_streak == 1 and poll.last_success_at is not None
    if poll.outcome == "failed" and newly and poll.reason in NETWORK:
        return 0, 1, frozenset({host(poll.feed_url)})
    return 0, 0, frozenset()


def add(tallies: Iterable[Tally]) -> Tally:
    """The sum of `tallies`; more hosts than are asked for are not kept."""
    answered = failed = 0
    hosts: frozenset[str] = frozenset()
    for one_answered, one_failed, one_hosts in tallies:
        answered, failed = answered + one_answered, failed + one_failed
        hosts = frozenset(sorted(hosts | one_hosts)[:HOSTS])
    return answered, failed, hosts


def is_ours(tally: Tally) -> bool:
    """Whether the failures of a run are our trouble."""
    answered, failed, hosts = tally
    return failed >= FEEDS and len(hosts) >= HOSTS and failed > answered


def acquit(poll: FeedPoll, tally: Tally) -> FeedPoll:
    """`poll`, its failure not counted if the trouble was ours; it is due again at once."""
    if poll.outcome != "failed" or poll.reason not in NETWORK or not is_ours(tally):
        return poll
    streak = poll.error_streak - 1
    return replace(
        poll,
        error_streak=streak,
        health="failing" if streak else "ok" if poll.last_success_at else "not_polled",
        next_due_at=poll.at,
        interval_seconds=0,
        due_reason="our_trouble",
    )


@dataclass
class Acquit(beam.PTransform):
    """FeedPoll -> FeedPoll, none of them blamed for an outage of our own."""

    def expand(self, polls: PCollection[FeedPoll]) -> PCollection[FeedPoll]:
        tally = (
            polls
            | "Weigh" >> beam.Map(weigh)
            | "Add" >> beam.CombineGlobally(add).without_defaults()
        )
        verdict = AsSingleton(tally, default_value=(0, 0, frozenset()))
        return polls | "Acquit" >> beam.Map(acquit, verdict).with_output_types(FeedPoll)
