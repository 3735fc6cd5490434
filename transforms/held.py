"""The groups in which stored articles are held, pointers followed.

An article's `duplicate_group` is the article that it pointed at when it was stored. A row of
`aliases` points an article elsewhere from a run on; the newest row of an article counts. Who points
at himself, or nowhere, leads a group: all articles whose pointers lead to him. It is called after
him.
"""

from collections.abc import Collection, Mapping

import numpy as np
import pyarrow as pa

from transforms.recent import Recent


def followed(aliases: Mapping[str, str], one: str) -> str:
    """The id at the end of the aliases that begin at `one`."""
    seen = {one}
    while one in aliases and aliases[one] not in seen:
        one = aliases[one]
        seen.add(one)
    return one


class Held:
    """A number for the group of each stored row, and the other way round.

    pointers: what the aliases of groups say, for each article the newest.
    """

    def __init__(self, recent: Recent, pointers: Mapping[str, str]) -> None:
        self.pointers = pointers
        self.recent = recent
        column = recent.rows["duplicate_group"].combine_chunks().dictionary_encode()
        self.codes = column.indices.to_numpy(zero_copy_only=False).astype(np.int32)
        known = len(column.dictionary)
        del column
        pa.default_memory_pool().release_unused()  # what the dictionary of all groups took
        self._row = np.zeros(known, np.uint32)  # one that has the number in the column
        self._row[self.codes] = np.arange(len(self.codes), dtype=np.uint32)
        self._more: list[str] = []
        pointed = {row: self.root(id) for row, id in recent.rows_of("id", pointers)}
        led = {row: self.root(name) for row, name in recent.rows_of("duplicate_group", pointers)}
        self._number: dict[str, int] = {}
        number = self.numbers({*pointed.values(), *led.values()})
        for row, root in (led | pointed).items():
            self.codes[row] = number[root]

    def root(self, id: str) -> str:
        """The group that `id` leads to."""
        return followed(self.pointers, id)

    def name(self, number: int) -> str:
        """The group of a number."""
        known = len(self._row)
        if number >= known:
            return self._more[number - known]
        return str(self.recent.column("duplicate_group", [int(self._row[number])])[0])

    def numbers(self, roots: Collection[str]) -> dict[str, int]:
        """The number of each group; one that no row is in gets one."""
        unknown = {root for root in roots if root not in self._number}
        for row, name in self.recent.rows_of("duplicate_group", unknown - self.pointers.keys()):
            self._number[name] = int(self.codes[row])
        for name in sorted(unknown - self._number.keys()):
            self._number[name] = len(self._row) + len(self._more)
            self._more.append(name)
        return {root: self._number[root] for root in roots}
