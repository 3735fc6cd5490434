"""The stories of a run's articles: a group's, or for the first of a new group the best match."""

from collections.abc import Mapping, Sequence

import numpy as np

from schemas.elements import Footprint
from transforms import storylines
from transforms.dataset import SameContent
from transforms.groups import Groups
from transforms.held import followed


def _day(one: Footprint) -> int:
    return storylines.UNDATED if one.published_at is None else one.published_at.toordinal()


class Stories:
    """The stories of the run's articles.

    pointers: what the aliases of stories say. stored: as in `transforms.linking.link`. merged: the
    stories that are another from now on, because a group of each is.
    """

    def __init__(
        self,
        prints: Sequence[Footprint],
        groups: Groups,
        pointers: Mapping[str, str],
        stored: Mapping[str, SameContent],
    ) -> None:
        self.groups = groups
        self.pointers = pointers
        self.story: dict[str, str] = {}  # of a group
        self.scores: dict[int, float] = {}
        self.merged: dict[str, str] = {}
        self._of_stored(prints, stored)
        self._of_new(prints)

    def _of_stored(self, prints: Sequence[Footprint], stored: Mapping[str, SameContent]) -> None:
        """A group tells the story of the article that leads it, and takes in those of groups that
        became one with it."""
        groups, recent = self.groups, self.groups.recent
        kept = {groups.of(n) for n in range(len(prints))} | set(groups.merged.values())
        members = groups.members(kept)
        rows = [row for row, _ in members]
        columns = [recent.column(name, rows) for name in ("id", "duplicate_group", "story_id")]
        told: dict[str, str] = {one.duplicate_group: one.story_id for one in stored.values()}
        told |= {p.known.duplicate_group: p.known.story_id for p in prints if p.known}
        told |= {group: story for _, group, story in zip(*columns, strict=True)}
        told |= {id: story for id, _, story in zip(*columns, strict=True)}
        told |= {p.id: p.known.story_id for p in prints if p.known}
        own = {root: story for (_, root), story in zip(members, columns[2], strict=True)}
        for root in sorted(kept):
            if story := told.get(root, own.get(root)):
                self.story[root] = followed(self.pointers, story)
        for name, root in sorted(groups.merged.items()):
            if name in told and root in self.story:
                self._merge(followed(self.pointers, told[name]), self.story[root])
        self.story = {group: followed(self.merged, one) for group, one in self.story.items()}

    def _merge(self, one: str, into: str) -> None:
        one, into = followed(self.merged, one), followed(self.merged, into)
        if one != into:
            self.merged[one] = into

    def _of_new(self, prints: Sequence[Footprint]) -> None:
        recent = self.groups.recent
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
        rows = [row for row in recent.where("story_id", asked) if first[row]]
        every = np.unique(np.concatenate([a, b, np.array(rows, np.int64), np.flatnonzero(new)]))
        vectors = storylines.vectors(terms, every)
        cosines = storylines.cosines(vectors, a, b)
        near: dict[int, dict[int, float]] = {}
        for earlier, later, cosine in zip(a.tolist(), b.tolist(), cosines.tolist(), strict=True):
            near.setdefault(later, {})[earlier] = cosine
        lines = storylines.Storylines(vectors)
        for row, story in zip(rows, recent.column("story_id", rows), strict=True):
            lines.add(row, followed(self.merged, followed(self.pointers, story)))
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
