"""Looking for many phrases at once, at the cost of the few that can be there.

Python tries all alternatives of a pattern at every place of a text. Nearly every phrase has a run
of letters that is in whatever it matches, and whether that is in a text is known a hundred times as
fast (the prefilter of R. Cox, Regular Expression Matching with a Trigram Index, 2012): only the
phrases whose run is there are looked for, and for most texts none is.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

# Fewer letters of ASCII are in most texts.
_SHORTEST: Final = 3
# The pieces of a pattern: a letter that stands for itself, or anything else.
_PIECE: Final = re.compile(
    r"\\(?P<escaped>[^A-Za-z0-9])"
    r"|(?P<quantifier>[?*+]|\{[0-9,]+\})"
    r"|(?P<open>\((?:\?:)?)|(?P<close>\))|(?P<bar>\|)"
    r"|\[\^?\]?(?:[^\]\\]|\\.)*\]|\\.|[.^$]"
    r"|(?P<letter>.)",
    re.DOTALL,
)


class Phrases:
    """Regular expressions, in lower case, to be looked for in text that is in lower case.

    Groups are (?:...); lookarounds and flags are not understood: ValueError.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = tuple(part for pattern in patterns for part in _alternatives(pattern))
        self._runs = tuple(map(longest_run, self._patterns))
        self._compiled = lru_cache(maxsize=256)(self._compile)

    def of(self, text: str) -> re.Pattern[str] | None:
        """The pattern of those that can be in `text`, in their order; None if none can."""
        there = tuple(n for n, run in enumerate(self._runs) if run in text)
        return self._compiled(there) if there else None

    def search(self, text: str) -> re.Match[str] | None:
        """The first match in `text`, as that of all patterns as alternatives."""
        pattern = self.of(text)
        return pattern.search(text) if pattern else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """All matches in `text`, as those of all patterns as alternatives."""
        pattern = self.of(text)
        return pattern.finditer(text) if pattern else iter(())

    def _compile(self, numbers: tuple[int, ...]) -> re.Pattern[str]:
        return re.compile("|".join(self._patterns[n] for n in numbers))


def _alternatives(pattern: str) -> Iterator[str]:
    """The parts between bars outside of groups."""
    depth = start = 0
    for piece in _pieces(pattern):
        depth += bool(piece["open"]) - bool(piece["close"])
        if piece["bar"] and not depth:
            yield pattern[start : piece.start()]
            start = piece.end()
    yield pattern[start:]


def longest_run(pattern: str) -> str:
    """The longest run of letters that is in all that `pattern` matches; empty if it is short.

    pattern: one alternative. What is in groups, or may be missing, belongs to no run.
    """
    runs = [""]
    depth = 0
    for piece in _pieces(pattern):
        depth += bool(piece["open"]) - bool(piece["close"])
        letter = piece["escaped"] or piece["letter"]
        if letter and not depth:
            runs[-1] += letter
            continue
        if piece["quantifier"] and piece["quantifier"] != "+" and not depth:
            runs[-1] = runs[-1][:-1]
        if runs[-1]:
            runs.append("")
    longest = max(runs, key=len)
    return longest if len(longest) >= _SHORTEST or not longest.isascii() else ""


def _pieces(pattern: str) -> list[re.Match[str]]:
    if "(?" in pattern.replace("(?:", ""):
        raise ValueError(f"a group that is not (?:...): {pattern}")
    return list(_PIECE.finditer(pattern))
