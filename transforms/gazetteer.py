"""Places and given names: what a name is likely to be before the words around it are read.

The tables in `data` are built by `data/build_places.py`: the cities of GeoNames (CC BY 4.0) of
50,000 people or more with the first-level regions, and the given names and surnames of a census.
"""

from collections.abc import Collection
from functools import cache
from importlib.resources import files
from typing import Final

from transforms.countries import fold

# Of two cities of one name the larger is meant if it is so many times the other's size.
_CLEARLY_LARGER: Final = 5
_REGION: Final = 1_000  # what a region counts for among the cities of its name, in thousands
# Families whose name comes first, as in Kim Jong Un: the lone name is the first, not the last.
_FAMILIES: Final = (
    "Kim Lee Park Choi Jung Jeong Kang Cho Yoon Jang Lim Han Shin Seo Kwon Hwang Ahn Yang Moon Ri"
    " Xi Li Wang Zhang Liu Chen Zhao Huang Zhou Wu Xu Sun Hu Zhu Gao Lin He Guo Ma Luo Nguyen Tran"
    " Pham Hoang Vo Dang Bui"
)
_FAMILY_FIRST: Final = frozenset(_FAMILIES.split())


def is_place(name: str) -> bool:
    """Whether `name` is a city's or a region's."""
    return fold(name) in _places()


def people_of(name: str) -> int:
    """Thousands of people of the largest city `name`; 0 for a region and for no place."""
    return max((size for _, size in _places().get(fold(name), ())), default=0)


def country_of(name: str, near: Collection[str]) -> str | None:
    """The country of the place `name`. None if there is no such place, or if it is unclear which.

    near: ISO codes of the countries that the text speaks of. One of them is preferred; then a
    city that is clearly the largest of that name.
    """
    found = _places().get(fold(name), ())
    codes = {code for code, _ in found}
    if len(codes) < 2:
        return next(iter(codes), None)
    nearby = codes.intersection(near)
    if len(nearby) == 1:
        return next(iter(nearby))
    sizes = {code: max(size or _REGION for c, size in found if c == code) for code in codes}
    largest, second = sorted(sizes, key=lambda code: (-sizes[code], code))[:2]
    return largest if sizes[largest] >= _CLEARLY_LARGER * sizes[second] else None


def region_country(name: str) -> str | None:
    """The country of the first-level region `name`; None if it is no region, or unclear which."""
    codes = {code for code, size in _places().get(fold(name), ()) if size == 0}
    return next(iter(codes)) if len(codes) == 1 else None


def countries_of(name: str) -> frozenset[str]:
    """All countries with a place `name`."""
    return frozenset(code for code, _ in _places().get(fold(name), ()))


def is_given_name(word: str) -> bool:
    """Whether `word` is a given name, and no everyday word."""
    return fold(word) in _given_names()


def is_surname(word: str) -> bool:
    """Whether `word` is a frequent surname."""
    return fold(word) in _surnames()


def family_first(name: str) -> bool:
    """Whether a person's `name` begins with the family's, as Kim Jong Un does."""
    return name.split(" ", 1)[0] in _FAMILY_FIRST


@cache
def _places() -> dict[str, tuple[tuple[str, int], ...]]:
    found: dict[str, tuple[tuple[str, int], ...]] = {}
    for line in _lines("places.tsv"):
        name, code, size = line.split("\t")
        key = fold(name)
        found[key] = (*found.get(key, ()), (code, int(size)))
    return found


@cache
def _surnames() -> frozenset[str]:
    return frozenset(fold(line) for line in _lines("surnames.txt"))


@cache
def _given_names() -> frozenset[str]:
    return frozenset(fold(line) for line in _lines("given_names.txt"))


def _lines(file: str) -> list[str]:
    text = (files("transforms") / "data" / file).read_text("utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]
