"""Which articles print the same text: the rules, on what their sketches share.

Four things decide, each measured on graded edits (`make bench-syndication`):

- Boilerplate does not count (`transforms.boilerplate`).
- An article goes where most of it comes from. Of all the articles that hold enough of it, it is
  linked with the one that holds the most; and with those that hold nearly all.
- An article has one source. Where it is made of two texts that have nothing to do with each
  other, it belongs to the one that holds more of it, and does not tie the other to it.
- Within one publisher, only what is nearly the same is a copy.

Groups are the connected components of these links. They are a function of the set of articles:
none of the rules knows in which order, or in how many runs, these arrived.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from transforms.boilerplate import Boilerplate, nearly_same
from transforms.candidates import HIGH, Corpus
from transforms.overlap import Overlap, compare
from transforms.sketches import Bools, Ints, Keys, Numbers, take

CONTAINMENT: Final = 0.38  # share of an article that another must hold
ALL: Final = 0.80  # so much of it needs no comparison with others
MOST: Final = 0.40  # so much of it cannot be its smaller part
JACCARD: Final = 0.14
LEAD: Final = 0.20  # of the first half: what only closes two articles is furniture
WORDS: Final = 40  # in common; less is nothing at all
# Below a copy: material was taken over. That is a link, and never a group.
DERIVED: Final = 0.20
# A text that lies nearly whole in another that is much longer is an excerpt of it.
WITHIN: Final = 0.80
SHORTER: Final = 0.60


def worth_it(corpus: Corpus, a: Ints, b: Ints) -> Bools:
    """Whether a pair of rows can be anything to each other, boilerplate counted or not."""
    rows = np.unique(np.concatenate([a, b]))
    whole = take(corpus.parts, rows)
    overlap = compare(whole, np.searchsorted(rows, a), np.searchsorted(rows, b))
    own = corpus.sources[a] == corpus.sources[b]
    return (overlap.words >= WORDS) & (~own | nearly_same(overlap))


def measure(corpus: Corpus, a: Ints, b: Ints, stock: Boilerplate) -> Overlap:
    """What the rows a[n] and b[n] share but for boilerplate, for every n."""
    rows = np.unique(np.concatenate([a, b]))
    sketches = take(corpus.parts, rows)
    bare = stock.without(sketches, corpus.sources[rows], corpus.rank[rows].astype(np.int64))
    overlap = compare(bare, np.searchsorted(rows, a), np.searchsorted(rows, b))
    return replace(overlap, a=a, b=b)


def alike(overlap: Overlap, sources: Numbers) -> Bools:
    """Whether the two of each pair may belong together, if one holds enough of the other."""
    own = sources[overlap.a] == sources[overlap.b]
    return (
        (overlap.words >= WORDS)
        & (overlap.jaccard >= JACCARD)
        & (overlap.lead >= LEAD)
        & (~own | nearly_same(overlap))
    )


def fits(overlap: Overlap, sources: Numbers) -> Bools:
    """Whether the two of each pair may belong together."""
    return alike(overlap, sources) & (overlap.containment >= CONTAINMENT)


def links(overlap: Overlap, corpus: Corpus) -> tuple[Ints, Ints]:
    """The pairs of rows that are linked.

    All pairs of both rows of a link must be among those of `overlap`.
    """
    fit = fits(overlap, corpus.sources)
    a, b = overlap.a[fit], overlap.b[fit]
    start, end = np.concatenate([a, b]), np.concatenate([b, a])
    share = np.concatenate([overlap.of_a[fit], overlap.of_b[fit]])
    best = _best(start, end, share, np.tile(overlap.jaccard[fit], 2), corpus)
    is_best = best == end
    asked = (is_best & (share >= CONTAINMENT)) | (share >= ALL)
    one_source = is_best | (share >= MOST) | _related(overlap, end, best)
    half = len(a)
    kept = (asked[:half] | asked[half:]) & one_source[:half] & one_source[half:]
    return a[kept], b[kept]


def _best(start: Ints, end: Ints, share: np.ndarray, jaccard: np.ndarray, corpus: Corpus) -> Ints:
    """For each pair, the row that of all in pairs with `start` holds the most of it."""
    order = np.lexsort((corpus.rank[end], -jaccard, -share, start))
    opens = np.concatenate([start[:1] == start[:1], start[order][1:] != start[order][:-1]])
    firsts = order[opens]
    best: Ints = end[firsts][np.searchsorted(start[firsts], start)]
    return best


def _related(overlap: Overlap, one: Ints, other: Ints) -> Bools:
    """Whether one[n] and other[n] have a passage in common."""
    common = (overlap.containment >= DERIVED) & (overlap.words >= WORDS)
    known = np.sort(_keys(overlap.a[common], overlap.b[common]))
    if not len(known):
        return np.zeros(len(one), bool)
    asked = _keys(np.minimum(one, other), np.maximum(one, other))
    found: Bools = known[np.minimum(np.searchsorted(known, asked), len(known) - 1)] == asked
    return found


def _keys(a: Ints, b: Ints) -> Keys:
    keys: Keys = (a.astype(np.uint64) << HIGH) | b.astype(np.uint64)
    return keys


def relation(of_new: float, of_old: float, size_new: int, size_old: int) -> str:
    """What a new article is to an older one of its group: copy, excerpt or superset."""
    if of_new >= WITHIN and size_new <= SHORTER * size_old:
        return "excerpt"
    if of_old >= WITHIN and size_old <= SHORTER * size_new:
        return "superset"
    return "copy"
