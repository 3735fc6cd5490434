"""ReadWarc: path pattern -> Page. Any WARC or ARC file as a source: a crawl, Common Crawl's news.

A document is a response (or resource) of an http(s) URL. Files are read through once to see what
they hold, a record at a time; of two captures of one article the newest is taken. Then each page
is read where it lies, so that pages are spread over workers and never shuffled.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems
from apache_beam.pvalue import DoOutputsTuple, PCollection, TaggedOutput

from schemas.elements import Entry, Origin, Page, Run
from transforms.answers import Headers
from transforms.decode import decode
from transforms.documents import fixed_part
from transforms.fetch import MAX_BYTES
from transforms.identity import article_id, canonical_url, host
from transforms.outcomes import Discovered, Ended, Failed, OutcomeName, Rejected, end
from transforms.page import check_type
from transforms.replay import open_archive
from transforms.runs import RunInput
from transforms.tally import count
from transforms.warc_records import Damaged, Record, read_http, records

_ROOM: Final = 1 << 20  # bytes of HTTP headers and chunk sizes around a body
_OLDEST: Final = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a record is no page to read."""

    outcome: OutcomeName
    reason: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A document in an archive: where it lies, or why it cannot be read."""

    origin: Origin
    path: str
    offset: int
    at: datetime | None  # when it was captured
    ended: Ending | None = None


def archive_origin(url: str, ref: str) -> Origin:
    """The origin of the document at `url` whose record is `ref`."""
    try:
        identity, source = canonical_url(url), host(url)
    except ValueError:
        identity, source = url, "archive"
    discovery = sha256(f"{ref}\n{url}".encode("utf-8", "replace")).hexdigest()[:16]
    return Origin(discovery, "archive", article_id(identity), url, source)


def scan(path: str, name: str) -> Iterator[Found]:
    """The documents of the archive at `path`, which is called `name`.

    The last is the file itself, with what is wrong with it, if it cannot be read to its end.
    """
    try:
        with open_archive(path) as file:
            for record in records(file):
                found = look(record, path, name)
                if found:
                    yield found
    except (Damaged, OSError) as error:
        url = f"archive:{name}"
        ended = Ending("failed", "archive_damaged", str(error)[:300])
        yield Found(archive_origin(url, name), path, 0, None, ended)


def look(record: Record, path: str, name: str) -> Found | None:
    """The document that a record is; None if it is none: requests, robots.txt, redirects ...

    Leaves the record read to its end. Raises Damaged.
    """
    is_page = record.type in ("response", "revisit", "resource") and is_document(record.url)
    if not is_page:
        record.skip()
        return None
    origin = archive_origin(record.url, f"{name}@{record.offset}")
    found = Found(origin, path, record.offset, record.date)
    ended: Ending | None = None
    if record.type == "revisit":
        record.skip()
        ended = Ending("unchanged", "revisit")
    elif record.length > MAX_BYTES + _ROOM:
        ended = Ending("rejected", "body_too_large", f"{record.length} bytes")
        record.skip()
    else:
        try:
            status, headers, packed = read_answer(record)
            if 300 <= status < 400:
                return None  # where it leads is a record of its own
            if not 200 <= status < 300:
                raise Failed("http_error", str(status), passing=False)
            if record.truncated:
                raise Rejected("truncated", record.truncated)
            check_type(unpack(headers, packed), dict(headers).get("content-type"))
        except (Failed, Rejected) as error:
            ended = Ending(error.outcome, error.reason, error.detail)
    return Found(found.origin, path, found.offset, found.at, ended) if ended else found


def is_document(url: str) -> bool:
    """Whether `url` may be an article's."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.path != "/robots.txt"


def read_answer(record: Record) -> tuple[int, Headers, bytes]:
    """(status, headers, body as it was packed) of a response; of a resource, as one.

    Raises Rejected protocol_error for what is no HTTP.
    """
    block = record.block()
    if record.type == "resource":
        return 200, (("content-type", record.media_type),), block
    http = read_http(block)
    if http is None:
        raise Rejected("protocol_error", "no HTTP response in the record")
    return http


def read_page(found: Found, run_time: datetime) -> Page:
    """The page that was found. Raises Rejected or Failed as the client would, and Damaged."""
    with open_archive(found.path) as file:
        file.seek(found.offset)
        status, headers, packed = read_answer(next(records(file)))
    body = unpack(headers, packed)
    return Page(Entry(found.origin), found.origin.url, status, headers, body, found.at or run_time)


def unpack(headers: Headers, packed: bytes) -> bytes:
    """A body without its Content-Encoding, if it still has it. Raises Failed as the client does.

    Some crawlers stored the body unpacked and the header as it came.
    """
    coding = ",".join(value for name, value in headers if name == "content-encoding")
    try:
        return decode(packed, coding, MAX_BYTES)
    except Failed as failed:
        if failed.reason != "bad_encoding" or b"<" not in packed[:1024]:
            raise
        return packed


def newest(group: Iterable[Found]) -> list[Found]:
    """The captures of one article, newest first."""
    return sorted(
        group, key=lambda found: (found.at or _OLDEST, found.origin.discovery), reverse=True
    )


# ------------------------------------------------------------------------------- the stages


def match_archives(pattern: str) -> Iterator[tuple[str, str]]:
    """(path, name below the pattern's fixed part) of each file that `pattern` matches."""
    above = fixed_part(pattern)
    for match in FileSystems.match([pattern])[0].metadata_list:
        below = match.path[len(above) :] if match.path.startswith(above) else match.path
        yield match.path, below.lstrip("/")


def first_name(match: tuple[str, Iterable[str]]) -> tuple[str, str]:
    """One name for each file: patterns may overlap."""
    return match[0], min(match[1])


class _Scan(beam.DoFn):
    def process(
        self, match: tuple[str, str], run: Run
    ) -> Iterator[tuple[str, Found] | Discovered | Ended]:
        for found in scan(*match):
            count("warc", "documents")
            yield TaggedOutput("discovered", found.origin)
            if found.ended is None:
                yield found.origin.id, found
                continue
            ended = found.ended
            count("warc", ended.outcome)
            yield TaggedOutput(
                "outcomes",
                end(
                    found.origin,
                    ended.outcome,
                    "warc",
                    run.at,
                    reason=ended.reason,
                    detail=ended.detail,
                ),
            )


class _Newest(beam.DoFn):
    def process(self, group: tuple[str, Iterable[Found]], run: Run) -> Iterator[Found | Ended]:
        first, *others = newest(group[1])
        yield first
        for other in others:
            ended = end(other.origin, "duplicate", "warc", run.at, reason="same_identity")
            yield TaggedOutput("outcomes", ended)


class _ReadPage(beam.DoFn):
    def process(self, found: Found, run: Run) -> Iterator[Page | Ended]:
        try:
            yield read_page(found, run.at)
        except (Rejected, Failed) as error:
            count("warc", error.outcome)
            ended = end(
                found.origin,
                error.outcome,
                "warc",
                run.at,
                reason=error.reason,
                detail=error.detail,
            )
            yield TaggedOutput("outcomes", ended)


@dataclass
class ReadWarc(beam.PTransform):
    """Read the pages of WARC and ARC files.

    Outputs: main (Page), discovered (Origin), outcomes (Outcome), refs ((discovery,
    "file@offset")).
    """

    run: RunInput

    def expand(self, pcoll: PCollection[str]) -> DoOutputsTuple:
        scanned = (
            pcoll
            | "Match" >> beam.FlatMap(match_archives)
            | "GroupByPath" >> beam.GroupByKey()
            | "FirstName" >> beam.Map(first_name)
            | "SpreadFiles" >> beam.Reshuffle()
            | "Scan"
            >> beam.ParDo(_Scan(), self.run).with_outputs("discovered", "outcomes", main="main")
        )
        single = (
            scanned.main
            | "GroupById" >> beam.GroupByKey()
            | "Newest" >> beam.ParDo(_Newest(), self.run).with_outputs("outcomes", main="main")
        )
        read = (
            single.main
            | "SpreadPages" >> beam.Reshuffle()
            | "Read" >> beam.ParDo(_ReadPage(), self.run).with_outputs("outcomes", main="main")
        )
        ends = (scanned.outcomes, single.outcomes, read.outcomes)
        return {
            "main": read.main,
            "discovered": scanned.discovered,
            "outcomes": ends | "Outcomes" >> beam.Flatten(),
            "refs": scanned.main | "Ref" >> beam.Map(ref_of),
        }


def ref_of(found: tuple[str, Found]) -> tuple[str, str]:
    """(discovery, "file@offset"), as `Refer` takes them."""
    where = found[1]
    return where.origin.discovery, f"{where.path.rpartition('/')[2]}@{where.offset}"
