"""The articles that a run's own are compared with: their columns, side by side, without text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms import sketch, terms
from transforms.manifest import DatasetError
from transforms.sketches import Bools, Ints, Keys, Sketches, unpack
from transforms.storylines import UNDATED, Terms

# Read as they are; the two sketches are unpacked and dropped.
COLUMNS: Final = (
    "id",
    "version",
    "source",
    "published_at",
    "first_seen_at",
    "duplicate_group",
    "story_id",
    "wire_source",
)
_SKETCHES: Final = ("sketch", "sketch_version", "story_terms", "story_terms_version")
_DAY: Final = 86_400_000_000  # microseconds
_EPOCH: Final = date(1970, 1, 1).toordinal()
LAST: Final = np.iinfo(np.int64).max  # after all that is dated
_LEVEL_ZERO: Final = bytes(4)  # the sketch of no text


@dataclass(frozen=True, slots=True)
class Recent:
    """Stored articles, in the order of their runs. Every part has as many rows."""

    rows: pa.Table
    sketches: Sequence[Sketches]  # of each file, as the terms; never copied into one
    terms: Sequence[Terms]

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str, rows: Sequence[int]) -> list[Any]:
        """The values of a column in the given rows."""
        values: list[Any] = self.rows[name].take(pa.array(rows, pa.int64())).to_pylist()
        return values

    def days(self) -> Ints:
        """The day on which each row was published, in UTC: an ordinal, or UNDATED."""
        micros = self.rows["published_at"].cast(pa.int64())
        days = pc.fill_null(micros, 0).to_numpy() // _DAY + _EPOCH
        return np.where(micros.is_null().to_numpy(), UNDATED, days)

    def since(self) -> date | None:
        """The first day on which one of them was seen."""
        first = pc.min(self.rows["first_seen_at"]).as_py()
        return first.date() if first else None

    def order(self) -> tuple[Ints, Keys, Keys]:
        """What puts the rows in an order that is theirs: published (microseconds; undated last),
        then id (its first 16 digits)."""
        micros = pc.fill_null(self.rows["published_at"].cast(pa.int64()), LAST).to_numpy()
        digits = [np.empty((0, 2), np.uint64), *map(_digits, self.rows["id"].chunks)]
        high, low = np.concatenate(digits).T
        return micros, high, low

    def newest(self) -> Bools:
        """For each row, whether no later one has a newer version of its article."""
        newest = np.ones(len(self), bool)
        changed = np.flatnonzero(self.rows["version"].to_numpy() > 1).tolist()
        last: dict[str, int] = {}
        for row, id in self.rows_of("id", set(self.column("id", changed))):
            newest[last.get(id, row)] = row == last.get(id, row)
            last[id] = row
        return newest

    def firsts(self) -> Bools:
        """For each row, whether it is the one after which its group is called."""
        same: Bools = pc.equal(self.rows["id"], self.rows["duplicate_group"]).to_numpy()
        return same

    def sources(self) -> pa.DictionaryArray:
        """The publisher of each row."""
        return self.rows["source"].combine_chunks().dictionary_encode()

    def rows_of(self, name: str, values: Iterable[str]) -> list[tuple[int, str]]:
        """The rows whose column is one of `values`, with that value."""
        rows = self.where(name, values)
        return list(zip(rows, self.column(name, rows), strict=True))

    def where(self, name: str, values: Iterable[str]) -> list[int]:
        """The rows whose column is one of `values`."""
        wanted = pa.array(sorted(values), pa.string())
        return np.flatnonzero(pc.is_in(self.rows[name], wanted).to_numpy()).tolist()


def read_recent(files: Sequence[str]) -> Recent:
    """The rows of `files`. A sketch that another version made is left out, its row is not.

    Raises DatasetError if a file is missing or broken.
    """
    tables, sketches, kept = [_none()], [], []
    pool = pa.default_memory_pool()
    # What is unpacked and dropped goes back to the system: a tenth less memory in the end.
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        for path in files:
            table = _read(path)
            sketches.append(unpack(*_of_version(table, "sketch", sketch.VERSION, _LEVEL_ZERO)))
            kept.append(Terms(*_of_version(table, "story_terms", terms.VERSION, b"")))
            tables.append(table.select(COLUMNS).cast(_none().schema))
    finally:
        pa.set_memory_pool(pool)
    return Recent(pa.concat_tables(tables), sketches, kept)


def _read(path: str) -> pa.Table:
    try:
        with pq.ParquetFile(path) as file:
            there = set(file.schema_arrow.names)
            # One thread: each more would keep some memory to itself.
            names = [name for name in (*COLUMNS, *_SKETCHES) if name in there]
            return file.read(names, use_threads=False)
    except (OSError, pa.ArrowInvalid) as error:
        raise DatasetError(f"the dataset is damaged, `newsbeam fsck` says where: {path}") from error


def digits(ids: Iterable[str]) -> Keys:
    """The first 16 characters of each id as two numbers, in the same order."""
    return _digits(pa.array([*ids], pa.string()))


def micros(time: datetime) -> int:
    """Microseconds since 1970."""
    return int(pa.scalar(time, pa.timestamp("us", tz="UTC")).value)


def _digits(ids: pa.Array) -> Keys:
    first = (
        pc.utf8_slice_codeunits(pc.utf8_rpad(ids, 16), 0, 16).cast(pa.binary()).cast(pa.binary(16))
    )
    start = first.offset * 16
    data = first.buffers()[1].to_pybytes()[start : start + 16 * len(first)]
    return np.frombuffer(data, ">u8").reshape(-1, 2).astype(np.uint64)


def _none() -> pa.Table:
    text, time = pa.string(), pa.timestamp("us", tz="UTC")
    known = {"published_at": time, "first_seen_at": time, "version": pa.int32()}
    return pa.schema([(name, known.get(name, text)) for name in COLUMNS]).empty_table()


def nothing() -> Recent:
    """No stored article."""
    return read_recent([])


def _of_version(
    table: pa.Table, name: str, version: str, empty: bytes
) -> tuple[Ints, npt.NDArray[np.uint32]]:
    """Where the numbers of each row start, and the numbers; `empty` for what is not of `version`.

    They are read where pyarrow has them: no object is made for a row.
    """
    column = pa.nulls(len(table), pa.large_binary())
    if name in table.column_names:
        made = pc.fill_null(pc.equal(table[f"{name}_version"], version), False)
        column = pc.if_else(made, table[name].cast(pa.large_binary()), None)
    column = pc.fill_null(column, pa.scalar(empty, pa.large_binary()))
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if not len(column):
        return np.zeros(1, np.int64), np.empty(0, np.uint32)
    _, offsets, data = column.buffers()
    starts = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column) + 1] // 4
    values = np.frombuffer(data or b"", "<u4")[starts[0] : starts[-1]]
    return starts - starts[0], values.astype(np.uint32)
