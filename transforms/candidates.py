"""Which articles are worth comparing: those whose sketches have a few hashes in common.

The work grows with the number of sketches and not with its square: of a hash that many articles
carry, each is paired with the first of them and with its neighbours only. First and neighbour are
meant by the articles' rank, which is theirs and not that of the run that brought them: the pairs
of a set of articles are the same in however many runs they came.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from transforms.sketch import SIZE
from transforms.sketches import Bools, Ints, Keys, Numbers, Sketches, take

SHARED: Final = 3  # hashes that make two sketches candidates
CROWD: Final = 16  # articles that carry a hash; more are not paired each with each
ANCHORS: Final = 4  # of a crowd, the first ones, that each other member is paired with
SLICE: Final = 1 << 18  # values looked at together, to save memory
LOW: Final = np.uint64(0xFFFFFFFF)
HIGH: Final = np.uint64(32)


@dataclass(frozen=True, slots=True)
class Corpus:
    """The articles in sight.

    parts: their sketches, in files; rows count through all of them. sources: a number for the
    publisher of each row. rank: the place of each row in an order that is the articles' own.
    there: rows that take part; an article's older versions do not.
    """

    parts: Sequence[Sketches]
    sources: Numbers
    rank: Numbers
    there: Bools

    def __len__(self) -> int:
        return len(self.rank)

    def by_rank(self) -> Ints:
        """The row of each rank."""
        rows = np.empty(len(self), np.int64)
        rows[self.rank] = np.arange(len(self))
        return rows


class Wanted:
    """A set of hashes, to be asked for many at once in one look at a table.

    It holds some that nobody asked for: of up to 250,000 hashes, one in 16 of the others.
    """

    def __init__(self, hashes: Numbers) -> None:
        bits = min(max(len(hashes).bit_length() + 5, 16), 23)
        self.mask = np.uint32((1 << bits) - 1)
        self.table = np.zeros(1 << bits, bool)
        # Both values that a sketch can have for a hash.
        self.table[(hashes << np.uint32(1)) & self.mask] = True
        self.table[((hashes << np.uint32(1)) | np.uint32(1)) & self.mask] = True

    def where(self, values: Numbers) -> Ints:
        """The places in `values`, of sketches, that have one of the hashes."""
        return np.flatnonzero(self.table[values & self.mask])


def carriers(corpus: Corpus, by: Bools, own: bool = False) -> Keys:
    """hash << 32 | rank, sorted, of all values that a row `by` has too, and of a few others.

    own: those of rows of the same publisher only.
    """
    wanted = ours = None
    if own or not (by.all() and corpus.there.all()):
        wanted, ours = _wanted(corpus, np.flatnonzero(by & corpus.there), own)
    # Room for all; what is not written to takes no memory.
    keys = np.empty(sum(len(part.values) for part in corpus.parts), np.uint64)
    begin = end = 0
    step = SLICE // SIZE
    for part in corpus.parts:
        for first in range(0, len(part), step):
            ends = part.starts[first : first + step + 1]
            values = part.values[ends[0] : ends[-1]]
            rows = np.repeat(np.arange(begin + first, begin + first + len(ends) - 1), np.diff(ends))
            if wanted:
                at = wanted.where(values)
                values, rows = values[at], rows[at]
            if ours:
                at = ours.where(_mixed(values, corpus.sources[rows]))
                values, rows = values[at], rows[at]
            hashes = (values >> np.uint32(1)).astype(np.uint64)
            keys[end : end + len(rows)] = (hashes << HIGH) | corpus.rank[rows]
            end += len(rows)
        begin += len(part)
    keys = keys[:end]
    keys.sort()
    return _shared(keys)


def _wanted(corpus: Corpus, rows: Ints, own: bool) -> tuple[Wanted, Wanted | None]:
    """The hashes of the rows; if `own`, the same with their publishers."""
    asked = take(corpus.parts, rows)
    wanted = Wanted(asked.values >> np.uint32(1))
    if not own:
        return wanted, None
    publishers = np.repeat(corpus.sources[rows], asked.sizes)
    return wanted, Wanted(_mixed(asked.values, publishers) >> np.uint32(1))


def _mixed(values: Numbers, publishers: Numbers) -> Numbers:
    """One number for hash and publisher, by Fibonacci hashing; its lowest bit is free."""
    mixed = (values.astype(np.uint64) >> np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed += publishers.astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
    return (mixed >> HIGH).astype(np.uint32)


def _shared(keys: Keys) -> Keys:
    """Those of the sorted keys of which the hash is there twice; of one run most are not."""
    end = 0
    for first in range(0, len(keys), SLICE):
        hashes = keys[max(first - 1, 0) : first + SLICE + 1] >> HIGH
        same = np.concatenate([[False], hashes[1:] == hashes[:-1], [False]])
        kept = (same[1:] | same[:-1])[min(first, 1) :][:SLICE]
        kept = keys[first : first + SLICE][kept]
        keys[end : end + len(kept)] = kept  # behind what is still to be read
        end += len(kept)
    return keys[:end]


def slices(corpus: Corpus, keys: Keys) -> Iterator[Keys]:
    """Those of the sorted keys that are `there`, in slices of about SLICE, all of a hash in one."""
    first = 0
    there = None if corpus.there.all() else corpus.there[corpus.by_rank()]
    while first < len(keys):
        end = first + SLICE
        if end < len(keys):
            end = int(np.searchsorted(keys, keys[end] | LOW, "right"))
        part = keys[first:end]
        yield part if there is None else part[there[(part & LOW).astype(np.int64)]]
        first = end


def candidates(corpus: Corpus, keys: Keys, focus: Bools) -> tuple[Ints, Ints]:
    """Pairs of rows that have SHARED hashes or more in common, the smaller row first.

    focus: for each row, whether its pairs are asked for. keys: its `carriers`.
    """
    found, times = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
    by_rank = corpus.by_rank()
    asked = focus[by_rank]
    for part in slices(corpus, keys):
        pairs, number = tally(np.concatenate([*meetings(part, asked, CROWD, ANCHORS)]))
        found.append(pairs)
        times.append(number)
    pairs, number = total(np.concatenate(found), np.concatenate(times))
    pairs = pairs[number >= SHARED]
    one, other = by_rank[(pairs & LOW).astype(np.int64)], by_rank[(pairs >> HIGH).astype(np.int64)]
    return np.minimum(one, other), np.maximum(one, other)


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
    """The pairs (later rank << 32 | earlier rank) that meet in a hash, one for each such hash.

    keys: sorted hash << 32 | rank. Up to `crowd` ranks of a hash meet each other; of more, each
    meets the one before it and the first `anchors`. Only pairs of which one is in `focus`.
    """
    hashes, ranks = keys >> HIGH, keys & LOW
    opens = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]]))
    sizes = np.diff(np.concatenate([opens, [len(keys)]]))
    place = np.arange(len(keys)) - np.repeat(opens, sizes)
    crowded = np.repeat(sizes > crowd, sizes)
    wanted = focus[ranks.astype(np.int64)]
    for back in range(1, crowd):
        at = np.flatnonzero((place >= back) & (~crowded if back > 1 else True))
        at = at[wanted[at] | wanted[at - back]]
        yield (ranks[at] << HIGH) | ranks[at - back]
    for anchor in range(anchors):
        at = np.flatnonzero(crowded & (place > anchor + 1))
        first = at - place[at] + anchor
        asked = wanted[at] | wanted[first]
        yield (ranks[at[asked]] << HIGH) | ranks[first[asked]]
