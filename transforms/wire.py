"""Wire credits: whose report an article is, and which agencies gave material to it.

A credit counts where credits stand: in the byline, in the dateline, at the end. "Told AFP" in
the middle is a quotation and "Getty Images/AFP" a picture, and neither makes the text AFP's.
The agencies and the rules are data: `data/agencies.toml` says how to read them.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

HEAD: Final = 600  # code points in which a dateline stands
TAIL: Final = 400  # code points in which a closing credit stands

# The place and day of a dateline, here only as a frame around the agency's name.
_PLACE: Final = r"[^\W\d_][^\n:()/]{0,60}?"
_DATE: Final = r"[^\n:()/]{3,30}?"
# An agency by its place alone: "OSTREL, May 4 (NorthWire) -", "Orla Fenn for NorthWire".
_OTHER_DATELINE: Final = re.compile(r"[^\n():]{0,80}\(([A-Z][\w. ]{1,40})\) ?(?:[-–—]|\.-|:)")
_WORD: Final = re.compile(r"\w+")
_OTHER_BYLINE: Final = re.compile(r"\b(?:for|pour|für|para) ([A-Z].{1,60})$")


@dataclass(frozen=True, slots=True)
class Wire:
    """What the credits say.

    source: the agency whose report it is; None if none is credited, or several are.
    contributors: agencies that gave material, in the order printed, without the source.
    evidence: the credits as printed.
    """

    source: str | None = None
    contributors: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Rule:
    role: str
    zone: str
    pattern: re.Pattern[str]
    agency: str | None  # said by the form of the credit alone, as a desk's sign-off does
    names: bool  # whether it matches only where an agency or picture house is named


@dataclass(frozen=True, slots=True)
class _Book:
    rules: tuple[_Rule, ...]
    names: dict[str, str]  # a form -> the agency's name
    form: re.Pattern[str]
    pictures: str
    words: frozenset[str]  # whatever names an agency or picture house has one of these in it


@cache
def _book() -> _Book:
    data = tomllib.loads((files("transforms") / "data" / "agencies.toml").read_text("utf-8"))
    names = {form: entry["name"] for entry in data["agency"] for form in entry["forms"]}
    agency = _any_of(names)
    # Only bylines print "for the Associated Press" in running text: a form may follow "the".
    slots = {
        "{agency}": f"(?>(?:[Tt]he )?{agency})",
        "{picture}": _any_of(data["picture_houses"]),
        "{place}": _PLACE,
        "{date}": _DATE,
    }
    rules = []
    for entry in data["rule"]:
        pattern = entry["pattern"]
        named = "{agency}" in pattern or "{picture}" in pattern
        for slot, value in slots.items():
            pattern = pattern.replace(slot, value)
        compiled = re.compile(pattern)
        rules.append(_Rule(entry["role"], entry["zone"], compiled, entry.get("agency"), named))
    words = frozenset(map(_telling, (*names, *data["picture_houses"])))
    return _Book(tuple(rules), names, re.compile(agency), slots["{picture}"], words)


def _telling(form: str) -> str:
    """The word of a name that says most: the longest, of the last ones (P of A.P.)."""
    return max(reversed(_WORD.findall(form)), key=len)


def _any_of(words: Iterable[str]) -> str:
    """Any of the words as a whole. Atomic, as all that repeats it must be: lists of agencies with
    two readings each ("The Associated Press") would otherwise be tried in 2**n ways."""
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return rf"(?<!\w)(?>(?:{'|'.join(re.escape(word) for word in longest_first)})(?!\w))"


def agency_pattern() -> str:
    """A regular expression, without groups, for any known agency as a whole word."""
    return _book().form.pattern


def picture_pattern() -> str:
    """The same for the houses that give pictures only."""
    return _book().pictures


def may_name(text: str) -> bool:
    """Whether `text` can name an agency or picture house: it has the telling word of a name.

    Looking costs a twentieth of what the patterns do.
    """
    return not _book().words.isdisjoint(_WORD.findall(text))


def agencies_in(text: str) -> tuple[str, ...]:
    """The agencies named in `text`, by the dataset's names, each once, in order."""
    book = _book()
    return tuple(dict.fromkeys(book.names[match[0]] for match in book.form.finditer(text)))


def credit(text: str, byline: Sequence[str] = (), credits: Sequence[str] = ()) -> Wire:
    """What the credits of an article say.

    text: the article's text. byline: the parts of the byline as printed ("Orla Fenn for AFP").
    credits: credit lines that the reader took out of the text. Two agencies credited alike as
    the origin are two contributors: the text does not say whose report it is.
    """
    zones = _zones(text, byline, credits)
    naming = {zone: [p for p in pieces if may_name(p)] for zone, pieces in zones.items()}
    named = _names_another(zones)
    source: str | None = None
    settled = False
    contributors: list[str] = []
    evidence: list[str] = []
    for rule in _book().rules:
        if rule.role not in ("origin", "contributor") or (rule.role == "origin" and settled):
            continue
        if rule.agency and named:
            continue
        found: list[str] = []
        for printed in _matches(rule, (naming if rule.names else zones)[rule.zone]):
            agencies = (rule.agency,) if rule.agency else agencies_in(printed)
            if agencies:
                found.extend(agencies)
                evidence.append(_tidy(printed))
        different = list(dict.fromkeys(found))
        if rule.role == "origin" and different:
            settled = True
            if len(different) == 1 and not _shared_byline(rule, different[0], byline):
                source = different[0]
                continue
        contributors.extend(different)
    return Wire(
        source=source,
        contributors=tuple(name for name in dict.fromkeys(contributors) if name != source),
        evidence=tuple(dict.fromkeys(evidence)),
    )


def _names_another(zones: dict[str, list[str]]) -> bool:
    """Whether a dateline or byline credits an agency that we do not know.

    Then the habits of a desk (initials and a slash) are that agency's, not the known one's.
    """
    datelines = (_OTHER_DATELINE.match(piece) for piece in zones["dateline"])
    bylines = (_OTHER_BYLINE.search(part) for part in zones["byline"])
    named = [match[1] for match in (*datelines, *bylines) if match]
    return any(not agencies_in(name) for name in named)


def _matches(rule: _Rule, zone: Iterable[str]) -> Iterator[str]:
    """The credits as printed: of a byline the whole part."""
    for piece in zone:
        for match in rule.pattern.finditer(piece):
            yield piece if rule.zone == "byline" else match[0]


def _zones(text: str, byline: Sequence[str], credits: Sequence[str]) -> dict[str, list[str]]:
    """The pieces of text that each zone's rules read, pictures and mentions blanked out."""
    kept = [_without_mentions(line.strip()) for line in credits]
    stripped = text.strip()
    return {
        "byline": [part.strip() for part in byline],
        "dateline": [_without_mentions(stripped[:HEAD]), *kept],
        "tail": [_without_mentions(stripped[-TAIL:]), *kept],
    }


def _without_mentions(piece: str) -> str:
    if not may_name(piece):
        return piece
    for rule in _book().rules:
        if rule.zone == "text":
            piece = rule.pattern.sub(_blank, piece)
    return piece


def _blank(match: re.Match[str]) -> str:
    return "\0" * len(match[0])


def _shared_byline(rule: _Rule, agency: str, byline: Sequence[str]) -> bool:
    """An agency beside a name that is not its own: "Orla Fenn and AP" wrote it together."""
    if rule.zone != "byline":
        return False
    others = [part for part in byline if agency not in agencies_in(part)]
    return bool(others) and any(len(part.split()) > 1 for part in others)


def _tidy(printed: str) -> str:
    return " ".join(printed.replace("\0", " ").split())
