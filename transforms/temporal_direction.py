"""Which way a clause looks: news tells what was, unless its words say that something is to come."""

import re
from typing import Final

from transforms.temporal_grammar import Grammar
from transforms.temporal_reading import Direction

_CLAUSE: Final = 120  # code points before an expression that decide
_BEHIND: Final = 40  # and behind it
_OPENING: Final = 12  # code points of a clause that opens with its date


def direction(text: str, start: int, end: int, words: Grammar) -> Direction:
    """1 if the clause around text[start:end] looks ahead, -1 if back, 0 if nothing tells."""
    cues = words.direction
    before = clause(text, start, words)
    behind = text[end : end + _BEHIND]
    if cues.future_at.search(before) or cues.future_behind.match(behind):
        return 1
    event = cues.event_before.search(before) or cues.event_behind.match(behind)
    may_come = event or cues.scheduled_behind.match(behind)
    if cues.possessive.match(behind) and not may_come:
        return -1  # Wednesday's ruling
    last: re.Match[str] | None = None
    for cue in cues.cues.finditer(before):
        last = cue
    if cues.past_behind.match(behind):
        return -1
    if last is None and cues.verb_behind.match(behind):
        return -1
    if last is None and not event and len(before.strip()) <= _OPENING:
        last = cues.cues.search(_rest(text, end, words))  # In June, they signed
    if last:
        return 1 if last["future"] else -1
    return 1 if event else 0


def clause(text: str, start: int, words: Grammar) -> str:
    """The part of a clause that stands before `start`."""
    before = text[max(0, start - _CLAUSE) : start]
    ends = [match.end() for match in words.direction.clause_end.finditer(before)]
    return before[ends[-1] :] if ends else before


def _rest(text: str, end: int, words: Grammar) -> str:
    """What follows `end` in its sentence, up to a second comma."""
    behind = text[end : end + _CLAUSE]
    stop = words.direction.clause_end.search(behind, behind.startswith(","))
    return behind[: stop.start()] if stop else behind
