"""Link the articles of a run with each other and with those stored lately.

One step, on sketches only: it decides groups, relations, inferred agencies and stories of all
articles of the run. What it decides of two articles depends on them alone or on what both runs and
datasets hold, never on how the articles were spread over workers or in which order they came.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.elements import Alias, Footprint, Linked, Similarity
from transforms import storylines
from transforms.dataset import SameContent, followed
from transforms.duplicates import CONTAINMENT, DERIVED, DERIVED_WORDS, alike, links, overlaps
from transforms.duplicates import relation as relation_of
from transforms.overlap import Ints, Overlap
from transforms.overlap import gather as gather_sketches
from transforms.recent import Recent

GROUP: Final = "duplicate_group"
STORY: Final = "story"
IDENTICAL: Final = Similarity(containment=1.0, jaccard=1.0)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# For ids of a kind, those that were merged into another, with the one that lives on.
Resolve: TypeAlias = Callable[[str, Collection[str]], Mapping[str, str]]


def order(one: Footprint) -> tuple[bool, str, str, str]:
    """Who counts as first within a run: the earliest published, then by url. No clock."""
    published = one.published_at
    return (published is None, published.isoformat() if published else "", one.url, one.id)


def link(
    footprints: Iterable[Footprint],
    recent: Recent,
    stored: Mapping[str, SameContent],
    resolve: Resolve,
    at: datetime,
) -> tuple[list[Linked], list[Alias]]:
    """What each article of a run is to the others, and which groups and stories became one.

    recent: the articles stored lately. stored: for content hashes, the article of whatever
    time that had the text first. at: the run's logical time.
    """
    prints = sorted(footprints, key=order)
    old = len(recent)
    rows = np.arange(old + len(prints))
    new = rows >= old
    sources, texts = _numbers(prints, recent)
    sketches = [*recent.sketches, gather_sketches([one.sketch for one in prints])]
    overlap = overlaps(sketches, sources, texts, new)
    groups = _Groups(prints, recent, resolve)
    first_of = _exact(prints, stored, groups)
    groups.tie(*links(overlap, sources))
    aliases = groups.aliases(at)
    relations = _relations(prints, overlap, sources, groups, first_of)
    agencies = _agencies(prints, recent, groups)
    stories = _Stories(prints, recent, groups, resolve, stored)
    aliases += stories.aliases(at)
    linked = []
    for n, one in enumerate(prints):
        relation, of, similarity = relations.get(n, (None, None, None))
        linked.append(
            Linked(
                one.discovery,
                one.known.duplicate_group if one.known else groups.of(n),
                one.known.story_id if one.known else stories.of(n),
                relation,
                of,
                similarity,
                stories.score(n),
                None if one.credited or one.wire_source else agencies.get(groups.of(n)),
            )
        )
    return linked, aliases


def _day(one: Footprint) -> int:
    return storylines.UNDATED if one.published_at is None else one.published_at.toordinal()


def _numbers(prints: list[Footprint], recent: Recent) -> tuple[Ints, Ints]:
    """A number for the publisher, and one for the text, of each row."""
    known = {one.known.duplicate_group for one in prints if one.known}
    published = recent.rows["source"].combine_chunks().dictionary_encode()
    codes = {name: n for n, name in enumerate(published.dictionary.to_pylist())}
    own = [codes.setdefault(one.source, len(codes)) for one in prints]
    sources = published.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    sources = np.concatenate([sources, np.array(own, np.int64)])
    groups = recent.rows["duplicate_group"].combine_chunks().dictionary_encode()
    texts = groups.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    places = np.flatnonzero(pc.is_in(groups.dictionary, pa.array(sorted(known), pa.string())))
    code = dict(zip(groups.dictionary.take(places).to_pylist(), places.tolist(), strict=True))
    fresh = [
        code.get(one.known.duplicate_group if one.known else "", len(groups.dictionary) + n)
        for n, one in enumerate(prints)
    ]
    pa.default_memory_pool().release_unused()  # what the dictionary of all groups took
    return sources, np.concatenate([texts, np.array(fresh, np.int64)])


# ------------------------------------------------------------------------------------ groups


@dataclass
class _Groups:
    """The groups of the run's articles. A group is named by its id."""

    prints: list[Footprint]
    recent: Recent
    resolve: Resolve
    parent: dict[str, str] = field(default_factory=dict)
    stored: set[str] = field(default_factory=set)  # ids of groups that exist already
    printed: set[str] = field(default_factory=set)  # the same, as the rows have them

    def __post_init__(self) -> None:
        known = {one.known.duplicate_group for one in self.prints if one.known}
        merged = self.resolve(GROUP, known)
        self.printed |= known
        self.own = [
            merged.get(one.known.duplicate_group, one.known.duplicate_group)
            if one.known
            else one.id
            for one in self.prints
        ]
        self.stored |= {name for name, one in zip(self.own, self.prints, strict=True) if one.known}

    def find(self, name: str) -> str:
        """The name under which all that are tied with `name` are known."""
        while (up := self.parent.get(name, name)) != name:
            self.parent[name] = self.parent.get(up, up)
            name = up
        return name

    def union(self, one: str, other: str) -> None:
        """Tie two groups."""
        one, other = self.find(one), self.find(other)
        if one != other:
            self.parent[max(one, other)] = min(one, other)

    def tie(self, start: Ints, end: Ints) -> None:
        """Tie the groups of linked rows.

        A known article whose text has changed does not take its group along: only if it is alone
        in it, as a first version of a few lines is before the agency's text replaces it.
        """
        old = len(self.recent)
        rows = sorted({n for n in (*start.tolist(), *end.tolist()) if n < old})
        named = self.recent.column("duplicate_group", rows)
        merged = self.resolve(GROUP, set(named))
        name = {row: merged.get(group, group) for row, group in zip(rows, named, strict=True)}
        self.stored |= set(name.values())
        self.printed |= set(named)
        crowded = self._crowded()
        for a, b in zip(start.tolist(), end.tolist(), strict=True):
            if self._stays(a - old, b - old, crowded) or self._stays(b - old, a - old, crowded):
                continue
            self.union(
                name[a] if a < old else self.own[a - old],
                name[b] if b < old else self.own[b - old],
            )

    def _stays(self, n: int, other: int, crowded: set[str]) -> bool:
        """Whether article n is known, not alone in its group, and `other` was there before."""
        if n < 0 or not self.prints[n].known or self.own[n] not in crowded:
            return False
        return other < 0 or self.prints[other].known is not None

    def _crowded(self) -> set[str]:
        """Groups of known articles that have another member."""
        known = {one.known.duplicate_group: one.id for one in self.prints if one.known}
        rows = self.recent.where("duplicate_group", known)
        found = zip(
            self.recent.column("duplicate_group", rows), self.recent.column("id", rows), strict=True
        )
        crowded = {group for group, id in found if known[group] != id}
        return {
            name
            for name, one in zip(self.own, self.prints, strict=True)
            if one.known and one.known.duplicate_group in crowded
        }

    def settle(self) -> None:
        """Give each tied set its id: the oldest stored group's, else its first article's."""
        sets: dict[str, set[str]] = {}
        for name in sorted(self.stored):
            sets.setdefault(self.find(name), set()).add(name)
        contested = {name for names in sets.values() if len(names) > 1 for name in names}
        rows = self.recent.where("id", contested)
        seen: dict[str, datetime] = {}
        for id, when in zip(
            self.recent.column("id", rows), self.recent.column("first_seen_at", rows), strict=True
        ):
            seen[id] = min(when, seen.get(id, when))
        # A first member that is not in sight is older than those that are.
        self.surviving = {
            root: min(names, key=lambda name: (seen.get(name, _EPOCH), name))
            for root, names in sets.items()
        }
        for name in self.own:  # in the order in which they count as seen
            self.surviving.setdefault(self.find(name), name)
        self.merged = {
            name: self.surviving[self.find(name)]
            for name in sorted(contested)
            if name != self.surviving[self.find(name)]
        }

    def of(self, n: int) -> str:
        """The group of article n."""
        return self.surviving[self.find(self.own[n])]

    def aliases(self, at: datetime) -> list[Alias]:
        """The stored groups that are one from now on."""
        self.settle()
        return [Alias(GROUP, name, to, at) for name, to in self.merged.items()]


def _exact(
    prints: list[Footprint], stored: Mapping[str, SameContent], groups: _Groups
) -> dict[int, str]:
    """For each article whose very text was there before, the id of the first one."""
    merged = groups.resolve(GROUP, {one.duplicate_group for one in stored.values()})
    first: dict[str, tuple[str, str]] = {}
    for text, same in stored.items():
        group = merged.get(same.duplicate_group, same.duplicate_group)
        first[text] = same.id, group
        groups.stored.add(group)
    found = {}
    for n, one in enumerate(prints):
        id, group = first.setdefault(one.content_hash, (one.id, groups.own[n]))
        if id != one.id:
            found[n] = id
            if not one.known:
                groups.union(groups.own[n], group)
    return found


_Relation: TypeAlias = tuple[str, str | None, Similarity | None]


def _relations(
    prints: list[Footprint],
    overlap: Overlap,
    sources: Ints,
    groups: _Groups,
    first_of: Mapping[int, str],
) -> dict[int, _Relation]:
    """What each article is to an earlier one; an article that is not there is to none."""
    old = len(groups.recent)
    found: dict[int, _Relation] = {n: ("exact", of, IDENTICAL) for n, of in first_of.items()}
    fit = alike(overlap, sources) & (overlap.containment >= CONTAINMENT)
    taken = (overlap.containment >= DERIVED) & (overlap.words >= DERIVED_WORDS)
    taken &= sources[overlap.a] != sources[overlap.b]
    ranked = np.lexsort((overlap.a, -overlap.containment, -overlap.jaccard, ~fit))
    ranked = ranked[(fit | taken)[ranked] & (overlap.b[ranked] >= old)]
    rows = [int(a) for a in overlap.a[ranked] if a < old]
    ids = dict(zip(rows, groups.recent.column("id", rows), strict=True))
    named = dict(zip(rows, groups.recent.column("duplicate_group", rows), strict=True))
    merged = groups.resolve(GROUP, set(named.values()))
    for pair in ranked.tolist():
        a, n = int(overlap.a[pair]), int(overlap.b[pair]) - old
        id = ids[a] if a < old else prints[a - old].id
        if n in found or id == prints[n].id:
            continue
        group = merged.get(named[a], named[a]) if a < old else groups.own[a - old]
        together = groups.find(group) == groups.find(groups.own[n])
        of_new, of_old = float(overlap.of_b[pair]), float(overlap.of_a[pair])
        similarity = Similarity(float(overlap.containment[pair]), float(overlap.jaccard[pair]))
        if together and fit[pair]:
            size_new, size_old = int(overlap.size_b[pair]), int(overlap.size_a[pair])
            found[n] = (relation_of(of_new, of_old, size_new, size_old), id, similarity)
        elif not together and not prints[n].known:
            found[n] = ("derived", id, similarity)
    return found


def _agencies(prints: list[Footprint], recent: Recent, groups: _Groups) -> dict[str, str]:
    """For each group, the agency that its texts credit, if they agree."""
    credited: dict[str, set[str]] = {}
    for n, one in enumerate(prints):
        if one.wire_source:
            credited.setdefault(groups.of(n), set()).add(one.wire_source)
    rows = recent.where("duplicate_group", groups.stored | groups.printed)
    named = recent.column("duplicate_group", rows)
    merged = groups.resolve(GROUP, set(named))
    for group, agency in zip(named, recent.column("wire_source", rows), strict=True):
        root = groups.find(merged.get(group, group))
        if agency and root in groups.surviving:
            credited.setdefault(groups.surviving[root], set()).add(agency)
    return {group: next(iter(names)) for group, names in credited.items() if len(names) == 1}


# ----------------------------------------------------------------------------------- stories


class _Stories:
    """The stories of the run's articles: a group's, or for the first of a group the best match."""

    def __init__(
        self,
        prints: list[Footprint],
        recent: Recent,
        groups: _Groups,
        resolve: Resolve,
        stored: Mapping[str, SameContent],
    ) -> None:
        self.groups = groups
        self.story: dict[str, str] = {}  # of a group
        self.scores: dict[int, float] = {}
        self.merged: dict[str, str] = {}
        self._of_stored(prints, recent, resolve, stored)
        self._of_new(prints, recent, resolve)

    def _of_stored(
        self,
        prints: list[Footprint],
        recent: Recent,
        resolve: Resolve,
        stored: Mapping[str, SameContent],
    ) -> None:
        groups = self.groups
        rows = recent.where("duplicate_group", groups.stored | groups.printed)
        told = [
            *zip(
                recent.column("duplicate_group", rows), recent.column("story_id", rows), strict=True
            ),
            *((one.duplicate_group, one.story_id) for one in stored.values()),
            *((p.known.duplicate_group, p.known.story_id) for p in prints if p.known),
        ]
        alias = resolve(GROUP, {group for group, _ in told})
        again = resolve(STORY, {story for _, story in told})
        by_root: dict[str, dict[str, str]] = {}
        for group, story in sorted(told):
            name = alias.get(group, group)
            by_root.setdefault(groups.find(name), {})[name] = again.get(story, story)
        for root, stories in by_root.items():
            if root not in groups.surviving:
                continue
            group = groups.surviving[root]
            kept = followed(self.merged, stories.get(group, min(stories.values())))
            self.story[group] = kept
            for other in sorted(set(stories.values())):
                if followed(self.merged, other) != kept:
                    self.merged[followed(self.merged, other)] = kept
        self.story = {group: followed(self.merged, one) for group, one in self.story.items()}

    def _of_new(self, prints: list[Footprint], recent: Recent, resolve: Resolve) -> None:
        old = len(recent)
        terms = [*recent.terms, storylines.gather([one.terms for one in prints])]
        days = np.concatenate([recent.days(), np.array([_day(one) for one in prints], np.int64)])
        first = np.ones(old + len(prints), bool)
        first[:old] = recent.firsts()
        begun: set[str] = set()
        for n in range(len(prints)):
            group = self.groups.of(n)
            first[old + n] = group not in self.story and group not in begun
            begun.add(group)
        new = first.copy()
        new[:old] = False
        a, b = storylines.neighbours(terms, days, first, new)
        touched = sorted({row for row in a.tolist() if row < old})
        asked = set(recent.column("story_id", touched))
        merged = resolve(STORY, asked)
        rows = [row for row in recent.where("story_id", asked) if first[row]]
        every = np.unique(np.concatenate([a, b, np.array(rows, np.int64), np.flatnonzero(new)]))
        vectors = storylines.vectors(terms, every)
        cosines = storylines.cosines(vectors, a, b)
        near: dict[int, dict[int, float]] = {}
        for earlier, later, cosine in zip(a.tolist(), b.tolist(), cosines.tolist(), strict=True):
            near.setdefault(later, {})[earlier] = cosine
        lines = storylines.Storylines(vectors)
        for row, story in zip(rows, recent.column("story_id", rows), strict=True):
            lines.add(row, followed(self.merged, merged.get(story, story)))
        for n, one in enumerate(prints):
            if not new[old + n]:
                continue
            story, score = lines.best(old + n, near.get(old + n, {}))
            if story is not None:
                self.scores[n] = score
            story = story or f"s{one.id}"
            lines.add(old + n, story)
            self.story[self.groups.of(n)] = story

    def of(self, n: int) -> str:
        """The story of article n."""
        return self.story[self.groups.of(n)]

    def score(self, n: int) -> float | None:
        """How like its story the article was that was first of its group, if it joined one."""
        return self.scores.get(n)

    def aliases(self, at: datetime) -> list[Alias]:
        """The stories that are one from now on, because a group of each is."""
        return [Alias(STORY, name, followed(self.merged, name), at) for name in sorted(self.merged)]
