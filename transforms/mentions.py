"""Mentions: what is left of a recogniser's spans when all that is no name is taken away.

A recogniser trained on running text marks too much in lists, tables and headlines ("Norwich 2",
"SLOVAKIA - Lubomir Moravcik") and what names nobody: credits, sign-offs, offices.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from transforms.countries import find_country
from transforms.credited import is_credit
from transforms.gazetteer import is_given_name, is_place
from transforms.vocabulary import words

# OntoNotes 5 types of names. The others are numbers, amounts, dates and times.
# MISC is what schemes of four types call the rest.
_NAMED: Final = "PERSON ORG GPE LOC NORP FAC EVENT PRODUCT WORK_OF_ART LAW LANGUAGE MISC"
NAMED: Final = frozenset(_NAMED.split())
PLAIN: Final = frozenset({"PERSON", "ORG", "GPE", "LOC", "NORP", "FAC"})

_LONGEST: Final = 300  # code points: no name is longer
_EDGE: Final = " \t\r\"'“”‘’«»()[]{}*_<>,;:|/\\-–—#@•=+~^%"
_POSSESSIVE: Final = re.compile(r"\s?['’`´]s$|(?<=s)\s?['’]$", re.IGNORECASE)
_ARTICLE: Final = re.compile(r"(?:the|a|an)\s+(?=\S)", re.IGNORECASE)
_WITH_ARTICLE: Final = frozenset({"the hague"})
_HONORIFIC: Final = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Dr|Prof|Gen|Lt|Col|Sgt|Capt|Sen|Rep|Gov)\b\.?|Sir|Dame|Lord|Lady|President"
    r"|Vice President|Prime Minister|Chancellor|Secretary|Minister|Senator|Governor|Mayor|General"
    r"|Professor|Pope|King|Queen|Prince|Princess|(?:Chief )?Constable|Inspector|Superintendent"
    r"|Judge|Justice|Councillor|Colonel|Captain|Sergeant|Lieutenant|Archbishop|Bishop|Ambassador"
    r"|Sheikh|Crown Prince|First Lady|Ayatollah|Imam|Rabbi|Cardinal|Admiral|Brigadier|Commander"
    r"|Congress(?:man|woman)|Detective)\s+(?=\S)"
)
# Scores, dates and other figures behind a name, and a number before it in a list.
# Atomic: "1/1/1 ..." can be read in many ways, and all of them would be tried.
_FIGURE: Final = r"(?>[-–(/.+]?\d[\d.,:/%+'–-]*+(?:st|nd|rd|th)?(?:\s?[-–/]\s?\d[\d.,:/%]*+)*+\)?)"
_FIGURES: Final = re.compile(rf"(?:\s++{_FIGURE})++$")
_LONG_FIGURE: Final = re.compile(r"\d{3}|\d[-–:/.,]\s?\d|\s\S*\d\S*\s+\S*\d")
_LIST_NUMBER: Final = re.compile(r"\d{1,3}\s?[-–.):=]\s+(?=\S)|\d{1,3}\s+(?=[^\W\d_])")
# Small words that end or begin no name: what a span with them takes in of the sentence.
_LOOSE_END: Final = re.compile(
    r"\s+(?:v|vs\.?|and|of|the|in|at|by|for|to|from|with|on|beats?|or|an?|as)$", re.IGNORECASE
)
_LOOSE_START: Final = re.compile(r"(?:and|of|in|at|by|for|from|with|on|or|as|v|vs)\s+(?=\S)")
_DASH: Final = re.compile(r"\s+[-–—]{1,2}\s+")
_AND: Final = re.compile(r"\s+(?:and|&)\s+")
_NAME_WORDS: Final = re.compile(r"[^\W\d_]\S*(?:\s+[^\W\d_]\S*)*")
_ROMAN: Final = re.compile(r" [IVX]{1,4}(?![\w.])")
_SMALL_TAIL: Final = re.compile(
    r"(?<=[\w.])\s+(?:(?:news|state|trade|rebel|militant|opposition|ruling) )?"
    r"(?:agency|airline|airport|bank|brand|city|club|coach|company|exchange|fans|fighters|firm"
    r"|forces|gas|government|group|leader|members|militants|militia|movement|newspaper|officials|oil|party"
    r"|players|police|radio|rebels|region|separatists|side|spokes(?:man|woman|person)|squad|station"
    r"|supporters|team|television|troops|union|unit|website)$"
)
_WEB: Final = re.compile(r"https?\b|www\.|\w@\w|://")

# The part of an office that is no organisation: "Secretary of State", "Defense Secretary".
_OFFICE: Final = (
    "(?:Social |Criminal )Justice|Social (?:Security|Care)|Public Health|Agriculture"
    "|Commerce|Culture|Defen[cs]e|Economy|Education|Energy|Environment|Finance|Foreign"
    "|Health|Home|Homeland Security|Interior|Justice|Labou?r|State|Trade|Transport(?:ation)?"
    "|Treasury|War"
)
_IS_OFFICE: Final = re.compile(rf"(?:{_OFFICE})")
_ENDS_IN_OFFICE: Final = re.compile(rf"\s+(?:{_OFFICE})$")
_OFFICER_BEHIND: Final = re.compile(
    r"\s+(?:Secretar|Minist(?:er|ers)\b|[Cc]hief|secretar|minister)"
)
_OFFICER_BEFORE: Final = re.compile(
    r"(?:[Ss]ecretar(?:y|ies)|[Mm]inisters?)\s+(?:of|for)\s+(?:the\s+)?$"
)
_IS_TITLE: Final = re.compile(
    r"(?:(?:Deputy|Vice|Former|Acting|Assistant)[ -])?(?:Prime Minister|President|Chancellor"
    r"|Secretary|Minister|Senator|Governor|Mayor|General|Professor|Chairman|Ambassador|Archbishop"
    r"|Spokes(?:man|woman|person)|Bishop|Judge|Captain|Coach|Manager|Director|Speaker"
    r"|Secretary[- ]General"
    r"|(?:Foreign|Defen[cs]e|Finance|Interior|Home) (?:Secretary|Minister)|Secretary of (?:State"
    r"|Defen[cs]e)|Chief of Staff|Chief Executive|Commander[- ]in[- ]Chief)s?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Span:
    """A mention as marked: text[start:end], of an OntoNotes type. name: in single spaces."""

    start: int
    end: int
    type: str
    name: str = ""


def clean(text: str, marked: Iterable[Span]) -> list[Span]:
    """The mentions in `marked` spans of `text`, in text order, none over another.

    Types outside NAMED are left out. A mention has no article, possessive, honorific, figure or
    loose word of its sentence; two persons joined by "and" are two.
    """
    found: list[Span] = []
    for span in sorted(marked, key=lambda span: (span.start, span.end)):
        if span.type not in NAMED or span.end - span.start > _LONGEST:
            continue
        for part in _parts(text, span):
            kept = _trimmed(text, part)
            kept = _without_office(text, kept) if kept else None
            if kept is None or is_credit(text, kept.start, kept.end) or _names_nothing(text, kept):
                continue
            if not found or kept.start >= found[-1].end:
                found.append(kept)
    return found


def _parts(text: str, span: Span) -> Iterator[Span]:
    """`span` cut where more than one name is in it."""
    start, printed = span.start, text[span.start : span.end]
    if "\n" in printed:  # no name runs over two paragraphs: the longer part is the name
        piece = max(printed.split("\n"), key=len)
        start, printed = start + printed.index(piece), piece
        span = replace(span, start=start, end=start + len(piece))
    if span.type not in PLAIN or " " not in printed:
        yield span
        return
    for at, piece in _cut_headed(printed):
        if span.type == "PERSON":
            for inner, person in _cut_persons(piece):
                lead = start + at + inner
                yield from _without_people(
                    replace(span, start=lead, end=lead + len(person)), person
                )
        else:
            yield replace(span, start=start + at, end=start + at + len(piece))


def _cut_headed(printed: str) -> Iterator[tuple[int, str]]:
    """`printed` cut at a dash behind a heading or a number: "SLOVAKIA - Lubomir Moravcik"."""
    head = _DASH.split(printed, maxsplit=1)[0]
    if head.isupper() or head.isdigit() or find_country(head):
        yield from _cut(_DASH, printed)
    else:
        yield 0, printed


def _cut(at: re.Pattern[str], printed: str) -> Iterator[tuple[int, str]]:
    begin = 0
    for match in at.finditer(printed):
        yield begin, printed[begin : match.start()]
        begin = match.end()
    yield begin, printed[begin:]


def _cut_persons(printed: str) -> Iterator[tuple[int, str]]:
    pieces = list(_cut(_AND, printed))
    if all(piece[:1].isupper() and " " in piece.strip() for _, piece in pieces):
        yield from pieces
    else:
        yield 0, printed


def _without_people(span: Span, printed: str) -> Iterator[Span]:
    """A person without the nationality before the name: "American Dennis Mitchell"."""
    parts = printed.split(" ")
    for count in (2, 1):
        people = find_country(" ".join(parts[:count])) if len(parts) > count + 1 else None
        if people and people.people and not is_given_name(parts[0]):
            length = len(" ".join(parts[:count]))
            yield replace(span, end=span.start + length, type="NORP")
            yield replace(span, start=span.start + length + 1)
            return
    yield span


def _trimmed(text: str, span: Span) -> Span | None:
    """`span` without what is not the name; None if nothing is left."""
    start, end = span.start, span.end
    plain = span.type in PLAIN
    before = None
    while before != (start, end):
        before = (start, end)
        while start < end and text[start] in _EDGE:
            start += 1
        while start < end and text[end - 1] in _EDGE and not _closes_name(text, start, end):
            end -= 1
        printed = text[start:end]
        open_bracket = printed.find("(")
        if plain and open_bracket > 0 and ")" not in printed[open_bracket:]:
            end = start + open_bracket
            continue
        cut = _POSSESSIVE.search(printed) or (plain and _LOOSE_END.search(printed))
        if span.type in ("ORG", "PERSON", "GPE") and printed[:1].isupper():
            cut = cut or _SMALL_TAIL.search(printed)
        if cut:
            end -= len(cut[0])
            continue
        figures = _FIGURES.search(printed) if plain else None
        if figures and (span.type != "ORG" or _LONG_FIGURE.search(figures[0])):
            end -= len(figures[0])
            continue
        leading = _HONORIFIC.match(printed) if span.type == "PERSON" else None
        if span.type == "PERSON":
            leading = leading or _LIST_NUMBER.match(printed)
        if span.type != "WORK_OF_ART" and printed.lower() not in _WITH_ARTICLE:
            leading = leading or _ARTICLE.match(printed)
        if plain:
            leading = leading or _LOOSE_START.match(printed)
        if leading:
            start += leading.end()
    if span.type == "PERSON" and (number := _ROMAN.match(text, end)):
        end = number.end()
    name = " ".join(text[start:end].split())
    if len(name) < 2 or not any(c.isalpha() for c in name):
        return None
    return replace(span, start=start, end=end, name=name)


def _closes_name(text: str, start: int, end: int) -> bool:
    """Whether the last character closes a bracket that the name opens: "Bank (Ostrel)"."""
    return text[end - 1] == ")" and "(" in text[start : end - 1]


def _without_office(text: str, span: Span) -> Span | None:
    """`span` without an office at its end; None if it is nothing else."""
    if span.type not in ("ORG", "PERSON", "GPE") or not _IS_OFFICE.search(span.name):
        return span
    behind = text[span.end : span.end + 40]
    officer = _OFFICER_BEHIND.match(behind)
    if _IS_OFFICE.fullmatch(span.name):
        before = text[max(0, span.start - 40) : span.start]
        return None if officer or _OFFICER_BEFORE.search(before) else span
    tail = _ENDS_IN_OFFICE.search(text[span.start : span.end]) if officer else None
    if tail is None:
        return span
    # "United Kingdom Defense Secretary": the country is what is named
    end = span.start + tail.start()
    name = " ".join(text[span.start : end].split())
    if " " in name and not find_country(name):
        return span
    return replace(span, end=end, name=name, type="GPE")


def _names_nothing(text: str, span: Span) -> bool:
    """Whether a mention is a title, an address on the web or plain words."""
    if span.name in words("no_names") or _IS_TITLE.fullmatch(span.name) or _WEB.search(span.name):
        return True
    if span.type not in PLAIN or not span.name.islower():
        return False
    return not (
        find_country(span.name) or is_place(span.name) or is_given_name(span.name.split()[0])
    )
