"""SpreadHosts: Entry -> Entry, Feed -> Feed: each host is asked by one worker only.

A host's pace is kept inside a worker process, so that all requests to a host must meet in one.
Hosts share few shards rather than having a key each: one key a host makes hosts wait for each
other (53 s against 2.6 s for 1,000 pages of 50 hosts).
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar
from zlib import crc32

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas.elements import Entry, Feed
from transforms.admit import order
from transforms.identity import host

Target = TypeVar("Target", bound=Entry | Feed)


def url_of(element: Entry | Feed) -> str:
    """What is asked for."""
    return element.url if isinstance(element, Feed) else element.origin.url


def order_of(element: Entry | Feed) -> tuple[str, str]:
    """The order in which a host is asked: the same on every runner."""
    return (element.url, "") if isinstance(element, Feed) else order(element)


def in_turn(elements: Iterable[Target]) -> Iterator[Target]:
    """`elements`, one of each host in turn, so that a host with many does not hold up the others.

    The order is the same whatever the order of arrival.
    """
    queues: dict[str, deque[Target]] = {}
    for element in sorted(elements, key=order_of):
        queues.setdefault(host(url_of(element)), deque()).append(element)
    waiting = deque(queues[name] for name in sorted(queues))
    while waiting:
        queue = waiting.popleft()
        yield queue.popleft()
        if queue:
            waiting.append(queue)


def shard_of(element: Entry | Feed, shards: int) -> int:
    """The shard of the element's host, the same in every process and run."""
    return crc32(host(url_of(element)).encode()) % shards


class _ByShard(beam.DoFn):
    def __init__(self, shards: int) -> None:
        self.shards = shards

    def process(self, element: Entry | Feed) -> Iterator[tuple[int, Entry | Feed]]:
        yield shard_of(element, self.shards), element


def shard_in_turn(shard: tuple[int, Iterable[Entry | Feed]]) -> Iterator[Entry | Feed]:
    """`in_turn` on one shard."""
    yield from in_turn(shard[1])


@dataclass
class SpreadHosts(beam.PTransform):
    """Bring what is asked of each host together, hosts spread over `shards` workers at most."""

    shards: int

    def expand(self, pcoll: PCollection) -> PCollection:
        return (
            pcoll
            | "ByShard" >> beam.ParDo(_ByShard(self.shards))
            | "GroupByShard" >> beam.GroupByKey()
            # what goes in comes out: a Feed stays a Feed
            | "InTurn" >> beam.FlatMap(shard_in_turn).with_output_types(pcoll.element_type)
        )
