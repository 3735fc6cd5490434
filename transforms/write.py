"""WriteTable: elements -> staged Parquet files. Same rows, same bytes, same name."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.pvalue import PCollection

from schemas.elements import Run, StagedFile
from schemas.tables import ARTICLES, SCHEMA_VERSION, TABLES, Table, to_row
from transforms.durable import make_folder, sync
from transforms.manifest import STAGING
from transforms.runs import RunInput
from transforms.tally import count

# Rows of one row group: small enough to decompress for one lookup, large enough to scan.
ROWS_PER_GROUP: Final = 4000
# zstd 3 halves snappy's bytes at twice its CPU; 6 and above cost more than they save here.
COMPRESSION_LEVEL: Final = 3
# Share of absent values that a bloom filter takes for present.
FALSE_POSITIVES: Final = 0.01

# A run id is a folder's name and the first part of a file's name.
_RUN_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*")


@cache
def writer_name() -> str:
    """What wrote a file: part of its bytes, so without machine, time or path."""
    try:
        newsbeam = version("newsbeam")
    except PackageNotFoundError:  # run from a source tree that is not installed
        newsbeam = "source"
    return f"newsbeam/{newsbeam} pyarrow/{pa.__version__}"


def checked_run_id(run_id: str) -> str:
    """`run_id`, if it can name a folder and a file. Raises ValueError."""
    if not _RUN_ID.fullmatch(run_id):
        raise ValueError(f"run id {run_id!r}: only letters, digits, '.', '_' and '-'")
    return run_id


def partition_of(table: Table, element: Any, run_time: datetime) -> str:
    """The partition of an element's row: the UTC day of its event, or of the run."""
    instant: datetime = element.event_at if table.partition == "event_date" else run_time
    return f"{table.partition}={instant.astimezone(UTC).date().isoformat()}"


def shard_of(table: Table, element: Any, shards: int) -> int:
    """The shard of an element's row: the same on every machine and in every attempt."""
    key: str = getattr(element, table.shard_by)
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % shards


def sort_rows(table: Table, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`rows` in the one order in which they are written, whatever order they come in."""
    columns = table.sort + table.ties

    def key(row: Mapping[str, Any]) -> tuple[tuple[bool, Any], ...]:
        return tuple((row[column] is not None, row[column]) for column in columns)

    if len({key(row) for row in rows}) < len(rows):
        rows = sorted(rows, key=repr)  # equal in every key column: the content decides
    return sorted(rows, key=key)


def writer_settings(table: Table, rows: int) -> dict[str, Any]:
    """How a file of `rows` rows is written: see the measurements in the dataset's design.

    No encoding but PLAIN and dictionary, and no data page version 2: some reader fails on each.
    """
    return {
        "version": "2.6",
        "data_page_version": "1.0",
        "compression": "zstd",
        "compression_level": COMPRESSION_LEVEL,
        "use_dictionary": list(table.dictionary),
        "write_statistics": list(table.statistics),
        "write_page_index": True,
        "write_page_checksum": True,
        "store_schema": True,
        "use_compliant_nested_type": True,
        "sorting_columns": pq.SortingColumn.from_ordering(
            table.schema, [(column, "ascending") for column in table.sort]
        ),
        "bloom_filter_options": {
            column: {"ndv": min(rows, ROWS_PER_GROUP), "fpp": FALSE_POSITIVES}
            for column in table.bloom
        },
    }


def write_rows(table: Table, rows: Sequence[Mapping[str, Any]], path: Path, run_id: str) -> None:
    """Write sorted rows to `path`, in groups of ROWS_PER_GROUP."""
    with pq.ParquetWriter(path, table.schema, **writer_settings(table, len(rows))) as writer:
        for start in range(0, len(rows), ROWS_PER_GROUP):
            group = rows[start : start + ROWS_PER_GROUP]
            writer.write_table(
                pa.Table.from_pylist(group, schema=table.schema), row_group_size=ROWS_PER_GROUP
            )
        writer.add_key_value_metadata(
            {
                "newsbeam.schema_version": SCHEMA_VERSION,
                "newsbeam.writer": writer_name(),
                "newsbeam.run_id": run_id,
            }
        )


def verify(table: Table, path: Path, rows: int) -> None:
    """Reopen a written file and read all of it, checksums included.

    Raises OSError if it is not what was written: the disk is at fault, not the data.
    """
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        if not file.schema_arrow.remove_metadata().equals(table.schema, check_metadata=True):
            raise OSError(f"{path}: the schema read back is not that of {table.name}")
        read = sum(len(batch) for batch in file.iter_batches())
    if read != rows:
        raise OSError(f"{path}: {rows} rows written, {read} read back")


def sha256_of(path: Path) -> str:
    """The sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_file(
    table: Table, elements: Iterable[Any], dataset: str, partition: str, run_id: str, shard: int
) -> StagedFile | None:
    """Write, close, verify and sync one file of `table` in the run's staging folder.

    Gives None, and writes nothing, for no elements: a Parquet file without rows breaks readers.
    The order of `elements` does not matter. Whatever stops it half-way leaves at most a
    `.tmp` file in the staging folder, which goes with that folder.
    """
    rows = sort_rows(table, [to_row(table, element, run_id) for element in elements])
    if not rows:
        return None
    folder = Path(dataset) / STAGING / checked_run_id(run_id) / table.name / partition
    make_folder(folder)
    handle, name = tempfile.mkstemp(suffix=".tmp", dir=folder)
    os.close(handle)
    written = Path(name)
    try:
        os.chmod(written, 0o644)  # mkstemp gives the file to its owner alone
        write_rows(table, rows, written, run_id)
        verify(table, written, len(rows))
        sync(written)
        digest = sha256_of(written)
        final = folder / f"{run_id}-{shard}-{digest[:12]}.parquet"
        written.rename(final)
    finally:
        written.unlink(missing_ok=True)
    sync(folder)
    events = [row["event_at"] for row in rows] if table is ARTICLES else []
    return StagedFile(
        table=table.name,
        partition=partition,
        name=final.name,
        rows=len(rows),
        bytes=final.stat().st_size,
        sha256=digest,
        schema_version=SCHEMA_VERSION,
        run_id=run_id,
        min_event_at=min(events, default=None),
        max_event_at=max(events, default=None),
    )


class _Key(beam.DoFn):
    def __init__(self, table: str, shards: int) -> None:
        self.table = table
        self.shards = shards

    def process(self, element: Any, run: Run) -> Iterator[tuple[tuple[str, int], Any]]:
        table = TABLES[self.table]
        partition = partition_of(table, element, run.at)
        yield (partition, shard_of(table, element, self.shards)), element


class _WriteShard(beam.DoFn):
    def __init__(self, table: str, dataset: str) -> None:
        self.table = table
        self.dataset = dataset

    def process(
        self, group: tuple[tuple[str, int], Iterable[Any]], run: Run
    ) -> Iterator[StagedFile]:
        (partition, shard), elements = group
        staged = write_file(TABLES[self.table], elements, self.dataset, partition, run.id, shard)
        if staged:
            count("write", f"{self.table}_rows", staged.rows)
            count("write", "files")
            yield staged


@dataclass
class WriteTable(beam.PTransform):
    """Write the elements of one table to staged files, one for each partition and shard.

    The day of the run's logical time is the partition of all tables but articles.
    """

    table: str
    dataset: str
    run: RunInput
    shards: int = 1

    def expand(self, pcoll: PCollection[Any]) -> PCollection[StagedFile]:
        return (
            pcoll
            | "Key" >> beam.ParDo(_Key(self.table, self.shards), self.run)
            | "GroupByShard" >> beam.GroupByKey()
            | "WriteShard" >> beam.ParDo(_WriteShard(self.table, self.dataset), self.run)
        )
