"""Many sketches side by side, as arrays: the columns that linking works on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Sketches:
    """Many sketches, one after the other. Row n's values are values[starts[n]:starts[n + 1]]."""

    levels: npt.NDArray[np.uint8]
    starts: Ints
    values: npt.NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.levels)

    @property
    def sizes(self) -> Ints:
        """How many values each row has."""
        return np.diff(self.starts)

    def owners(self) -> Ints:
        """The row of each value."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.sizes)

    def take(self, rows: Ints) -> "Sketches":
        """The given rows, in the given order."""
        sizes = self.sizes[rows]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        at = np.arange(starts[-1]) + np.repeat(self.starts[rows] - starts[:-1], sizes)
        return Sketches(self.levels[rows], starts, self.values[at])

    def keep(self, kept: Bools) -> "Sketches":
        """All rows, with those of their values that are `kept`."""
        sizes = np.bincount(self.owners()[kept], minlength=len(self))
        return Sketches(self.levels, np.concatenate([[0], np.cumsum(sizes)]), self.values[kept])


def gather(sketches: Sequence[bytes]) -> Sketches:
    """The sketches of `transforms.sketch`, side by side."""
    sizes = np.array([len(data) // 4 for data in sketches], np.int64)
    whole = np.frombuffer(b"".join(sketches), "<u4").astype(np.uint32, copy=False)
    return unpack(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), whole)


def unpack(starts: Ints, whole: npt.NDArray[np.uint32]) -> Sketches:
    """Sketches that stand one after the other, each its level and its values."""
    heads = starts[:-1]
    values = np.ones(len(whole), bool)
    values[heads] = False
    return Sketches(whole[heads].astype(np.uint8), starts - np.arange(len(starts)), whole[values])


def concatenate(parts: Sequence[Sketches]) -> Sketches:
    """All rows of all parts."""
    sizes = np.concatenate([np.empty(0, np.int64), *(part.sizes for part in parts)])
    return Sketches(
        np.concatenate([np.empty(0, np.uint8), *(part.levels for part in parts)]),
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        np.concatenate([np.empty(0, np.uint32), *(part.values for part in parts)]),
    )


def take(parts: Sequence[Sketches], rows: Ints) -> Sketches:
    """The given rows, in rising order, of all parts one after the other."""
    found, begin = [], 0
    for part in parts:
        first, end = np.searchsorted(rows, (begin, begin + len(part)))
        found.append(part.take(rows[first:end] - begin))
        begin += len(part)
    return concatenate(found)


def smallest(parts: Sequence[Sketches], rows: Ints, count: int) -> Numbers:
    """The first `count` hashes of each of the rows, in rising order; a row with fewer has zeros.

    The smallest hashes of a text are a sample of it that needs no other to be compared with.
    """
    found: list[Numbers] = [np.empty((0, count), np.uint32)]
    begin = 0
    for part in parts:
        first, end = np.searchsorted(rows, (begin, begin + len(part)))
        mine = rows[first:end] - begin
        at = part.starts[mine][:, None] + np.arange(count)
        there = at < part.starts[mine + 1][:, None]
        values = np.zeros(at.shape, np.uint32)
        values[there] = part.values[at[there]] >> np.uint32(1)
        found.append(values)
        begin += len(part)
    return np.concatenate(found)
