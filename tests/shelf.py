"""Runs of articles that are linked one after the other, and what became of their groups."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any

import pyarrow as pa

from schemas.elements import Footprint, Linked
from transforms import sketch, terms
from transforms.dataset import SameContent
from transforms.held import followed
from transforms.identity import content_hash
from transforms.linking import Pointers, link
from transforms.recent import Recent, nothing
from transforms.sketches import gather as gather_sketches
from transforms.storylines import gather as gather_terms

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def id_of(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:32]


def footprint(name: str, text: str, source: str = "", **changes: Any) -> Footprint:
    """An article called `name`; its publisher prints nothing else unless `source` is given."""
    words = sketch.tokens(text)
    values: dict[str, Any] = {
        "discovery": name,
        "id": id_of(name),
        "url": f"https://x.example/{name}",
        "source": source or f"{name}.example",
        "published_at": None,
        "content_hash": content_hash(text),
        "sketch": sketch.sketch(words),
        "terms": terms.terms(words, "en"),
        "wire_source": None,
        "credited": False,
        "known": None,
    }
    return Footprint(**values | changes)


class Shelf:
    """What a dataset keeps of its articles, and each run added to it."""

    def __init__(self) -> None:
        self.footprints: list[Footprint] = []
        self.links: list[Linked] = []
        self.seen: list[datetime] = []
        self.aliased: dict[str, dict[str, str]] = {"duplicate_group": {}, "story": {}}
        self.at = AT

    def run(self, footprints: Iterable[Footprint]) -> None:
        """One run of articles in the order of arrival."""
        arrived = list(footprints)
        pointers = Pointers(dict(self.aliased["duplicate_group"]), dict(self.aliased["story"]))
        linked, aliases = link(arrived, self.recent(), self.stored(), pointers, self.at)
        assert len({(alias.kind, alias.from_id) for alias in aliases}) == len(aliases)
        for alias in aliases:
            self.aliased[alias.kind][alias.from_id] = alias.to_id
        by_discovery = {one.discovery: one for one in linked}
        assert len(by_discovery) == len(arrived)
        self.footprints += arrived
        self.links += [by_discovery[one.discovery] for one in arrived]
        self.seen += [self.at] * len(arrived)
        self.at += timedelta(minutes=10)

    def recent(self) -> Recent:
        rows = zip(self.footprints, self.links, self.seen, strict=True)
        table = [
            {
                "id": one.id,
                "version": one.known.version + 1 if one.known else 1,
                "source": one.source,
                "published_at": one.published_at,
                "first_seen_at": seen,
                "duplicate_group": made.duplicate_group,
                "story_id": made.story_id,
                "wire_source": one.wire_source or made.wire_source,
            }
            for one, made, seen in rows
        ]
        # A dataset has its rows in many files: here one for each run.
        runs = [
            [*of]
            for _, of in groupby(zip(self.seen, self.footprints, strict=True), lambda one: one[0])
        ]
        return Recent(
            pa.Table.from_pylist(table, nothing().rows.schema),
            [gather_sketches([one.sketch for _, one in run]) for run in runs],
            [gather_terms([one.terms for _, one in run]) for run in runs],
        )

    def stored(self) -> dict[str, SameContent]:
        found: dict[str, SameContent] = {}
        for one, made, seen in zip(self.footprints, self.links, self.seen, strict=True):
            version = one.known.version + 1 if one.known else 1
            group, story = made.duplicate_group, made.story_id
            same = SameContent(one.id, group, "", story, seen, seen, version)
            found.setdefault(one.content_hash, same)
        return found

    def group_of(self, n: int) -> str:
        """The group of the n-th article, pointers followed."""
        pointers = self.aliased["duplicate_group"]
        id = self.footprints[n].id
        return followed(pointers, id if id in pointers else self.links[n].duplicate_group)

    def link_of(self, name: str) -> Linked:
        return self.links[[one.discovery for one in self.footprints].index(name)]

    def groups(self) -> set[frozenset[str]]:
        """The names of the articles of each group, aliases resolved."""
        return self._sets([self.group_of(n) for n in range(len(self.links))])

    def stories(self) -> set[frozenset[str]]:
        """The same of each story: that of the article that leads the group."""
        led = {one.id: link.story_id for one, link in zip(self.footprints, self.links, strict=True)}
        groups = [self.group_of(n) for n in range(len(self.links))]
        return self._sets([followed(self.aliased["story"], led[group]) for group in groups])

    def agencies(self) -> dict[str, str | None]:
        """The agency of each article, its own credit's or its group's."""
        of_group: dict[str, str] = {}
        for n, (one, made) in enumerate(zip(self.footprints, self.links, strict=True)):
            if agency := one.wire_source or made.wire_source:
                of_group[self.group_of(n)] = agency
        return {
            one.discovery: one.wire_source or of_group.get(self.group_of(n))
            for n, one in enumerate(self.footprints)
        }

    def _sets(self, ids: Sequence[str]) -> set[frozenset[str]]:
        found: dict[str, set[str]] = {}
        for one, id in zip(self.footprints, ids, strict=True):
            found.setdefault(id, set()).add(one.discovery)
        return {frozenset(names) for names in found.values()}
