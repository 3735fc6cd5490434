"""WriteArchive: captures -> WARC files, in the order of what they are, not of when they came.

Each worker adds the records of its captures to a spool of its own, at once and before anything
is parsed. When all is fetched the spools are put together by copying: a record is a gzip member,
so that nothing is packed twice, and one capture is in memory at a time. Only then it is known
where each record lies, so that the rows learn of it last (`Refer`).
"""

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final, Literal, TypeAlias, TypeVar
from urllib.parse import urlsplit
from zlib import crc32

import apache_beam as beam
from apache_beam.pvalue import AsDict, PCollection, TaggedOutput

from schemas.elements import Article, Outcome, Reject, Run, StagedFile
from schemas.tables import SCHEMA_VERSION
from transforms.captures import Capture, key_of, to_records
from transforms.durable import make_folder, sync
from transforms.manifest import ARCHIVE, STAGING
from transforms.runs import RunInput
from transforms.tally import count
from transforms.warc_records import count_members, date_of, record_id, warcinfo
from transforms.write import checked_run_id, sha256_of, writer_name

RUN_FIELD: Final = "newsbeam-run"  # in the warcinfo record: what the run was, as JSON

Referred: TypeAlias = TaggedOutput[Literal["refs"], tuple[str, str]]
Row = TypeVar("Row", Article, Outcome, Reject)


@dataclass(frozen=True, slots=True)
class Spooled:
    """Where the records of a capture lie in a spool.

    members: the length of each record's gzip member. answer: which of them is the last response,
    or what is said if there was none. digest: of all.
    """

    order: tuple[str, ...]
    key: str
    path: str
    offset: int
    members: tuple[int, ...]
    answer: int
    digest: str


def shard_of(url: str, shards: int) -> int:
    """The file of a capture: all of one host go into one."""
    try:
        name = urlsplit(url).netloc.lower()
    except ValueError:
        name = ""
    return crc32(name.encode("utf-8", "replace")) % shards


def open_spool(dataset: str, run_id: str) -> tuple[IO[bytes], str]:
    """A new spool in the run's staging folder, and its path."""
    folder = Path(dataset).absolute() / STAGING / checked_run_id(run_id) / ARCHIVE
    make_folder(folder)
    handle, path = tempfile.mkstemp(prefix="spool-", suffix=".tmp", dir=folder)
    return os.fdopen(handle, "wb"), path


def spool(capture: Capture, file: IO[bytes], path: str, run_id: str, at: datetime) -> Spooled:
    """Add the records of `capture` to `file`; they are the system's when this returns."""
    members = to_records(capture, run_id, at)
    offset = file.tell()
    written = b"".join(members)
    file.write(written)
    file.flush()
    return Spooled(
        order=(capture.kind, capture.url, capture.key),
        key=capture.key,
        path=path,
        offset=offset,
        members=tuple(map(len, members)),
        answer=max(len(members) - 2, 0),
        digest=sha256(written).hexdigest(),
    )


def seal(
    spooled: Iterable[Spooled],
    about: Mapping[str, Any],
    dataset: str,
    run_id: str,
    at: datetime,
    shard: int,
) -> tuple[StagedFile, dict[str, str]]:
    """Write one archive file, verify and sync it: the staged file, and where each capture lies.

    The bytes do not depend on the order of `spooled` nor on how many spools there are. Of two
    captures under one key (a robots.txt that two workers asked for) one is kept.
    """
    kept = {item.key: item for item in sorted(spooled, key=lambda item: item.digest)}
    captures = sorted(kept.values(), key=lambda item: (item.order, item.digest))
    folder = Path(dataset) / STAGING / checked_run_id(run_id) / ARCHIVE
    make_folder(folder)
    handle, name = tempfile.mkstemp(suffix=".tmp", dir=folder)
    written, offsets = Path(name), {}
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_head(about, run_id, at))
            for item in captures:
                offsets[item.key] = file.tell() + sum(item.members[: item.answer])
                file.write(_copy(item))
            file.flush()
            os.fsync(file.fileno())
        os.chmod(written, 0o644)  # mkstemp gives the file to its owner alone
        records = 1 + sum(len(item.members) for item in captures)
        with written.open("rb") as file:
            if count_members(file) != records:
                raise OSError(f"{written}: {records} records were written, others read back")
        digest = sha256_of(written)
        final = folder / f"{run_id}-{shard}-{digest[:12]}.warc.gz"
        written.rename(final)
    finally:
        written.unlink(missing_ok=True)
    sync(folder)
    staged = StagedFile(
        table=ARCHIVE,
        partition="",
        name=final.name,
        rows=records,
        bytes=final.stat().st_size,
        sha256=digest,
        schema_version=SCHEMA_VERSION,
        run_id=run_id,
    )
    return staged, {key: f"{final.name}@{offset}" for key, offset in offsets.items()}


def _head(about: Mapping[str, Any], run_id: str, at: datetime) -> bytes:
    run = {**about, "run_id": run_id, "run_time": at.isoformat()}
    said = json.dumps(run, sort_keys=True, separators=(",", ":"))
    fields = (
        ("software", writer_name().partition(" ")[0]),
        ("format", "WARC File Format 1.1"),
        (
            "conformsTo",
            "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        ),
        ("isPartOf", run_id),
        ("robots", "obey (RFC 9309)"),
        (RUN_FIELD, said),
    )
    return warcinfo(fields, record_id(run_id, date_of(at), said), at)


def _copy(item: Spooled) -> bytes:
    with open(item.path, "rb") as file:
        file.seek(item.offset)
        copied = file.read(sum(item.members))
    if sha256(copied).hexdigest() != item.digest:
        raise OSError(f"{item.path}: what was spooled for {item.key} is not there any more")
    return copied


def refer(row: Row, refs: Mapping[str, str]) -> Row:
    """`row` with the place of its raw record, if the archive has one."""
    if isinstance(row, Reject):
        key = key_of("feed", row.url) if row.stage == "feeds" else ""
    else:
        key = row.origin.discovery
    ref = refs.get(key)
    return replace(row, archive_ref=ref) if ref else row


# ------------------------------------------------------------------------------- the stages


class _Spool(beam.DoFn):
    def __init__(self, dataset: str, shards: int) -> None:
        self.dataset = dataset
        self.shards = shards

    def start_bundle(self) -> None:
        self._files: dict[str, tuple[IO[bytes], str]] = {}  # of each run, a spool and its path

    def process(self, capture: Capture, run: Run) -> Iterator[tuple[int, Spooled]]:
        if run.id not in self._files:
            self._files[run.id] = open_spool(self.dataset, run.id)
        file, path = self._files[run.id]
        count("archive", "captures")
        yield shard_of(capture.url, self.shards), spool(capture, file, path, run.id, run.at)

    def finish_bundle(self) -> None:
        for file, _ in self._files.values():
            file.close()
        self._files = {}


class _Seal(beam.DoFn):
    def __init__(self, about: Mapping[str, Any], dataset: str) -> None:
        self.about = about
        self.dataset = dataset

    def process(
        self, group: tuple[int, Iterable[Spooled]], run: Run
    ) -> Iterator[StagedFile | Referred]:
        shard, spooled = group
        staged, refs = seal(spooled, self.about, self.dataset, run.id, run.at, shard)
        count("archive", "records", staged.rows)
        yield staged
        for ref in refs.items():
            yield TaggedOutput("refs", ref)


@dataclass
class Spool(beam.PTransform):
    """Capture -> (shard, Spooled): write down what came, where it came.

    Applied to the captures of each stage that fetches, so that it is fused with that stage.
    """

    dataset: str
    run: RunInput
    shards: int = 1

    def expand(self, pcoll: PCollection[Capture]) -> PCollection[tuple[int, Spooled]]:
        return pcoll | beam.ParDo(_Spool(self.dataset, self.shards), self.run)


@dataclass
class WriteArchive(beam.PTransform):
    """(shard, Spooled) -> StagedFile, and (key, "file@offset") on "refs".

    about: what the run is, for the one who replays it; anything that JSON can hold.
    """

    about: Mapping[str, Any]
    dataset: str
    run: RunInput

    def expand(self, pcoll: PCollection[tuple[int, Spooled]]) -> beam.pvalue.DoOutputsTuple:
        sealing = beam.ParDo(_Seal(self.about, self.dataset), self.run)
        return (
            pcoll
            | "GroupByFile" >> beam.GroupByKey()
            | "Seal" >> sealing.with_outputs("refs", main="main")
        )


@dataclass
class Refer(beam.PTransform):
    """Article | Outcome | Reject -> the same, with the place of its raw record.

    refs: collections of (key, "file@offset"); with none, rows pass as they are.
    """

    refs: Sequence[PCollection[tuple[str, str]]]

    def expand(self, pcoll: PCollection) -> PCollection:
        if not self.refs:
            return pcoll
        refs = tuple(self.refs) | "Refs" >> beam.Flatten()
        return pcoll | "Refer" >> beam.Map(refer, AsDict(refs)).with_output_types(
            pcoll.element_type
        )
