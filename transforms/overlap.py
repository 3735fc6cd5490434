"""How much articles share, counted on their sketches, for many pairs of them at once."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from transforms.sketch import bound
from transforms.sketches import Bools, Floats, Ints, Keys, Sketches

PAIRS: Final = 1 << 13  # pairs compared at once
_HIGH: Final = np.uint64(32)


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

    def of(self, which: Bools) -> "Overlap":
        """Some of the pairs."""
        return Overlap(*(getattr(self, name)[which] for name in self.__slots__))

    def more(self, other: "Overlap") -> "Overlap":
        """The pairs of both."""
        return Overlap(
            *(
                np.concatenate([getattr(self, name), getattr(other, name)])
                for name in self.__slots__
            )
        )

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
