"""What a feed in XML asks of those who poll it: how often, and when not."""

import re
from typing import Any, Final

# Hours of the periods of RSS 1.0's syndication module ("dayly" is how some spell it).
_PERIODS: Final = {"hourly": 1, "daily": 24, "dayly": 24, "weekly": 168, "monthly": 720}
_MAX_TTL: Final = 31 * 86_400
_SKIPS: Final = (b"skipHours", b"skipDays")
_SKIPPED: Final = re.compile(rb"<(?:hour|day)>\s*([A-Za-z]{6,9}|\d{1,2})\s*</", re.IGNORECASE)
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def seconds_asked(ttl: Any, period: Any, frequency: Any) -> int | None:
    """Seconds between polls that a feed asks for.

    By RSS's <ttl>, in minutes, or by the syndication module of RSS 1.0: `frequency` times in an
    hourly, daily, weekly or monthly `period`.
    """
    minutes = str(ttl or "").strip()
    if minutes.isascii() and minutes.isdigit():
        return min(int(minutes[:9]) * 60, _MAX_TTL) or None
    hours = _PERIODS.get(str(period or "").strip().lower())
    if hours is None:
        return None
    times = str(frequency or "1").strip()
    number = int(times[:6]) if times.isascii() and times.isdigit() else 1
    return hours * 3600 // max(number, 1) or None


def skips(data: bytes) -> frozenset[str]:
    """The hours and days, in GMT, at which an RSS feed asks not to be polled."""
    found: set[str] = set()
    for name in _SKIPS:
        start = data.find(b"<" + name)
        end = data.find(b"</" + name, start, start + 4096) if start >= 0 else -1
        if end >= 0:
            said = (one[1].decode("ascii").lower() for one in _SKIPPED.finditer(data, start, end))
            # Some count the hours from 1 to 24.
            found |= {one if one in _DAYS else str(int(one) % 24) for one in said if _is_skip(one)}
    return frozenset(found)


def _is_skip(said: str) -> bool:
    return said in _DAYS or (said.isdigit() and int(said) <= 24)
