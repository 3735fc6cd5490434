"""Which parts of a query say how a reader came to a page, and not which page it is."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import unquote_plus


@dataclass(frozen=True, slots=True)
class Tracking:
    """The rules of data/tracking.toml, all in lower case.

    names: whole names; prefixes: beginnings of names; pairs: name=value; beginnings: of pairs.
    """

    names: frozenset[str]
    prefixes: tuple[str, ...]
    pairs: frozenset[str]
    beginnings: tuple[str, ...]


@cache
def tracking() -> Tracking:
    """The rules, read once."""
    text = (files("transforms") / "data" / "tracking.toml").read_text("utf-8")
    rules = tomllib.loads(text)["rule"]
    pairs = [pair for rule in rules for pair in rule.get("pairs", ())]
    return Tracking(
        names=frozenset(name for rule in rules for name in rule.get("names", ())),
        prefixes=tuple(prefix for rule in rules for prefix in rule.get("prefixes", ())),
        pairs=frozenset(pair for pair in pairs if not pair.endswith("*")),
        beginnings=tuple(pair.removesuffix("*") for pair in pairs if pair.endswith("*")),
    )


def without_tracking(pair: str) -> str:
    """One name=value of a query, percent-encoded, without what only tracks; "" if all of it does.

    Links that were decorated carelessly are read as meant: a second question mark begins another
    query (?id=5?utm_source=rss), and &amp; is an ampersand.
    """
    return "?".join(part for part in pair.split("?") if not _tracks(part))


def _tracks(pair: str) -> bool:
    said = unquote_plus(pair).lower().removeprefix("amp;")
    name = said.partition("=")[0]
    rules = tracking()
    return (
        name in rules.names
        or said in rules.pairs
        or name.startswith(rules.prefixes)
        or said.startswith(rules.beginnings)
    )
