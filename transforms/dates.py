"""Dates as the news web writes them, read strictly: a date is what it says, or it is None.

Why not `dateutil`, `dateparser` or feedparser's own dates: each fills what is missing from
today, so that the same feed read tomorrow has another date, and each guesses at 06/07/2016.
Here nothing is filled in and nothing is guessed:

* an impossible date (30 February, 25:61), an ambiguous one (06/07/2016), a number of seconds,
  and a year before 1900 or after 9998 are all None;
* what is not said stays unsaid: `precision` and `zone` tell what was, `iso` repeats it;
* a time without a zone, or with a zone name that we do not know, is read as UTC and marked
  `assumed`; a day is a day, never shifted by a zone.

Sources: RFC 822 section 5, RFC 2822 sections 3.3 and 4.3 (two-digit years, zone names), RFC 3339,
RFC 850 and asctime, ISO 8601 calendar dates. 24:00:00 is the end of the day (ISO 8601-1:2019
Amd 1, 4.3.8) and rolls to the next; a leap second :60 is read as :59, as no clock here has it.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

from schemas.elements import DateEvidence

# What each month is called in English, German, French, Spanish, Italian, Dutch and Portuguese,
# without accents. No name means two months.
_MONTH_NAMES: Final = (
    "jan january januar janv janvier ene enero gen gennaio januari janeiro janner",
    "feb february februar febr fev fevr fevrier febrero febbraio februari fevereiro",
    "mar march marz maerz mrz mars marzo mrt maart marco",
    "apr april avr avril abr abril aprile",
    "may mai mayo mag maggio mei maio",
    "jun june juni juin junio giu giugno junho",
    "jul july juli juil juillet julio lug luglio julho",
    "aug august aout ago agosto augustus",
    "sep sept september septembre septiembre setiembre set sett settembre setembro",
    "oct october okt oktober octobre octubre ott ottobre out outubro",
    "nov november novembre noviembre novembro",
    "dec december dez dezember decembre dic diciembre dicembre dezembro",
)
_MONTHS: Final = {
    name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()
}
# Weekdays in the same languages. They are read over, never checked: when weekday and date
# disagree, it is the weekday that was typed by hand.
_WEEKDAY_NAMES: Final = (
    "mon monday tue tues tuesday wed weds wednesday thu thur thurs thursday fri friday sat saturday"
    " sun sunday mo montag di dienstag mi mittwoch do donnerstag fr freitag sa samstag sonnabend so"
    " sonntag lun lundi mar mardi mer mercredi jeu jeudi ven vendredi sam samedi dim dimanche lunes"
    " martes mie miercoles jue jueves vie viernes sab sabado dom domingo lunedi martedi mercoledi"
    " gio giovedi venerdi sabato domenica ma maandag dinsdag wo woensdag donderdag vr vrijdag za"
    " zaterdag zo zondag seg segunda segunda-feira ter terca terca-feira qua quarta quarta-feira"
    " qui quinta quinta-feira sex sexta sexta-feira"
)
_WEEKDAYS: Final = frozenset(_WEEKDAY_NAMES.split())
# Minutes east of UTC. RFC 822 gives the American names; of the others only those that the news
# uses for one place are here (IST, for one, is India, Ireland and Israel).
_ZONE_NAMES: Final = {
    -600: "HST", -540: "AKST", -480: "PST AKDT", -420: "MST PDT", -360: "CST MDT",
    -300: "EST CDT", -240: "EDT", -210: "NST", -180: "ADT ART BRT", -150: "NDT",
    0: "GMT UT UTC Z WET", 60: "BST CET MEZ WAT WEST", 120: "CAT CEST EET MESZ SAST",
    180: "EAT EEST MSK", 300: "PKT", 345: "NPT", 420: "WIB", 480: "AWST HKT SGT",
    540: "JST KST", 570: "ACST", 600: "AEST", 630: "ACDT", 660: "AEDT", 720: "NZST", 780: "NZDT",
}  # fmt: skip
_ZONES: Final = {name: east for east, names in _ZONE_NAMES.items() for name in names.split()}
# "10:15 a.m. ET": standard or summer time, by the American rule in force since 2007.
_AMERICAN: Final = {"ET": -300, "CT": -360, "MT": -420, "PT": -480}

_LONGEST: Final = 100  # characters of any date that a person or a program writes

_D = r"(?P<day>[0-9]{1,2})"
_M = r"(?P<month>[0-9]{1,2})"
_NAME = r"(?P<name>[A-Za-z]{3,10})"
_Y = r"(?P<year>[0-9]{4})"
_ORDINAL = r"(?:st|nd|rd|th|er|[oa])?"
_DAY_FIRST_YEAR = r"(?: ?- ?|[.,]{0,2} (?:del? )?)(?P<year>[0-9]{4}|[0-9]{2})"
_DATES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        _Y + r"(?P<mark>[-/.])" + _M + r"(?P=mark)" + _D,  # 2024-10-31, 2016/6/29
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",  # 20241031
        _Y + r"[年년] ?" + _M + r"[月월] ?" + _D + r"[日일]",
        # 31 October 2024, 25. Juni 2024, 1er octobre 2024, 31 de octubre de 2024, 06-Nov-94
        # (a year of two digits is for RFC 822 dates alone, see _calendar)
        _D + _ORDINAL + r"\.?(?: ?- ?| (?:de |of )?| ?)" + _NAME + _DAY_FIRST_YEAR,
        _NAME + r"\.? " + _D + _ORDINAL + r"(?:,? |, ?)" + _Y,  # October 31, 2024
        _Y + r"[ -]" + _NAME + r"\.?[ -]" + _D,  # 2024 October 31
        # 31.10.2024, 3. 4. 2026: with dots the day comes first (CLDR has no other such order).
        _D + r"\. ?(?P<month>0?[1-9]|1[0-2])\. ?" + _Y,
        r"(?P<first>[0-9]{1,2})(?P<mark>[-/.])(?P<second>[0-9]{1,2})(?P=mark)" + _Y,
        _NAME + r"\.?,? (?:del? |of )?" + _Y,  # October 2024
        _Y + r"-(?P<month>[0-9]{2})",  # 2024-10
        _Y,
    )
)
_TIME = (
    r"(?P<hour>[0-9]{1,2})(?:[:h](?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]{1,12})?)?"
    r"(?: ?(?P<half>[ap]\.?m\b\.?)| Uhr)?| ?(?P<half2>[ap]\.?m\b\.?))"
)
_ZONE = (
    r"(?: ?(?:(?:GMT|UTC) ?)?(?P<sign>[-+\u2212])(?P<off>[0-9]{1,2})(?::?(?P<offm>[0-9]{2}))?"
    r"|(?P<z>Z)| ?(?P<zone>[A-Za-z]{1,5}|[A-Za-z]+/[A-Za-z_/]+))?(?: ?\([^()]*\))?"
)
_JOIN = r"(?: ?t ?|,? (?:(?:at|um|om|alle|a|as|a las) )?| ?, ?| [-|\u2013\u2014\u00b7] )"
_DATED: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<date>.*?[0-9日일])" + _JOIN + _TIME + _ZONE,  # the time last
        r"(?P<date>[0-9]{8})t?(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})?" + _ZONE,
        _TIME + _ZONE + r",? (?:on )?(?P<date>.+)",  # 2:16 PM EDT, Thu October 31, 2024
        # Tue Sep  1 10:00:00 EDT 2026 (asctime, date)
        r"(?P<date>.+?) " + _TIME + _ZONE + r" (?P<tail>[0-9]{4})",
    )
)


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date as it was written.

    at: its first instant, in UTC; for a day, month or year that of the calendar, not shifted.
    precision: second, minute, day, month or year.
    zone: offset, name, assumed (a time without a known zone, taken as UTC) or none (no time).
    iso: ISO 8601 at its own precision, with its own offset if it has one.
    """

    at: datetime
    precision: str
    zone: str
    iso: str


def parse_date(raw: str) -> FoundDate | None:
    """The date that `raw` is, as a whole; None if it is none, is ambiguous or cannot be.

    Never raises, and depends on nothing but `raw`.
    """
    return None if len(raw) > 4 * _LONGEST else _parse(raw)


# A page says the same date in many places, and each is compared with the others.
@lru_cache(maxsize=1024)
def _parse(raw: str) -> FoundDate | None:
    text = _plain(raw)
    if not text or len(text) > _LONGEST:
        return None
    day = _read_date(text, timed=False)
    if day is not None:
        return day
    for pattern in _DATED:
        match = pattern.fullmatch(text)
        found = match and _read_time(match)
        if found:
            return found
    return None


def evidence(raw: str | None, source: str) -> DateEvidence | None:
    """`raw` as a candidate for the publication date, found in `source`; None if it is no date."""
    found = parse_date(raw) if raw else None
    if found is None:
        return None
    return DateEvidence(value=found.iso, source=source, precision=found.precision, zone=found.zone)


def instant(e: DateEvidence) -> datetime:
    """The first instant of a candidate, in UTC. ValueError if its value is no date."""
    found = parse_date(e.value)
    if found is None:
        raise ValueError(f"not a date: {e.value!r}")
    return found.at


def _plain(raw: str) -> str:
    """Without accents, odd spaces and full-width digits, so that one pattern serves all."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", raw))
    kept = "".join(c for c in decomposed if not unicodedata.combining(c))
    # Decomposing also takes Hangul apart; composing puts it together again.
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _read_date(text: str, *, timed: bool) -> FoundDate | None:
    """`text` as a date, with or without its weekday before or after it."""
    before = re.match(r"\(?([A-Za-z-]{2,14})\.?\)?,? ?(?=[A-Za-z0-9])", text)
    after = re.search(r"[, ] ?\(?([A-Za-z-]{2,14})\.?\)?$", text)
    # As it stands first: "mar 25, 2024" is a month, "mar 25 juin 2024" a mardi.
    forms = [text.rstrip(",")]
    if before and before.group(1).lower() in _WEEKDAYS:
        forms.append(text[before.end() :])
    if after and after.group(1).lower() in _WEEKDAYS:
        forms.append(text[: after.start()])
    for form in forms:
        for pattern in _DATES:
            match = pattern.fullmatch(form)
            if match:
                return _calendar(match.groupdict(), timed)
    return None


def _calendar(part: dict[str, str | None], timed: bool) -> FoundDate | None:
    """The parts of a date as a date that exists."""
    digits = part["year"] or ""
    year = int(digits)
    if len(digits) == 2:
        if not timed:
            return None  # "26 Sep 24" may begin with its year; with a time it is RFC 822
        year += 2000 if year < 50 else 1900  # RFC 2822, section 4.3
    month = int(part.get("month") or 0)
    day = int(part.get("day") or 0)
    if part.get("name"):
        month = _MONTHS.get((part["name"] or "").lower(), 13)
    if part.get("first"):
        day, month = int(part["first"] or 0), int(part["second"] or 0)
        if month > 12:
            day, month = month, day
        elif day <= 12 and day != month:
            return None  # 06/07/2016: June in America, July elsewhere
    if not 1900 <= year <= 9998:
        return None
    precision = "day" if "day" in part or "first" in part else "month"
    if precision == "month" and "name" not in part and "month" not in part:
        precision = "year"
    try:
        found = date(
            year,
            month if precision != "year" else 1,
            day if precision == "day" else 1,
        )
    except ValueError:
        return None
    at = datetime(found.year, found.month, found.day, tzinfo=UTC)
    iso = found.isoformat()[: {"day": 10, "month": 7, "year": 4}[precision]]
    return FoundDate(at=at, precision=precision, zone="none", iso=iso)


def _read_time(match: re.Match[str]) -> FoundDate | None:
    """A date and a time of day as one instant."""
    part = match.groupdict()
    day = _read_date(" ".join(filter(None, (part["date"], part.get("tail")))), timed=True)
    if day is None or day.precision != "day":
        return None
    hour, minute = int(part["hour"]), int(part["minute"] or 0)
    second = int(part["second"] or 0)
    half = part.get("half") or part.get("half2")
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    end_of_day = (hour, minute, second) == (24, 0, 0)
    if minute > 59 or second > 60 or (hour > 23 and not end_of_day):
        return None
    if second == 60 and minute != 59:
        return None
    local = day.at.replace(tzinfo=None) + timedelta(
        hours=hour, minutes=minute, seconds=min(second, 59)
    )
    known = _zone(part, local)
    if known is None:
        return None
    zone, minutes = known
    precision = "second" if part["second"] else "minute"
    iso = local.isoformat(timespec="seconds" if part["second"] else "minutes")
    if zone == "assumed":
        return FoundDate(local.replace(tzinfo=UTC), precision, zone, iso)
    own = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    own_iso = own.isoformat(timespec="seconds" if part["second"] else "minutes")
    return FoundDate(own.astimezone(UTC), precision, zone, own_iso)


def _zone(part: dict[str, str | None], local: datetime) -> tuple[str, int] | None:
    """How the zone is known and its minutes east of UTC; None if that is no zone at all."""
    if part["z"]:
        return "offset", 0  # 10:15:00Z is RFC 3339's way to write +00:00
    if part["sign"]:
        hours, minutes = int(part["off"] or 0), int(part["offm"] or 0)
        # No place was ever 16 hours off.
        if hours > 15 or minutes > 59:
            return None
        east = hours * 60 + minutes
        return "offset", east if part["sign"] == "+" else -east
    name = part["zone"]
    if not name:
        return "assumed", 0
    return _named(name, local)


def _named(name: str, local: datetime) -> tuple[str, int] | None:
    upper = name.upper()
    if upper in _ZONES:
        return "name", _ZONES[upper]
    if upper in _AMERICAN and local.year >= 2007:
        return "name", _AMERICAN[upper] + (60 if _american_summer(local) else 0)
    # A word is no zone; something that is written like one is, though we do not know it.
    return ("assumed", 0) if name.isupper() or "/" in name else None


def _american_summer(local: datetime) -> bool:
    """From the second Sunday of March, 2:00, to the first of November (15 U.S.C. 260a)."""
    march = datetime(local.year, 3, 8)
    november = datetime(local.year, 11, 1)
    begin = march + timedelta(days=6 - march.weekday(), hours=2)
    end = november + timedelta(days=6 - november.weekday(), hours=2)
    return begin <= local < end
