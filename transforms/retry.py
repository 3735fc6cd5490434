"""ReadRejects: Run -> Entry | Page. What was rejected or failed, for another try.

A page is had from the archive, else from the reject's payload, as it was then; what failed on its
way is fetched. A document that has been stored since, or ended otherwise, is left alone. Not had
from here: items of feeds, whose next poll tries them, and files, which are read by `ingest` again.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, Literal, TypeAlias

import apache_beam as beam
from apache_beam.pvalue import DoOutputsTuple, PCollection, TaggedOutput

from schemas.elements import Entry, Origin, Page, Run
from transforms.captures import read_response
from transforms.dataset import Snapshot
from transforms.extract import MAX_PAYLOAD
from transforms.fetch import ENTRY_TYPE, MAX_BYTES, page
from transforms.lookup import every_row, rows
from transforms.manifest import ARCHIVE
from transforms.memory import Memory
from transforms.outcomes import Discovered, Failed
from transforms.replay import open_archive
from transforms.runs import RunInput
from transforms.tally import count
from transforms.warc_records import Damaged, records

_TRIED: Final = ("fetch", "extract", "warc")  # stages
_OPEN: Final = ("rejected", "failed")
_BATCH: Final = 64  # rejects, each with up to 1 MiB of payload

ToFetch: TypeAlias = TaggedOutput[Literal["entries"], Entry]
Referred: TypeAlias = TaggedOutput[Literal["refs"], tuple[str, str]]


def open_rejects(snapshot: Snapshot, reason: str | None) -> Iterator[dict[str, Any]]:
    """The newest reject of each document that still is one; only those with `reason`, if given.

    Each with its `article_id`. A few payloads are in memory at a time.
    """
    files = snapshot.files("rejects")
    newest = {row["url"]: row for row in sorted(every_row(files, ["payload"]), key=_when)}
    wanted = {
        url: row
        for url, row in newest.items()
        if row["stage"] in _TRIED
        and url.startswith("http")
        and (reason is None or row["reason"] == reason)
    }
    columns = ["url", "article_id", "outcome", '"at"', "run_id"]
    ends: dict[str, dict[str, Any]] = {}
    for row in sorted(rows(snapshot.files("ledger"), columns, ["url"], wanted), key=_when):
        # The others say nothing new of it.
        if row["outcome"] not in ("unchanged", "duplicate", "deferred"):
            ends[row["url"]] = row
    still = sorted(url for url in wanted if url in ends and ends[url]["outcome"] in _OPEN)
    for start in range(0, len(still), _BATCH):
        found = rows(files, [], ["url"], still[start : start + _BATCH])
        whole = {row["url"]: row for row in sorted(found, key=_when)}
        for url in sorted(whole):
            yield {**whole[url], "article_id": ends[url]["article_id"]}


def _when(row: Mapping[str, Any]) -> tuple[datetime, str]:
    return row["at"], row["run_id"]


def entry_of(said: Mapping[str, Any]) -> Entry:
    """The entry of its JSON, as far as it was the feed's: what we knew of it then is left out."""
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in said.items()
    }
    fields["origin"] = Origin(**{**fields["origin"], "known": None, "previous": None})
    return Entry(**fields)


def retried(row: Mapping[str, Any], dataset: str) -> Entry | Page:
    """What is tried of a reject: its page if that is kept as a whole, else its entry."""
    entry = _entry(row)
    if row["stage"] == "fetch":
        return entry
    kept = from_archive(row, dataset)
    if kept is not None:
        said, block = kept
        if "entry" in said:
            entry = replace(entry_of(said["entry"]), origin=entry.origin)
        return page(entry, read_response(block, said, MAX_BYTES), row["at"].astimezone(UTC))
    body = row["payload"] or b""
    if not 0 < len(body) < MAX_PAYLOAD:
        return entry
    headers = (("content-type", row["payload_type"] or "text/html"),)
    return Page(entry, row["url"], 200, headers, body, row["at"].astimezone(UTC))


def _entry(row: Mapping[str, Any]) -> Entry:
    """The entry of a reject: as its feed had it if that is kept, else its URL alone."""
    origin = Origin(
        discovery=sha256(f"retry\n{row['url']}".encode()).hexdigest()[:16],
        kind="feed" if row["feed_url"] else "archive",
        id=row["article_id"],
        url=row["url"],
        source=row["source"],
        feed_url=row["feed_url"],
        attempts=row["attempts"],
    )
    if row["payload_type"] == ENTRY_TYPE and row["payload"]:
        return replace(entry_of(json.loads(row["payload"])), origin=origin)
    return Entry(origin)


def from_archive(row: Mapping[str, Any], dataset: str) -> tuple[dict[str, Any], bytes] | None:
    """What is said of a reject's capture, and its response's block; None if it is not there."""
    name, _, offset = (row["archive_ref"] or "").rpartition("@")
    path = os.path.join(dataset, ARCHIVE, name)
    if not name or not os.path.exists(path):
        return None
    try:
        with open_archive(path) as file:
            file.seek(int(offset))
            reader = records(file)
            first = next(reader)
            block = first.block()
            about = next(reader)
            if first.type != "response" or about.type != "metadata":
                return None
            return json.loads(about.block()), block
    except Damaged:
        return None


# ------------------------------------------------------------------------------- the stage


class _Read(beam.DoFn):
    def __init__(self, dataset: str, reason: str | None) -> None:
        self.dataset = dataset
        self.reason = reason

    def process(self, run: Run) -> Iterator[Page | ToFetch | Discovered | Referred]:
        for row in open_rejects(Memory(self.dataset).of(run), self.reason):
            count("retry", "documents")
            try:
                element = retried(row, self.dataset)
            except Failed:
                element = _entry(row)  # what is kept cannot be read any more
            origin = element.origin if isinstance(element, Entry) else element.entry.origin
            yield TaggedOutput("discovered", origin)
            if isinstance(element, Entry):
                yield TaggedOutput("entries", element)
                continue
            if row["archive_ref"]:
                yield TaggedOutput("refs", (origin.discovery, row["archive_ref"]))
            yield element


@dataclass
class ReadRejects(beam.PTransform):
    """Run -> what that run tries again of `dataset`'s rejects, with `reason` if that is given.

    Outputs: main (Page), entries (Entry, to be fetched), discovered (Origin), refs ((discovery,
    "file@offset")).
    """

    dataset: str
    run: RunInput
    reason: str | None = None

    def expand(self, pcoll: PCollection[Run]) -> DoOutputsTuple:
        reading = beam.ParDo(_Read(self.dataset, self.reason))
        return pcoll | reading.with_outputs("entries", "discovered", "refs", main="main")
