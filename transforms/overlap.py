"""How much articles share, counted on their sketches, for many articles at once.

`candidates` finds the pairs of sketches with a few hashes in common, in work that grows with
the number of sketches and not with its square: of a hash that many articles carry, each is
paired with the first of them and with its neighbours only. `compare` counts exactly what the two
of a pair share.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from transforms.sketch import SIZE, bound

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]

SHARED: Final = 3  # hashes that make two sketches candidates
CROWD: Final = 16  # articles that carry a hash; more are not paired each with each
ANCHORS: Final = 4  # of a crowd, the first ones, that each other member is paired with
SLICE: Final = 1 << 18  # values looked at together, to save memory
PAIRS: Final = 1 << 13  # pairs compared at once
_LOW: Final = np.uint64(0xFFFFFFFF)
_HIGH: Final = np.uint64(32)


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


# ------------------------------------------------------------------------------ candidates


class Wanted:
    """A set of hashes, to be asked for many at once."""

    def __init__(self, hashes: npt.NDArray[np.uint32]) -> None:
        self.sorted = np.sort(hashes)
        # Most values are told apart by some of their bits, in one look at a small table.
        bits = min(max(len(hashes).bit_length() + 3, 16), 25)
        self.mask = np.uint32((1 << bits) - 1)
        self.table = np.zeros(1 << bits, bool)
        self.table[hashes & self.mask] = True

    def where(self, hashes: npt.NDArray[np.uint32]) -> Ints:
        """The places in `hashes` that hold one of the set."""
        at = np.flatnonzero(self.table[hashes & self.mask])
        asked = hashes[at]
        place = np.searchsorted(self.sorted, asked)
        place[place == len(self.sorted)] = 0
        return at[self.sorted[place] == asked] if len(at) else at


def carriers(parts: Sequence[Sketches], by: Bools) -> Keys:
    """hash << 32 | row of all values that a row `by` has too, sorted."""
    wanted = None
    if not by.all():
        wanted = Wanted(take(parts, np.flatnonzero(by)).values >> np.uint32(1))
    # Room for all; what is not written to takes no memory.
    keys = np.empty(sum(len(part.values) for part in parts), np.uint64)
    begin = end = 0
    step = SLICE // SIZE
    for part in parts:
        for first in range(0, len(part), step):
            ends = part.starts[first : first + step + 1]
            hashes = part.values[ends[0] : ends[-1]] >> np.uint32(1)
            rows = np.arange(begin + first, begin + first + len(ends) - 1, dtype=np.uint64)
            rows = np.repeat(rows, np.diff(ends))
            if wanted:
                at = wanted.where(hashes)
                hashes, rows = hashes[at], rows[at]
            keys[end : end + len(rows)] = (hashes.astype(np.uint64) << _HIGH) | rows
            end += len(rows)
        begin += len(part)
    keys = keys[:end]
    keys.sort()
    if wanted:
        return keys
    # Of the articles of one run most hashes are nobody else's.
    same = (keys[1:] ^ keys[:-1]) <= _LOW
    shared = np.zeros(len(keys), bool)
    shared[1:] = same
    shared[:-1] |= same
    return keys[shared]


def slices(keys: Keys) -> Iterator[Keys]:
    """Sorted hash << 32 | row in slices of about SLICE, all of a hash in one."""
    first = 0
    while first < len(keys):
        end = first + SLICE
        if end < len(keys):
            end = int(np.searchsorted(keys, keys[end] | _LOW, "right"))
        yield keys[first:end]
        first = end


def candidates(parts: Sequence[Sketches], focus: Bools) -> tuple[Ints, Ints]:
    """Pairs of rows that have SHARED hashes or more in common, the earlier row first.

    focus: for each row, whether its pairs are asked for. Rows stand in the order in which the
    articles count as seen.
    """
    found, times = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
    for keys in slices(carriers(parts, focus)):
        pairs, number = tally(np.concatenate([*meetings(keys, focus, CROWD, ANCHORS)]))
        found.append(pairs)
        times.append(number)
    pairs, number = total(np.concatenate(found), np.concatenate(times))
    pairs = pairs[number >= SHARED]
    return (pairs & _LOW).astype(np.int64), (pairs >> _HIGH).astype(np.int64)


def tally(keys: Keys) -> tuple[Keys, Ints]:
    """Each key once, in order, with how often it is there."""
    keys = np.sort(keys)
    firsts = np.flatnonzero(np.concatenate([keys[:1] == keys[:1], keys[1:] != keys[:-1]]))
    return keys[firsts], np.diff(np.concatenate([firsts, [len(keys)]]))


def total(keys: Keys, weights: Ints) -> tuple[Keys, Ints]:
    """Each key once, in order, with the sum of its weights."""
    if not len(keys):
        return keys, weights
    order = np.argsort(keys)
    keys = keys[order]
    firsts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[firsts], np.add.reduceat(weights[order], firsts)


def meetings(keys: Keys, focus: Bools, crowd: int, anchors: int) -> Iterator[Keys]:
    """The pairs (later row << 32 | earlier row) that meet in a hash, one for each such hash.

    keys: sorted hash << 32 | row. Up to `crowd` rows of a hash meet each other; of more, each
    meets the one before it and the first `anchors`. Only pairs of which one is in `focus`.
    """
    hashes, rows = keys >> _HIGH, keys & _LOW
    opens = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]]))
    sizes = np.diff(np.concatenate([opens, [len(keys)]]))
    place = np.arange(len(keys)) - np.repeat(opens, sizes)
    crowded = np.repeat(sizes > crowd, sizes)
    wanted = focus[rows.astype(np.int64)]
    for back in range(1, crowd):
        at = np.flatnonzero((place >= back) & (~crowded if back > 1 else True))
        at = at[wanted[at] | wanted[at - back]]
        yield (rows[at] << _HIGH) | rows[at - back]
    for anchor in range(anchors):
        at = np.flatnonzero(crowded & (place > anchor + 1) & wanted)
        yield (rows[at] << _HIGH) | rows[at - place[at] + anchor]


# ------------------------------------------------------------------------------- comparison


@dataclass(frozen=True, slots=True)
class Overlap:
    """What the rows a[n] and b[n] share, counted below their common bound.

    Counts of hashes; shifted left by `level` they count words, about. A lead is what a text's
    first half holds.
    """

    a: Ints
    b: Ints
    level: Ints
    shared: Ints
    size_a: Ints
    size_b: Ints
    lead_a: Ints
    lead_b: Ints
    shared_lead_a: Ints  # of a's lead, found anywhere in b
    shared_lead_b: Ints

    @property
    def of_a(self) -> Floats:
        """The share of a that is found in b."""
        return self.shared / np.maximum(self.size_a, 1)

    @property
    def of_b(self) -> Floats:
        """The share of b that is found in a."""
        return self.shared / np.maximum(self.size_b, 1)

    @property
    def containment(self) -> Floats:
        """The share of the smaller text that is found in the larger."""
        return np.maximum(self.of_a, self.of_b)

    @property
    def jaccard(self) -> Floats:
        """What is shared, as a share of both together."""
        return self.shared / np.maximum(self.size_a + self.size_b - self.shared, 1)

    @property
    def lead(self) -> Floats:
        """The share of the smaller text's first half that is found in the larger."""
        smaller_a = self.size_a <= self.size_b
        shared = np.where(smaller_a, self.shared_lead_a, self.shared_lead_b)
        return shared / np.maximum(np.where(smaller_a, self.lead_a, self.lead_b), 1)

    @property
    def words(self) -> Ints:
        """Words in common, about."""
        return self.shared << self.level


def compare(sketches: Sketches, a: Ints, b: Ints) -> Overlap:
    """What the rows a[n] and b[n] share, for every n."""
    parts = [
        _compare(sketches, a[n : n + PAIRS], b[n : n + PAIRS])
        for n in range(0, max(len(a), 1), PAIRS)
    ]
    return Overlap(a, b, *(np.concatenate(column) for column in zip(*parts, strict=True)))


_BOUNDS: Final = np.array([bound(level) for level in range(33)], np.uint64)


def _compare(sketches: Sketches, a: Ints, b: Ints) -> tuple[Ints, ...]:
    n = len(a)
    level = np.maximum(sketches.levels[a], sketches.levels[b]).astype(np.int64)
    pair_a, keys_a, lead_a = _side(sketches, a, level)
    pair_b, keys_b, lead_b = _side(sketches, b, level)
    at = np.searchsorted(keys_a, keys_b)
    hit = at < len(keys_a)
    hit[hit] = keys_a[at[hit]] == keys_b[hit]
    common = pair_b[hit]
    counted = (
        common,
        pair_a,
        pair_b,
        pair_a[lead_a],
        pair_b[lead_b],
        common[lead_a[at[hit]]],
        common[lead_b[hit]],
    )
    return (level, *(np.bincount(pairs, minlength=n) for pairs in counted))


def _side(sketches: Sketches, rows: Ints, level: Ints) -> tuple[Ints, Keys, Bools]:
    """One side of many pairs below each pair's bound: pair, sorted key and lead of each value."""
    mine = sketches.take(rows)
    pair = mine.owners()
    below = mine.values < _BOUNDS[level][pair]
    pair, values = pair[below], mine.values[below]
    keys = (pair.astype(np.uint64) << _HIGH) | (values >> np.uint32(1)).astype(np.uint64)
    return pair, keys, (values & np.uint32(1)).astype(bool)
