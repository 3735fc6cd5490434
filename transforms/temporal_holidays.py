"""The kind of rule that names a holiday: a day told by a month's weekday or by Easter."""

import calendar as civil
import re
from datetime import date, timedelta
from typing import Final

from transforms.temporal_dates import nearest
from transforms.temporal_reading import UNKNOWN, Parts, Reading, Scene, explicit, relative

_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NTH_WEEKDAY: Final = re.compile(r"(\d\d)-([A-Z][a-z]{2})-(-?\d)(?:\+(\d))?")


def holiday(part: Parts, scene: Scene) -> Reading | None:
    """holiday, and year, year_step or step: else the nearest in the clause's direction."""
    rule = part["holiday"]
    if "year" in part:
        return explicit(_holiday(rule, part["year"]).isoformat())
    if scene.today is None:
        return UNKNOWN
    year = scene.today.year
    if "year_step" in part:
        return relative(_holiday(rule, year + part["year_step"]).isoformat(), scene)
    days = [_holiday(rule, one) for one in (year - 1, year, year + 1)]
    step = part.get("step")
    if step:
        right = [day for day in days if (day - scene.today).days * step > 0]
        return relative((right[-1] if step < 0 else right[0]).isoformat(), scene)
    if step == 0:
        return relative(days[1].isoformat(), scene)
    return relative(nearest(days, scene.today, scene).isoformat(), scene)


def _holiday(rule: str, year: int) -> date:
    """12-25, 11-Thu-4 (the fourth Thursday; -1: the last; +1: the day after) or easter-2."""
    if rule.startswith("easter"):
        return _easter(year) + timedelta(days=int(rule.removeprefix("easter")))
    nth = _NTH_WEEKDAY.fullmatch(rule)
    if nth is None:
        return date(year, *map(int, rule.split("-")))
    month = [week[_WEEKDAYS.index(nth[2])] for week in civil.monthcalendar(year, int(nth[1]))]
    days = [day for day in month if day]
    which = int(nth[3])
    day = days[which - 1 if which > 0 else which]
    return date(year, int(nth[1]), day) + timedelta(days=int(nth[4] or 0))


def _easter(year: int) -> date:
    """Easter Sunday (Gregorian), by the anonymous algorithm of Nature 13, 487 (1876)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    weeks = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weeks) // 451
    month, day = divmod(h + weeks - 7 * m + 114, 31)
    return date(year, month, day + 1)
