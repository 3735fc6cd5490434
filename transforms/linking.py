"""Link the articles of a run with each other and with those stored lately.

One step, on sketches only: it decides groups, relations, inferred agencies and stories of all
articles of the run. What it decides of two articles depends on them alone or on what both runs and
datasets hold, never on how the articles were spread over workers or in which order they came.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias

import numpy as np

from schemas.elements import Alias, Footprint, Linked, Similarity
from transforms.candidates import Corpus
from transforms.dataset import SameContent
from transforms.duplicates import CONTAINMENT, DERIVED, WORDS, alike
from transforms.duplicates import relation as relation_of
from transforms.groups import Groups
from transforms.held import Held
from transforms.recent import LAST, Recent, digits, micros
from transforms.regroup import regroup
from transforms.sketches import Bools, gather
from transforms.story_links import Stories

GROUP: Final = "duplicate_group"
STORY: Final = "story"
IDENTICAL: Final = Similarity(containment=1.0, jaccard=1.0)


@dataclass(frozen=True, slots=True)
class Pointers:
    """What the aliases of each kind say, the newest for each id."""

    groups: Mapping[str, str] = field(default_factory=dict)
    stories: Mapping[str, str] = field(default_factory=dict)


def order(one: Footprint) -> tuple[bool, str, str]:
    """Who counts as first within a run: the earliest published, then by id. No clock."""
    published = one.published_at
    return (published is None, published.isoformat() if published else "", one.id)


def link(
    footprints: Iterable[Footprint],
    recent: Recent,
    stored: Mapping[str, SameContent],
    pointers: Pointers,
    at: datetime,
) -> tuple[list[Linked], list[Alias]]:
    """What each article of a run is to the others, and whom stored ones point at from now on.

    recent: the articles stored lately. stored: for content hashes, the article of whatever
    time that had the text first. at: the run's logical time.
    """
    prints = sorted(footprints, key=order)
    groups = group(prints, recent, stored, pointers.groups)
    relations = _relations(prints, groups)
    agencies = _agencies(prints, groups)
    stories = Stories(prints, groups, pointers.stories, stored)
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
    aliases = [Alias(GROUP, id, to, at) for id, to in sorted(groups.pointers.items())]
    return linked, aliases + [Alias(STORY, id, to, at) for id, to in sorted(stories.merged.items())]


def group(
    prints: Sequence[Footprint],
    recent: Recent,
    stored: Mapping[str, SameContent],
    pointers: Mapping[str, str],
) -> Groups:
    """The groups of a run's articles, in their `order`, and of the stored ones they touch."""
    held = Held(recent, pointers)
    corpus, new, replaced = _lined_up(prints, recent)
    done = regroup(
        corpus, new, replaced, np.concatenate([held.codes, np.full(len(prints), -1, np.int32)])
    )
    exact = list(_exact(prints, _as_it_is(prints, recent, stored)))
    gone = np.flatnonzero(replaced).tolist()
    return Groups(prints, recent, held, corpus.sources, done, gone, exact)


def _lined_up(prints: Sequence[Footprint], recent: Recent) -> tuple[Corpus, Bools, Bools]:
    """All articles in sight, which of them are new, and which have a new version in the run."""
    old = len(recent)
    codes = recent.sources()
    names = {name: n for n, name in enumerate(codes.dictionary.to_pylist())}
    own = [names.setdefault(one.source, len(names)) for one in prints]
    sources = codes.indices.to_numpy(zero_copy_only=False).astype(np.uint32)
    times = [LAST if one.published_at is None else micros(one.published_at) for one in prints]
    published, high, low = recent.order()
    ids = digits(one.id for one in prints)
    rank = np.empty(old + len(prints), np.uint32)
    rank[
        np.lexsort(
            (
                np.concatenate([low, ids[:, 1]]),
                np.concatenate([high, ids[:, 0]]),
                np.concatenate([published, np.array(times, np.int64)]),
            )
        )
    ] = np.arange(len(rank))
    there = np.ones(len(rank), bool)
    there[:old] = recent.newest()
    new = np.arange(len(rank)) >= old
    replaced = np.zeros(len(rank), bool)
    replaced[recent.where("id", {one.id for one in prints if one.known})] = True
    parts = [*recent.sketches, gather([one.sketch for one in prints])]
    corpus = Corpus(parts, np.concatenate([sources, np.array(own, np.uint32)]), rank, there)
    return corpus, new, replaced & there


def _as_it_is(
    prints: Sequence[Footprint], recent: Recent, stored: Mapping[str, SameContent]
) -> dict[str, SameContent]:
    """Those of the stored texts that are not known to have been replaced by a newer version."""
    version = {one.id: one.known.version + 1 for one in prints if one.known}
    rows = recent.rows_of("id", {same.id for same in stored.values()})
    for (_, id), number in zip(
        rows, recent.column("version", [row for row, _ in rows]), strict=True
    ):
        version[id] = max(number, version.get(id, number))
    return {
        text: same
        for text, same in stored.items()
        if version.get(same.id, same.version) <= same.version
    }


def _exact(
    prints: Sequence[Footprint], stored: Mapping[str, SameContent]
) -> Iterable[tuple[int, str, str]]:
    """(n, id, group) of each article whose very text another had before; "" if in this run."""
    first = {text: (same.id, same.duplicate_group) for text, same in stored.items()}
    for n, one in enumerate(prints):
        id, name = first.setdefault(one.content_hash, (one.id, ""))
        if id != one.id:
            yield n, id, name


_Relation: TypeAlias = tuple[str, str | None, Similarity | None]


def _relations(prints: Sequence[Footprint], groups: Groups) -> dict[int, _Relation]:
    """What each article is to an earlier one; an article that is not there is to none."""
    old, recent = len(groups.recent), groups.recent
    overlap, sources = groups.done.overlap, groups.sources
    found: dict[int, _Relation] = {n: ("exact", id, IDENTICAL) for n, id, _ in groups.exact}
    fit = alike(overlap, sources) & (overlap.containment >= CONTAINMENT)
    taken = (overlap.containment >= DERIVED) & (overlap.words >= WORDS)
    taken &= sources[overlap.a] != sources[overlap.b]
    ranked = np.lexsort((overlap.a, -overlap.containment, -overlap.jaccard, ~fit))
    ranked = ranked[(fit | taken)[ranked] & (overlap.b[ranked] >= old)]
    rows = [int(a) for a in overlap.a[ranked] if a < old]
    ids = dict(zip(rows, recent.column("id", rows), strict=True))
    for pair in ranked.tolist():
        a, n = int(overlap.a[pair]), int(overlap.b[pair]) - old
        id = ids[a] if a < old else prints[a - old].id
        if n in found or id == prints[n].id:
            continue
        together = groups.of_row(a) == groups.of(n)
        of_new, of_old = float(overlap.of_b[pair]), float(overlap.of_a[pair])
        similarity = Similarity(float(overlap.containment[pair]), float(overlap.jaccard[pair]))
        if together and fit[pair]:
            size_new, size_old = int(overlap.size_b[pair]), int(overlap.size_a[pair])
            found[n] = (relation_of(of_new, of_old, size_new, size_old), id, similarity)
        elif not together and not prints[n].known:
            found[n] = ("derived", id, similarity)
    return found


def _agencies(prints: Sequence[Footprint], groups: Groups) -> dict[str, str]:
    """For each group, the agency that its texts credit, if they agree."""
    credited: dict[str, set[str]] = {}
    for n, one in enumerate(prints):
        if one.wire_source:
            credited.setdefault(groups.of(n), set()).add(one.wire_source)
    members = groups.members(groups.of(n) for n in range(len(prints)))
    agencies = groups.recent.column("wire_source", [row for row, _ in members])
    for (_, name), agency in zip(members, agencies, strict=True):
        if agency:
            credited.setdefault(name, set()).add(agency)
    return {name: next(iter(names)) for name, names in credited.items() if len(names) == 1}
