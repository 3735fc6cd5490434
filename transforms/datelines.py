"""Datelines: where and when a report was filed, at the start of its text.

    WASHINGTON: ...                     KYIV, Ukraine -- ...
    PARIS, Oct 31 (AFP) - ...           BERLIN (Reuters) — ...
    Madrid, 31 oct (EFE).- ...          MOSCOW, October 31. /TASS/. ...
    New Delhi [India], Oct 31 (ANI): ...     (Reuters) - ...; May 4 (Reuters) - ...

The form is the same for any agency, known or not; what tells a place in capitals and a colon
from a speaker or a signal word ("WATCH:") is said by the caller and in the data.
"""

import re
from dataclasses import dataclass
from typing import Final

from schemas.elements import Dateline
from transforms.dates import parse_date
from transforms.vocabulary import words
from transforms.wire import agency_pattern

_LONGEST: Final = 140  # code points of a dateline

_UPPER = r"(?:(?!\d)[^\W_a-zà-öø-ÿ])"  # a capital, or a letter without case
_CAPITALS = rf"{_UPPER}(?:{_UPPER}|['’.-]){{1,30}}"
_CAPITALISED = rf"{_UPPER}[^\W\d_]*(?:['’.-][^\W\d_]+){{0,3}}\.?"
_SMALL = r"(?:de|del|do|da|di|la|le|el|of|the|sur|am|an der|upon|und|and|y)"
_LOUD_PLACE = rf"{_CAPITALS}(?:(?:[ /]| {_SMALL} ){_CAPITALS}){{0,4}}"
_PLACE = rf"{_CAPITALISED}(?:(?:[ /]|[ -]{_SMALL}[ -]){_CAPITALISED}){{0,4}}"
_REGION = rf"(?: ?\[[^\[\]]{{2,30}}\]|, {_PLACE})"
_WORD = r"[^\W\d_]{3,10}\.?"
_DATE = (
    rf"(?:{_WORD},? )?(?:{_WORD} [0-9]{{1,2}}|[0-9]{{1,2}}\.? (?:de )?{_WORD})"
    r"(?:,? (?:de )?[0-9]{4})?"
)
_AGENCY = r"[(\[](?P<{0}>[^()\[\]:]{{2,40}})[)\]]|/(?P<{0}2>[^/\s]{{2,20}})/"
_END = r"(?:\.? ?[-–—]{1,3}|\.-|:|(?<=/)\.)"

_AGENCY_FIRST: Final = re.compile(
    rf"(?:{_DATE} )?\((?P<agency>[^()]{{2,30}})\) ?[-–—]{{1,2}} ?"
    rf"(?:(?P<place>{_LOUD_PLACE}),? (?P<date>{_DATE}) ?[-–—]{{1,2}} )?"
)
_FULL: Final = re.compile(
    rf"(?P<place>{_PLACE}(?:{_REGION})?)"
    rf"(?:,? (?P<date>{_DATE}))?"
    rf"(?P<closed>[,.]? ?(?:{_AGENCY.format('agency')}))?"
    rf" ?(?P<end>{_END})\s+(?=\S)"
)

# An agency that we do not know, as printed: NorthWire, Agence Lumen.
_NAMED: Final = re.compile(r"[A-Z][\w.]*(?: (?:of|de|der)? ?[A-Z][\w.]*){0,4}")


@dataclass(frozen=True, slots=True)
class Opening:
    """The dateline that opens a text.

    dateline: None when only an agency is named: "(Reuters) - ...".
    printed: all of it as printed, with the agency. agency: as printed, None if none is.
    date: the date with its year, to be read as a candidate; None without a year.
    rest: the text after it.
    """

    dateline: Dateline | None
    printed: str
    agency: str | None
    date: str | None
    rest: str


def leading_date(text: str) -> tuple[str, str] | None:
    """A date as a label in front of a text ("date 2024-11-04 KYIV ..."), and what follows it."""
    match = re.match(
        r"(?:date|dated|published|posted)\b:? ?(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})\s+(?=\S)",
        text,
        re.IGNORECASE,
    )
    return (match["date"], text[match.end() :]) if match else None


def open_dateline(text: str, *, speakers: bool = False) -> Opening | None:
    """The dateline at the start of `text`; None if there is none.

    speakers: other paragraphs start with a name in capitals and a colon, so this may too.
    """
    match = _FULL.match(text[: _LONGEST * 2])
    shouted = match and text[match.end() :].isupper()  # a headline in capitals
    if match and match.end() <= _LONGEST and not shouted and _is_dateline(match, speakers):
        return _opening(match, text)
    first = _AGENCY_FIRST.match(text[:_LONGEST])
    # "(Updated) - ..." is none: the agency is one that we know, or a place follows
    if first and (first["place"] or _known(first["agency"])):
        return _opening(first, text)
    return None


def _is_dateline(match: re.Match[str], speakers: bool) -> bool:
    """A place in capitals is enough before a dash; the less there is of it, the more else."""
    end, date = match["end"].strip(), match["date"]
    agency = match["agency"] or match["agency2"]
    first = re.split(r"[,\[(]", match["place"], maxsplit=1)[0].strip()
    if {word.lower() for word in first.split()} <= words("signals"):
        return False
    if date and parse_date(date if re.search(r"[0-9]{4}$", date) else f"{date} 2000") is None:
        return False
    loud = re.fullmatch(_LOUD_PLACE, first) is not None and len(first) > 2
    if agency:
        return _known(agency) or (_NAMED.fullmatch(agency) is not None and (loud or bool(date)))
    if end == ".-":
        return False
    if date:
        return loud or end != ":"
    return loud and not (end == ":" and speakers)


def _known(agency: str) -> bool:
    return re.fullmatch(rf"(?:[Tt]he )?{agency_pattern()}", agency.strip()) is not None


def _opening(match: re.Match[str], text: str) -> Opening:
    part = match.groupdict()
    date = part.get("date")
    place = part.get("place")
    agency = part.get("agency") or part.get("agency2")
    found = parse_date(date) if date else None
    return Opening(
        dateline=Dateline(place=place, date=date) if place else None,
        printed=text[: match.end()].strip(),
        agency=agency,
        date=date if found and found.precision == "day" else None,
        rest=text[match.end() :].lstrip(),
    )
