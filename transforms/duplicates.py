"""Which articles print the same text: the rules, on what their sketches share.

Three things decide, each measured on graded edits (`make bench-syndication`):

- Furniture does not count. What a publisher prints in a third article that is not the same text
  (footers, appeals, templates) is left out of its articles, before anything is compared.
- An article goes where most of it comes from. Of all the articles that hold enough of it, it is
  linked with the one that holds the most: a page put together from two reports is the copy of
  one, and does not tie the two together.
- Within one publisher, only what is nearly the same is a copy.

Groups are the connected components of these links. None of the rules knows an order of arrival.
"""

from typing import Final

import numpy as np

from transforms.overlap import Bools, Ints, Overlap, Sketches, candidates, carried, compare

CONTAINMENT: Final = 0.38  # share of an article that another must hold
ALL: Final = 0.80  # so much of it needs no comparison with others
JACCARD: Final = 0.14
LEAD: Final = 0.20  # of the first half: what only closes two articles is furniture
WORDS: Final = 40
OWN_CONTAINMENT: Final = 0.75
OWN_JACCARD: Final = 0.60
FURNITURE: Final = 3  # different texts of one publisher
# Below a copy: material was taken over. That is a link, and never a group.
DERIVED: Final = 0.20
DERIVED_WORDS: Final = 40
# A text that lies nearly whole in another that is much longer is an excerpt of it.
WITHIN: Final = 0.80
SHORTER: Final = 0.60


def overlaps(sketches: Sketches, sources: Ints, texts: Ints, new: Bools) -> Overlap:
    """What the new articles, and the older ones that they resemble, share with all others.

    Rows are in the order in which the articles count as seen. sources: a number for each
    publisher. texts: a number for each text that is known: the group of an older article, a
    number of its own for a new one. new: for each row, whether it is new.
    """
    a, b = candidates(sketches, new)
    focus = new.copy()
    focus[a] = focus[b] = True
    if not np.array_equal(focus, new):
        # What the older ones resemble is asked too: theirs may be a better match.
        a, b = candidates(sketches, focus)
    involved = focus.copy()
    involved[a] = involved[b] = True
    own = sources[a] == sources[b]
    plain = compare(sketches, a[own], b[own])
    texts = _merged(texts, plain, _nearly_same(plain))
    bare = sketches.keep(~furniture(sketches, sources, texts, involved))
    return compare(bare, a, b)


def _nearly_same(overlap: Overlap) -> Bools:
    return (overlap.containment >= OWN_CONTAINMENT) & (overlap.jaccard >= OWN_JACCARD)


def _merged(texts: Ints, overlap: Overlap, same: Bools) -> Ints:
    """`texts`, where the rows of pairs that are the `same` have one number."""
    merged = texts.copy()
    for a, b in zip(overlap.a[same].tolist(), overlap.b[same].tolist(), strict=True):
        merged[b] = merged[a]
    return merged


def furniture(sketches: Sketches, sources: Ints, texts: Ints, involved: Bools) -> Bools:
    """For each value, whether FURNITURE different texts of its publisher carry it.

    Only the values that rows `involved` carry are looked at.
    """
    counted = np.flatnonzero(carried(sketches, involved))
    rows = sketches.owners()[counted]
    hashes = sketches.values[counted] >> np.uint32(1)
    order = np.lexsort((texts[rows], sources[rows], hashes))
    hashes, source, text = hashes[order], sources[rows][order], texts[rows][order]
    marked = np.zeros(len(sketches.values), bool)
    if not len(order):
        return marked
    opens = np.concatenate([[True], (hashes[1:] != hashes[:-1]) | (source[1:] != source[:-1])])
    different = opens | np.concatenate([[True], text[1:] != text[:-1]])
    number = np.add.reduceat(different, np.flatnonzero(opens), dtype=np.int64)
    marked[counted[order]] = (number >= FURNITURE)[np.cumsum(opens) - 1]
    return marked


def alike(overlap: Overlap, sources: Ints) -> Bools:
    """Whether the two of each pair may belong together, if one holds enough of the other."""
    own = sources[overlap.a] == sources[overlap.b]
    return (
        (overlap.words >= WORDS)
        & (overlap.jaccard >= JACCARD)
        & (overlap.lead >= LEAD)
        & (~own | _nearly_same(overlap))
    )


def links(overlap: Overlap, sources: Ints) -> tuple[Ints, Ints]:
    """The links, from an article to the one that holds the most of it, and to all that hold
    nearly ALL."""
    fit = alike(overlap, sources)
    start = np.concatenate([overlap.a[fit], overlap.b[fit]])
    end = np.concatenate([overlap.b[fit], overlap.a[fit]])
    share = np.concatenate([overlap.of_a[fit], overlap.of_b[fit]])
    jaccard = np.concatenate([overlap.jaccard[fit]] * 2)
    enough = share >= CONTAINMENT
    start, end, share, jaccard = start[enough], end[enough], share[enough], jaccard[enough]
    order = np.lexsort((end, -jaccard, -share, start))
    start, end, share = start[order], end[order], share[order]
    best = np.ones(len(start), bool)
    best[1:] = start[1:] != start[:-1]
    kept = best | (share >= ALL)
    return start[kept], end[kept]


def relation(of_new: float, of_old: float, size_new: int, size_old: int) -> str:
    """What a new article is to an older one of its group: copy, excerpt or superset."""
    if of_new >= WITHIN and size_new <= SHORTER * size_old:
        return "excerpt"
    if of_old >= WITHIN and size_old <= SHORTER * size_new:
        return "superset"
    return "copy"
