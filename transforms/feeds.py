"""ReadFeeds: Feed -> Entry, and a FeedPoll for each feed.

Recall what the last poll left (validators, what the feed listed) -> Poll (the only step that
touches the network) -> Read (pure: bytes and state in, entries and the new state out).

A feed is its operator's choice, so robots.txt is not asked for it; it is for article pages.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import apache_beam as beam
from apache_beam.pvalue import DoOutputsTuple, PCollection, TaggedOutput

from schemas.elements import Entry, Feed, FeedPoll, Run
from transforms.concurrently import Concurrently
from transforms.http import Client
from transforms.memory import Memory
from transforms.outcomes import Discovered, Ended, Failed, end
from transforms.polls import MIN_INTERVAL, Polled, conditions, is_due, read_feed
from transforms.runs import RunInput
from transforms.tally import count
from transforms.web import Web

MAX_FEED_BYTES: Final = 10 * 1024 * 1024
ACCEPT: Final = (
    "application/atom+xml, application/rss+xml, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, */*;q=0.1"
)
BATCH: Final = 1024  # feeds that share one look-up of their states

Closed: TypeAlias = TaggedOutput[Literal["polls"], FeedPoll]


class _RecallFeeds(beam.DoFn):
    def __init__(self, dataset: str, due_only: bool) -> None:
        self.memory = Memory(dataset)
        self.due_only = due_only

    def process(self, feeds: Sequence[Feed], run: Run) -> Iterator[tuple[Feed, FeedPoll | None]]:
        states = self.memory.of(run).feed_states([feed.url for feed in feeds])
        for feed in feeds:
            before = states.get(feed.url)
            if not self.due_only or is_due(before, run.at):
                yield feed, before
            else:
                count("feeds", "not_due")


class _Poll(Concurrently):
    def __init__(self, web: Web) -> None:
        self.web = web

    async def open(self) -> None:
        self._client: Client = await self.web.client().__aenter__()

    async def handle(self, element: tuple[Feed, FeedPoll | None], run: Run) -> Iterable[Polled]:
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
    def __init__(self, min_interval: int) -> None:
        self.min_interval = min_interval

    def process(self, polled: Polled, run: Run) -> Iterator[Entry | Closed | Discovered | Ended]:
        reading = read_feed(polled, run.at, self.min_interval)
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
                        run.at,
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
                    run.at,
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

    dataset: str
    run: RunInput
    web: Web = field(default_factory=Web)
    due_only: bool = False
    min_interval: int = MIN_INTERVAL

    def expand(self, pcoll: PCollection[Feed]) -> DoOutputsTuple:
        return (
            pcoll
            | "Batch" >> beam.BatchElements(min_batch_size=BATCH, max_batch_size=BATCH)
            | "Recall" >> beam.ParDo(_RecallFeeds(self.dataset, self.due_only), self.run)
            | "Poll" >> beam.ParDo(_Poll(self.web), self.run)
            | "Read"
            >> beam.ParDo(_Read(self.min_interval), self.run).with_outputs(
                "polls", "discovered", "outcomes", main="main"
            )
        )
