"""What a publisher prints in all its articles: footers, appeals, templates.

A shingle that two other texts of the same publisher had before an article is none of its own,
and is left out of it before anything is compared. It must be by publisher: a shingle that many
publishers print may be an agency's report. Two updates of one report are no two texts.

"Before" is by rank, so that what counts of an article is fixed by the articles that were published
before it, and does not change with those that come after it.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from transforms.candidates import HIGH, LOW, Corpus, Wanted, slices
from transforms.overlap import PAIRS, Overlap, compare
from transforms.sketches import Bools, Ints, Keys, Numbers, Sketches, smallest, take

TEXTS: Final = 3  # the text from which on a publisher's shingle is boilerplate
LOOKED_AT: Final = 8  # articles in which those texts are looked for, the first that have it
SAME_CONTAINMENT: Final = 0.75
SAME_JACCARD: Final = 0.60
_SAMPLE: Final = 8  # smallest hashes of two articles, of which ...
_COMMON: Final = 3  # ... so many are the same, or they are not nearly the same


def nearly_same(overlap: Overlap) -> Bools:
    """Whether the two of each pair are one text but for corrections."""
    return (overlap.containment >= SAME_CONTAINMENT) & (overlap.jaccard >= SAME_JACCARD)


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """hash << 32 | publisher, sorted, and the rank from which on that is boilerplate."""

    codes: Keys
    since: Ints

    def without(self, sketches: Sketches, sources: Numbers, ranks: Ints) -> Sketches:
        """`sketches`, of which publisher and rank are given, without their boilerplate."""
        if not len(self.codes):
            return sketches
        at = Wanted((self.codes >> HIGH).astype(np.uint32)).where(sketches.values)
        owner = np.searchsorted(sketches.starts, at, "right") - 1
        hashes = (sketches.values[at] >> np.uint32(1)).astype(np.uint64)
        codes = (hashes << HIGH) | sources[owner].astype(np.uint64)
        place = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        kept = np.ones(len(sketches.values), bool)
        kept[at] = (self.codes[place] != codes) | (ranks[owner] < self.since[place])
        return sketches.keep(kept)

    def but_for(self, other: "Boilerplate") -> "Boilerplate":
        """What is in the other is left out."""
        kept = ~np.isin(self.codes, other.codes)
        return Boilerplate(self.codes[kept], self.since[kept])

    def more(self, other: "Boilerplate") -> "Boilerplate":
        """What is in one of the two."""
        codes, first = np.unique(np.concatenate([self.codes, other.codes]), return_index=True)
        return Boilerplate(codes, np.concatenate([self.since, other.since])[first])


def boilerplate(corpus: Corpus, keys: Keys, of: Bools) -> Boilerplate:
    """The boilerplate of the rows `of`. keys: their own publishers' carriers."""
    by_rank = corpus.by_rank()
    found, blocks = [np.empty(0, np.uint64)], [np.empty((0, LOOKED_AT), np.int64)]
    for part in slices(corpus, keys):
        codes, rows = _by_publisher(corpus, by_rank, part)
        opens = np.flatnonzero(np.concatenate([codes[:1] == codes[:1], codes[1:] != codes[:-1]]))
        sizes = np.diff(np.concatenate([opens, [len(codes)]]))
        asked = np.cumsum(np.concatenate([[0], of[rows]]))
        often = (sizes >= TEXTS) & (asked[opens + sizes] > asked[opens])
        opens, sizes = opens[often], sizes[often]
        at = opens[:, None] + np.arange(LOOKED_AT)
        block = rows[np.minimum(at, len(rows) - 1)]
        block[np.arange(LOOKED_AT) >= sizes[:, None]] = -1
        found.append(codes[opens])
        blocks.append(block)
    codes, block = np.concatenate(found), np.concatenate(blocks)
    third = _third_text(corpus, block)
    kept = third >= 0
    codes, third = codes[kept], block[kept, third[kept]]
    order = np.argsort(codes)
    return Boilerplate(codes[order], corpus.rank[third[order]].astype(np.int64))


def _by_publisher(corpus: Corpus, by_rank: Ints, keys: Keys) -> tuple[Keys, Ints]:
    """hash << 32 | publisher and row of the keys, sorted by these and by rank.

    Hashes that fewer than TEXTS articles have are left out.
    """
    hashes = keys >> HIGH
    opens = np.concatenate([hashes[:1] == hashes[:1], hashes[1:] != hashes[:-1]])
    sizes = np.diff(np.concatenate([np.flatnonzero(opens), [len(keys)]]))
    often = np.repeat(sizes >= TEXTS, sizes)
    keys, nth = keys[often], (np.cumsum(opens) - 1)[often]
    ranks = (keys & LOW).astype(np.int64)
    # One number to sort by: the hash's place among those here, publisher, rank.
    for_rank = len(corpus).bit_length()
    for_source = int(corpus.sources.max(initial=0)).bit_length()
    source = corpus.sources[by_rank[ranks]].astype(np.int64)
    whole = (nth << (for_source + for_rank)) | (source << for_rank) | ranks
    whole.sort()
    rows = by_rank[whole & ((1 << for_rank) - 1)]
    # The hashes are in the order in which they were.
    codes = (keys & ~LOW) | corpus.sources[rows].astype(np.uint64)
    return codes, rows


def _third_text(corpus: Corpus, block: Ints) -> Ints:
    """For each row of articles in the order of rank (then -1), where the third text is, or -1."""
    place = np.full(len(block), TEXTS - 1)
    # Mostly it is the third article.
    first = list(combinations(range(TEXTS), 2))
    one, other = (np.concatenate([block[:, pair[k]] for pair in first]) for k in (0, 1))
    doubtful = _same(corpus, one, other).reshape(len(first), -1).any(axis=0)
    rest = block[doubtful]
    text = np.tile(np.arange(LOOKED_AT), (len(rest), 1))
    for nth, later in combinations(range(LOOKED_AT), 2):
        same = _same(corpus, rest[:, nth], rest[:, later])
        text[same, later] = np.minimum(text[same, nth], text[same, later])
    texts = np.cumsum((text == np.arange(LOOKED_AT)) & (rest >= 0), axis=1)
    place[doubtful] = np.where(texts[:, -1] >= TEXTS, np.argmax(texts >= TEXTS, axis=1), -1)
    return place


def _same(corpus: Corpus, a: Ints, b: Ints) -> Bools:
    """Whether the rows a[n] and b[n] are nearly the same; -1 is no row and like none."""
    keys = (np.maximum(a, 0).astype(np.uint64) << HIGH) | np.maximum(b, 0).astype(np.uint64)
    pairs, where = np.unique(keys, return_inverse=True)
    one, other = (pairs >> HIGH).astype(np.int64), (pairs & LOW).astype(np.int64)
    likely = np.concatenate(
        [
            np.empty(0, np.int64),
            *(
                n + _likely(corpus, one[n : n + PAIRS], other[n : n + PAIRS])
                for n in range(0, len(pairs), PAIRS)
            ),
        ]
    )
    rows = np.unique(np.concatenate([one[likely], other[likely]]))
    sketches = take(corpus.parts, rows)
    at = np.searchsorted(rows, one[likely]), np.searchsorted(rows, other[likely])
    same = np.zeros(len(pairs), bool)
    same[likely] = nearly_same(compare(sketches, *at))
    found: Bools = same[where] & (a >= 0) & (b >= 0)
    return found


def _likely(corpus: Corpus, one: Ints, other: Ints) -> Ints:
    """The places of the pairs of which enough of the smallest hashes are the same."""
    rows = np.unique(np.concatenate([one, other]))
    sample = smallest(corpus.parts, rows, _SAMPLE)
    in_one, in_other = sample[np.searchsorted(rows, one)], sample[np.searchsorted(rows, other)]
    common = (in_one[:, :, None] == in_other[:, None, :]).any(axis=2) & (in_one > 0)
    return np.flatnonzero(common.sum(axis=1) >= _COMMON)


def shifted(corpus: Corpus, keys: Keys, before: Boilerplate, now: Boilerplate) -> Ints:
    """Rows of which something is boilerplate by one of the two and not by the other.

    keys: the carriers of the hashes for which both are known.
    """
    codes = np.union1d(before.codes, now.codes)
    since = np.full((2, len(codes)), len(corpus), np.int64)
    for which, one in enumerate((before, now)):
        since[which, np.searchsorted(codes, one.codes)] = one.since
    moved = since[0] != since[1]
    codes, first, last = codes[moved], since[:, moved].min(axis=0), since[:, moved].max(axis=0)
    by_rank, found = corpus.by_rank(), [np.empty(0, np.int64)]
    for part in slices(corpus, keys) if len(codes) else ():
        ranks = (part & LOW).astype(np.int64)
        rows = by_rank[ranks]
        asked = (part & ~LOW) | corpus.sources[rows].astype(np.uint64)
        place = np.minimum(np.searchsorted(codes, asked), len(codes) - 1)
        hit = (codes[place] == asked) & (ranks >= first[place]) & (ranks < last[place])
        found.append(np.unique(rows[hit]))
    return np.unique(np.concatenate(found))


def unsettled(corpus: Corpus, stock: Boilerplate, keys: Keys, changed: Bools) -> Keys:
    """Those of the keys whose boilerplate the rows `changed` may have changed.

    A row changes nothing that two texts before it had settled.
    """
    by_rank, found = corpus.by_rank(), [np.empty(0, np.uint64)]
    for part in slices(corpus, keys):
        ranks = (part & LOW).astype(np.int64)
        mine = changed[by_rank[ranks]]
        asked = (part[mine] & ~LOW) | corpus.sources[by_rank[ranks[mine]]].astype(np.uint64)
        place = np.minimum(np.searchsorted(stock.codes, asked), max(len(stock.codes) - 1, 0))
        settled = np.zeros(len(asked), bool)
        if len(stock.codes):
            settled = (stock.codes[place] == asked) & (stock.since[place] < ranks[mine])
        codes = (part & ~LOW) | corpus.sources[by_rank[ranks]].astype(np.uint64)
        found.append(part[np.isin(codes, np.unique(asked[~settled]))])
    return np.concatenate(found)
