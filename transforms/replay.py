"""Replay: the answers of a run from its archive instead of from the network.

The rest of the graph is the run's own. What is asked for is looked up by its capture's key, so
that an entry meets the very answer that it met then; only where the answer lies is held in
memory, the answers stay in their files until they are read.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, Final

import apache_beam as beam
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from apache_beam.pvalue import AsDict, DoOutputsTuple, PCollection

from schemas.elements import Entry, Page, Run
from transforms.answers import Response
from transforms.archive import RUN_FIELD
from transforms.captures import ROOM, key_of, read_response, revive
from transforms.check_feeds import MAX_FEED_BYTES
from transforms.fetch import MAX_BYTES, output
from transforms.outcomes import Ended, Failed, Rejected
from transforms.polls import Polled, Recalled, polled
from transforms.runs import RunInput
from transforms.tally import count
from transforms.warc_records import Damaged, Record, records

_MAX_SAID: Final = 64 << 20  # bytes of JSON: an entry with all its content, a run with its feeds


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where the answer of a capture lies, and what is said of it (JSON)."""

    key: str
    path: str
    ref: str  # file@offset
    answered: bool  # there is a response at the offset
    said: bytes

    @property
    def offset(self) -> int:
        """In bytes, of the response's record."""
        return int(self.ref.rpartition("@")[2])


def open_archive(path: str) -> IO[bytes]:
    """The file at `path`, as it is: what is packed is unpacked record by record."""
    return FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED)


def file_name(path: str) -> str:
    """The last part of a path: what `archive_ref` calls a file."""
    return path.rpartition("/")[2]


def read_run(path: str) -> dict[str, Any] | None:
    """What the run was whose archive `path` is; None if it is another's file.

    Raises Damaged for a file without a readable record, and OSError.
    """
    with open_archive(path) as file:
        first = next(records(file))
        if first.type != "warcinfo" or first.length > _MAX_SAID:
            return None
        for line in first.block().decode("utf-8", "replace").splitlines():
            name, _, value = line.partition(": ")
            if name == RUN_FIELD:
                run: dict[str, Any] = json.loads(value)
                return run
    return None


def index(path: str) -> Iterator[Recorded]:
    """Every capture in an archive of ours. Raises Damaged if it is not whole."""
    with open_archive(path) as file:
        answer: Record | None = None
        for record in records(file):
            if record.type == "metadata" and record.length <= _MAX_SAID:
                said = record.block()
                key = json.loads(said)["key"]
                offset = answer.offset if answer else record.offset
                yield Recorded(key, path, f"{file_name(path)}@{offset}", answer is not None, said)
                answer = None
            else:
                record.skip()
                answer = record if record.type == "response" else None


def answer(recorded: Recorded | None, max_bytes: int) -> Response:
    """The response that was had then.

    Raises Failed or Rejected as it was raised then; `not_archived` if nothing was.
    """
    if recorded is None:
        raise Failed("not_archived", passing=False)
    said = json.loads(recorded.said)
    if said["ended"]["outcome"] != "ok":
        raise revive(said["ended"])
    with open_archive(recorded.path) as file:
        file.seek(recorded.offset)
        record = next(records(file))
        if not recorded.answered or record.type != "response" or record.length > max_bytes + ROOM:
            raise Damaged(f"{recorded.ref}: no response there")
        return read_response(record.block(), said, max_bytes)


# ------------------------------------------------------------------------------- the stages


def key_and_recorded(path: str) -> Iterator[tuple[str, Recorded]]:
    """`index` by key."""
    for recorded in index(path):
        count("archive", "captures")
        yield recorded.key, recorded


def key_and_ref(recorded: tuple[str, Recorded]) -> tuple[str, str]:
    """(key, "file@offset"), as `Refer` takes them."""
    return recorded[0], recorded[1].ref


@dataclass
class IndexArchive(beam.PTransform):
    """Path of an archive file -> (key, Recorded)."""

    def expand(self, pcoll: PCollection[str]) -> PCollection[tuple[str, Recorded]]:
        return pcoll | "Index" >> beam.FlatMap(key_and_recorded)


class _PollRecorded(beam.DoFn):
    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes

    def process(self, element: Recalled, recorded: Mapping[str, Recorded]) -> Iterator[Polled]:
        feed, before, paused = element
        if paused is not None:
            yield polled(feed, before, paused)
            return
        found = recorded.get(key_of("feed", feed.url))
        if found is None:
            return  # it was not due then
        try:
            yield polled(feed, before, answer(found, self.max_bytes))
        except Failed as failure:
            yield polled(feed, before, failure)


@dataclass
class PollRecorded(beam.PTransform):
    """(Feed, its state, a pause) -> Polled, from the archive instead of from the network."""

    recorded: PCollection[tuple[str, Recorded]]
    max_bytes: int = MAX_FEED_BYTES

    def expand(self, pcoll: PCollection[Recalled]) -> DoOutputsTuple:
        polling = beam.ParDo(_PollRecorded(self.max_bytes), AsDict(self.recorded))
        return pcoll | polling.with_outputs("captures", main="main")


class _FetchRecorded(beam.DoFn):
    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes

    def process(
        self, entry: Entry, run: Run, recorded: Mapping[str, Recorded]
    ) -> Iterator[Page | Ended]:
        ended: Response | Failed | Rejected
        try:
            ended = answer(recorded.get(entry.origin.discovery), self.max_bytes)
            count("fetch", "pages")
        except (Failed, Rejected) as error:
            ended = error
            count("fetch", error.outcome)
        yield output(entry, ended, run.at)


@dataclass
class FetchRecorded(beam.PTransform):
    """Entry -> Page, and Outcome on "outcomes", from the archive instead of from the network."""

    recorded: PCollection[tuple[str, Recorded]]
    run: RunInput
    max_bytes: int = MAX_BYTES

    def expand(self, entries: PCollection[Entry]) -> DoOutputsTuple:
        fetching = beam.ParDo(_FetchRecorded(self.max_bytes), self.run, AsDict(self.recorded))
        return entries | fetching.with_outputs("outcomes", "captures", main="main")
