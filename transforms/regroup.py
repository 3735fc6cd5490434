"""Which links a run changes, in work that grows with the run and not with what is stored.

Groups are a function of the set of articles, so that a new article can take a link away as well
as bring one: what holds more of an old article, or makes of its text boilerplate. `regroup`
decides the links anew wherever that can be, and gives with them the links as they were, which
tells a link that was lost from one that can no longer be seen.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from transforms.boilerplate import Boilerplate, boilerplate, shifted, unsettled
from transforms.candidates import HIGH, Corpus, candidates, carriers
from transforms.duplicates import fits, links, measure, worth_it
from transforms.overlap import Overlap
from transforms.sketches import Bools, Ints, Keys

Pairs = tuple[Ints, Ints]
Groups = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Regrouped:
    """Links of the rows `again`, with each other and with any others.

    again: the new rows, and all of each group that lost a link. now, before: pairs of rows that
    are, and were before the run, linked. overlap: of all pairs that were looked at.
    """

    again: Bools
    now: Pairs
    before: Pairs
    overlap: Overlap


def regroup(corpus: Corpus, new: Bools, replaced: Bools, groups: Groups) -> Regrouped:
    """Decide the links of the `new` rows, and of all that these can change.

    replaced: rows that are no more, since the run has a newer version of the article. groups: a
    number for the group of each row; below 0, none.
    """
    now = World(replace(corpus, there=corpus.there & ~replaced))
    before = World(replace(corpus, there=corpus.there & ~new))
    if new.all():
        now.look(new)
        nothing = np.empty(0, np.int64)
        return Regrouped(new, now.links(new), (nothing, nothing), now.overlap)
    moved, is_same = _moved(corpus, now, before, new, replaced)
    linked, was = _links(now, before if not is_same else now, moved, new)
    lost = ~np.isin(_keys(*was), _keys(*linked))
    ended = _rows(np.concatenate([was[0][lost], was[1][lost]]), len(corpus)) | replaced
    again = new | replaced
    again |= np.isin(groups, np.unique(groups[ended & ~new])) & corpus.there & ~new
    if (again & ~moved).any():
        linked, was = _links(now, before if not is_same else now, again | moved, new)
    return Regrouped(again, _of(linked, again | moved), _of(was, again & ~new), now.overlap)


def _moved(
    corpus: Corpus, now: "World", before: "World", new: Bools, replaced: Bools
) -> tuple[Bools, bool]:
    """The rows of which a link may have changed: what is new or replaced, what is like it, and
    what has other boilerplate now. Whether what was there before is as it was but for links."""
    touched = new | replaced
    keys = carriers(corpus, touched, own=True)
    now.settle(new, keys)
    keys = unsettled(corpus, now.stock, keys, touched)
    was, stock = (boilerplate(one.corpus, keys, corpus.there) for one in (before, now))
    before.instead = stock, was
    shift = _rows(shifted(corpus, keys, was, stock), len(corpus))
    now.look(new | (shift & now.corpus.there))
    before.look(replaced)
    moved = touched | shift | now.near(new | shift) | before.near(replaced)
    return moved, not shift.any() and not replaced.any()


def _links(now: "World", before: "World", rows: Bools, new: Bools) -> tuple[Pairs, Pairs]:
    """The links of the rows as they are, and as they were before the new ones came."""
    now.look(rows & now.corpus.there)
    now.look(now.near(rows))
    known = ~new[now.overlap.a] & ~new[now.overlap.b]
    if before is now:
        return now.links(rows), _of(links(now.overlap.of(known), now.corpus), rows & ~new)
    before.know(now)
    before.measure(now.overlap.a[known], now.overlap.b[known])
    return now.links(rows), before.links(rows & ~new)


class World:
    """A corpus, and what was looked at in it so far."""

    def __init__(self, corpus: Corpus) -> None:
        nothing = np.empty(0, np.int64)
        self.corpus = corpus
        self.looked = np.zeros(len(corpus), bool)
        self.known = np.zeros(len(corpus), bool)  # rows of which the boilerplate is known
        self.stock = Boilerplate(nothing.astype(np.uint64), nothing)
        self.instead = self.stock, self.stock
        self.overlap = measure(corpus, nothing, nothing, self.stock)

    def look(self, focus: Bools) -> None:
        """Compare the rows of `focus` with all that have something in common with them."""
        focus = focus & ~self.looked
        if focus.any():
            self.looked |= focus
            self.measure(*candidates(self.corpus, carriers(self.corpus, focus), focus))

    def know(self, other: "World") -> None:
        """Take over the boilerplate of another world, but for what is `instead` here."""
        there, here = self.instead
        self.stock = other.stock.but_for(there).but_for(here).more(here).more(self.stock)
        self.known |= other.known

    def settle(self, rows: Bools, keys: Keys) -> None:
        """Find the boilerplate of the rows, of which the carriers are given."""
        self.known |= rows
        self.stock = self.stock.more(boilerplate(self.corpus, keys, rows))

    def measure(self, a: Ints, b: Ints) -> None:
        """Compare the rows a[n] and b[n] that have not been compared yet."""
        fresh = ~np.isin(_keys(a, b), _keys(self.overlap.a, self.overlap.b))
        a, b = a[fresh], b[fresh]
        fit = worth_it(self.corpus, a, b)
        a, b = a[fit], b[fit]
        unknown = _rows(np.concatenate([a, b]), len(self.corpus)) & ~self.known
        if unknown.any():
            self.settle(unknown, carriers(self.corpus, unknown, own=True))
        self.overlap = self.overlap.more(measure(self.corpus, a, b, self.stock))

    def links(self, rows: Bools) -> Pairs:
        """The links of the rows. They, and what is near to them, must have been looked at."""
        return _of(links(self.overlap, self.corpus), rows)

    def near(self, rows: Bools) -> Bools:
        """The rows that may belong together with one of `rows`, and those among them."""
        fit = fits(self.overlap, self.corpus.sources)
        a, b = _of((self.overlap.a[fit], self.overlap.b[fit]), rows)
        return _rows(np.concatenate([a, b]), len(self.corpus))


def _rows(rows: Ints, of: int) -> Bools:
    chosen = np.zeros(of, bool)
    chosen[rows] = True
    return chosen


def _of(pairs: Pairs, rows: Bools) -> Pairs:
    """Those of the pairs of which one is in `rows`."""
    kept = rows[pairs[0]] | rows[pairs[1]]
    return pairs[0][kept], pairs[1][kept]


def _keys(a: Ints, b: Ints) -> Keys:
    keys: Keys = (a.astype(np.uint64) << HIGH) | b.astype(np.uint64)
    return keys
