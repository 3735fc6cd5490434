"""Which articles tell the same story, by their terms.

An article joins the story whose first articles it is most like, on the average of up to
PROFILE of them. A story stays what it began as: it neither drifts with the news of later days,
nor does one article that is a little like two of them tie them together. Copies of one text
count once, through the first of its group.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from transforms.candidates import total
from transforms.sketches import Bools, Floats, Ints

JOIN: Final = 0.23  # average cosine; measured on BASIL and ECB+
PROFILE: Final = 8
DAYS: Final = 4  # between the publication of an article and of the story's that it is compared with
KEYS: Final = 16  # the heaviest terms, by which articles find each other
NEIGHBOURS: Final = 12  # articles before it with the same term that an article is compared with
MEET: Final = 2  # terms in common
LOOKS: Final = 3  # stories that an article is compared with
BLOCK: Final = 1 << 14  # articles looked at together
UNDATED: Final = -1
_LOW: Final = np.uint64(0xFFFFFFFF)
_HIGH: Final = np.uint64(32)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of many articles, one after the other, heaviest first."""

    starts: Ints
    values: npt.NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def take(self, rows: Ints) -> tuple[Ints, npt.NDArray[np.uint32]]:
        """The values of the given rows, and for each the place of its row in `rows`."""
        sizes = np.diff(self.starts)[rows]
        begins = np.cumsum(sizes) - sizes
        at = np.arange(int(sizes.sum())) + np.repeat(self.starts[rows] - begins, sizes)
        return np.repeat(np.arange(len(rows)), sizes), self.values[at]


def gather(parts: Sequence[bytes]) -> Terms:
    """The terms of `transforms.terms`, side by side."""
    sizes = np.array([len(part) // 4 for part in parts], np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Terms(starts, np.frombuffer(b"".join(parts), "<u4").astype(np.uint32, copy=False))


@dataclass(frozen=True, slots=True)
class Vectors:
    """The terms of some rows, by hash, and so ready to be compared."""

    rows: Ints  # in rising order
    starts: Ints
    hashes: Ints
    weights: Floats

    def take(self, rows: Ints) -> tuple[Ints, Floats]:
        """place << 20 | hash of the terms of the given rows, in order, and their weights."""
        held = np.searchsorted(self.rows, rows)
        sizes = np.diff(self.starts)[held]
        begins = np.cumsum(sizes) - sizes
        at = np.arange(int(sizes.sum())) + np.repeat(self.starts[held] - begins, sizes)
        return (np.repeat(np.arange(len(rows)), sizes) << 20) | self.hashes[at], self.weights[at]


def vectors(parts: Sequence[Terms], rows: Ints) -> Vectors:
    """The terms of the given rows, in rising order, of all parts one after the other."""
    place, values, begin = [np.empty(0, np.int64)], [np.empty(0, np.uint32)], 0
    for part in parts:
        first, end = np.searchsorted(rows, (begin, begin + len(part)))
        places, found = part.take(rows[first:end] - begin)
        place.append(places + first)
        values.append(found)
        begin += len(part)
    owners, whole = np.concatenate(place), np.concatenate(values)
    keys = (owners << 20) | (whole >> np.uint32(12)).astype(np.int64)
    order = np.argsort(keys)
    starts = np.searchsorted(owners, np.arange(len(rows) + 1))
    weights = (whole[order] & np.uint32(0xFFF)).astype(np.float64) / 4095
    return Vectors(rows, starts, keys[order] & 0xFFFFF, weights)


def cosines(vectors: Vectors, a: Ints, b: Ints) -> Floats:
    """How alike the rows a[n] and b[n] are, 0 to 1."""
    found = [np.empty(0, np.float64)]
    for n in range(0, len(a), BLOCK):
        found.append(_cosines(vectors, a[n : n + BLOCK], b[n : n + BLOCK]))
    return np.concatenate(found)


def _cosines(vectors: Vectors, a: Ints, b: Ints) -> Floats:
    keys_a, weights_a = vectors.take(a)
    keys_b, weights_b = vectors.take(b)
    at = np.searchsorted(keys_a, keys_b)
    hit = at < len(keys_a)
    hit[hit] = keys_a[at[hit]] == keys_b[hit]
    products = weights_a[at[hit]] * weights_b[hit]
    return np.bincount(keys_b[hit] >> 20, products, minlength=len(a)).astype(np.float64)


def _heaviest(
    parts: Sequence[Terms], asked: Bools
) -> Iterator[tuple[Ints, npt.NDArray[np.uint32]]]:
    """Rows and hashes of the KEYS heaviest terms of the rows that are asked for, by part."""
    begin = 0
    for part in parts:
        sizes = np.diff(part.starts)
        place = np.arange(len(part.values)) - np.repeat(part.starts[:-1], sizes)
        rows = np.repeat(np.arange(begin, begin + len(part)), sizes)
        heavy = (place < KEYS) & asked[rows]
        yield rows[heavy], part.values[heavy] >> np.uint32(12)
        begin += len(part)


def neighbours(parts: Sequence[Terms], days: Ints, asked: Bools, new: Bools) -> tuple[Ints, Ints]:
    """Pairs (earlier, later) of rows that have MEET of their heaviest KEYS terms in common.

    Rows are those of all parts, one after the other. Both are `asked`, the later is `new`, and
    their `days` (ordinals, or UNDATED) are not more than DAYS apart. Of each term, the last
    NEIGHBOURS rows before a row are looked at.
    """
    wanted = np.zeros(1 << 20, bool)
    for _, hashes in _heaviest(parts, asked & new):
        wanted[hashes] = True
    found = [np.empty(0, np.uint64)]
    for of, hashes in _heaviest(parts, asked):
        kept = wanted[hashes]
        found.append((hashes[kept].astype(np.uint64) << _HIGH) | of[kept].astype(np.uint64))
    keys = np.concatenate(found)
    found.clear()
    keys.sort()
    rows = keys & _LOW
    a, b = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    fresh = np.flatnonzero(new)
    for n in range(0, len(fresh), BLOCK):
        block = np.zeros(len(new), bool)
        block[fresh[n : n + BLOCK]] = True
        here = np.flatnonzero(block[rows.astype(np.int64)])
        pairs = [np.empty(0, np.uint64)]
        for back in range(1, NEIGHBOURS + 1):
            at = here[here >= back]
            at = at[keys[at] >> _HIGH == keys[at - back] >> _HIGH]
            pairs.append((rows[at] << _HIGH) | rows[at - back])
        every = np.concatenate(pairs)
        both, times = total(every, np.ones(len(every), np.int64))
        both = both[times >= MEET]
        earlier, later = (both & _LOW).astype(np.int64), (both >> _HIGH).astype(np.int64)
        near = np.abs(days[earlier] - days[later]) <= DAYS
        near |= (days[earlier] == UNDATED) | (days[later] == UNDATED)
        a.append(earlier[near])
        b.append(later[near])
    return np.concatenate(a), np.concatenate(b)


@dataclass
class Storylines:
    """The stories of rows that are seen one after the other."""

    vectors: Vectors
    profiles: dict[str, list[int]] = field(default_factory=dict)  # the first rows of a story
    story_of: dict[int, str] = field(default_factory=dict)

    def add(self, row: int, story: str) -> None:
        """`row` belongs to `story`."""
        self.story_of[row] = story
        profile = self.profiles.setdefault(story, [])
        if len(profile) < PROFILE:
            profile.append(row)

    def likeness(self, row: int, story: str) -> float:
        """The average cosine of `row` and the story's first articles."""
        profile = np.array([one for one in self.profiles[story] if one != row], np.int64)
        if not len(profile):
            return 0.0
        return float(np.mean(cosines(self.vectors, np.full(len(profile), row), profile)))

    def best(self, row: int, alike: Mapping[int, float]) -> tuple[str | None, float]:
        """The story that `row` belongs to, if any, and how like the nearest one it is.

        alike: rows near it, with their cosines. The stories of the LOOKS most alike are tried, if
        those are alike themselves.
        """
        close = [one for one in alike.items() if one[1] >= JOIN]
        ranked = sorted(close, key=lambda one: (-one[1], one[0]))
        near = dict.fromkeys(self.story_of[one] for one, _ in ranked if one in self.story_of)
        scores = {story: self.likeness(row, story) for story in list(near)[:LOOKS]}
        if not scores:
            return None, 0.0
        story = max(scores, key=lambda name: scores[name])
        return (story if scores[story] >= JOIN else None), scores[story]
