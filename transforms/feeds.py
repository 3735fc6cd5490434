"""ReadFeeds: Feed -> Entry, and a FeedPoll for each feed.

Recall what the last poll left (validators, what the feed listed) -> Poll (the only step that
touches the network) -> Read (pure: bytes and state in, entries and the new state out).

A feed is its operator's choice, so robots.txt is not asked for it; it is for article pages.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import apache_beam as beam
from apache_beam.pvalue import DoOutputsTuple, PCollection, TaggedOutput

from schemas.elements import Entry, Feed, FeedPoll, Run
from transforms.answers import Exchange, Response
from transforms.captures import Capture, capture_feed
from transforms.concurrently import Concurrently
from transforms.http import Client
from transforms.memory import Memory
from transforms.outcomes import Discovered, Ended, Failed, end
from transforms.polls import MIN_INTERVAL, Polled, conditions, is_due, polled, read_feed
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
    def __init__(self, web: Web, archive: bool) -> None:
        self.web = web
        self.archive = archive

    async def open(self) -> None:
        self._client: Client = await self.web.client().__aenter__()

    async def handle(self, element: tuple[Feed, FeedPoll | None], run: Run) -> Iterable[Any]:
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

    run: RunInput
    web: Web
    archive: bool = False

    def expand(self, pcoll: PCollection[tuple[Feed, FeedPoll | None]]) -> DoOutputsTuple:
        polling = beam.ParDo(_Poll(self.web, self.archive), self.run).with_output_types(
            Polled, captures=Capture
        )
        return pcoll | polling.with_outputs("captures", main="main")


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
    poll: what answers, Poll or PollRecorded.
    Outputs: main (Entry), polls (FeedPoll), discovered (Origin), outcomes (Outcome), captures
    (Capture).
    """

    dataset: str
    run: RunInput
    poll: beam.PTransform
    due_only: bool = False
    min_interval: int = MIN_INTERVAL

    def expand(self, pcoll: PCollection[Feed]) -> DoOutputsTuple:
        answered = (
            pcoll
            | "Batch" >> beam.BatchElements(min_batch_size=BATCH, max_batch_size=BATCH)
            | "Recall" >> beam.ParDo(_RecallFeeds(self.dataset, self.due_only), self.run)
            | "Poll" >> self.poll
        )
        read = answered["main"] | "Read" >> beam.ParDo(
            _Read(self.min_interval), self.run
        ).with_outputs("polls", "discovered", "outcomes", main="main")
        return {
            "main": read.main,
            "polls": read.polls,
            "discovered": read.discovered,
            "outcomes": read.outcomes,
            "captures": answered["captures"],
        }
