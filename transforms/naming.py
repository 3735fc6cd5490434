"""From the spans a recogniser marks to the entities of a document.

A recogniser reads sentence by sentence. What it cannot see is the document: that Blinken is the
Antony Blinken of the first paragraph, that a name is of one type throughout, that KCNA was
introduced as the Korean Central News Agency, that N.Korea and North Korea are one country.
docs/entities.md says what this layer adds to a bare model, by which measure.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from schemas.elements import Entity
from transforms.countries import find_country, fold
from transforms.gazetteer import countries_of, country_of, family_first, region_country
from transforms.mentions import NAMED, Span, clean
from transforms.nametypes import elect, is_sport, sport_words
from transforms.occurrences import Known, forms_of, in_capitals, lines_in_capitals, unmarked
from transforms.scores import listed

__all__ = ["NAMED", "Span", "name_entities"]

_PLACE_BEFORE: Final = re.compile(r"\b(?:in|at|from|near|to|of|outside|across)\s+$", re.IGNORECASE)
_SUFFIX: Final = re.compile(r",? (?:Jr|Sr|II|III|IV)\.?$")
_COMPANY_FORM: Final = re.compile(
    r",? (?:Inc|Corp|Co|Ltd|LLC|Plc|PLC|AG|SA|SpA|NV|GmbH|Corporation|Company|Limited)\.?$"
)
_COMMA_PLACE: Final = re.compile(r" ?, ([A-Z][\w.]*)(?: [A-Z][\w.]*)?")
_SHORT_FORM: Final = re.compile(r"\s?\(\s?(?:the )?[\"“]?([A-Z][\w.&-]{1,9})[\"”]?\s?\)")
_PLACES: Final = frozenset({"GPE", "LOC", "FAC"})


def name_entities(text: str, marked: Iterable[Span]) -> tuple[Entity, ...]:
    """The entities that `marked` spans of `text` are, in text order, none over another.

    text[start:end] is the mention. All mentions of one entity share its name and type: a surname
    alone has the full name nearest before it, else after it; an abbreviation the name that it
    was introduced for; a country the name of `data/countries.tsv`. Names that the recogniser saw
    in one place are found in the others too, as are countries.
    """
    marked = list(marked)
    words = sport_words(text)
    lists = listed(text, marked, sport=words > 0)
    cleaned = clean(text, [*lists, *_outside(lists, marked)])
    loud = lines_in_capitals(text)
    calm, shouted = _apart(cleaned, loud)
    if not calm:
        calm, shouted, loud = cleaned, [], []
    spans = _one_entity(text, calm, is_sport(text, words) or _mostly_teams(lists, calm))
    spans += unmarked(text, spans, loud)
    if loud:
        forms = _folded(forms_of(text, spans))
        for line, inside in zip(loud, shouted, strict=True):
            spans += in_capitals(text, line, inside, forms)
    spans = _one_type(spans)
    spans.sort(key=lambda span: (span.start, span.end))
    return tuple(_entities(text, spans))


def _outside(taken: Sequence[Span], spans: Iterable[Span]) -> Iterator[Span]:
    """The `spans` that overlap none of `taken`."""
    if not taken:
        yield from spans
        return
    starts = sorted((span.start, span.end) for span in taken)
    for span in spans:
        at = bisect_left(starts, (span.end,)) - 1
        if at < 0 or starts[at][1] <= span.start:
            yield span


def _mostly_teams(lists: Sequence[Span], spans: Sequence[Span]) -> bool:
    """Whether most of `spans` stand in lists of teams: results alone have few words of sport."""
    return 2 * sum(span.type == "ORG" for span in lists) > len(spans)


def _apart(
    spans: Sequence[Span], lines: Sequence[tuple[int, int]]
) -> tuple[list[Span], list[list[Span]]]:
    """`spans` outside of `lines`, and those inside of each line."""
    outside: list[Span] = []
    inside: list[list[Span]] = [[] for _ in lines]
    starts = [start for start, _ in lines]
    for span in spans:
        at = bisect_right(starts, span.start) - 1
        if at >= 0 and span.start < lines[at][1]:
            inside[at].append(span)
        else:
            outside.append(span)
    return outside, inside


def _one_entity(text: str, spans: Sequence[Span], sport: bool) -> list[Span]:
    """`spans` with the name and type of their entity."""
    types = elect(text, spans, sport)
    spans = [replace(span, type=types[span.name]) for span in spans]
    spans = _with_full_names(text, spans)
    spans = _with_long_forms(text, spans)
    return _with_one_spelling(_with_country_names(spans))


def _with_full_names(text: str, spans: Sequence[Span]) -> list[Span]:
    """Lone surnames with the full name of their person, who is a PERSON throughout."""
    full = [s for s in spans if s.type == "PERSON" and " " in s.name]
    forms = Counter(span.name for span in full)
    joined: dict[tuple[str, str], str] = {}  # "Lloyd J. Austin III" is Lloyd Austin
    for name, _ in forms.most_common():
        joined.setdefault(_ends(name), name)
    owners: dict[str, list[Span]] = {}  # by the folded surname: Bin Salman is bin Salman
    givens: dict[str, set[str]] = {}
    for span in full:
        if len(set(span.name.split())) == 1:
            continue
        span = replace(span, name=joined[_ends(span.name)])
        words = _SUFFIX.sub("", span.name).split()
        for number in range(1, len(words)):
            owners.setdefault(fold(" ".join(words[number:])), []).append(span)
        if family_first(span.name):
            owners.setdefault(fold(words[0]), []).append(span)
        givens.setdefault(words[0], set()).add(span.name)
    resolved = []
    for span in spans:
        name = span.name
        if span.type == "PERSON" and " " in name:
            name = joined[_ends(name)]
        candidates = owners.get(fold(span.name), ())
        if candidates and _can_be_person(text, span):
            earlier = bisect_left(candidates, span.start, key=lambda owner: owner.start)
            name = candidates[max(0, earlier - 1)].name
        elif span.type == "PERSON" and len(givens.get(span.name, ())) == 1:
            name = next(iter(givens[span.name]))
        if name != span.name:
            span = replace(span, name=name, type="PERSON")
        resolved.append(span)
    return resolved


def _ends(name: str) -> tuple[str, str]:
    """The first and last word of a person's name, by which two forms of it are one."""
    words = _SUFFIX.sub("", name).split()
    return fold(words[0]), fold(words[-1])


def _can_be_person(text: str, span: Span) -> bool:
    """Whether a mention can be a person's surname."""
    if span.type == "NORP" or (span.name.isupper() and find_country(span.name)):
        return False
    place = span.type in _PLACES
    return not (place and _PLACE_BEFORE.search(text[max(0, span.start - 12) : span.start]))


def _with_long_forms(text: str, spans: Sequence[Span]) -> list[Span]:
    """Abbreviations with the name that they stand for where the text introduces them."""
    long: dict[str, Span] = {}
    for span in spans:
        match = _SHORT_FORM.match(text, span.end)
        if match and _has_short_form(span) and abbreviates(match[1], span.name):
            long.setdefault(match[1], span)
    for span in spans:  # "KCNA (Korean Central News Agency)"
        before = re.search(r"(\S+)\s?\(\s?(?:the )?$", text[max(0, span.start - 16) : span.start])
        if before and _has_short_form(span) and abbreviates(before[1], span.name):
            long.setdefault(before[1], span)
    bare = {_COMPANY_FORM.sub("", s.name): s for s in spans if s.type == "ORG"}
    resolved = []
    for span in spans:
        owner = long.get(span.name) or (bare.get(span.name) if span.type == "ORG" else None)
        resolved.append(replace(span, name=owner.name) if owner else span)
    return resolved


def _has_short_form(span: Span) -> bool:
    return " " in span.name and span.type != "PERSON"


def abbreviates(short: str, name: str) -> bool:
    """Whether `short` can stand for `name`: its letters in order, the first at a word's start.

    Schwartz and Hearst, A Simple Algorithm for Identifying Abbreviation Definitions in
    Biomedical Text, PSB 2003.
    """
    letters = [c for c in short.lower() if c.isalnum()]
    if find_country(short):
        return False
    if len(letters) < 2 or len(letters) >= len(name) or not short[:1].isupper():
        return False
    folded = name.lower()
    at = len(folded)
    for number in range(len(letters) - 1, -1, -1):
        at -= 1
        while at >= 0 and (
            folded[at] != letters[number] or (number == 0 and at > 0 and folded[at - 1].isalnum())
        ):
            at -= 1
        if at < 0:
            return False
    return True


def _with_country_names(spans: Sequence[Span]) -> list[Span]:
    named = []
    for span in spans:
        country = find_country(span.name)
        if country and span.type == ("NORP" if country.people else "GPE"):
            span = replace(span, name=country.name)
        named.append(span)
    return named


def _with_one_spelling(spans: Sequence[Span]) -> list[Span]:
    """Names that differ in capitals, dots or accents as the one that is printed most."""
    forms: dict[str, Counter[str]] = {}
    for span in spans:
        weight = 1 if span.name.isupper() and len(span.name) > 4 else 1000
        forms.setdefault(fold(span.name), Counter())[span.name] += weight
    best = {key: count.most_common(1)[0][0] for key, count in forms.items()}
    return [replace(span, name=best[fold(span.name)]) for span in spans]


def _one_type(spans: Sequence[Span]) -> list[Span]:
    """Every name with one type: the most frequent, else the first."""
    count: dict[str, Counter[str]] = {}
    for span in spans:
        count.setdefault(span.name, Counter())[span.type] += 1
    return [replace(s, type=count[s.name].most_common(1)[0][0]) for s in spans]


def _folded(forms: Mapping[str, Known]) -> dict[str, Known]:
    return {fold(form): known for form, known in forms.items()}


def _entities(text: str, spans: Sequence[Span]) -> Iterator[Entity]:
    countries = (find_country(span.name) for span in spans)
    near = {country.code for country in countries if country and country.code}
    said = {s.name: code for s in reversed(spans) if (code := _said_behind(text, s))}
    for span in spans:
        yield Entity(
            name=span.name,
            type=span.type,
            text=text[span.start : span.end],
            start=span.start,
            end=span.end,
            country=_code(span, near, said),
            link=None,
            score=None,
        )


def _said_behind(text: str, span: Span) -> str | None:
    """The country that the text says a place is in: "Paris, Texas", "Newcastle, Australia"."""
    match = _COMMA_PLACE.match(text, span.end) if span.type == "GPE" else None
    if match is None or find_country(span.name):
        return None
    for printed in (match[0].lstrip(" ,"), match[1]):
        country = find_country(printed)
        if country and not country.people and country.code in countries_of(span.name):
            return country.code
        if code := region_country(printed):
            return code
    return None


def _code(span: Span, near: set[str], said: Mapping[str, str]) -> str | None:
    """The country that an entity is, belongs to or lies in."""
    country = find_country(span.name)
    if country and span.type == ("NORP" if country.people else "GPE"):
        other = country_of(span.name, near.difference([country.code]))
        clash = other != country.code and other in near and not country.people
        return None if clash else country.code
    if span.type in ("GPE", "LOC"):
        return said.get(span.name) or country_of(span.name, near)
    return None
