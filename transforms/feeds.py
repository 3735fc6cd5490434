"""ReadFeeds: Feed -> Entry, and a FeedPoll for each feed.

Recall what the last poll left (validators, what the feed listed) -> Poll (the only step that
touches the network) -> Read (pure: bytes and state in, entries and the new state out). The
sitemaps of an index come out as feeds, and go the same way once more.

A feed is its operator's choice, so robots.txt is not asked for it; it is for article pages.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import apache_beam as beam
from apache_beam.pvalue import DoOutputsTuple, PCollection, TaggedOutput

from schemas.elements import Entry, Feed, FeedPoll, Run
from transforms.answers import Exchange, Response
from transforms.captures import Capture, capture_feed
from transforms.check_feeds import ACCEPT, MAX_FEED_BYTES
from transforms.concurrently import Concurrently
from transforms.feed_state import address, is_due, must_rest, pause
from transforms.http import Client
from transforms.identity import canonical_url, host
from transforms.memory import Memory
from transforms.outage import Acquit
from transforms.outcomes import Deferred, Discovered, Ended, Failed, end
from transforms.parse_guarded import parse_guarded
from transforms.polls import Polled, Recalled, children_of, conditions, polled, read_feed
from transforms.rhythm import MIN_INTERVAL
from transforms.runs import RunInput
from transforms.spread import SpreadHosts
from transforms.tally import count, measure
from transforms.trouble import Hosts
from transforms.web import Web

BATCH: Final = 1024  # feeds that share one look-up of their states

Closed: TypeAlias = TaggedOutput[Literal["polls"], FeedPoll]
Listing: TypeAlias = TaggedOutput[Literal["children"], Feed]


class _RecallFeeds(beam.DoFn):
    def __init__(self, dataset: str, due_only: bool) -> None:
        self.memory = Memory(dataset)
        self.due_only = due_only

    def process(self, feeds: Sequence[Feed], run: Run) -> Iterator[Recalled | Listing]:
        states = self.memory.of(run).feed_states([feed.url for feed in feeds])
        resting = {host(url): before for url, before in states.items() if must_rest(before, run.at)}
        for feed in feeds:
            before = states.get(feed.url)
            # A server that named the time to come back named it for all that it serves.
            rest = before if must_rest(before, run.at) else resting.get(host(feed.url))
            rests = rest is not None and (rest is before or rest.due_reason == "retry_after")
            if self.due_only and (rests or not is_due(before, run.at)):
                count("feeds", "not_due")
                if before is not None:
                    for child in children_of(feed, before):
                        yield TaggedOutput("children", child)
            else:
                yield feed, before, pause(rest, run.at) if rest else None


class _Poll(Concurrently):
    def __init__(self, web: Web, archive: bool) -> None:
        self.web = web
        self.archive = archive

    async def open(self) -> None:
        self._client: Client = await self.web.client().__aenter__()
        self._hosts = Hosts(asyncio.get_running_loop().time)

    async def handle(self, element: Recalled, run: Run) -> Iterable[Any]:
        feed, before, paused = element
        if paused is not None:
            return [polled(feed, before, paused)]
        url = address(feed, before, run.at)
        tape: list[Exchange] | None = [] if self.archive else None
        ended: Response | Failed
        try:
            self._hosts.check(host(url))
            ended = await self._client.get(
                url,
                headers=conditions(before, run.at),
                accept=ACCEPT,
                max_bytes=MAX_FEED_BYTES,
                tape=tape,
            )
            self._hosts.answered(host(url))
        except Failed as failure:
            self._hosts.failed(host(url), failure)
            ended = failure
        captures = [] if tape is None else [capture_feed(feed, url, ended, tape)]
        # What came goes ahead of what is made of it.
        return [*(TaggedOutput("captures", made) for made in captures), polled(feed, before, ended)]

    async def close(self) -> None:
        await self._client.__aexit__(None, None, None)

    def observe(self, output: Any) -> None:
        if isinstance(output, Polled):
            asked = not isinstance(output.failure, Deferred)
            count("feeds", "polled" if asked else "deferred")


@dataclass
class Poll(beam.PTransform):
    """(Feed, its state, a pause) -> Polled; Capture on "captures" if an archive is wanted."""

    run: RunInput
    web: Web
    archive: bool = False

    def expand(self, pcoll: PCollection[Recalled]) -> DoOutputsTuple:
        polling = beam.ParDo(_Poll(self.web, self.archive), self.run).with_output_types(
            Polled, captures=Capture
        )
        return pcoll | polling.with_outputs("captures", main="main")


class _Read(beam.DoFn):
    def __init__(self, min_interval: int) -> None:
        self.min_interval = min_interval

    def process(
        self, polled: Polled, run: Run
    ) -> Iterator[Entry | Closed | Discovered | Ended | Listing]:
        reading = read_feed(polled, run.at, self.min_interval, parse_guarded)
        if reading.poll.outcome == "failed":
            count("feeds", "failed")
        if reading.poll.outcome == "ok":
            measure("feeds", "listed", reading.poll.entries)
        yield TaggedOutput("polls", reading.poll)
        for origin in reading.discovered:
            count("feeds", "entries")
            yield TaggedOutput("discovered", origin)
        for child in reading.children:
            yield TaggedOutput("children", child)
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


def by_host(feed: Feed) -> tuple[str, Feed]:
    """(host, feed): the host is asked by one worker only."""
    return host(feed.url), feed


def only_new(group: tuple[str, Mapping[str, Iterable[Feed]]]) -> Iterator[Feed]:
    """The children of indexes, each once, and not those that the operator lists as well."""
    seen = {canonical_url(feed.url) for feed in group[1]["listed"]}
    for child in sorted(group[1]["children"], key=_index):
        identity = canonical_url(child.url)
        if identity not in seen:
            seen.add(identity)
            yield child


def _index(feed: Feed) -> tuple[str, str]:
    return feed.index or "", feed.url


@dataclass
class ReadFeeds(beam.PTransform):
    """Poll feeds and read them.

    due_only: leave alone the feeds whose state says that their time has not come.
    min_interval: seconds between two polls of a feed that asks for no longer rest.
    poll: what answers, Poll or PollRecorded. shards: workers that poll side by side.
    Outputs: main (Entry), polls (FeedPoll), discovered (Origin), outcomes (Outcome), captures
    (Capture).
    """

    dataset: str
    run: RunInput
    poll: beam.PTransform
    due_only: bool = False
    min_interval: int = MIN_INTERVAL
    shards: int = 1

    def expand(self, pcoll: PCollection[Feed]) -> dict[str, PCollection]:
        feeds = self.read(pcoll, "Feeds")
        children = (
            {
                "listed": pcoll | "ListedByHost" >> beam.Map(by_host),
                "children": feeds["children"] | "ChildrenByHost" >> beam.Map(by_host),
            }
            | "JoinChildren" >> beam.CoGroupByKey()
            | "OnlyNew" >> beam.FlatMap(only_new)
        )
        sitemaps = self.read(children, "Sitemaps")
        both = {
            name: (feeds[name], sitemaps[name]) | f"All {name}" >> beam.Flatten()
            for name in ("main", "polls", "discovered", "outcomes", "captures")
        }
        return both | {"polls": both["polls"] | Acquit()}

    def read(self, feeds: PCollection[Feed], label: str) -> dict[str, PCollection]:
        """Recall, poll and read `feeds`."""
        recalled = (
            feeds
            | f"Spread {label}" >> SpreadHosts(self.shards)
            | f"Batch {label}" >> beam.BatchElements(min_batch_size=BATCH, max_batch_size=BATCH)
            | f"Recall {label}"
            >> beam.ParDo(_RecallFeeds(self.dataset, self.due_only), self.run).with_outputs(
                "children", main="main"
            )
        )
        answered = recalled.main | f"Poll {label}" >> self.poll
        read = answered["main"] | f"Read {label}" >> beam.ParDo(
            _Read(self.min_interval), self.run
        ).with_outputs("polls", "discovered", "outcomes", "children", main="main")
        children = (recalled.children, read.children) | f"Children {label}" >> beam.Flatten()
        outputs = {name: read[name] for name in ("main", "polls", "discovered", "outcomes")}
        return {**outputs, "children": children, "captures": answered["captures"]}
