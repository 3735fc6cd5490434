"""The grammar of dates in news text, written in `data/temporal.toml`, made ready to match."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    pattern: re.Pattern[str]
    behind: frozenset[str] | None  # words of which one must stand directly before
    not_behind: frozenset[str]  # and of which none may


@dataclass(frozen=True, slots=True)
class Grammar:
    rules: tuple[Rule, ...]
    months: dict[str, int]
    weekdays: dict[str, int]
    cues: re.Pattern[str]
    future_behind: re.Pattern[str]
    event_before: re.Pattern[str]
    event_behind: re.Pattern[str]
    verb: re.Pattern[str]
    lead: dict[str, Any]


@cache
def grammar() -> Grammar:
    data = tomllib.loads((files("transforms") / "data" / "temporal.toml").read_text("utf-8"))
    months = {name: number for number, name in enumerate(data["months"], 1)}
    weekdays = {name: number for number, name in enumerate(data["weekdays"])}
    every_month = months | data["months_short"]
    every_weekday = weekdays | data["weekdays_short"]
    pieces = {
        **data["piece"],
        "month_long": _any_of(months),
        "month": _any_of(every_month),
        "weekday_any": _any_of(every_weekday),
        "weekday": _any_of(weekdays),
    }
    direction = data["direction"]
    event = direction["event"]
    return Grammar(
        rules=tuple(_rule(entry, pieces, data["word"]) for entry in data["rule"]),
        months={k.lower(): v for k, v in every_month.items()},
        weekdays={k.lower(): v for k, v in every_weekday.items()},
        cues=re.compile(
            rf"\b(?:(?P<future>{direction['future']})|(?P<past>{direction['past']}))\b", re.I
        ),
        future_behind=re.compile(rf"(?:['’]s)? (?:{direction['future_behind']})\b", re.I),
        event_before=re.compile(rf"\b(?:{event}) (?:on |of |this |next )?$", re.I),
        event_behind=re.compile(rf"(?:['’]s)? (?:[\w.'’-]+ ){{0,3}}(?:{event})\b", re.I),
        verb=re.compile(rf"\b(?:{data['lead']['verbs']})\b"),
        lead=data["lead"],
    )


def _rule(entry: dict[str, str], pieces: dict[str, str], words: dict[str, list[str]]) -> Rule:
    pattern = entry["pattern"]
    for name, piece in pieces.items():
        pattern = pattern.replace(f"{{{name}}}", f"(?:{piece})")
    return Rule(
        name=entry["name"],
        pattern=re.compile(rf"(?<!\w)(?:{pattern})(?!\w)"),
        behind=frozenset(words[entry["behind"]]) if "behind" in entry else None,
        not_behind=frozenset(words.get(entry.get("not_behind", ""), ())),
    )


def _any_of(names: dict[str, int]) -> str:
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    return "|".join(f"{name}|{name.upper()}" for name in longest_first)
