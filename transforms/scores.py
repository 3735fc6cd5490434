"""Results and standings: the lists of sports pages, where no sentence helps a recogniser.

Wigan 42 Bradford 36              teams, and what they scored
CHICAGO 71 64 .526 10             a team's line in a table
Birmingham v Barnsley             a fixture
2. Lars Riedel (Germany) 70.60    a person, by the country in brackets
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from transforms.countries import find_country
from transforms.gazetteer import is_given_name
from transforms.mentions import Span

_WORD: Final = r"[^\W\d_][\w.'’&-]*"
_NAME: Final = rf"(?:[^\W\d_a-z][\w.'’&-]*)(?: (?:'s |of |de |la |al )?{_WORD}){{0,3}}?"
_BRACKET: Final = r"(?: ?\( ?[\w .-]{1,24} ?\))?"
_SCORES: Final = re.compile(
    rf"({_NAME}){_BRACKET} (\d{{1,3}}){_BRACKET},? ({_NAME}){_BRACKET} (\d{{1,3}}){_BRACKET}"
    r"(?: \.)?"
)
_TABLE: Final = re.compile(
    rf"(?:\d{{1,2}}[.)] )?({_NAME}){_BRACKET}(?: [.+-]?\d[\d./:+-]*| -){{3,}}"
)
_FIXTURE: Final = re.compile(rf"(?:[A-Z][a-z]+ ?: )?({_NAME}) (?:v|vs|AT) ({_NAME})(?: \(.*\))?")
_FEW: Final = 3  # lines: fewer are no list
_LISTED: Final = re.compile(
    rf"(?<![\w.'’-])((?:[^\W\d_a-z][\w.'’-]*+)"
    rf"(?: (?:(?:van|von|de|der|den|di|da|dos|le|la|bin|al|el) ){{0,3}}"
    rf"(?:[^\W\d_a-z][\w.'’-]*+)){{1,3}}) ?\( ?({_WORD}(?: {_WORD}){{0,2}}) ?\)"
)


def listed(text: str, marked: Sequence[Span], sport: bool) -> list[Span]:
    """The names in the lists of `text`; `marked` says whom the lists of persons are of.

    sport: whether the text reports sport at all; other tables of figures name no teams. Teams are
    ORG, whatever names them; countries in lists of teams are GPE.
    """
    found = list(_persons(text, marked))
    lines = list(_lines_of_teams(text)) if sport else []
    if len(lines) >= _FEW:
        for spans in lines:
            found += spans
    return found


def _lines_of_teams(text: str) -> Iterator[list[Span]]:
    start = 0
    for line in text.split("\n"):
        if 5 < len(line) < 100:
            match = _SCORES.fullmatch(line) or _TABLE.fullmatch(line) or _FIXTURE.fullmatch(line)
            if match:
                groups = [1, 3] if match.re is _SCORES else range(1, (match.lastindex or 1) + 1)
                yield [_team(start, match, group) for group in groups]
        start += len(line) + 1


def _team(start: int, match: re.Match[str], group: int) -> Span:
    country = find_country(match[group])
    words = match[group].split()
    kind = "GPE" if country and not country.people else "ORG"
    if len(words) > 1 and is_given_name(words[0]):
        kind = "PERSON"
    return Span(start + match.start(group), start + match.end(group), kind)


def _persons(text: str, marked: Sequence[Span]) -> Iterator[Span]:
    """Names before a country in brackets, if more of them are marked as persons than as others."""
    matches = [m for m in _LISTED.finditer(text) if _is_country(m[2])]
    if not matches:
        return
    types = {span.start: span.type for span in marked}
    kinds = [types.get(match.start(1)) for match in matches]
    persons = kinds.count("PERSON") + sum(is_given_name(m[1].split()[0]) for m in matches)
    if persons > kinds.count("ORG") + kinds.count("GPE"):
        for match in matches:
            yield Span(match.start(1), match.end(1), "PERSON")


def _is_country(printed: str) -> bool:
    country = find_country(printed)
    return country is not None and not country.people
