"""Words as data, loaded once: those by which the parts of a printed page are known
(`data/furniture.toml`), and the types of names (`data/names.toml`)."""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _lists() -> dict[str, tuple[str, ...]]:
    lists: dict[str, tuple[str, ...]] = {}
    for file in ("furniture.toml", "names.toml"):
        data = tomllib.loads((files("transforms") / "data" / file).read_text("utf-8"))
        lists |= {name: tuple(entries) for name, entries in data.items()}
    return lists


def entries(name: str) -> tuple[str, ...]:
    """The entries of the list `name`, in the file's order. KeyError if there is no such list."""
    return _lists()[name]


@cache
def words(name: str) -> frozenset[str]:
    """The list `name` as plain words."""
    return frozenset(entries(name))


@cache
def alternatives(name: str) -> str:
    """The list `name` as one regular expression without a group, longest entries first."""
    return "|".join(sorted(entries(name), key=lambda entry: (-len(entry), entry)))
