"""The groups after a run: which articles are together, who leads them, and what was pointed anew.

A group is led by the article in it that was seen first, and keeps its leader as long as that is a
member. Rows of `aliases` say what changed: for groups that became one, one row each; for an
article that another text turned out to be nearer to, its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeAlias

import numpy as np

from schemas.elements import Footprint
from transforms.held import Held
from transforms.recent import Recent
from transforms.regroup import Pairs, Regrouped
from transforms.sketches import Numbers

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# A row whose links were decided anew, or below 0 a group of which none was: -1 - its number.
Node: TypeAlias = int


class Together:
    """Sets of nodes (union-find)."""

    def __init__(self) -> None:
        self.parent: dict[Node, Node] = {}

    def find(self, node: Node) -> Node:
        """The node by which those that are tied with `node` are known."""
        while (up := self.parent.get(node, node)) != node:
            self.parent[node] = self.parent.get(up, up)
            node = up
        return node

    def tie(self, one: Node, other: Node) -> None:
        """Put two sets together."""
        one, other = self.find(one), self.find(other)
        if one != other:
            self.parent[max(one, other)] = min(one, other)


@dataclass
class Groups:
    """The groups of all articles that a run can have changed.

    exact: pairs of an article of the run, by its place, and the stored one with the very same
    text, or another of the run.
    """

    prints: Sequence[Footprint]
    recent: Recent
    held: Held
    sources: Numbers
    done: Regrouped
    replaced: Sequence[int]
    exact: Iterable[tuple[int, str, str]]
    pointers: dict[str, str] = field(default_factory=dict)  # what this run points anew
    merged: dict[str, str] = field(default_factory=dict)  # groups that became another's

    def __post_init__(self) -> None:
        old = len(self.recent)
        gone = set(self.replaced)
        again = np.flatnonzero(self.done.again).tolist()
        self._stored = [row for row in again if row < old and row not in gone]
        ids = [*self.recent.column("id", self._stored), *(one.id for one in self.prints)]
        columns = [
            *self.recent.column("duplicate_group", self._stored),
            *(one.known.duplicate_group if one.known else "" for one in self.prints),
        ]
        seen = [
            *self.recent.column("first_seen_at", self._stored),
            *(one.known.first_seen_at if one.known else None for one in self.prints),
        ]
        rows = [*self._stored, *range(old, old + len(self.prints))]
        self._id = dict(zip(rows, ids, strict=True))
        self._column = dict(zip(rows, columns, strict=True))
        self._seen = dict(zip(rows, seen, strict=True))
        self._row = {id: row for row, id in self._id.items()}
        self._together = Together()
        self._led: dict[str, list[int]] = {}
        for row in self._stored:
            self._led.setdefault(self.held.name(int(self.held.codes[row])), []).append(row)
        self._tie(self.done.now)
        self._tie_out_of_sight(gone)
        for n, id, group in self.exact:
            self._together.tie(old + n, self._node_of(id, group))
        self._lead()

    def _node(self, row: int) -> Node:
        return row if self.done.again[row] else -1 - int(self.held.codes[row])

    def _node_of(self, id: str, group: str) -> Node:
        """The node of an article that may not be in sight, and is or was in `group`."""
        root = self.held.root(id if id in self.held.pointers else group)
        for one in (id, root):
            if one in self._row:
                return self._row[one]
        return -1 - self.held.numbers([root])[root]

    def _tie(self, pairs: Pairs) -> None:
        for a, b in zip(pairs[0].tolist(), pairs[1].tolist(), strict=True):
            self._together.tie(self._node(a), self._node(b))

    def _tie_out_of_sight(self, gone: set[int]) -> None:
        """Keep in its group what is there for a reason that this run cannot see.

        The link may be to an article that is too old to be in sight, or the text too short for a
        sketch. Only a link that is seen to be lost is undone.
        """
        seen = Together()
        old = len(self.recent)
        for a, b in zip(self.done.before[0].tolist(), self.done.before[1].tolist(), strict=True):
            if self.done.again[a] and self.done.again[b]:
                seen.tie(a, b)
        old_row = {self._id[row]: row for row in self._stored} | dict(
            zip(self.recent.column("id", sorted(gone)), sorted(gone), strict=True)
        )
        for root, rows in self._led.items():
            for row in rows:
                if root not in old_row:
                    self._together.tie(row, -1 - int(self.held.codes[row]))
                elif seen.find(row) != seen.find(old_row[root]):
                    self._together.tie(row, self._row[root])
        for n, one in enumerate(self.prints):
            if one.known and one.id not in old_row:
                self._together.tie(old + n, self._node_of(one.id, one.known.duplicate_group))

    # ------------------------------------------------------------------------------ leaders

    def _lead(self) -> None:
        sets: dict[Node, list[int]] = {}
        for row in self._id:
            sets.setdefault(self._together.find(row), []).append(row)
        whole: dict[Node, list[str]] = {}
        for node in {*self._together.parent, *self._together.parent.values()}:
            if node < 0:
                name = self.held.name(-1 - node)
                whole.setdefault(self._together.find(node), []).append(name)
        names = {name for some in whole.values() for name in some}
        self._begun = dict.fromkeys(names, _EPOCH)  # one that is not in sight is older
        rows = self.recent.where("id", names)
        began = self.recent.column("first_seen_at", rows)
        for name, when in zip(self.recent.column("id", rows), began, strict=True):
            self._begun[name] = min(when, self._begun[name]) if self._begun[name] > _EPOCH else when
        self._root = {node: self._leader(rows, whole.get(node, ())) for node, rows in sets.items()}
        for node, some in whole.items():
            if node not in self._root:
                self._root[node] = self._leader([], some)
        for node, root in self._root.items():
            self._point(root, sets.get(node, []), whole.get(node, []))

    def _leader(self, rows: Sequence[int], whole: Iterable[str]) -> str:
        """Of those that led a group before, the one seen first; else of all."""
        first_of = {name: self._begun[name] for name in whole}
        stored = [row for row in rows if self._seen[row]]
        for row in stored:
            if self._pointer(row) == self._id[row]:
                first_of[self._id[row]] = self._seen[row]
        if not first_of:
            first_of = {self._id[row]: self._seen[row] for row in stored}
        if first_of:
            return min(first_of, key=lambda id: (first_of[id], id))
        return self._id[min(rows)]

    def _pointer(self, row: int) -> str:
        """Whom the article points at."""
        id = self._id[row]
        return self.held.pointers.get(id, self._column[row])

    def _point(self, root: str, rows: Sequence[int], whole: Iterable[str]) -> None:
        """Point all at their leader who do not lead there already."""
        for name in sorted(whole):
            if name != root:
                self.pointers[name] = self.merged[name] = root
        stored = [row for row in sorted(rows) if self._seen[row]]
        leaders = [row for row in stored if self._pointer(row) == self._id[row]]
        if self._row.get(root) in stored and self._pointer(self._row[root]) != root:
            self.pointers[root] = root
        for row in leaders:
            if self._id[row] != root:
                self.pointers[self._id[row]] = root
                if self._is_whole(row):
                    self.merged[self._id[row]] = root
        for row in stored:
            if self._end(row) != root:
                self.pointers[self._id[row]] = root

    def _is_whole(self, leader: int) -> bool:
        """Whether all that the article led are still together with it."""
        mine = self._together.find(leader)
        return all(self._together.find(row) == mine for row in self._led.get(self._id[leader], ()))

    def _end(self, row: int) -> str:
        """Where the article's pointers lead after the run."""
        at, seen = self._id[row], set()
        pointer = self.pointers.get(at, self._pointer(row))
        while pointer not in seen:
            seen.add(pointer)
            pointer = self.pointers.get(pointer, self.held.pointers.get(pointer, pointer))
        return pointer

    def of(self, n: int) -> str:
        """The group of article n of the run."""
        return self._root[self._together.find(len(self.recent) + n)]

    def of_row(self, row: int) -> str:
        """The group of a row, stored or new."""
        node = self._together.find(self._node(row))
        return self._root[node] if node in self._root else self.held.name(-1 - node)

    def members(self, roots: Iterable[str]) -> list[tuple[int, str]]:
        """The stored rows of the groups, each with its group."""
        wanted = set(roots)
        found = [(row, self.of_row(row)) for row in self._stored]
        whole: dict[int, str] = {
            -1 - node: self._root[self._together.find(node)]
            for node in {*self._together.parent, *self._together.parent.values()}
            if node < 0
        }
        rows = np.flatnonzero(np.isin(self.held.codes, sorted(whole)))
        rows = rows[~self.done.again[: len(self.recent)][rows]]
        found += [(row, whole[int(self.held.codes[row])]) for row in rows.tolist()]
        return [(row, root) for row, root in found if root in wanted]
