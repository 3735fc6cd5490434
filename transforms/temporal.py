"""Dates in the text, resolved as an editor would.

"Said Thursday" on a Thursday is today; "ahead of Tuesday's election" is the Tuesday to come; a
bare month is the nearest in the verb's direction. A story that was written before it was
published says so in its lead ("said Thursday, October 31, 2024"): its relative dates count from
there. Values are TIMEX3 (ISO 8601 days, weeks, months and years; TimeML 1.2.1). The grammar is
data: `data/temporal.toml`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal

from schemas.elements import DateMention
from transforms.temporal_grammar import grammar

MODEL: Final = "newsbeam-temporal-1"

_CLAUSE: Final = 120  # code points before an expression that decide its direction
_BEHIND: Final = 40  # and behind it
_CLAUSE_END: Final = re.compile(r"[.!?;:\n\"“”()—–]|,(?![0-9])|--| - ")

Direction = Literal[-1, 0, 1]


@dataclass(frozen=True, slots=True)
class _Found:
    rule: str
    match: re.Match[str]


@dataclass(frozen=True, slots=True)
class _Anchor:
    day: date | None
    name: str  # publication, lead or none


def find_dates(text: str, published: date | None) -> tuple[DateMention, ...]:
    """The dates that `text` speaks of, in text order, without overlaps.

    published: the day that relative expressions count from. Without it they are found but have
    no value, and their anchor is `none`; only what names its own year has a value.
    """
    found = list(_find(text))
    anchor = _anchor(text, found, published)
    mentions = (_mention(text, one, anchor) for one in found)
    return tuple(mention for mention in mentions if mention is not None)


def _find(text: str) -> Iterator[_Found]:
    """What the rules match, the longest first where they overlap, in text order."""
    candidates: list[tuple[int, int, int, _Found]] = []
    for order, rule in enumerate(grammar().rules):
        for match in rule.pattern.finditer(text):
            before = _word_before(text, match.start())
            if rule.behind is not None and before not in rule.behind:
                continue
            if before in rule.not_behind:
                continue
            candidates.append((match.start(), -match.end(), order, _Found(rule.name, match)))
    end = 0
    for start, minus_end, _, found in sorted(candidates, key=lambda c: c[:3]):
        if start >= end:
            end = -minus_end
            yield found


def _word_before(text: str, start: int) -> str:
    match = re.search(r"(\w+)[ \n-]$", text[max(0, start - 30) : start])
    return match[1].lower() if match else ""


def _anchor(text: str, found: list[_Found], published: date | None) -> _Anchor:
    """The day that relative expressions count from: that of the lead, if it is another."""
    if published is None:
        return _Anchor(None, "none")
    words = grammar()
    for one in found:
        start = one.match.start()
        if start > words.lead["zone"] or one.rule not in ("full", "iso"):
            continue
        day = _calendar(one.match)
        if day is None or not 0 < (published - day).days <= words.lead["days"]:
            continue
        if words.verb.search(text, max(0, start - words.lead["gap"]), start):
            return _Anchor(day, "lead")
    return _Anchor(published, "publication")


def _mention(text: str, found: _Found, anchor: _Anchor) -> DateMention | None:
    """An expression with its value; None if it names a day that no calendar has."""
    match, rule = found.match, found.rule
    if rule in ("full", "iso", "month_year", "year"):
        value, name = _explicit(match, rule), "explicit"
        if value is None:
            return None
    elif anchor.day is None:
        value, name = "", "none"
    else:
        value, name = _relative(text, found, anchor.day), anchor.name
    begin, end = _span(value)
    return DateMention(
        text=match[0],
        type="DATE",
        value=value,
        begin=begin,
        end_at=end,
        start=match.start(),
        end=match.end(),
        anchor=name if value else "none",
    )


def _calendar(match: re.Match[str]) -> date | None:
    part = match.groupdict()
    month = int(part["m"]) if part.get("m") else grammar().months[part["month"].lower()]
    try:
        return date(int(part["year"]), month, int(part["day"]))
    except ValueError:
        return None


def _explicit(match: re.Match[str], rule: str) -> str | None:
    if rule == "year":
        return match["year"]
    if rule == "month_year":
        return f"{match['year']}-{grammar().months[match['month'].lower()]:02}"
    day = _calendar(match)
    return day.isoformat() if day else None


def _relative(text: str, found: _Found, today: date) -> str:
    """The TIMEX3 value of an expression that counts from `today`; empty if there is none."""
    part = found.match.groupdict()
    try:
        if found.rule == "weekday":
            return _weekday(text, found.match, today).isoformat()
        if found.rule == "near_day":
            step = {"yesterday": -1, "tomorrow": 1}.get(part["word"].lower(), 0)
            return (today + timedelta(days=step)).isoformat()
        if found.rule == "period":
            return _period(part["step"].lower(), part["unit"], today)
        direction = _direction(text, found.match)
        month = grammar().months[part["month"].lower()]
        if found.rule == "month":
            year = _nearest_year(today.month, month, today.year, direction)
            return f"{year:04}-{month:02}"
        day = int(part["day"])
        if part["weekday"]:
            return _on_weekday(part["weekday"], month, day, today)
        year = _nearest_year((today.month, today.day), (month, day), today.year, direction)
        return date(year, month, day).isoformat()
    except (ValueError, OverflowError):
        return ""  # 31 June, or a day before the first or after the last of the calendar


def _weekday(text: str, match: re.Match[str], today: date) -> date:
    wanted = grammar().weekdays[match["weekday"].lower()]
    back = (today.weekday() - wanted) % 7
    ahead = (wanted - today.weekday()) % 7
    step = (match["step"] or "").lower()
    if step in ("last", "this past"):
        return today - timedelta(days=back or 7)
    if step == "next":
        return today + timedelta(days=ahead or 7)
    if back == 0:
        return today
    future = step.startswith("this") or _direction(text, match) > 0
    return today + timedelta(days=ahead) if future else today - timedelta(days=back)


def _on_weekday(weekday: str, month: int, day: int, today: date) -> str:
    """The nearest day of that month that is that weekday; the nearest at all if none is."""
    years = (today.year + by for by in (0, -1, 1))
    near = [date(year, month, day) for year in years if _exists(year, month, day)]
    wanted = grammar().weekdays[weekday.lower()]
    near.sort(key=lambda one: (one.weekday() != wanted, abs(one - today)))
    return near[0].isoformat() if near else ""


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _nearest_year(today: Any, wanted: Any, year: int, direction: Direction) -> int:
    """The year of a day or month that comes once a year: this one's, if it is that today."""
    if wanted > today and direction < 0:
        return year - 1
    if wanted < today and direction > 0:
        return year + 1
    return year


def _period(step: str, unit: str, today: date) -> str:
    number = {"last": -1, "the previous": -1, "next": 1, "the following": 1, "the coming": 1}
    by = number.get(step, 0)
    if unit == "week":
        year, week, _ = (today + timedelta(weeks=by)).isocalendar()
        return f"{year:04}-W{week:02}"
    if unit == "year":
        return f"{date(today.year + by, 1, 1).year:04}"
    months = today.year * 12 + today.month - 1 + by
    return f"{date(months // 12, months % 12 + 1, 1):%Y-%m}".rjust(7, "0")


def _direction(text: str, match: re.Match[str]) -> Direction:
    """1 if the clause looks ahead, else -1: news tells what was, unless it says otherwise."""
    words = grammar()
    before = text[max(0, match.start() - _CLAUSE) : match.start()]
    ends = list(_CLAUSE_END.finditer(before))
    clause = before[ends[-1].end() :] if ends else before
    behind = text[match.end() : match.end() + _BEHIND]
    if words.future_behind.match(behind):
        return 1
    cues = list(words.cues.finditer(clause))
    if cues:
        return 1 if cues[-1]["future"] else -1
    event = words.event_before.search(clause) or words.event_behind.match(behind)
    return 1 if event else -1


def _span(value: str) -> tuple[datetime | None, datetime | None]:
    """The first instant of a value and the instant after it, in UTC."""
    if not value:
        return None, None
    try:
        if "W" in value:
            begin = datetime.fromisocalendar(int(value[:4]), int(value[6:]), 1)
            end = begin + timedelta(weeks=1)
        elif len(value) == 10:
            begin = datetime.fromisoformat(value)
            end = begin + timedelta(days=1)
        elif len(value) == 7:
            begin = datetime(int(value[:4]), int(value[5:]), 1)
            end = (begin + timedelta(days=31)).replace(day=1)
        else:
            begin = datetime(int(value), 1, 1)
            end = datetime(int(value) + 1, 1, 1)
    except (ValueError, OverflowError):
        return None, None  # the last day of the calendar has no instant after it
    return begin.replace(tzinfo=UTC), end.replace(tzinfo=UTC)
