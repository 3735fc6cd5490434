"""Looking for many phrases at once, at the cost of the few that can be there.

Python tries all alternatives of a pattern at every place of a text. Nearly every phrase has runs of
letters one of which is in whatever it matches, and all those that are in a text are found in one
pass (A. Aho and M. Corasick, CACM 18(6), 1975): only the phrases of which one is there are looked
for, and for most texts none is (R. Cox, Regular Expression Matching with a Trigram Index, 2012).
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import zip_longest
from typing import Final

from ahocorasick_rs import BytesAhoCorasick

_SPELLINGS: Final = 16  # of one stretch of a pattern that are told apart
# The pieces of a pattern: a letter that stands for itself, or anything else.
_PIECE: Final = re.compile(
    r"\\(?P<escaped>[^A-Za-z0-9])"
    r"|(?P<quantifier>[?*+]|\{[0-9,]+\})"
    r"|(?P<open>\((?P<look>\?<?[=!])?(?:\?:)?)|(?P<close>\))|(?P<bar>\|)"
    r"|\[\^?\]?(?:[^\]\\]|\\.)*\]|\\.|[.^$]"
    r"|(?P<letter>.)",
    re.DOTALL,
)


class Phrases:
    """Regular expressions, in lower case, to be looked for in text that is in lower case.

    Groups are (?:...) or look around; flags and names are not understood: ValueError.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = tuple(part for pattern in patterns for part in _alternatives(pattern))
        of_each = [needed(pattern) for pattern in self._patterns]
        self._always = frozenset(n for n, runs in enumerate(of_each) if not runs)
        runs = sorted(frozenset().union(*of_each))
        self._of_run = [frozenset(n for n, of in enumerate(of_each) if run in of) for run in runs]
        # Of bytes, as a page's text may have lone surrogates, which have no UTF-8.
        self._finder = BytesAhoCorasick([_bytes(run) for run in runs])
        self._compiled = lru_cache(maxsize=256)(self._compile)

    def of(self, text: str) -> re.Pattern[str] | None:
        """The pattern of those that can be in `text`, in their order; None if none can."""
        matches = self._finder.find_matches_as_indexes(_bytes(text), overlapping=True)
        found = {run for run, _, _ in matches}
        there = self._always.union(*(self._of_run[run] for run in found))
        return self._compiled(there) if there else None

    def search(self, text: str) -> re.Match[str] | None:
        """The first match in `text`, as that of all patterns as alternatives."""
        pattern = self.of(text)
        return pattern.search(text) if pattern else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """All matches in `text`, as those of all patterns as alternatives."""
        pattern = self.of(text)
        return pattern.finditer(text) if pattern else iter(())

    def _compile(self, numbers: frozenset[int]) -> re.Pattern[str]:
        return re.compile("|".join(self._patterns[n] for n in sorted(numbers)))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def needed(pattern: str) -> frozenset[str]:
    """Runs of letters one of which is in whatever `pattern` matches; none if that is not known."""
    best = [max(_stretches(part)[0], key=_telling) for part in _alternatives(pattern)]
    return frozenset().union(*best) if all(_telling(runs)[0] > 1 for runs in best) else frozenset()


def _stretches(part: str) -> tuple[list[frozenset[str]], bool]:
    """What one alternative matches, stretch by stretch; whether all of it is the only one.

    A stretch has all runs of letters that it can be; what may be missing or repeated is in none.
    """
    found: list[frozenset[str]] = []
    runs, alone = frozenset([""]), True
    depth = start = 0
    takes = True  # whether the group takes what it matches
    pieces = _pieces(part)
    for piece, following in zip_longest(pieces, pieces[1:]):
        quantifier = following["quantifier"] if following else None
        letter = piece["escaped"] or piece["letter"]
        if piece["open"]:
            if not depth:
                start, takes = piece.end(), not piece["look"]
            depth += 1
            continue
        depth -= bool(piece["close"])
        if depth:
            continue
        more: frozenset[str] = frozenset()
        if letter and quantifier in (None, "+"):
            more = frozenset([letter])
        elif piece["close"] and takes and quantifier is None:
            more = _spellings(part[start : piece.start()])
        if more and len(runs) * len(more) <= _SPELLINGS:
            runs = frozenset(before + after for before in runs for after in more)
            continue
        found.append(runs)
        runs, alone = more or frozenset([""]), False
        if piece["close"] and takes and quantifier in (None, "+"):
            found.append(needed(part[start : piece.start()]))
    return [*found, runs], alone


def _spellings(pattern: str) -> frozenset[str]:
    """All that `pattern` matches, if that is nothing but letters; else none."""
    parts = [_stretches(part) for part in _alternatives(pattern)]
    if not all(alone for _, alone in parts):
        return frozenset()
    return frozenset().union(*(runs[-1] for runs, _ in parts))


def _telling(runs: frozenset[str]) -> tuple[int, int]:
    """How few texts have one of `runs`: their bytes but white space, of the shortest; how many."""
    return min((len(run.replace(" ", "").encode()) for run in runs), default=0), -len(runs)


def _alternatives(pattern: str) -> Iterator[str]:
    """The parts between bars outside of groups."""
    depth = start = 0
    for piece in _pieces(pattern):
        depth += bool(piece["open"]) - bool(piece["close"])
        if piece["bar"] and not depth:
            yield pattern[start : piece.start()]
            start = piece.end()
    yield pattern[start:]


def _pieces(pattern: str) -> list[re.Match[str]]:
    if re.search(r"\(\?(?!:|<?[=!])", pattern):
        raise ValueError(f"a group with flags or a name: {pattern}")
    return list(_PIECE.finditer(pattern))
