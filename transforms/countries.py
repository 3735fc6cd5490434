"""Countries: a name, alias or demonym to its ISO 3166-1 code and to the name that news gives it.

The table is `data/countries.tsv`. A name that several countries share (Congo, Korea) is in it for
none of them, or for the one that it means without a further word (Guinea).
"""

import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

_LONGEST: Final = 80  # code points: no country's name is longer
_SHORT: Final = 4  # letters: a name so short is one in capitals only (US, UAE; not us)
_STROKES: Final = str.maketrans("øØłŁđĐıß’‘`´", "oOlLdDis''''")


@dataclass(frozen=True, slots=True)
class Country:
    """What a printed name means.

    code: ISO 3166-1 alpha-2; None for states and peoples of no one country. name: the country's, or
    its people's if `people`: then Ukrainians and Ukrainian are both "Ukrainian".
    """

    code: str | None
    name: str
    people: bool


def find_country(printed: str) -> Country | None:
    """The country or people that `printed` names, whatever its accents, dots and capitals."""
    return _find(printed) if len(printed) <= _LONGEST else None


def fold(name: str) -> str:
    """`name` for comparing: no accents, no dots, small letters, single spaces."""
    return _fold(name) if len(name) <= _LONGEST else _fold.__wrapped__(name)


@lru_cache(maxsize=8_192)
def _find(printed: str) -> Country | None:
    key = fold(printed)
    found = _by_name().get(key)
    if found is None and key.endswith("s"):
        found = _by_name().get(key[:-1])
        if found is not None and not found.people:
            return None
    letters = printed.replace(".", "")
    if found is None or (len(letters) < _SHORT and not (letters.isupper() or "." in printed)):
        return None
    return found


@lru_cache(maxsize=8_192)
def _fold(name: str) -> str:
    if name.isascii():
        plain = name
    else:
        parts = unicodedata.normalize("NFKD", name.translate(_STROKES))
        plain = "".join(c for c in parts if not unicodedata.combining(c))
    return " ".join(plain.replace(".", "").replace(" 's", "'s").casefold().split())


@cache
def first_words() -> frozenset[str]:
    """The first words of all names, folded: where a name can begin."""
    return frozenset(key.split()[0] for key in _by_name())


@cache
def _rows() -> tuple[tuple[str, str, list[str], list[str]], ...]:
    rows = []
    table = files("transforms") / "data" / "countries.tsv"
    for line in table.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        code, name, also, people = [*line.split("\t"), "", ""][:4]
        rows.append((code, name, [a for a in also.split(";") if a], people.split(";")))
    return tuple(rows)


@cache
def _by_name() -> dict[str, Country]:
    found: dict[str, Country] = {}
    for code, name, also, people in _rows():
        for other in filter(None, (name, *also)):
            found.setdefault(fold(other), Country(code or None, name, people=False))
        for other in filter(None, people):
            found.setdefault(fold(other), Country(code or None, people[0], people=True))
    return found
