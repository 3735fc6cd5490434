"""Dates in the text, resolved as an editor would.

"Said Thursday" on a Thursday is today; "ahead of Tuesday's election" is the Tuesday to come; a
bare month is the nearest in the verb's direction. A story that was written before it was
published says so in its lead ("said Thursday, October 31, 2024"): its relative dates count from
there. Types and values are those of TIMEX3 (TimeML 1.2.1).

The grammar of a language is data, `data/temporal-<language>.toml`: words, and rules made of them.
What is here finds the rules' matches, reads them in the order of the text, each in the light of
those before it, and joins a time of the day with the day beside it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import pairwise
from typing import Any, Final

from schemas.elements import DateMention
from transforms import temporal_values as values
from transforms.temporal_direction import clause, direction
from transforms.temporal_grammar import Grammar, Rule, grammar
from transforms.temporal_kinds import KINDS
from transforms.temporal_patterns import key_of
from transforms.temporal_reading import Direction, Reading, Scene

MODEL: Final = "newsbeam-temporal-2"

_TOKEN: Final = re.compile(r"[^\W\d_]+|\d+")
_WORD_BEFORE: Final = re.compile(r"(\w+)[.]?(?:\s{1,4}|-)$")
_WORD_BEHIND: Final = re.compile(r"(?:\s{1,4}|-)(\w+)")
_NEAR: Final = 40  # code points between a day and a time of it, a quantity and its rate


@dataclass(frozen=True, slots=True)
class _Found:
    rule: Rule
    start: int
    end: int
    part: dict[str, Any]


def find_dates(
    text: str, published: date | None, language: str = "en", dateline: str | None = None
) -> tuple[DateMention, ...]:
    """The dates that `text` speaks of, in text order, without overlaps.

    published: the day that relative expressions count from. Without it they are found but have
    no value, and their anchor is `none`; only what names its own year, a length, a repetition
    or a vague time (PAST_REF) has a value.
    language: one of `temporal_grammar.languages()`.
    dateline: the date of the text's dateline as printed ("Oct 31"), if it has one.
    """
    words = grammar(language)
    found = list(_find(text, words))
    now = _anchor(text, found, published, dateline, words)
    read = list(_read(text, found, now, words))
    return tuple(_mention(text, *one) for one in _with_days(text, read, now, words))


def _find(text: str, words: Grammar) -> Iterator[_Found]:
    """What the rules match: the first in the text, the longest there."""
    end = 0
    tokens = [(match.start(), key_of(match[0])) for match in _TOKEN.finditer(text)]
    for (start, token), (_, following) in pairwise([*tokens, (len(text), "")]):
        if start < end:
            continue
        best: tuple[int, Rule, dict[str, tuple[str, str]]] | None = None
        for rule, pattern in words.rules_for(token, following):
            match = pattern.match(text, start)
            if match and (not best or match[0] > best[0]) and _fits(rule, text, start, match[0]):
                best = (match[0], rule, match[1])
        if best:
            end, rule, captured = best
            part = {alias: words.value(*piece) for alias, piece in captured.items()}
            yield _Found(rule, start, end, rule.constants | part)


def _fits(rule: Rule, text: str, start: int, end: int) -> bool:
    """Whether a match and the words beside it are what the rule asks for."""
    if rule.lowercase and (text[start].isupper() or text[end + 1 : end + 2].isupper()):
        return False
    if rule.after is not None or rule.not_after:
        match = _WORD_BEFORE.search(text, max(0, start - 30), start)
        word = match[1].lower() if match else ""
        if word in rule.not_after or (rule.after is not None and word not in rule.after):
            return False
    if rule.before is not None or rule.not_before:
        match = _WORD_BEHIND.match(text, end)
        word = match[1].lower() if match else ""
        if word in rule.not_before or (rule.before is not None and word not in rule.before):
            return False
    return True


def _anchor(
    text: str,
    found: list[_Found],
    published: date | None,
    dateline: str | None,
    words: Grammar,
) -> Reading:
    """The day that relative expressions count from: when the story was written, if it is told."""
    if published is None:
        return Reading("DATE")
    lead = words.lead
    publication = Reading("DATE", published.isoformat(), "publication")
    if dateline:
        for _, filed in _read(dateline, list(_find(dateline, words)), publication, words):
            day = values.day_of(filed.value)
            if day is not None and 0 < (published - day).days <= lead.days:
                return Reading("DATE", day.isoformat(), "lead")
    for one in found:
        if one.start > lead.zone:
            break
        if not {"year", "month", "day"} <= one.part.keys():
            continue
        reading = KINDS[one.rule.kind](one.part, Scene(None, "none", "", "", "", _untold, bool))
        day = values.day_of(reading.value) if reading else None
        if day is None or not 0 < (published - day).days <= lead.days:
            continue
        if lead.verb.search(text, max(0, one.start - lead.gap), one.start):
            return Reading("DATE", day.isoformat(), "lead")
    return publication


def _untold() -> Direction:
    return 0


def _read(
    text: str, found: list[_Found], now: Reading, words: Grammar
) -> Iterator[tuple[_Found, Reading]]:
    """The expressions that name a time, each read in the light of those before it."""
    today = values.day_of(now.value)
    previous = day = report = ""
    clock: _Found | None = None  # a time of the day directly before
    for one in found:
        start = one.start  # of the clause's end that tells a direction: by 5 p.m. Friday
        if clock and words.time_to_day.fullmatch(text, clock.end, start):
            start = clock.start
        scene = Scene(
            today,
            now.anchor,
            previous,
            day,
            report,
            look=partial(direction, text, start, one.end, words),
            is_rate=partial(_is_rate, text, start, words),
        )
        try:
            reading = KINDS[one.rule.kind](one.part, scene)
        except (ValueError, OverflowError):
            reading = Reading("DATE")  # before the first or after the last day of the calendar
        if reading is None:
            continue
        if reading.type == "DATE" and values.first_day(reading.value):
            previous = reading.value
            day = previous if _is_day(reading) else day
            if "Q" in previous and reading.anchor != "previous" and _is_told(reading, scene):
                report = previous
        clock = one if reading.clock else None
        yield one, reading


def _is_told(quarter: Reading, scene: Scene) -> bool:
    """Whether a quarter is one that a report tells of: it has ended, or the clause looks back."""
    _, end = values.instants(quarter.value)
    ended = scene.today is not None and end is not None and end.date() <= scene.today
    return ended or scene.look() <= 0


def _is_rate(text: str, start: int, words: Grammar) -> bool:
    return bool(words.direction.quantity.search(clause(text, start, words)[-_NEAR:]))


def _with_days(
    text: str, read: list[tuple[_Found, Reading]], now: Reading, words: Grammar
) -> Iterator[tuple[_Found, Reading]]:
    """Each time of the day with its day: the one beside it, else the one spoken of last."""
    n = 0
    day = now
    while n < len(read):
        one, reading = read[n]
        joined = _joined(text, read, n, words)
        if joined:
            last, day, clock = joined
            yield replace(one, end=read[last][0].end), _timed(clock, day)
            n = last
        elif reading.clock:
            if one.rule.alone:
                yield one, _timed(reading, day)
        else:
            if _is_day(reading):
                day = reading
            yield one, reading
        n += 1


def _joined(
    text: str, read: list[tuple[_Found, Reading]], n: int, words: Grammar
) -> tuple[int, Reading, Reading] | None:
    """The last expression that belongs to the n-th, the day and the clock: 5 p.m. EST, Nov. 9.

    A second clock may stand between them, in brackets: 10:35 a.m. (0735 GMT) Friday.
    """
    one, reading = read[n]
    for other in range(n + 1, min(n + 3, len(read))):
        beside, second = read[other]
        between = text[one.end : min(beside.start, one.end + _NEAR)]
        if reading.clock and _is_day(second) and words.time_to_day.fullmatch(between):
            return other, second, reading
        if second.clock and _is_day(reading) and words.day_to_time.fullmatch(between):
            return other, reading, second
    return None


def _is_day(one: Reading) -> bool:
    return one.type == "DATE" and (not one.value or values.day_of(one.value) is not None)


def _timed(clock: Reading, day: Reading) -> Reading:
    value = f"{day.value}T{clock.clock}" if day.value else ""
    return replace(clock, clock="", value=value, anchor=day.anchor)


def _mention(text: str, found: _Found, reading: Reading) -> DateMention:
    begin, end = reading.begin, reading.end
    if begin is None and reading.type in ("DATE", "TIME"):
        begin, end = values.instants(reading.value, reading.offset)
    return DateMention(
        text=text[found.start : found.end],
        type=reading.type,
        value=reading.value,
        begin=begin,
        end_at=end,
        start=found.start,
        end=found.end,
        anchor=reading.anchor if reading.value else "none",
    )
