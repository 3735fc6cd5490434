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

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from transforms.overlap import (
    Bools,
    Ints,
    Keys,
    Overlap,
    Sketches,
    Wanted,
    candidates,
    carriers,
    compare,
    slices,
    take,
)

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
_LOW: Final = np.uint64(0xFFFFFFFF)
_HIGH: Final = np.uint64(32)


def overlaps(parts: Sequence[Sketches], sources: Ints, texts: Ints, new: Bools) -> Overlap:
    """What the new articles, and the older ones that they resemble, share with all others.

    Rows are those of all parts, in the order in which the articles count as seen. sources: a
    number for each publisher. texts: a number for each text that is known: the group of an older
    article, a number of its own for a new one. new: for each row, whether it is new.
    """
    a, b = candidates(parts, new)
    focus = new.copy()
    focus[a] = focus[b] = True
    if not np.array_equal(focus, new):
        # What the older ones resemble is asked too: theirs may be a better match.
        a, b = candidates(parts, focus)
    involved = focus.copy()
    involved[a] = involved[b] = True
    rows = np.flatnonzero(involved)
    sketches = take(parts, rows)
    place = np.cumsum(involved) - 1
    own = sources[a] == sources[b]
    plain = compare(sketches, place[a[own]], place[b[own]])
    plain = replace(plain, a=a[own], b=b[own])
    texts = _merged(texts, plain, _nearly_same(plain))
    bare = _bare(sketches, sources[rows], furniture(parts, sources, texts, involved))
    return replace(compare(bare, place[a], place[b]), a=a, b=b)


def _nearly_same(overlap: Overlap) -> Bools:
    return (overlap.containment >= OWN_CONTAINMENT) & (overlap.jaccard >= OWN_JACCARD)


def _merged(texts: Ints, overlap: Overlap, same: Bools) -> Ints:
    """`texts`, where the rows of pairs that are the `same` have one number."""
    merged = texts.copy()
    for a, b in zip(overlap.a[same].tolist(), overlap.b[same].tolist(), strict=True):
        merged[b] = merged[a]
    return merged


def furniture(parts: Sequence[Sketches], sources: Ints, texts: Ints, involved: Bools) -> Keys:
    """hash << 32 | publisher, sorted, where FURNITURE different texts of the publisher have it.

    Only the hashes that rows `involved` carry are looked at.
    """
    found = [np.empty(0, np.uint64)]
    for keys in slices(carriers(parts, involved)):
        rows = (keys & _LOW).astype(np.int64)
        codes = (keys & ~_LOW) | sources[rows].astype(np.uint64)
        order = np.argsort(codes)
        codes, text = codes[order], texts[rows[order]]
        # Most are carried too seldom, whatever the texts.
        often = np.repeat(*_often(codes))
        codes, text = codes[often], text[often]
        order = np.lexsort((text, codes))
        codes, text = codes[order], text[order]
        opens = np.concatenate([codes[:1] == codes[:1], codes[1:] != codes[:-1]])
        other = np.concatenate([text[:1] == text[:1], text[1:] != text[:-1]])
        codes = codes[opens | other]
        kept, sizes = _often(codes)
        found.append(codes[(np.cumsum(sizes) - 1)[kept]])
    return np.concatenate(found)


def _often(codes: Keys) -> tuple[Bools, Ints]:
    """For each run of one code, whether it is FURNITURE long, and its length."""
    firsts = np.flatnonzero(np.concatenate([codes[:1] == codes[:1], codes[1:] != codes[:-1]]))
    sizes = np.diff(np.concatenate([firsts, [len(codes)]]))
    return sizes >= FURNITURE, sizes


def _bare(sketches: Sketches, sources: Ints, found: Keys) -> Sketches:
    """`sketches` without the furniture that was found of their publishers."""
    hashes = sketches.values >> np.uint32(1)
    at = Wanted((found >> _HIGH).astype(np.uint32)).where(hashes)
    source = np.repeat(sources, sketches.sizes)[at].astype(np.uint64)
    codes = (hashes[at].astype(np.uint64) << _HIGH) | source
    kept = np.ones(len(hashes), bool)
    kept[at] = found[np.minimum(np.searchsorted(found, codes), len(found) - 1)] != codes
    return sketches.keep(kept)


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
