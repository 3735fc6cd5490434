"""ReadFeeds: Feed -> Entry, and a FeedPoll for each feed.

Recall what the last poll left (validators, what the feed listed) -> Poll (the only step that
touches the network) -> Read (pure: bytes and state in, entries and the new state out).

A feed is its operator's choice, so robots.txt is not asked for it; it is for article pages.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

import apache_beam as beam
from apache_beam.pvalue import DoOutputsTuple, PCollection, TaggedOutput

from schemas.elements import Entry, Feed, FeedPoll
from transforms.answers import Exchange, Response
from transforms.captures import Capture, capture_feed
from transforms.concurrently import Concurrently
from transforms.http import Client
from transforms.memory import Memory
from transforms.outcomes import Discovered, Ended, Failed, end
from transforms.polls import MIN_INTERVAL, Polled, conditions, is_due, polled, read_feed
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
    def __init__(self, web: Web, archive: bool) -> None:
        self.web = web
        self.archive = archive

    async def open(self) -> None:
        self._client: Client = await self.web.client().__aenter__()

    async def handle(self, element: tuple[Feed, FeedPoll | None]) -> Iterable[Any]:
        feed, before = element
        tape: list[Exchange] | None = [] if self.archive else None
        ended: Response | Failed
        try:
            ended = await self._client.get(
                feed.url,
                headers=conditions(before),
                accept=ACCEPT,
                max_bytes=MAX_FEED_BYTES,
                tape=tape,
            )
        except Failed as failure:
            ended = failure
        captures = [] if tape is None else [capture_feed(feed, ended, tape)]
        # What came goes ahead of what is made of it.
        return [*(TaggedOutput("captures", made) for made in captures), polled(feed, before, ended)]

    async def close(self) -> None:
        await self._client.__aexit__(None, None, None)

    def observe(self, output: Any) -> None:
        if isinstance(output, Polled):
            count("feeds", "polled")


@dataclass
class Poll(beam.PTransform):
    """(Feed, its state) -> Polled, and Capture on "captures" if an archive is wanted."""

    web: Web
    archive: bool = False

    def expand(self, pcoll: PCollection[tuple[Feed, FeedPoll | None]]) -> DoOutputsTuple:
        polling = beam.ParDo(_Poll(self.web, self.archive)).with_output_types(
            Polled, captures=Capture
        )
        return pcoll | polling.with_outputs("captures", main="main")


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
    poll: what answers, Poll or PollRecorded.
    Outputs: main (Entry), polls (FeedPoll), discovered (Origin), outcomes (Outcome), captures
    (Capture).
    """

    memory: Memory
    run_time: datetime
    poll: beam.PTransform
    due_only: bool = False
    min_interval: int = MIN_INTERVAL

    def expand(self, pcoll: PCollection[Feed]) -> dict[str, PCollection]:
        answered = (
            pcoll
            | "Batch" >> beam.BatchElements(min_batch_size=BATCH, max_batch_size=BATCH)
            | "Recall"
            >> beam.ParDo(_RecallFeeds(self.memory, self.run_time if self.due_only else None))
            | "Poll" >> self.poll
        )
        read = answered["main"] | "Read" >> beam.ParDo(
            _Read(self.run_time, self.min_interval)
        ).with_outputs("polls", "discovered", "outcomes", main="main")
        return {
            "main": read.main,
            "polls": read.polls,
            "discovered": read.discovered,
            "outcomes": read.outcomes,
            "captures": answered["captures"],
        }
