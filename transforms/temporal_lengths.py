"""Kinds of rules that name a time of the day, a length, a repetition or a vague time.

The kinds and their parts are listed in docs/dates.md.
"""

from datetime import timedelta
from typing import Final

from transforms import temporal_values as values
from transforms.temporal_reading import Parts, Reading, Scene

_BELOW: Final = {"Y": (12, "M"), "TH": (60, "M"), "TM": (60, "S")}  # what a fraction is told in
_PARTS: Final = {"Y": (12, "M"), "M": (30, "D"), "W": (7, "D"), "D": (24, "TH")}


def time(part: Parts, scene: Scene) -> Reading | None:
    """hour, minute, ampm, zone; or hhmm; or daypart: a time of the day beside it."""
    zone = part.get("zone")
    offset = timedelta(minutes=zone) if isinstance(zone, int) else timedelta()
    if "daypart" in part:
        return Reading("TIME", clock=part["daypart"])
    hour, minute = divmod(part["hhmm"], 100) if "hhmm" in part else (part["hour"], 0)
    minute = part.get("minute", minute)
    if "ampm" in part or "part" in part:
        if not 1 <= hour <= 12:
            return None
        late = part["part"] in ("AF", "EV", "NI") if "part" in part else part["ampm"] > 0
        hour = hour % 12 + 12 * late
    if hour > 24 or (hour == 24 and minute):
        return None
    return Reading("TIME", clock=f"{hour:02}:{minute:02}", offset=offset)


def time_of_day(part: Parts, scene: Scene) -> Reading | None:
    """daypart, by: last night, this morning."""
    if scene.today is None:
        return Reading("TIME")
    day = scene.today + timedelta(days=part.get("by", 0))
    return Reading("TIME", f"{day.isoformat()}T{part['daypart']}", scene.anchor)


def duration(part: Parts, scene: Scene) -> Reading | None:
    """n (X if vague), half, unit: P3M, PT4H, PXW."""
    return Reading("DURATION", _period(part)) if part.get("n") != 0 else None


def _period(part: Parts) -> str:
    """n units, with a half or a fraction told in the unit below: P2Y6M, PT1H30M, P18D."""
    n, unit = part.get("n", "X"), part["unit"]
    if n == "X":
        return f"P{'T' * (unit[0] == 'T')}X{values.coarse(unit)[-1]}"
    n += part.get("half", 0)
    if unit in _BELOW and n % 1:
        count, below = _BELOW[unit]
        above = f"{int(n)}{unit[-1]}" if n >= 1 else ""
        return f"P{'T' * (unit[0] == 'T')}{above}{round(n % 1 * count)}{below}"
    n, unit = whole(n, unit)
    return f"PT{n}{unit[1]}" if unit[0] == "T" else f"P{n}{unit}"


def whole(n: float, unit: str) -> tuple[int, str]:
    """A length in whole units: 2.5 years are 30 months, 2 decades 20 years."""
    n, unit = {"E": (n * 10, "Y"), "C": (n * 100, "Y")}.get(unit, (n, unit))
    while n != int(n) and unit in _PARTS:
        count, smaller = _PARTS[unit]
        n, unit = (round(n * count) if smaller != "M" else n * count), smaller
    return int(n), unit


def span(part: Parts, scene: Scene) -> Reading | None:
    """n units, sign: the length that ends, or begins, with the day of publication."""
    value = _period(part)
    n, unit = part.get("n", "X"), part["unit"]
    if scene.today is None or n == "X" or unit[0] == "T":
        return Reading("DURATION", value)
    by, unit = whole(n, unit)
    if unit[0] == "T" or by == 0:
        return Reading("DURATION", value)
    there = values.moved(scene.today, by * part["sign"], unit)
    begin, _ = values.instants(min(scene.today, there).isoformat())
    end, _ = values.instants(max(scene.today, there).isoformat())
    if begin is None or end is None:
        return Reading("DURATION", value)
    return Reading("DURATION", value, scene.anchor, begin, end)


def rate(part: Parts, scene: Scene) -> Reading | None:
    """unit: a set in `$3 a share, four flights a week`; else a length."""
    kind = "SET" if scene.is_rate() else "DURATION"
    return Reading(kind, _period({"n": 1, **part}))


def often(part: Parts, scene: Scene) -> Reading | None:
    """value; or n and unit; or weekday, month, season or daypart: every Thursday is XXXX-WXX-4."""
    if "value" in part:
        return Reading("SET", part["value"])
    if "unit" in part:
        return Reading("SET", _period(part))
    if "weekday" in part:
        return Reading("SET", f"XXXX-WXX-{part['weekday'] + 1}")
    if "month" in part:
        return Reading("SET", f"XXXX-{part['month']:02}")
    if "season" in part:
        return Reading("SET", f"XXXX-{part['season']}")
    return Reading("SET", f"XXXX-XX-XXT{part['daypart']}")


def reference(part: Parts, scene: Scene) -> Reading | None:
    """value: PAST_REF, PRESENT_REF or FUTURE_REF."""
    return Reading("DATE", part["value"])
