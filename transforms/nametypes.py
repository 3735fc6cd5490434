"""Types of names, by vote: what the recogniser says of each mention, and what stands beside it.

One mention is often marked wrongly; a document says of most names somewhere what they are ("the
mayor of", ", 45,", "Inc", "in"). Every mention of a name votes, and so does what the tables know
of it; the type with most weight is the name's. Weights are in units of one mark of the
recogniser, and were set on the development sets named in docs/entities.md.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from transforms.countries import find_country, fold
from transforms.gazetteer import is_given_name, is_place, is_surname, people_of
from transforms.mentions import Span
from transforms.vocabulary import alternatives, words

CERTAIN: Final = 50.0
_STRONG: Final = 3.0
_FAIR: Final = 1.5
_SLIGHT: Final = 0.6

# In a name.
_ORGANISATION: Final = re.compile(rf" (?:{alternatives('organisation_endings')})\.?$")
_ORGANISATION_OF: Final = re.compile(
    rf"(?:[A-Z]\w+ )?(?:{alternatives('organisations_of')}) (?:of|for|on) "
)
_BUILT: Final = re.compile(rf" (?:{alternatives('built_endings')})$")
_NATURAL: Final = re.compile(
    rf" (?:{alternatives('natural_endings')})$|^(?:{alternatives('natural_beginnings')}) [A-Z]"
)
_REGION: Final = re.compile(rf" (?:{alternatives('region_endings')})$")
_PART_OF: Final = re.compile(rf"(?:{alternatives('parts')})(?:ern)? (?=[A-Z])")
_NEW: Final = re.compile(r"New|Old|Great|Greater|Mid|Alta|Upper|Lower|Inner|Outer")
_CAMEL: Final = re.compile(r"(?!(?:Mac|Mc|De|Di|Du|La|Le|Van|Fitz)[A-Z])[A-Z]?[a-z]+[A-Z]\w*")
_ACRONYM: Final = re.compile(r"[A-Z]{3,5}")
# Thousands of people: a city that is meant more often than a person of its name.
_METROPOLIS: Final = 1_000

# Beside a name.
_PERSON_BEFORE: Final = re.compile(
    rf"\b(?:(?:{alternatives('roles')})(?: ,)?|{alternatives('titles')})\s+$"
)
_PERSON_BEHIND: Final = re.compile(rf"\s+(?:{alternatives('persons_do')})\b")
_AGE_BEHIND: Final = re.compile(r"\s?,\s?(?:aged )?[1-9]\d\s?[,.;)]|\s?\(\s?[1-9]\d\s?\)")
_APPOSED: Final = re.compile(
    r"\s?,\s+(?:an?|the)\s+"
    r"(?:(?!(?:and|of|in|who|for|that|with|at|from)\b)[\w’'.-]+\s+){0,6}?"
    rf"(?:(?P<person>{alternatives('roles')})|{alternatives('organisations_are')})\b"
)
_STAFF_BEHIND: Final = re.compile(rf"(?:\s?['’]s)?\s+(?:{alternatives('organisations_have')})\b")
_REGION_BEHIND: Final = re.compile(
    rf"\s+(?:border\s+)?(?:{alternatives('places_are')})\b", re.IGNORECASE
)
_BASED: Final = re.compile(r"\s?-\s?based\b")
_DATELINE: Final = re.compile(
    r"\s+(?:\d{4}-\d\d-\d\d\s*$|\([A-Z][\w ]{1,20}\)\s?[-–—]|[-–—]{1,2}\s)", re.MULTILINE
)
_COMMA_PLACE: Final = re.compile(r"\s?,\s+((?:[A-Z][\w.]*)(?: [A-Z][\w.]*)?)")
_PLACE_OF: Final = re.compile(rf"\b(?:{alternatives('places_of')}) of\s+$", re.IGNORECASE)
_IN: Final = re.compile(rf"\b(?:{alternatives('places_before')})\s+$", re.IGNORECASE)
_FROM: Final = re.compile(r"\b(?:at|from|to|of)\s+$", re.IGNORECASE)
_UNLIKE_PERSON: Final = frozenset({"ORG", "GPE", "LOC", "FAC", "PRODUCT"})
_QUOTES: Final = frozenset("\"“‘'«„")

# In reports of sport.
_SPORT: Final = re.compile(rf"\b(?:{alternatives('sport')})\b", re.IGNORECASE)
_RESULT: Final = re.compile(
    r"\b(?:beat|beats|beating|defeated|drew|thrashed|lost|won)\b"
    r"[^.\n]{1,40}? \d{1,3}\s?[-–]\s?\d{1,3}\b"
)
_ENOUGH_SPORT: Final = 3  # different words
_SHORT_TEXT: Final = 400  # code points, in which two are enough
_TEAM_BEHIND: Final = re.compile(rf"\s?(?:['’]s)?\s+(?:{alternatives('teams_do')})\b")
_TEAM_BEFORE: Final = re.compile(rf"\b(?:{alternatives('teams_before')})\s+$")
_SCORE_BEHIND: Final = re.compile(
    r"(?:\s+\(\s?\w{1,2}\s?\))?\s+\d{1,3}\b"
    r"(?![%.,]\d| (?:million|billion|percent|per|people|miles|km)\b)"
)


def sport_words(text: str) -> int:
    """How many different words of sport `text` has."""
    return len({match[0].lower() for match in _SPORT.finditer(text)})


def is_sport(text: str, words: int) -> bool:
    """Whether a text with so many words of sport reports it: then a city is mostly its team."""
    return words >= _ENOUGH_SPORT - (len(text) < _SHORT_TEXT) or bool(_RESULT.search(text))


def votes(text: str, span: Span, sport: bool) -> dict[str, float]:
    """What one mention says of the type of its name."""
    country = find_country(span.name)
    place = is_place(span.name) or (country is not None and not country.people)
    # Schemes of four types call cities and countries LOC.
    kind = "GPE" if place and span.type == "LOC" else span.type
    count: dict[str, float] = defaultdict(float, {kind: 1.0})
    before = text[max(0, span.start - 32) : span.start].rpartition("\n")[2]
    behind = text[span.end : span.end + 40].partition("\n")[0]
    lone = " " not in span.name
    if _PERSON_BEFORE.search(before):
        count["PERSON"] += _FAIR
    if _STAFF_BEHIND.match(behind):
        count["ORG"] += _FAIR
    if _AGE_BEHIND.match(behind):
        count["PERSON"] += _STRONG if not place else _FAIR
    if _PERSON_BEHIND.match(behind):
        count["PERSON"] += _SLIGHT
    apposed = _APPOSED.match(text, span.end) if behind[:2].strip()[:1] == "," else None
    if apposed:
        count["PERSON" if apposed["person"] else "ORG"] += _STRONG
    if _REGION_BEHIND.match(behind) or _BASED.match(behind):
        count["GPE"] += _STRONG
    if _DATELINE.match(behind) and not before.strip():
        count["GPE"] += _STRONG
    comma = _COMMA_PLACE.match(behind)
    if comma and place and _is_wider(comma[1]):
        count["GPE"] += _STRONG
    if _PLACE_OF.search(before):
        count["GPE"] += _STRONG
    elif _IN.search(before):
        count["GPE"] += _FAIR if place else _SLIGHT
    elif place and _FROM.search(before) and not sport:
        count["GPE"] += _SLIGHT
    word = lone and not place and not country and not span.name.isupper()
    if word and span.type in _UNLIKE_PERSON:
        if is_given_name(span.name):
            count["PERSON"] += _FAIR
        elif is_surname(span.name):
            count["PERSON"] += _SLIGHT
    if span.type == "WORK_OF_ART" and before[-2:].strip() in _QUOTES:
        count["WORK_OF_ART"] += _STRONG
    if sport and (place or span.type == "ORG"):
        if _TEAM_BEHIND.match(behind) or _TEAM_BEFORE.search(before):
            count["ORG"] += _FAIR
        if lone and _SCORE_BEHIND.match(behind):
            count["ORG"] += _FAIR
    return count


def prior(name: str) -> dict[str, float]:
    """What the tables and the words of a name say of its type."""
    count: dict[str, float] = defaultdict(float)
    words = name.split()
    country = find_country(name)
    if country:
        count["NORP" if country.people else "GPE"] += CERTAIN if len(words) > 1 else 4.0
        return count
    if fold(name) in organisations() or fold(name) in organisations().values():
        count["ORG"] += 4.0
        return count
    if fold(name) in _world_regions():
        count["LOC"] += 4.0
        return count
    part = _PART_OF.match(name)
    if (
        part
        and not is_place(name)
        and (_is_country(name[part.end() :]) or is_place(name[part.end() :]))
    ):
        count["LOC"] += _STRONG
        return count
    given = is_given_name(words[0]) and not is_place(words[0])
    if is_place(name):
        mostly = not (given or is_surname(name)) or people_of(name) > _METROPOLIS
        count["GPE"] += _FAIR if mostly else _SLIGHT
    if len(words) > 1:
        organisation = _ORGANISATION.search(name) or _ORGANISATION_OF.match(name)
        if given and len(words) == 2 and words[1][:1].isupper() and not organisation:
            count["PERSON"] += _FAIR
        elif organisation:
            count["ORG"] += _STRONG
        elif _BUILT.search(name):
            count["FAC"] += _STRONG
        elif _NATURAL.search(name):
            count["LOC"] += _STRONG
        elif _REGION.search(name):
            count["GPE"] += _STRONG
        elif given and all(word[:1].isupper() for word in words[:2]):
            count["PERSON"] += _FAIR
        elif _is_country(words[-1]) and not _NEW.fullmatch(words[0]):
            count["ORG"] += _FAIR
    elif _CAMEL.fullmatch(name) or (_ACRONYM.fullmatch(name) and not is_place(name)):
        count["ORG"] += _FAIR
    return count


def elect(text: str, spans: Sequence[Span], sport: bool) -> dict[str, str]:
    """The type of each name of `spans`; among equals the one that was voted for first."""
    tally: dict[str, dict[str, float]] = {}
    for span in spans:
        count = tally.setdefault(span.name, {})
        for kind, weight in votes(text, span, sport).items():
            count[kind] = count.get(kind, 0.0) + weight
    for name, count in tally.items():
        for kind, weight in prior(name).items():
            count[kind] = count.get(kind, 0.0) + weight
    types = {name: max(count, key=lambda kind: count[kind]) for name, count in tally.items()}
    # Paris Hilton, if the text calls a person Hilton.
    lone = {fold(name) for name, kind in types.items() if kind == "PERSON" and " " not in name}
    for name, kind in types.items():
        weak = " " in name and kind not in ("PERSON", "GPE", "NORP") and tally[name][kind] <= _FAIR
        if weak and fold(name.rsplit(" ", 1)[1]) in lone:
            types[name] = "PERSON"
    return types


@cache
def _world_regions() -> frozenset[str]:
    return frozenset(fold(name) for name in words("world_regions"))


@cache
def organisations() -> dict[str, str]:
    """World organisations: the folded abbreviation and the folded name."""
    table = (files("transforms") / "data" / "organisations.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return {fold(short): fold(name) for short, name in rows}


def _is_country(printed: str) -> bool:
    country = find_country(printed)
    return country is not None and not country.people


def _is_wider(printed: str) -> bool:
    """Whether `printed` is a country or region, as it stands behind a city."""
    words = printed.split()
    return any(_is_country(p) or is_place(p) for p in (printed, words[0]))
