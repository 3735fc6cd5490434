"""The words by which the parts of a printed page are known: `data/furniture.toml`, loaded once."""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _lists() -> dict[str, tuple[str, ...]]:
    data = tomllib.loads((files("transforms") / "data" / "furniture.toml").read_text("utf-8"))
    return {name: tuple(entries) for name, entries in data.items()}


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
