"""Values of temporal expressions: TIMEX3 (TimeML 1.2.1), and the instants that they cover.

    2024-10-31, 2024-W44, 2024-W44-WE (weekend), 2024-10, 2024-Q3, 2024-H1, 2024-SU, 2024,
    202 (the 2020s), 20 (the 21st century), 2024-10-31T17:00, 2024-10-31TEV

Weeks are those of ISO 8601. A season is the meteorological one of the northern hemisphere; a
part of the day (morning, afternoon, evening, night) has the hours below. All here is arithmetic
on the proleptic Gregorian calendar; what falls outside of it raises ValueError or OverflowError.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

SEASONS: Final = {"SP": 3, "SU": 6, "FA": 9, "WI": 12}  # the month that each begins in
DAY_PARTS: Final = {  # hours from midnight
    "MO": (6, 12),
    "MI": (11, 14),
    "AF": (12, 18),
    "EV": (18, 24),
    "NI": (18, 30),
    "DT": (6, 18),
}
_MONTHS: Final = {"Y": 12, "Q": 3, "M": 1, "E": 120, "C": 1200}
_VALUE: Final = re.compile(
    r"(?P<century>\d{2})(?:(?P<decade>\d)(?:(?P<year>\d)"
    r"(?:-(?:(?P<month>\d\d)(?:-(?P<day>\d\d)(?:T(?:(?P<hour>\d\d)(?::(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d))?)?|(?P<part>[A-Z]{2})))?)?"
    r"|W(?P<week>\d\d)(?P<weekend>-WE)?|Q(?P<quarter>[1-4])|H(?P<half>[12])"
    r"|(?P<season>SP|SU|FA|WI)))?)?)?"
)


def of_week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day."""
    total = day.year * 12 + day.month - 1 + months
    first = date(total // 12, total % 12 + 1, 1)
    last = date((total + 1) // 12, (total + 1) % 12 + 1, 1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def moved(day: date, by: int, unit: str) -> date:
    """`day`, `by` units (D W M Q Y E C: days to centuries) later."""
    if unit in _MONTHS:
        return add_months(day, by * _MONTHS[unit])
    return day + timedelta(days=by * (7 if unit in ("W", "WE") else 1))


def shifted(today: date, by: int, unit: str) -> str:
    """The value of the day, week, month ... that is `by` units from the one of `today`."""
    if unit == "E":
        return f"{date(today.year + 10 * by, 1, 1).year:04}"[:3]
    if unit == "C":
        return f"{date(today.year + 100 * by, 1, 1).year:04}"[:2]
    there = moved(today, by, unit)
    match unit:
        case "D":
            return there.isoformat()
        case "W":
            return of_week(there)
        case "WE":
            return f"{of_week(there)}-WE"
        case "M":
            return there.isoformat()[:7]
        case "Q":
            return f"{there.year:04}-Q{(there.month + 2) // 3}"
        case _:
            return f"{there.year:04}"


def coarse(unit: str) -> str:
    """The unit that something so many decades or centuries ago is told in: years."""
    return "Y" if unit in ("E", "C") else unit


def day_of(value: str) -> date | None:
    """The day of a value that is one day, or a time of one."""
    return date.fromisoformat(value[:10]) if re.match(r"\d{4}-\d\d-\d\d", value) else None


def first_day(value: str) -> date | None:
    """The first day of what a value covers; None if that is no part of the calendar."""
    begin, _ = instants(value)
    return begin.date() if begin else None


def instants(
    value: str, offset: timedelta = timedelta()
) -> tuple[datetime | None, datetime | None]:
    """The first instant of a value and the instant after it, in UTC; (None, None) if it has none.

    offset: of the zone that the value is in; UTC if nothing is known.
    """
    match = _VALUE.fullmatch(value)
    if match is None:
        return None, None
    try:
        begin, end = _bounds(match)
        return (begin - offset).replace(tzinfo=UTC), (end - offset).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None, None  # the last day of the calendar has no instant after it


def _bounds(value: re.Match[str]) -> tuple[datetime, datetime]:
    part = value.groupdict()
    if part["decade"] is None:
        start = int(part["century"]) * 100
        return datetime(start, 1, 1), datetime(start + 100, 1, 1)
    if part["year"] is None:
        start = int(part["century"] + part["decade"]) * 10
        return datetime(start, 1, 1), datetime(start + 10, 1, 1)
    year = int(value[0][:4])
    if part["week"]:
        monday = datetime.fromisocalendar(year, int(part["week"]), 1)
        end = monday + timedelta(days=7)
        return (end - timedelta(days=2) if part["weekend"] else monday), end
    if part["quarter"]:
        return _months(year, int(part["quarter"]) * 3 - 2, 3)
    if part["half"]:
        return _months(year, int(part["half"]) * 6 - 5, 6)
    if part["season"]:
        return _months(year, SEASONS[part["season"]], 3)
    if part["month"] is None:
        return datetime(year, 1, 1), datetime(year + 1, 1, 1)
    if part["day"] is None:
        return _months(year, int(part["month"]), 1)
    day = datetime(year, int(part["month"]), int(part["day"]))
    if part["part"]:
        start, after = DAY_PARTS[part["part"]]
        return day + timedelta(hours=start), day + timedelta(hours=after)
    if part["hour"] is None:
        return day, day + timedelta(days=1)
    length = timedelta(hours=1)
    if part["minute"]:
        length = timedelta(seconds=1) if part["second"] else timedelta(minutes=1)
    minutes = int(part["hour"]) * 60 + int(part["minute"] or 0)
    begin = day + timedelta(minutes=minutes, seconds=int(part["second"] or 0))
    return begin, begin + length


def _months(year: int, month: int, count: int) -> tuple[datetime, datetime]:
    first = datetime(year, month, 1)
    return first, datetime.combine(add_months(first.date(), count), datetime.min.time())
