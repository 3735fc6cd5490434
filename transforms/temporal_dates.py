"""Kinds of rules that name a day, a week, a month, a season, a year ...: what their parts mean.

The kinds and their parts are listed in docs/dates.md. A kind returns None if its parts name
nothing: 31 June. Without a publication day a relative one has no value.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from transforms import temporal_values as values
from transforms.temporal_lengths import duration, whole
from transforms.temporal_reading import UNKNOWN, Parts, Reading, Scene, explicit, relative

_FAR: Final = timedelta(days=300)  # nobody names a day this far off without its year
_SOON: Final = timedelta(days=90)  # where no verb tells, a day this near ahead is meant


def calendar(part: Parts, scene: Scene) -> Reading | None:
    """year, month, day, weekday, step, year_step: as many as the text has."""
    year = part.get("year")
    if year is not None:
        return _with_year(year + (2000 if year < 50 else 1900) * (year < 100), part)
    month = part["month"]
    if "day" in part and not _exists(2000, month, part["day"]):
        return None
    if scene.today is None:
        return UNKNOWN
    if "year_step" in part:
        return _with_year(scene.today.year + part["year_step"], part, scene.anchor)
    if "day" not in part:
        return relative(_month(month, part.get("step"), scene.today, scene), scene)
    if "weekday" in part:
        return relative(_on_weekday(part["weekday"], month, part["day"], scene.today), scene)
    return relative(_day(month, part["day"], scene.today, scene), scene)


def week_of(part: Parts, scene: Scene) -> Reading | None:
    """unit, and month, day, year: the week or the weekend that has that day."""
    reading = calendar(part, scene)
    day = values.day_of(reading.value) if reading else None
    if reading is None or day is None or part["unit"] not in ("W", "WE"):
        return reading
    return replace(reading, value=values.shifted(day, 0, part["unit"]))


def _with_year(year: int, part: Parts, anchor: str = "explicit") -> Reading | None:
    month, day = part.get("month"), part.get("day")
    if month is None:
        return Reading("DATE", f"{year:04}", anchor)
    if day is None:
        return Reading("DATE", f"{year:04}-{month:02}", anchor)
    if not _exists(year, month, day):
        return None
    return Reading("DATE", date(year, month, day).isoformat(), anchor)


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _month(month: int, step: int | None, today: date, scene: Scene) -> str:
    year, now = today.year, today.month
    if step is None:
        year += cycle(now, month, 12, scene)
    elif step < 0 and month >= now:
        year -= 1
    elif step > 0 and month <= now:
        year += 1
    return f"{date(year, month, 1).year:04}-{month:02}"


def _day(month: int, day: int, today: date, scene: Scene) -> str:
    """The day of that month nearest in the direction of the clause."""
    years = (today.year + by for by in (-1, 0, 1))
    near = [date(year, month, day) for year in years if _exists(year, month, day)]
    return nearest(near, today, scene).isoformat() if near else ""  # 29 February


def nearest(days: list[date], today: date, scene: Scene) -> date:
    """Of the days that are meant each year, the one nearest in the direction of the clause."""
    near = [one for one in days if abs(one - today) <= _FAR] or days
    look = scene.look()
    if not look:
        look = 1 if any(timedelta() < one - today <= _SOON for one in near) else -1
    right = [one for one in near if (one - today).days * look >= 0]
    return min(right or near, key=lambda one: abs(one - today))


def cycle(now: int, wanted: int, count: int, scene: Scene) -> int:
    """-1, 0 or 1: the year of what comes once a year, nearest in the clause's direction.

    now, wanted: the months (quarters ...) of a year that has `count` of them. Where no verb
    tells, it is the last one, unless the next is within a quarter of a year.
    """
    if wanted == now:
        return 0
    look = scene.look() or (1 if 4 * ((wanted - now) % count) < count else -1)
    if look < 0:
        return -1 if wanted > now else 0
    return 1 if wanted < now else 0


def _on_weekday(weekday: int, month: int, day: int, today: date) -> str:
    """The nearest day of that month that is that weekday; the nearest at all if none is."""
    years = (today.year + by for by in (0, -1, 1))
    near = [date(year, month, day) for year in years if _exists(year, month, day)]
    near.sort(key=lambda one: (one.weekday() != weekday, abs(one - today)))
    return near[0].isoformat() if near else ""


def spelled_year(part: Parts, scene: Scene) -> Reading | None:
    """hundreds, tens, ones: nineteen ninety-four, two thousand and nine."""
    below = part.get("tens", 0) + part.get("ones", 0)
    tens = part.get("tens", 20)
    if below >= 100 or (tens < 10 and part["hundreds"] != 20) or ("ones" in part and tens < 20):
        return None
    return explicit(f"{part['hundreds']}{below:02}")


def decade(part: Parts, scene: Scene) -> Reading | None:
    """year (1980), tens (80, or 8 for the eighties), hundreds: 198."""
    if "year" in part:
        year = part["year"]
        is_century = year % 100 == 0 and year < 2000  # the 1800s
        return explicit(str(year // (100 if is_century else 10)))
    tens = part["tens"] // (10 if part["tens"] >= 10 else 1)
    if "hundreds" in part:
        return explicit(f"{part['hundreds']}{tens}")
    if scene.today is None:
        return UNKNOWN
    return relative(f"{_century_of(tens, scene.today.year)}{tens}", scene)


def _century_of(tens: int, year: int) -> int:
    """The nineties are those that began last: 2024 -> 19, but the twenties -> 20."""
    return year // 100 if tens <= year % 100 // 10 else year // 100 - 1


def century(part: Parts, scene: Scene) -> Reading | None:
    """n: the 20th century is 19."""
    return explicit(f"{part['n'] - 1:02}") if 1 <= part["n"] <= 30 else None


def season(part: Parts, scene: Scene) -> Reading | None:
    """season, and year, year_step or step: 2024-SU."""
    name = part["season"]
    if "year" in part:
        return explicit(f"{part['year']:04}-{name}")
    if scene.today is None:
        return UNKNOWN
    begins, now, year = values.SEASONS[name], scene.today.month, scene.today.year
    within = begins <= now < begins + 3
    if "year_step" in part:
        year += part["year_step"]
    elif "step" in part:
        if part["step"] < 0 and begins + (0 if name == "WI" else 2) >= now:
            year -= 1
        elif part["step"] > 0 and begins <= now:
            year += 1
    elif not within:
        year += cycle(now, begins, 12, scene)
    return relative(f"{year:04}-{name}", scene)


def weekday(part: Parts, scene: Scene) -> Reading | None:
    """weekday, step, week_step, from: today if that is the day, else the nearest."""
    told = values.day_of(scene.day) if part.get("from") == "previous" else None
    today, anchor = (told, "previous") if told else (scene.today, scene.anchor)
    if today is None:
        return UNKNOWN
    if "week_step" in part:
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=part["week_step"])
        return relative((monday + timedelta(days=part["weekday"])).isoformat(), scene)
    back = (today.weekday() - part["weekday"]) % 7
    ahead = (part["weekday"] - today.weekday()) % 7
    step = part.get("step")
    if step is not None and step < 0:
        by = -(back or 7)
    elif step is not None and step > 0:
        by = ahead or 7
    elif back == 0:
        by = 0
    elif step == 0 or scene.look() > 0:
        by = ahead
    else:
        by = -back
    return Reading("DATE", (today + timedelta(days=by)).isoformat(), anchor)


def shift(part: Parts, scene: Scene) -> Reading | None:
    """unit, by: the unit that is so many from the present one, or (from) from the previous date."""
    unit = part["unit"]
    told = _told(unit, scene)
    if part.get("from") == "previous" and told:
        return Reading("DATE", values.shifted(told, part["by"], unit), "previous")
    if scene.today is None:
        return UNKNOWN
    return relative(values.shifted(scene.today, part["by"], unit), scene)


def _told(unit: str, scene: Scene) -> date | None:
    """What was spoken of last and is as exact as the unit: days and weeks count from a day."""
    return values.first_day(scene.day if unit in ("D", "W", "WE") else scene.previous)


def weekend(part: Parts, scene: Scene) -> Reading | None:
    """The nearest weekend in the direction of the clause."""
    if scene.today is None:
        return UNKNOWN
    now = scene.today.weekday() >= 5
    by = 0 if now or scene.look() > 0 else -1
    return relative(values.shifted(scene.today, by, "WE"), scene)


def ago(part: Parts, scene: Scene) -> Reading | None:
    """n units from today, or (from) from the previous date: as exact as its unit."""
    n, unit, sign = part.get("n", "X"), part["unit"], part["sign"]
    if n == "X" and "from" in part:
        return duration(part, scene)
    if n == "X":
        return Reading("DATE", "PAST_REF" if sign < 0 else "FUTURE_REF")
    by, unit = whole(n + part.get("half", 0), unit)
    base, anchor = scene.today, scene.anchor
    if part.get("from") == "previous":
        base, anchor = _told(unit, scene), "previous"
        if base is None:
            return duration(part, scene)
    if base is None:
        return UNKNOWN
    if unit[0] == "T":
        return duration(part, scene)
    try:
        return Reading("DATE", values.shifted(base, sign * by, values.coarse(unit)), anchor)
    except (ValueError, OverflowError):  # millions of years
        return Reading("DATE", "PAST_REF" if sign < 0 else "FUTURE_REF")
