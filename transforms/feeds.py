"""ReadFeeds: Feed -> Entry, and a FeedPoll for each feed.

Recall what the last poll left (validators, what the feed listed) -> Poll (the only step that
touches the network) -> Read (pure: bytes and state in, entries and the new state out).

A feed is its operator's choice, so robots.txt is not asked for it; it is for article pages.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeAlias

import apache_beam as beam
from apache_beam.pvalue import DoOutputsTuple, PCollection, TaggedOutput

from schemas.elements import Entry, Feed, FeedPoll
from transforms.check_feeds import ACCEPT, MAX_FEED_BYTES
from transforms.concurrently import Concurrently
from transforms.http import Client
from transforms.memory import Memory
from transforms.outcomes import Discovered, Ended, Failed, end
from transforms.polls import MIN_INTERVAL, Polled, conditions, is_due, read_feed
from transforms.tally import count
from transforms.web import Web

BATCH: Final = 1024  # feeds that share one look-up of their states

Closed: TypeAlias = TaggedOutput[Literal["polls"], FeedPoll]


class _RecallFeeds(beam.DoFn):
    def __init__(self, memory: Memory, due_at: datetime | None) -> None:
        self.memory = memory
        self.due_at = due_at

    def setup(self) -> None:
        self.snapshot = self.memory.snapshot()

    def process(self, feeds: Sequence[Feed]) -> Iterator[tuple[Feed, FeedPoll | None]]:
        states = self.snapshot.feed_states([feed.url for feed in feeds])
        for feed in feeds:
            before = states.get(feed.url)
            if self.due_at is None or is_due(before, self.due_at):
                yield feed, before
            else:
                count("feeds", "not_due")


class _Poll(Concurrently):
    def __init__(self, web: Web) -> None:
        self.web = web

    async def open(self) -> None:
        self._client: Client = await self.web.client().__aenter__()

    async def handle(self, element: tuple[Feed, FeedPoll | None]) -> Iterable[Polled]:
        feed, before = element
        try:
            response = await self._client.get(
                feed.url, headers=conditions(before), accept=ACCEPT, max_bytes=MAX_FEED_BYTES
            )
        except Failed as failure:
            return [Polled(feed, before, failure=failure)]
        return [Polled(feed, before, response=response)]

    async def close(self) -> None:
        await self._client.__aexit__(None, None, None)

    def observe(self, output: Polled) -> None:
        count("feeds", "polled")


class _Read(beam.DoFn):
    def __init__(self, run_time: datetime, min_interval: int) -> None:
        self.run_time = run_time
        self.min_interval = min_interval

    def process(self, polled: Polled) -> Iterator[Entry | Closed | Discovered | Ended]:
        reading = read_feed(polled, self.run_time, self.min_interval)
        if reading.poll.outcome == "failed":
            count("feeds", "failed")
        yield TaggedOutput("polls", reading.poll)
        for origin in reading.discovered:
            count("feeds", "entries")
            yield TaggedOutput("discovered", origin)
        yield from reading.entries
        for origin, item in reading.broken:
            if origin.previous is not None:
                yield TaggedOutput(
                    "outcomes",
                    end(
                        origin,
                        "unchanged",
                        "feeds",
                        self.run_time,
                        reason="entry_unchanged",
                        detail=origin.previous,
                    ),
                )
                continue
            count("feeds", "rejected")
            yield TaggedOutput(
                "outcomes",
                end(
                    origin,
                    "rejected",
                    "feeds",
                    self.run_time,
                    reason=item.reason,
                    detail=item.detail,
                    payload=item.payload,
                    payload_type="application/xml" if item.payload else None,
                ),
            )


@dataclass
class ReadFeeds(beam.PTransform):
    """Poll feeds and read them.

    due_only: leave alone the feeds whose state says that their time has not come.
    min_interval: seconds between two polls of a feed that asks for no longer rest.
    Outputs: main (Entry), polls (FeedPoll), discovered (Origin), outcomes (Outcome).
    """

    memory: Memory
    run_time: datetime
    web: Web = field(default_factory=Web)
    due_only: bool = False
    min_interval: int = MIN_INTERVAL

    def expand(self, pcoll: PCollection[Feed]) -> DoOutputsTuple:
        return (
            pcoll
            | "Batch" >> beam.BatchElements(min_batch_size=BATCH, max_batch_size=BATCH)
            | "Recall"
            >> beam.ParDo(_RecallFeeds(self.memory, self.run_time if self.due_only else None))
            | "Poll" >> beam.ParDo(_Poll(self.web))
            | "Read"
            >> beam.ParDo(_Read(self.run_time, self.min_interval)).with_outputs(
                "polls", "discovered", "outcomes", main="main"
            )
        )
